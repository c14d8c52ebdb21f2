"""Finds what people said of the same pictures in another file, and takes it over.

In the background, one media after the other, when somebody first looks at what was said of one. The
pictures are compared by `media.fingerprints`: they may have been scaled and encoded anew, not cut.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Protocol

from sightline.errors import SightlineError
from sightline.media.fingerprints import VERSION, Fingerprint, same_pictures
from sightline.services.library.shelf import Shelf
from sightline.services.runs.events import Events
from sightline.services.timelines.corrections import TOLD
from sightline.store import LibraryItem, Store, fingerprints, shelf
from sightline.values import Clock, FrameIndex, MediaKind, SeenFile

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 60.0
"""For another file that has corrections by now."""
_MOST_GIVERS = 16
"""That are compared with one media."""
_REMEMBERED = 10_000


class Printer(Protocol):
    """Who makes fingerprints: `media.source.FileSource`."""

    async def fingerprint(
        self, file: SeenFile, frames: FrameIndex, clock: Clock, *, seconds: Sequence[float] = ()
    ) -> Fingerprint: ...


class Fingerprints:
    """Implements `corrections.Twins`. `aclose` it."""

    def __init__(
        self,
        store: Store,
        shelf: Shelf,
        printer: Printer,
        events: Events,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._printer = printer
        self._events = events
        self._clock = clock
        self._looked = _Remembered()
        self._different = _Remembered()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Lock()

    def look_for(self, item: LibraryItem) -> None:
        """Take over what was said of the same pictures, where it has no corrections itself."""
        digest, now = item.media.digest, self._clock()
        looked_at = self._looked.get(digest)
        if item.media.kind is not MediaKind.VIDEO or (
            looked_at is not None and now - looked_at < LOOK_AGAIN_S
        ):
            return
        self._looked.put(digest, now)
        self._begin(f"look {digest}", lambda: self._look(item))

    def mark(self, item: LibraryItem) -> None:
        """See that it has a fingerprint, while its file is there."""
        if item.media.kind is MediaKind.VIDEO:
            self._begin(f"mark {item.media.digest}", lambda: self._marked(item))

    async def idle(self) -> None:
        """Returns when nothing is being looked for."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def aclose(self) -> None:
        """Ends what is being done; it is done when somebody looks again."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, name: str, work: Callable[[], Coroutine[None, None, object]]) -> None:
        if name not in self._tasks:
            task = self._tasks[name] = asyncio.create_task(self._done(work))
            task.add_done_callback(lambda _: self._tasks.pop(name, None))

    async def _done(self, work: Callable[[], Coroutine[None, None, object]]) -> None:
        try:
            async with self._turn:
                await work()
        except SightlineError as error:
            log.info("What was said of the same pictures was not looked for: %s", error)

    async def _look(self, item: LibraryItem) -> None:
        digest = item.media.digest
        find = partial(fingerprints.givers, digest=digest, most=_MOST_GIVERS)
        for giver in await self._store.database.read(find):
            if self._different.get(f"{digest} {giver}") is not None:
                continue
            mine = await self._same(item, giver)
            if mine is None:
                continue
            give = partial(
                fingerprints.give, digest=digest, giver=giver, version=VERSION, prints=mine.pack()
            )
            if given := await self._store.database.write(give):
                log.info(
                    "%d corrections of %s hold for %s, which has the same pictures",
                    *(given, giver[:12], digest[:12]),
                )
                await self._events.tell(TOLD, {"media": digest})
            return

    async def _same(self, item: LibraryItem, giver: str) -> Fingerprint | None:
        """Its fingerprint where it shows the same as the giver; else None."""
        try:
            theirs = await self._of(giver)
        except SightlineError as error:
            log.info("It is not known what %s looks like: %s", giver[:12], error)
            return None
        if theirs is None:
            return None
        shelved = await self._shelf.open(item)
        mine = await self._printer.fingerprint(
            shelved.file, shelved.frames, item.media.clock, seconds=theirs.seconds
        )
        if await asyncio.to_thread(same_pictures, theirs, mine):
            return mine
        self._different.put(f"{item.media.digest} {giver}", 0.0)
        return None

    async def _of(self, digest: str) -> Fingerprint | None:
        """Of a media in the library; None where it is not there any more."""
        items = await self._store.database.read(partial(shelf.beginning, digest=digest))
        return await self._marked(items[0]) if items else None

    async def _marked(self, item: LibraryItem) -> Fingerprint:
        """The one that is kept, or else a new one, which is."""
        digest = item.media.digest
        find = partial(fingerprints.find, digest=digest, version=VERSION)
        if (kept := await self._store.database.read(find)) is not None:
            return Fingerprint.unpack(kept)
        shelved = await self._shelf.open(item)
        made = await self._printer.fingerprint(shelved.file, shelved.frames, item.media.clock)
        keep = partial(fingerprints.keep, digest=digest, version=VERSION, prints=made.pack())
        await self._store.database.write(keep)
        return made


class _Remembered:
    """The latest of many."""

    def __init__(self) -> None:
        self._entries: OrderedDict[str, float] = OrderedDict()

    def get(self, name: str) -> float | None:
        return self._entries.get(name)

    def put(self, name: str, value: float) -> None:
        self._entries[name] = value
        self._entries.move_to_end(name)
        if len(self._entries) > _REMEMBERED:
            self._entries.popitem(last=False)
