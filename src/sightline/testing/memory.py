"""A run ledger in memory, for unit tests of the engine: it can be killed, resumed and refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sightline.errors import RunTaken, StoreError
from sightline.ports import Arrived, Fact
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    Call,
    FactKey,
    Finding,
    LedgerEntry,
    Media,
    Run,
    RunState,
)


@dataclass
class _Kept:
    """What outlives the process that works on a run."""

    attempt: int = 1
    entries: list[LedgerEntry] = field(default_factory=list[LedgerEntry])


class MemoryLedger:
    """A `RunLedger` of one run on one media, with the facts that its store has."""

    def __init__(
        self,
        media: Media,
        *,
        models: Sequence[str] = ("scripted",),
        run_id: str = "run",
        recipe: str = "tagging",
    ) -> None:
        self._media = media
        self._run = Run(run_id, media.digest, recipe, run_id, tuple(models), RunState.RUNNING, 1)
        self._kept = _Kept()
        self._facts: dict[tuple[FactKey, str], Fact] = {}
        self.calls: list[Call] = []
        """All that were recorded here, in order."""
        self.findings: tuple[Finding, ...] | None = None
        """What the run concluded; None before `finish`."""
        self.note = ""
        self.refusal: StoreError | None = None
        """While set, `record` keeps nothing and raises it."""

    @property
    def run(self) -> Run:
        return self._run

    def resumed(self) -> MemoryLedger:
        """What the next process sees when this one has died; from now on this one is refused."""
        self._kept.attempt += 1
        heir: MemoryLedger = self.later(self._run.id)
        heir._run = replace(heir._run, attempt=self._kept.attempt)
        heir._kept = self._kept
        return heir

    def later(self, run_id: str, *, models: Sequence[str] | None = None) -> MemoryLedger:
        """Another run on the same media, which finds the same facts."""
        other = MemoryLedger(
            self._media,
            models=self._run.models if models is None else models,
            run_id=run_id,
            recipe=self._run.recipe,
        )
        other._facts = self._facts
        return other

    async def entries(self) -> Sequence[LedgerEntry]:
        return tuple(self._kept.entries)

    async def facts(self, asks: Sequence[Ask]) -> Mapping[FactKey, Fact]:
        """Where several accepted models have answered, the one named first in the run counts."""
        found: dict[FactKey, Fact] = {}
        for key in (ask.key(self._media) for ask in asks):
            known = (self._facts.get((key, model)) for model in self._run.models)
            if fact := next((fact for fact in known if fact), None):
                found[key] = fact
        return found

    async def record(self, arrived: Sequence[Arrived], calls: Sequence[Call]) -> None:
        """A run that was taken over still has its answers kept: they are paid for."""
        if self.refusal:
            raise self.refusal
        self.calls.extend(calls)
        outcomes = [self._keep(each) for each in arrived]
        self._check_owner()
        for each, outcome in zip(arrived, outcomes, strict=True):
            entry = LedgerEntry(len(self._kept.entries) + 1, each.ask.id, outcome)
            self._kept.entries.append(entry)

    async def finish(self, state: RunState, findings: Sequence[Finding], note: str) -> None:
        self._check_owner()
        self._run = replace(self._run, state=state)
        self.findings, self.note = tuple(findings), note

    def _keep(self, arrived: Arrived) -> Answer | AskFailed:
        if isinstance(arrived.outcome, AskFailed):
            return arrived.outcome
        key = arrived.ask.key(self._media)
        new = Fact(len(self._facts) + 1, key, arrived.outcome)
        return self._facts.setdefault((key, arrived.outcome.model), new).answer

    def _check_owner(self) -> None:
        if self._run.attempt != self._kept.attempt:
            raise RunTaken(f"another process is working on run {self._run.id}")
