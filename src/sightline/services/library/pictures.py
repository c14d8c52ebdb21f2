"""Pictures of media for people: one that stands for it, and the frame on show at any moment.

Each is made once and kept as long as there is room. Two who want the same one wait for the same.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from fractions import Fraction

from sightline.errors import InputError, MediaError
from sightline.ports import MediaSource
from sightline.services.library.cache import Cache
from sightline.services.library.shelf import Shelf
from sightline.store import LibraryItem
from sightline.values import (
    FrameIndex,
    FrameLost,
    Jpeg,
    Media,
    MediaKind,
    Picture,
    PictureTransform,
)

WIDTHS = (160, 240, 320, 480, 640, 960, 1280, 1920, 3840)
"""Pixels; a wish is rounded up to one of them, so that few pictures serve many wishes."""
_JPEG = Jpeg(quality=85)
_ROUNDING_S = Fraction(6, 10_000)
"""Times are often written with three decimals; no frame is as short as that."""
_AT_ONCE = 2
"""Children that decode for people, beside those of the runs."""
_SHARES = (0.1, 0.3, 0.6)
"""Of the length, where a picture is looked for that stands for the whole: titles and black are over
by then."""
_INDEXES = 16


@dataclass(frozen=True, slots=True)
class Shot:
    """The picture of one frame."""

    jpeg: bytes
    pts: int | None
    """Of the frame; None where that does not matter."""
    tag: str
    """The same for the same bytes, another for others."""


class Pictures:
    """Raises `NotFound` for media whose file is gone, `MediaError` for what cannot be decoded."""

    def __init__(self, source: MediaSource, shelf: Shelf, cache: Cache) -> None:
        self._source = source
        self._shelf = shelf
        self._cache = cache
        self._making: dict[str, asyncio.Task[bytes]] = {}
        self._indexes: OrderedDict[str, FrameIndex] = OrderedDict()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def thumbnail(self, item: LibraryItem, width: int) -> Shot:
        """What stands for it in a list: a frame from near its beginning that can be decoded."""
        media, width = item.media, fitting(width)
        key = _key(media, "thumbnail", width)
        jpeg = await self._kept(key, lambda: self._first_of(item, width))
        return Shot(jpeg, None, f"{media.digest[:32]}-{width}")

    async def at(self, item: LibraryItem, seconds: float, width: int) -> Shot:
        """The frame on show at this second. Raises `InputError` for one outside the media."""
        media, width = item.media, fitting(width)
        if not 0 <= seconds <= media.duration_s:
            raise InputError(
                f"'{item.title}' has no second {seconds:g}: it lasts {media.duration_s:g} s."
            )
        index = await self._index(item)
        pts = index.at(media.clock.pts(Fraction(seconds) + _ROUNDING_S))
        key = _key(media, str(pts), width)
        jpeg = await self._kept(key, lambda: self._frame(item, [pts], width))
        return Shot(jpeg, pts, f"{media.digest[:32]}-{pts}-{width}")

    async def aclose(self) -> None:
        """Ends what is being made."""
        tasks = list(self._making.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _kept(self, key: str, make: Callable[[], Coroutine[None, None, bytes]]) -> bytes:
        if kept := await self._cache.read(key):
            return kept
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.create_task(self._made(key, make))
            task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(task)

    async def _made(self, key: str, make: Callable[[], Coroutine[None, None, bytes]]) -> bytes:
        async with self._turns:
            jpeg = await make()
        await self._cache.put(key, jpeg)
        return jpeg

    def _forget(self, key: str, done: asyncio.Task[bytes]) -> None:
        self._making.pop(key, None)
        if not done.cancelled():
            done.exception()  # heard, also where nobody waits for it any more

    async def _first_of(self, item: LibraryItem, width: int) -> bytes:
        index = await self._index(item)
        last = len(index) - 1
        places = [0] if item.media.kind is MediaKind.IMAGE_SET else [int(last * s) for s in _SHARES]
        return await self._frame(item, sorted({index.pts[place] for place in places}), width)

    async def _frame(self, item: LibraryItem, frames: Sequence[int], width: int) -> bytes:
        """The first of them that can be decoded."""
        shelved = await self._shelf.open(item)
        longest = max(1, round(width * max(1.0, item.media.height / item.media.width)))
        transform = PictureTransform(longest)
        lost = ""
        async with (
            aclosing(self._source.open(shelved.file, shelved.frames)) as reader,
            aclosing(reader.read(frames, transform, jpeg=_JPEG)) as read,
        ):
            async for frame in read:
                if isinstance(frame, Picture):
                    return frame.jpeg
                if isinstance(frame, FrameLost):
                    lost = lost or frame.detail
        raise MediaError(lost or f"'{item.title}' gave no picture")

    async def _index(self, item: LibraryItem) -> FrameIndex:
        """Kept for those of late: an hour has 100,000 frames, and people scrub."""
        digest = item.media.digest
        index = self._indexes.pop(digest, None) or (await self._shelf.open(item)).frames
        self._indexes[digest] = index
        while len(self._indexes) > _INDEXES:
            self._indexes.popitem(last=False)
        return index


def fitting(width: int) -> int:
    """The width that serves this wish."""
    return WIDTHS[min(bisect_left(WIDTHS, width), len(WIDTHS) - 1)]


def _key(media: Media, what: str, width: int) -> str:
    return f"pictures/{media.digest[:2]}/{media.digest}-{what}-{width}.jpg"
