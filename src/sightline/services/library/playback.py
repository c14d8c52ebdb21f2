"""Videos as browsers play them: as they are, or made playable once and kept while there is room.

Two who want the same video wait for the same preparation, which goes on when they leave. What is
prepared begins with its first frame at second 0, as the media does.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sightline.errors import MediaError, NotFound, SightlineError
from sightline.media.converter import Converter
from sightline.media.wire import Form, How
from sightline.services.library.cache import Cache
from sightline.services.library.shelf import Shelf
from sightline.store import LibraryItem
from sightline.values import MediaKind, SeenFile

_AT_ONCE = 2
"""Children that convert; the others wait for their turn."""
_TRIED_AGAIN_AFTER_S = 60.0
"""A failure is told for so long before it is tried anew."""
_MOST_FAILURES = 1000


class Readiness(StrEnum):
    """How far a video is from being played."""

    READY = "ready"
    PREPARING = "preparing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Played:
    """What a browser may expect of a video."""

    state: Readiness
    how: How | None = None
    """None until it is known."""
    form: Form | None = None
    progress: float | None = None
    """From 0 to 1, while it is being prepared."""
    reason: str = ""
    """Why it failed, for a person."""
    file: SeenFile | None = None
    """What to send, once it is ready."""


@dataclass(slots=True)
class _Preparation:
    task: asyncio.Task[None]
    how: How | None = None
    form: Form | None = None
    done: float = 0.0


class Playback:
    """Every video of the library, ready to be played or on the way there."""

    def __init__(self, shelf: Shelf, converter: Converter, cache: Cache) -> None:
        self._shelf = shelf
        self._converter = converter
        self._cache = cache
        self._preparing: dict[str, _Preparation] = {}
        self._failed: dict[str, tuple[float, str]] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def of(self, item: LibraryItem) -> Played:
        """How it is played; begins to prepare it where that is needed."""
        digest = item.media.digest
        if item.media.kind is not MediaKind.VIDEO:
            return Played(Readiness.FAILED, reason="It is no video: its pictures are at frame.jpg.")
        if going := self._preparing.get(digest):
            return Played(Readiness.PREPARING, going.how, going.form, progress=going.done)
        if ready := await self._ready(item):
            return ready
        if failure := self._failed.get(digest):
            if time.monotonic() - failure[0] < _TRIED_AGAIN_AFTER_S:
                return Played(Readiness.FAILED, reason=failure[1])
            del self._failed[digest]
        if digest not in self._preparing:
            task = asyncio.create_task(self._prepare(item))
            self._preparing[digest] = _Preparation(task)
            task.add_done_callback(lambda _: self._preparing.pop(digest, None))
        return Played(Readiness.PREPARING, progress=0.0)

    async def cancel(self, digest: str) -> None:
        """Stop preparing it, if that goes on, and forget what was prepared."""
        if going := self._preparing.get(digest):
            going.task.cancel()
            await asyncio.gather(going.task, return_exceptions=True)
        self._failed.pop(digest, None)
        await self._cache.drop(_name(digest))
        await self._cache.drop(f"pictures/{digest[:2]}/{digest}")

    async def aclose(self) -> None:
        """Ends what is being prepared."""
        tasks = [going.task for going in self._preparing.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ready(self, item: LibraryItem) -> Played | None:
        digest = item.media.digest
        for form in Form:
            if await self._cache.find(_name(digest, How.AS_IT_IS, form)):
                try:
                    file = await self._shelf.file_of(item)
                except NotFound as error:
                    return Played(Readiness.FAILED, reason=str(error))
                return Played(Readiness.READY, How.AS_IT_IS, form, file=file)
            for how in (How.REMUXED, How.TRANSCODED):
                if path := await self._cache.find(_name(digest, how, form)):
                    with contextlib.suppress(OSError):  # it has just been deleted
                        seen = SeenFile.of(path, await asyncio.to_thread(path.stat))
                        return Played(Readiness.READY, how, form, file=seen)
        return None

    async def _prepare(self, item: LibraryItem) -> None:
        digest = item.media.digest
        part = None
        try:
            async with self._turns:
                part = await self._cache.part(_name(digest))
                await self._convert(item, part)
        except (SightlineError, OSError) as error:
            while len(self._failed) >= _MOST_FAILURES:
                del self._failed[next(iter(self._failed))]
            self._failed[digest] = time.monotonic(), str(error)
        finally:
            if part is not None:
                part.unlink(missing_ok=True)

    async def _convert(self, item: LibraryItem, part: Path) -> None:
        digest, room = item.media.digest, self._cache.most_bytes
        shelved = await self._shelf.open(item)
        converting = self._converter.convert(shelved.file, shelved.frames, part, most_bytes=room)
        going, last = self._preparing[digest], None
        async with aclosing(converting):
            async for last in converting:
                if last.how is not How.AS_IT_IS and room < 1 << 20:
                    raise MediaError(
                        "A browser cannot play it as it is, and there is no room to keep what one"
                        " could: raise server.cache_max_bytes."
                    )
                going.how, going.form, going.done = last.how, last.form, last.done / 1000
        if last is None:
            raise MediaError(f"{shelved.file.path}: the decoder said nothing; try again")
        if last.how is How.AS_IT_IS:
            await asyncio.to_thread(part.touch)  # an empty file that says so
        await self._cache.keep(part, _name(digest, last.how, last.form))


def _name(digest: str, how: How | None = None, form: Form | None = None) -> str:
    """Of a file in the cache; without the rest what all those of a media begin with."""
    start = f"playback/{digest[:2]}/{digest}"
    return f"{start}.{how.name.lower()}.{form.name.lower()}" if how and form else start
