"""Watch one media: probe it, choose frames, run recipes over them, and tell what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sightline.endpoints.pool import Pool
from sightline.engine import Engine
from sightline.errors import MediaError, Stopped
from sightline.media.sampling import Policy, sample
from sightline.ports import MediaSource, Recipe
from sightline.services.requests import AnalysisRequest
from sightline.settings import Settings
from sightline.store import Store
from sightline.values import (
    Accounting,
    Analysis,
    Footage,
    FrameIndex,
    Media,
    RunReport,
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
        media, frames = await _unless_stopped(watch.stop, self._known(path), path)
        reports: list[RunReport] = []
        for recipe, policy in request.recipes(self._settings):
            footage = Footage(media, frames, sample(policy, frames, media.clock))
            reports.append(await self._run(recipe, footage, policy, path, watch))
            if watch.stop.is_set():
                break
        return Analysis(media, str(path), tuple(reports))

    async def _known(self, path: Path) -> tuple[Media, FrameIndex]:
        """What the file holds: from the store when it has not changed, else by reading it."""
        try:
            before = await asyncio.to_thread(path.stat)
        except FileNotFoundError as error:
            raise MediaError(f"{path}: there is no such file; check the name") from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise MediaError(f"{path} cannot be read: {reason}; check the name") from error
        if known := await self._store.find_file(path, before):
            return known
        media, frames = await self._source.probe(path)
        await self._store.remember_media(media, frames, path=path, stat=before)
        return media, frames

    async def _run(
        self, recipe: Recipe, footage: Footage, policy: Policy, path: Path, watch: Watch
    ) -> RunReport:
        started = time.monotonic()
        model = self._pool.endpoint.model
        parameters = {**recipe.parameters, "sampling": repr(policy)}
        request = canonical_digest(
            [footage.media.digest, recipe.name, recipe.version, parameters, model]
        )
        accounting = Accounting()
        reader = self._source.open(path, footage.frames)
        ledger = await self._store.open_run(
            footage.media,
            recipe=recipe.name,
            parameters=parameters,
            request=request,
            models=(model,),
            settings=self._settings.snapshot(),
        )
        try:
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
            await reader.aclose()
        return RunReport(
            ledger.run,
            self._pool.endpoint.name,
            conclusion,
            accounting,
            time.monotonic() - started,
        )


async def _unless_stopped(stop: asyncio.Event, work: Coroutine[object, object, T], path: Path) -> T:
    doing, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if doing.done():
        return doing.result()
    doing.cancel()
    with suppress(asyncio.CancelledError):
        await doing
    raise Stopped(f"stopped while {path} was being read")
