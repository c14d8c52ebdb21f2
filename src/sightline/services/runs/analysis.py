"""Watch one media: probe it, choose frames, run recipes over them, and tell what came of it."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from sightline.endpoints.pool import Pool
from sightline.engine import Engine
from sightline.errors import SettingsError, Stopped
from sightline.media.sampling import AllFrames, Policy, between_hints, sample
from sightline.media.signals import changes
from sightline.ports import Listener, MediaSource, Recipe
from sightline.services.library.measures import Measures, Measuring
from sightline.services.library.shelf import Shelf
from sightline.services.runs.requests import AnalysisRequest, thinned
from sightline.settings import Settings
from sightline.store import Store
from sightline.values import (
    Accounting,
    Analysis,
    Budget,
    Claim,
    Footage,
    FrameIndex,
    Media,
    Reach,
    RunReport,
    SeenFile,
    Sharing,
    canonical_digest,
)

T = TypeVar("T")

_KNOCK_EVERY_S = 0.5


def _unwatched(recipe: Recipe, accounting: Accounting) -> None:
    del recipe, accounting


def _unheard(media: Media) -> None:
    del media


def _unplanned(runs: Sequence[Accounting]) -> None:
    del runs


def _unmeasured(done: int, total: int) -> None:
    del done, total


@dataclass(frozen=True, slots=True)
class Watch:
    """How the caller follows and stops an analysis."""

    known: Callable[[Media], None] = _unheard
    """Called once it is known which media the file holds."""
    planned: Callable[[Sequence[Accounting]], None] = _unplanned
    """Called with the counts of each run that there will be, before the first of them begins."""
    started: Callable[[Recipe, Accounting], None] = _unwatched
    """Called as each run begins, with its counts, which it will go on changing."""
    measuring: Measuring = _unmeasured
    """Called while frames are measured before a run can begin."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    listener: Listener | None = None
    """Hears texts while models give them."""


@dataclass(frozen=True, slots=True)
class _Whom:
    """Who may be asked, and how much."""

    models: tuple[str, ...]
    endpoints: tuple[str, ...] | None
    egress: Reach
    budget: Budget


@dataclass(frozen=True, slots=True)
class _Planned:
    """One recipe that is to be run."""

    recipe: Recipe
    footage: Footage
    policy: Policy
    sharing: Sharing | None
    file: SeenFile
    whom: _Whom
    accounting: Accounting

    @property
    def parameters(self) -> Mapping[str, object]:
        within = self.sharing and self.sharing.within
        return {**self.recipe.parameters, "sampling": repr(self.policy), "alike_within": within}

    @property
    def request(self) -> str:
        """Digest of all that decides what is asked and of whom."""
        return request_digest(
            self.recipe, self.footage, parameters=self.parameters, models=self.whom.models
        )


def request_digest(
    recipe: Recipe, footage: Footage, *, parameters: Mapping[str, object], models: Sequence[str]
) -> str:
    """Of all that decides what a run asks and of whom: equal for a repeated command."""
    # The frames themselves and not only the policy: a ledger must never meet other frames.
    sampled = blake2b(array("q", footage.sample).tobytes(), digest_size=16).hexdigest()
    media = footage.media
    return canonical_digest(
        [media.digest, sampled, recipe.name, recipe.version, parameters, *models]
    )


