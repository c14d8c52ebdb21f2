"""Reads the frames of one media through a child process.

The child decodes, and is a bounded number of pictures ahead: each one that the consumer has taken
makes room for another. So memory does not depend on the length of the video, a slow consumer slows
the decoder, and nothing waits for a queue to drain: a read may be left at any point.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from sightline.errors import MediaError
from sightline.media.child import Child
from sightline.media.children import Children
from sightline.media.rows import Row
from sightline.media.tally import Tally
from sightline.media.wire import Done, More, Open, Read, Rows
from sightline.values import (
    FrameIndex,
    Jpeg,
    Picture,
    PictureTransform,
    ReadFrame,
    SeenFile,
    Sharing,
    Signals,
)

_TAKEN_AT_ONCE = 8
"""Pictures after which the child hears that they were taken: half its lead."""


class FileReader:
    """Implements `ports.FrameReader`. Has a child from its first read until it is closed."""

    def __init__(self, file: SeenFile, index: FrameIndex, children: Children) -> None:
        self._file = file
        self._index = index
        self._children = children
        self._child: Child | None = None
        self._taking = asyncio.Lock()
        self._tally = Tally()
        self._is_closed = False
        children.readers += 1

    @property
    def signals(self) -> Signals:
        return self._tally.signals

    async def read(
        self,
        frames: Sequence[int],
        transform: PictureTransform,
        *,
        jpeg: Jpeg = Jpeg(),
        sharing: Sharing | None = None,
    ) -> AsyncGenerator[ReadFrame, None]:
        """Raises `MediaError` when the file cannot be opened any more, or has changed, and for all
        that became of the child; the next read has another.

        Its text, like that of a lost frame, can be kept: it is valid Unicode whatever the name.
        """
        turn = await self._turn(frames, Read(self._named(frames), transform, jpeg, sharing))
        taken = 0
        try:
            while rows := await turn.next():
                for row in rows:
                    if row.item is None:
                        raise turn.misspoke("a frame without a picture")
                    yield row.item
                    taken += isinstance(row.item, Picture)
                    if taken == _TAKEN_AT_ONCE:
                        turn.took(taken)
                        taken = 0
        finally:
            turn.leave()

    async def measure(
        self, frames: Sequence[int], *, sharing: Sharing | None = None
    ) -> AsyncGenerator[int, None]:
        """Raises as `read` does."""
        turn = await self._turn(frames, Read(self._named(frames), None, sharing=sharing))
        done = 0
        try:
            while rows := await turn.next():
                done += len(rows)
                yield done
        finally:
            turn.leave()

    async def aclose(self) -> None:
        """Ends a read that is under way."""
        if self._is_closed:
            return
        self._is_closed = True
        self._children.readers -= 1
        child, self._child = self._child, None
        if child is not None:
            await self._children.give_back(child)

    async def _turn(self, frames: Sequence[int], request: Read) -> _Turn:
        async with self._taking:
            if self._is_closed:
                raise RuntimeError("a closed reader is read")
            if self._child is None or not self._child.is_fit:
                self._child = await self._children.take()
                self._child.ask(Open(self._file, self._index, self._children.cores_each))
            return _Turn(self._child, self._file.path, self._index, frames, request, self._tally)

    def _named(self, frames: Sequence[int]) -> Sequence[int] | None:
        """All of them need not be told: hours have a million."""
        return None if len(frames) == len(self._index) else frames


class _Turn:
    """One read: what the child says of it is held against what was asked, and counted."""

    def __init__(
        self,
        child: Child,
        path: Path,
        index: FrameIndex,
        frames: Sequence[int],
        request: Read,
        tally: Tally,
    ) -> None:
        self._child = child
        self._path = path
        self._index = index
        self._frames = frames
        self._sharing = request.sharing
        self._tally = tally
        self._done = 0
        self._measured: int | None = None
        self._number = child.ask(request)

    async def next(self) -> Sequence[Row]:
        """The next rows: exactly one for each frame, in order; none at the end."""
        reply = await self._child.reply(self._number, self._path)
        if isinstance(reply, Done):
            if self._done != len(self._frames):
                raise self.misspoke("fewer frames than were asked for")
            return ()
        if not isinstance(reply, Rows):
            raise self.misspoke("an answer to another question")
        rows = reply.rows
        due = self._frames[self._done : self._done + len(rows)]
        if not rows or [row.pts for row in rows] != list(due):
            raise self.misspoke("other frames than were asked for")
        if not all(self._is_possible(row) for row in rows):
            raise self.misspoke("a frame like one that there is not")
        self._tally.add(rows, before=self._measured, sharing=self._sharing)
        self._done += len(rows)
        self._measured = next((row.pts for row in reversed(rows) if row.measures), self._measured)
        return rows

    def took(self, pictures: int) -> None:
        """Makes room for so many more."""
        self._child.tell(self._number, More(pictures))

    def leave(self) -> None:
        self._child.leave(self._number)

    def misspoke(self, what: str) -> MediaError:
        return self._child.misspoke(self._path, what)

    def _is_possible(self, row: Row) -> bool:
        return (
            row.measures is None
            or row.measures.alike == row.pts
            or self._index.holds(row.measures.alike)
        )
