"""Keeps the sums by which the library tells of corrected media what their timelines tell.

They are made when somebody looks and some are due: at once where they are few. Where they are many,
as after an update or a night of runs, whoever looks first waits `WAIT_S` and sees the rest as it
was before; the work goes on, and an event tells when it is done. Who dies on the way loses nothing,
since a media stays due until its sums are stored.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from sightline.errors import SightlineError
from sightline.services.runs.events import Events
from sightline.services.timelines.corrections import TOLD
from sightline.store import LibraryItem, Store, shelf, shown
from sightline.store.shown import Due, ShownTag
from sightline.values import Track

log = logging.getLogger(__name__)

WAIT_S = 2.0
"""The longest that a look at the library waits for sums."""
AGAIN_S = 60.0
"""Before those that could not be made are tried again."""


class Timelines(Protocol):
    """Who knows what a timeline tells: `timelines.Timelines`."""

    async def settled(self, item: LibraryItem) -> Sequence[Track]:
        """The tags of a media as they are shown once nothing goes on."""
        ...


class Totals:
    """The sums of a library. `aclose` it."""

    def __init__(
        self,
        store: Store,
        events: Events,
        timelines: Timelines,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = store.database
        self._events = events
        self._timelines = timelines
        self._clock = clock
        self._making: asyncio.Task[None] | None = None
        self._began = 0.0
        self._failed: dict[Due, float] = {}

    async def fresh(self) -> bool:
        """Returns when all sums that were due are made, or `WAIT_S` after that was begun.

        False when none were due.
        """
        were_due = False
        for _ in range(2):  # what is being made may have begun too early for the latest change
            if not await self._due():
                break
            were_due = True
            if self._making is None or self._making.done():
                self._began = self._clock()
                self._making = asyncio.create_task(self._make())
            left = self._began + WAIT_S - self._clock()
            await asyncio.wait([self._making], timeout=max(0.0, left))
            if not self._making.done():
                break
        return were_due

    async def aclose(self) -> None:
        """Ends what is being made: it stays due."""
        if self._making:
            self._making.cancel()
            await asyncio.gather(self._making, return_exceptions=True)

    async def _due(self) -> list[Due]:
        """Without those that failed just now: the others need not wait for them."""
        found = await self._database.read(shown.due)
        not_before = self._clock() - AGAIN_S
        self._failed = {one: at for one, at in self._failed.items() if at > not_before}
        return [one for one in found if one not in self._failed]

    async def _make(self) -> None:
        while due := await self._due():
            for one in due:
                await self._make_one(one)
        if self._clock() - self._began >= WAIT_S:
            await self._events.tell(TOLD, {})

    async def _make_one(self, due: Due) -> None:
        try:
            items = await self._database.read(partial(shelf.beginning, digest=due.digest))
            if items:  # else it was erased meanwhile
                tags = _summed(await self._timelines.settled(items[0]))
                await self._database.write(partial(shown.keep, made=due, tags=tags))
        except Exception as error:
            # Whatever it is: the library is shown all the same, with what it knew before.
            self._failed[due] = self._clock()
            log.warning(
                "What the library tells of %s is behind its timeline: %s",
                *(due.digest[:12], error),
                exc_info=None if isinstance(error, SightlineError) else error,
            )


def _summed(tracks: Sequence[Track]) -> list[ShownTag]:
    return [
        ShownTag(track.tag, sum(span.end - span.start for span in track.spans), len(track.spans))
        for track in tracks
        if track.spans
    ]
