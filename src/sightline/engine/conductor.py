"""The recipe's side of a run: outcomes are stored, then told.

Guarantees: an outcome reaches the recipe only after the ledger has kept it, so a run that dies is
continued by feeding the ledger to a fresh recipe; nothing that is known is asked again; a stop
leaves within `GRACE_S`.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sightline.endpoints.pool import Pool
from sightline.engine.asking import Asking, Delivery
from sightline.engine.sharing import Shares
from sightline.errors import StoreError
from sightline.ports import Arrived, Fact, FrameReader, Listener, Recipe, RunLedger, StopAsking
from sightline.values import (
    Accounting,
    Answer,
    Ask,
    AskFailed,
    AskId,
    Budget,
    Call,
    Conclusion,
    Emit,
    EndpointUse,
    FactKey,
    Finding,
    Footage,
    Reach,
    RunState,
    Sharing,
    Signals,
    Track,
    UnknownReason,
)

GRACE_S = 0.4
"""How long calls in flight may take to end after a stop before they are cut off."""


_NO_LIMIT = Budget()
_NAMED = 5
"""Tags that a note lists."""


class Engine:
    """One use drives one run.

    With `sharing`, frames that look alike have one answer; `signals` is what is known of their
    looks already. No picture goes further than `egress`, nor to others than `endpoints` where
    some are named, and what `budget` does not cover is unknown.
    """

    def __init__(
        self,
        recipe: Recipe,
        footage: Footage,
        *,
        reader: FrameReader,
        pool: Pool,
        ledger: RunLedger,
        progress: Accounting,
        stop: asyncio.Event,
        sharing: Sharing | None = None,
        signals: Signals | None = None,
        egress: Reach = Reach.ANY,
        endpoints: Sequence[str] | None = None,
        budget: Budget = _NO_LIMIT,
        listener: Listener | None = None,
    ) -> None:
        self._recipe = recipe.start(footage)
        self._footage = footage
        self._ledger = ledger
        self._progress = progress
        self._stop = stop
        self._open: dict[AskId, Ask] = {}
        self._findings: dict[object, Finding] = {}
        self._failures: Counter[str] = Counter()
        self._cut_short = False
        """Its budget was spent before it was done."""
        self._deliveries: asyncio.Queue[Delivery | None] = asyncio.Queue()
        self._shares = Shares(sharing, known=signals, measured=lambda: reader.signals)
        self._shared_frames = bytearray(len(footage.frames))
        self._unsettled: Counter[int] = Counter()
        """How many open asks each frame has that has any, by pts."""
        self._covered = bytearray(len(footage.frames))
        self._asking = Asking(
            reader,
            pool,
            self._shares,
            clock=footage.media.clock,
            progress=progress,
            stop=stop,
            deliver=self._deliveries.put_nowait,
            join=self._join,
            egress=egress,
            endpoints=endpoints,
            models=ledger.run.models,
            budget=budget,
            listener=listener,
        )
        progress.planned = recipe.planned(footage)
        progress.frames_sampled = len(footage.sample)

    async def run(self) -> Conclusion:
        """Raises `StoreError` when outcomes cannot be kept; only `stop` ends it early otherwise."""
        emit = next(self._recipe)
        if self._ledger.run.attempt > 1:
            self._asking.lane.spent_before = await self._ledger.spent()
            emit = await self._replay(emit)
        else:
            self._heed(emit)
        await self._take(emit)
        try:
            async with asyncio.TaskGroup() as tasks:
                helpers = [
                    tasks.create_task(self._asking.run(tasks)),
                    tasks.create_task(self._watch_for_stop()),
                ]
                await self._conduct()
                for task in helpers:
                    task.cancel()
                self._asking.lane.cancel()
        except BaseExceptionGroup as group:
            # Not `except*`: before Python 3.11.4 what is raised there comes out in a group.
            raise (group.subgroup(StoreError) or group).exceptions[0] from None
        finally:
            self._asking.lane.close()
        return self._conclude()

    @property
    def uses(self) -> tuple[EndpointUse, ...]:
        """What it has asked of each endpoint so far."""
        return self._asking.lane.uses

    async def _replay(self, emit: Emit) -> Emit:
        """Feed what earlier attempts saw; what is returned holds the asks that are still open."""
        self._heed(emit)
        asks = {ask.id: ask for ask in emit.asks}
        seq = 0
        while entries := await self._ledger.entries(after=seq):
            for entry in entries:
                seq = entry.seq
                ask = asks.pop(entry.ask, None)
                if ask is None:
                    raise StoreError(
                        f"the ledger of run {self._ledger.run.id} does not fit its recipe: entry "
                        f"{seq} answers ask {entry.ask}, which was not asked. "
                        "Was it written by another version of Sightline?"
                    )
                emit = self._hear(ask, entry.outcome, reused=True, shared=entry.shared)
                asks |= {ask.id: ask for ask in emit.asks}
        return Emit(tuple(asks.values()))

    async def _take(self, emit: Emit) -> None:
        """Put new asks on their way: answered from the store, or else asked or shared."""
        self._open |= {ask.id: ask for ask in emit.asks}
        progress = self._progress
        progress.planned = max(progress.planned, progress.done + len(self._open))
        facts = await self._ledger.facts(emit.asks)
        known: list[Arrived] = []
        alike: list[tuple[Ask, int]] = []
        for ask in emit.asks:
            to = self._shares.group_of(ask)
            if fact := facts.get(ask.key(self._footage.media)):
                known.append(Arrived(ask, fact.answer, fact.id))
                if to is not None:  # it led in an earlier run, and need not be the representative
                    self._shares.know(ask, to, fact)
            elif to is not None:
                alike.append((ask, to))
            else:
                self._asking.want([ask])
        if known:
            self._deliveries.put_nowait(Delivery(known))
        await self._join(alike)

    async def _join(self, alike: Sequence[tuple[Ask, int]]) -> None:
        """Let each ask share the answer about the group that its frame belongs to."""
        media = self._footage.media
        about = [replace(ask, frames=(to,)) for ask, to in alike if not self._shares.has(ask, to)]
        known: Mapping[FactKey, Fact] = await self._ledger.facts(about) if about else {}
        arrived: list[Arrived] = []
        for ask, to in alike:
            if fact := known.get(replace(ask, frames=(to,)).key(media)):
                self._shares.know(ask, to, fact)
            if not self._shares.has(ask, to):
                self._shares.lead(ask, to)
                self._asking.want([ask], apart=True)
            elif self._shares.audits(ask):
                self._shares.audit(ask, to)
                self._asking.want([ask], apart=True)
            elif fact := self._shares.join(ask, to):
                arrived.append(self._share(ask, fact))
        if arrived:
            self._deliveries.put_nowait(Delivery(arrived))

    def _share(self, ask: Ask, fact: Fact) -> Arrived:
        place = bisect_left(self._footage.frames.pts, ask.frames[0])
        self._progress.frames_shared += not self._shared_frames[place]
        self._shared_frames[place] = 1
        return Arrived(ask, fact.answer, fact.id, shared=True)

    async def _conduct(self) -> None:
        """Store outcomes as they come, then tell the recipe, until nothing is open or all stop."""
        while self._open:
            batch = [await self._deliveries.get()]
            while not self._deliveries.empty():
                batch.append(self._deliveries.get_nowait())
            delivered = [delivery for delivery in batch if delivery]
            arrived = [one for delivery in delivered for one in delivery.arrived]
            calls = [delivery.call for delivery in delivered if delivery.call]
            stored = await self._ledger.record(arrived, calls)
            for delivery in delivered:
                delivery.stored.set()
            self._count_calls(calls)
            asks: list[Ask] = []
            for one, kept in zip(arrived, stored, strict=True):
                del self._open[one.ask.id]
                outcome = kept.answer if isinstance(kept, Fact) else kept
                reused = one.fact_id is not None
                asks += self._hear(one.ask, outcome, reused=reused, shared=one.shared).asks
                self._follow(one.ask, kept)
            if None in batch:
                self._open |= {ask.id: ask for ask in asks}
                return
            await self._take(Emit(tuple(asks)))

    def _follow(self, ask: Ask, stored: Fact | AskFailed) -> None:
        """What an outcome means for the asks that wait for it."""
        then = self._shares.heard(ask, stored, hopeless=self._asking.hopeless)
        self._progress.audited += then.audited
        self._progress.disagreed += then.disagreed
        if then.next:
            self._asking.want([then.next], apart=True)
        arrived = [self._share(waiting, fact) for waiting, fact in then.shared]
        arrived += [Arrived(waiting, failure) for waiting, failure in then.failed]
        if arrived:
            self._deliveries.put_nowait(Delivery(arrived))

    def _hear(
        self, ask: Ask, outcome: Answer | AskFailed, *, reused: bool, shared: bool = False
    ) -> Emit:
        match outcome:
            case Answer():
                self._progress.shared += shared
                self._progress.reused += reused and not shared
                self._progress.answered += not reused
            case AskFailed(reason=UnknownReason.UNSUPPORTED):
                self._progress.unsupported += 1
            case AskFailed(reason, detail):
                self._progress.failed += 1
                self._cut_short |= reason is UnknownReason.BUDGET
                self._failures[detail] += 1
        self._settle(ask)
        emit = self._recipe.send((ask.id, outcome))
        self._heed(emit)
        return emit

    def _settle(self, ask: Ask) -> None:
        for pts in ask.frames:
            self._unsettled[pts] -= 1
            if self._unsettled[pts] > 0:
                continue
            del self._unsettled[pts]
            place = bisect_left(self._footage.frames.pts, pts)
            self._progress.frames_covered += not self._covered[place]
            self._covered[place] = 1

    def _heed(self, emit: Emit) -> None:
        for ask in emit.asks:
            self._unsettled.update(ask.frames)
        self._findings |= {finding.key: finding for finding in emit.findings}

    def _count_calls(self, calls: Sequence[Call]) -> None:
        self._progress.calls += len(calls)
        self._progress.tokens_in += sum(call.usage.tokens_in or 0 for call in calls)
        self._progress.tokens_out += sum(call.usage.tokens_out or 0 for call in calls)
        if calls:
            self._progress.cost = self._asking.lane.cost

    async def _watch_for_stop(self) -> None:
        """After a stop, let calls in flight end for a moment, then end the conductor."""
        await self._stop.wait()
        await self._asking.lane.settle(GRACE_S)
        self._deliveries.put_nowait(None)

    def _conclude(self) -> Conclusion:
        stopped = bool(self._open)
        if stopped:
            self._heed(self._recipe.throw(StopAsking()))
        self._recipe.close()
        findings = tuple(self._findings.values())
        return Conclusion(
            self._state(findings, stopped=stopped), findings, self._note(findings, stopped=stopped)
        )

    def _state(self, findings: Sequence[Finding], *, stopped: bool) -> RunState:
        counts = self._progress
        if stopped:
            return RunState.INTERRUPTED
        if counts.failed and not (counts.answered or counts.reused or counts.shared):
            return RunState.FAILED
        if self._cut_short or self._footage.media.lost_s or any(map(_is_partial, findings)):
            return RunState.PARTIAL
        return RunState.COMPLETE

    def _note(self, findings: Sequence[Finding], *, stopped: bool) -> str:
        notes = [
            f"{count} of {self._progress.done} asks failed: {detail}"
            for detail, count in self._failures.most_common(3)
        ]
        if unable := _unable(findings):
            notes.append(
                f"no model that was asked can tell: {unable}; attach one that can, and run it again"
            )
        if stopped:
            notes.append("stopped before it was done; run it again to continue")
        if lost_s := self._footage.media.lost_s:
            notes.append(f"the file is cut short: its last {lost_s:.1f} s cannot be read")
        return "\n".join(notes)


def _unable(findings: Sequence[Finding]) -> str:
    """The tags and questions that are more than a model can tell; empty where there is none."""
    subjects: dict[str, None] = {}
    for finding in findings:
        unknown = finding.unknown if isinstance(finding, Track) else (finding.unknown,)
        if any(stretch and stretch.reason is UnknownReason.UNSUPPORTED for stretch in unknown):
            name = finding.tag if isinstance(finding, Track) else finding.prompt
            subjects[name or "what is to be seen"] = None
    more = f" and {len(subjects) - _NAMED} more" if len(subjects) > _NAMED else ""
    return ", ".join(list(subjects)[:_NAMED]) + more


def _is_partial(finding: Finding) -> bool:
    """Whether anything that was to be found out is unknown; what nobody asked was not."""
    unknown = finding.unknown if isinstance(finding, Track) else (finding.unknown,)
    return any(stretch and stretch.reason is not UnknownReason.UNASKED for stretch in unknown)
