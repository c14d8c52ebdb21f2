"""Watch one media: probe it, choose frames, run recipes over them, and tell what came of it."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from sightline.endpoints.pool import Pool
from sightline.engine import Engine
from sightline.errors import Stopped
from sightline.media.files import look
from sightline.media.sampling import Policy, sample
from sightline.ports import MediaSource, Recipe
from sightline.services.requests import AnalysisRequest, thinned
from sightline.settings import Settings
from sightline.store import Store
from sightline.values import (
    Accounting,
    Analysis,
    Footage,
    FrameIndex,
    Media,
    RunReport,
    SeenFile,
    canonical_digest,
)

T = TypeVar("T")


def _unwatched(recipe: Recipe, accounting: Accounting) -> None:
    del recipe, accounting


@dataclass(frozen=True, slots=True)
class Watch:
    """How the caller follows and stops an analysis."""

    started: Callable[[Recipe, Accounting], None] = _unwatched
    """Called as each run begins, with the counts that it will go on changing."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)


class Analyst:
    """Runs recipes over media, one after the other."""

    def __init__(
        self, *, source: MediaSource, store: Store, pool: Pool, settings: Settings
    ) -> None:
        self._source = source
        self._store = store
        self._pool = pool
        self._settings = settings

    async def analyze(
        self, path: Path, request: AnalysisRequest, *, watch: Watch | None = None
    ) -> Analysis:
        """Raises `MediaError` for a file that holds no picture, `StoreError` for the database.

        What goes wrong while asking is no exception but part of the analysis. A stop is one only
        while the file is still being read: `Stopped`.
        """
        watch = watch or Watch()
        file, media, frames = await _unless_stopped(watch.stop, self._known(path), path)
        reports: list[RunReport] = []
        for recipe, policy, most in request.recipes(self._settings):
            chosen = thinned(sample(policy, frames, media.clock), most)
            footage = Footage(media, frames, chosen)
            # Once stopped, each of the rest still tells what is known already, and what is not.
            reports.append(await self._run(recipe, footage, policy, file, watch))
        return Analysis(media, str(path), tuple(reports))

    async def _known(self, path: Path) -> tuple[SeenFile, Media, FrameIndex]:
        """What the file holds: from the store when it has not changed, else by reading it."""
        file = await asyncio.to_thread(look, path)
        if known := await self._store.find_file(file):
            return file, *known
        media, frames = await self._source.probe(file)
        await self._store.remember_media(media, frames, file=file)
        return file, media, frames

    async def _run(
        self, recipe: Recipe, footage: Footage, policy: Policy, file: SeenFile, watch: Watch
    ) -> RunReport:
        started = time.monotonic()
        model = self._pool.endpoint.model
        parameters = {**recipe.parameters, "sampling": repr(policy)}
        # The frames themselves and not only the policy: a ledger must never meet other frames.
        sampled = blake2b(array("q", footage.sample).tobytes(), digest_size=16).hexdigest()
        request = canonical_digest(
            [footage.media.digest, sampled, recipe.name, recipe.version, parameters, model]
        )
        accounting = Accounting()
        ledger = await self._store.open_run(
            footage.media,
            recipe=recipe.name,
            parameters=parameters,
            request=request,
            models=(model,),
            settings=self._settings.snapshot(),
        )
        try:
            async with aclosing(self._source.open(file, footage.frames)) as reader:
                engine = Engine(
                    recipe,
                    footage,
                    reader=reader,
                    pool=self._pool,
                    ledger=ledger,
                    progress=accounting,
                    stop=watch.stop,
                )
                watch.started(recipe, accounting)
                conclusion = await engine.run()
            await ledger.finish(conclusion.state, conclusion.findings, conclusion.note)
        finally:
            ledger.close()
        return RunReport(
            ledger.run,
            self._pool.endpoint.name,
            conclusion,
            accounting,
            time.monotonic() - started,
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
