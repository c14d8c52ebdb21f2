"""Keeps an installation from growing for ever: what nobody needs any more goes, now and then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from sightline.errors import SightlineError
from sightline.ports import JobQueue
from sightline.settings import JobSettings
from sightline.store import Store, deliveries, events, jobs

log = logging.getLogger(__name__)

EVERY_S = 60.0
_HOLD = "tidy"
_BATCH = 1000

Also = Callable[[], Awaitable[object]]


class Tidying:
    """Goes over everything once a minute, in one process at a time."""

    def __init__(
        self,
        store: Store,
        queue: JobQueue,
        *,
        settings: Callable[[], JobSettings],
        also: Sequence[Also] = (),
    ) -> None:
        """`also`: what else is to be done each time, by each process for itself."""
        self._store = store
        self._queue = queue
        self._settings = settings
        self._also = also

    async def run(self) -> None:
        """Goes on until it is cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.once()
            except SightlineError as error:
                log.warning("Tidying up waits: %s", error)

    async def once(self) -> None:
        for work in self._also:
            await work()
        hold = await self._store.hold(_HOLD)
        if hold is None:
            return
        try:
            await self._forget_turns()
            await self._forget_old()
        finally:
            hold.release()

    async def _forget_turns(self) -> None:
        """The queue is asked about turns that are to be done; those that are over slow it down."""
        while turns := await self._queue.ended(most=_BATCH):
            await self._queue.forget(turns)
            if len(turns) < _BATCH:
                return

    async def _forget_old(self) -> None:
        settings, now = self._settings(), datetime.now(UTC)
        database = self._store.database
        heard = now - timedelta(days=settings.keep_events_days)
        await database.write(partial(events.forget, before=heard))
        if settings.keep_days is not None:
            ended = now - timedelta(days=settings.keep_days)
            await database.write(partial(deliveries.forget_ended, before=ended))
            while await database.write(partial(jobs.forget_ended, before=ended)):
                pass