class Analyst:
    """Runs recipes over media, one after the other."""

    def __init__(
        self,
        *,
        source: MediaSource,
        store: Store,
        pool: Pool,
        settings: Settings,
        story: Sequence[str] = (),
        shelf: Shelf | None = None,
    ) -> None:
        self.story = tuple(story)
        """How its endpoints were chosen, in lines for a person."""
        self._source = source
        self._store = store
        self._shelf = shelf or Shelf(source, store)
        self._pool = pool
        self.settings = settings
        """In force for what begins from now on."""

    async def analyze(
        self,
        path: Path,
        request: AnalysisRequest,
        *,
        watch: Watch | None = None,
        claim: Claim | None = None,
    ) -> Analysis:
        """With a `claim`, as part of that job and only while the claim holds.

        Raises `MediaError` for a file that holds no picture, `StoreError` for the database,
        `SettingsError` when no endpoint is left that the request allows.

        What goes wrong while asking is no exception but part of the analysis. A stop is one only
        while the file is still being read: `Stopped`.
        """
        watch = watch or Watch()
        settings = self.settings
        whom = await _unless_stopped(watch.stop, self._whom(request), path)
        file, media, frames = await _unless_stopped(watch.stop, self._known(path), path)
        watch.known(media)
        measures = Measures(self._store, self._source, file=file, media=media, frames=frames)
        planned: list[_Planned] = []
        hints: Sequence[int] = ()
        if request.searches:
            sharing = request.sharing_for(request.policy or AllFrames(), settings)
            measuring = measures.of_all(sharing, watch.measuring)
            looks = await _unless_stopped(watch.stop, measuring, path)
            hints = changes(looks, frames) if len(looks) else ()
        longest_side = self._pool.longest_side
        for recipe, policy, most in request.recipes(settings, longest_side=longest_side):
            sharing = request.sharing_for(policy, settings) if len(frames) > 1 else None
            measuring = measures.needed_by(policy, sharing, watch.measuring)
            signals = await _unless_stopped(watch.stop, measuring, path)
            chosen = thinned(sample(policy, frames, media.clock, signals), most)
            if most is None and hints:
                chosen = between_hints(chosen, hints, frames)
            footage = Footage(media, frames, chosen, hints)
            accounting = Accounting(recipe.planned(footage), frames_sampled=len(chosen))
            planned.append(_Planned(recipe, footage, policy, sharing, file, whom, accounting))
        watch.planned([one.accounting for one in planned])
        # Once stopped, each of the rest still tells what is known already, and what is not.
        reports = [await self._run(one, measures, watch, claim) for one in planned]
        return Analysis(media, str(path), tuple(reports))

    async def _whom(self, request: AnalysisRequest) -> _Whom:
        """Waits for an endpoint that is set up and not there yet, as patiently as a run would."""
        endpoints = request.endpoints or None
        until = time.monotonic() + self.settings.patience_s
        while not (models := self._pool.models_of(endpoints=endpoints, model=request.model)):
            away = self._away(request)
            if not away or time.monotonic() > until:
                raise _nobody(request, away, there=[m.name for m in self._pool.members])
            await asyncio.sleep(_KNOCK_EVERY_S)
        egress = request.egress or self.settings.egress
        return _Whom(models, endpoints, egress, request.budget)

    def _away(self, request: AnalysisRequest) -> list[str]:
        """Endpoints of the settings that it may ask and that have not answered yet."""
        there = {member.name for member in self._pool.members}
        known = [name for name, one in self.settings.endpoints.items() if not one.paused]
        wanted = request.endpoints or known
        return [name for name in known if name in wanted and name not in there]

    async def _known(self, path: Path) -> tuple[SeenFile, Media, FrameIndex]:
        """What the file holds: from the store when it has not changed, else by reading it."""
        found = await self._shelf.add(path)
        return found.file, found.media, found.frames

    async def _run(
        self, planned: _Planned, measures: Measures, watch: Watch, claim: Claim | None
    ) -> RunReport:
        started = time.monotonic()
        recipe, footage, sharing = planned.recipe, planned.footage, planned.sharing
        whom, accounting = planned.whom, planned.accounting
        known = await measures.looks(sharing)
        ledger = await self._store.open_run(
            footage.media,
            recipe=recipe.name,
            parameters=planned.parameters,
            request=planned.request,
            models=whom.models,
            settings=self.settings.snapshot(),
            claim=claim,
            sample=footage.sample,
            hints=footage.hints,
        )
        try:
            async with aclosing(self._source.open(planned.file, footage.frames)) as reader:
                engine = Engine(
                    recipe,
                    footage,
                    reader=reader,
                    pool=self._pool,
                    ledger=ledger,
                    progress=accounting,
                    stop=watch.stop,
                    sharing=sharing,
                    signals=known,
                    egress=whom.egress,
                    endpoints=whom.endpoints,
                    budget=whom.budget,
                    listener=watch.listener,
                )
                watch.started(recipe, accounting)
                conclusion = await engine.run()
                await measures.keep(reader.signals, known)
            await ledger.finish(
                conclusion.state,
                conclusion.findings,
                conclusion.note,
                counts=accounting,
                uses=engine.uses,
            )
        finally:
            ledger.close()
        return RunReport(
            ledger.run,
            tuple(member.name for member in self._pool.members),
            conclusion,
            accounting,
            time.monotonic() - started,
            engine.uses,
            footage.unseen_s,
        )


def _nobody(
    request: AnalysisRequest, away: Sequence[str], *, there: Sequence[str]
) -> SettingsError:
    wanted = ", ".join(filter(None, (*request.endpoints, request.model)))
    silent = f"{', '.join(away)} did not answer. " if away else ""
    return SettingsError(
        f"no endpoint is there for {wanted or 'this run'}. {silent}There are: "
        f"{', '.join(there) or 'none'}. Name one of these, start the server that is meant, or add "
        "the endpoint first."
    )


async def _unless_stopped(stop: asyncio.Event, work: Coroutine[object, object, T], path: Path) -> T:
    doing = asyncio.create_task(work)
    tasks = doing, asyncio.create_task(stop.wait())
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            return doing.result()
        raise Stopped(f"stopped while {path} was being read")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
