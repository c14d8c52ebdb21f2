"""Files on this machine as a source of media."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from sightline.media.child import DECODER
from sightline.media.children import Children
from sightline.media.files import look
from sightline.media.fingerprints import Fingerprint, moments
from sightline.media.reader import FileReader
from sightline.media.sets import is_set, look_set
from sightline.media.wire import Open, Print, Printed, Probe, Probed
from sightline.values import Clock, FrameIndex, Media, SeenFile


class FileSource:
    """Implements `ports.MediaSource` with child processes, which it ends when it is closed."""

    def __init__(
        self,
        *,
        memory_mb: int = 4096,
        stall_s: float = 60.0,
        cores: int | None = None,
        command: Sequence[str] = DECODER,
    ) -> None:
        """`memory_mb` bounds each child, `stall_s` how long one may make no progress; all children
        share `cores`, by default those of this machine."""
        self._children = Children(
            command, memory_mb=memory_mb, stall_s=stall_s, cores=cores or os.cpu_count() or 1
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Returns when no child is left."""
        await self._children.aclose()

    async def look(self, path: Path) -> SeenFile:
        """Raises `MediaError` when there is none, or when not all of a set can be listed."""
        return await asyncio.to_thread(_look, path)

    async def probe(self, file: SeenFile) -> tuple[Media, FrameIndex]:
        """Raises `MediaError` for anything without a picture, and for what became of the child."""
        async with self._children.one() as child:
            reply = await child.reply(child.ask(Probe(file)), file.path)
            if not isinstance(reply, Probed):
                raise child.misspoke(file.path, "an answer to another question")
            return reply.media, reply.index

    async def fingerprint(
        self, file: SeenFile, frames: FrameIndex, clock: Clock, *, seconds: Sequence[float] = ()
    ) -> Fingerprint:
        """By what the same pictures are known in another file, at these seconds of it; without
        any, at some of its own choice. Raises as `probe` does."""
        seconds = tuple(seconds) or moments(frames, clock)
        shown = [frames.at(clock.pts(second)) for second in seconds]
        wanted = sorted(set(shown))
        async with self._children.one() as child:
            child.ask(Open(file, frames, self._children.cores_each))
            reply = await child.reply(child.ask(Print(wanted)), file.path)
            if not isinstance(reply, Printed) or len(reply.pictures) != len(wanted):
                raise child.misspoke(file.path, "other frames than were asked for")
        by_pts = dict(zip(wanted, reply.pictures, strict=True))
        return Fingerprint(seconds, tuple(by_pts[pts] for pts in shown))

    def open(self, file: SeenFile, frames: FrameIndex) -> FileReader:
        return FileReader(file, frames, self._children)


def _look(path: Path) -> SeenFile:
    return look_set(path) if is_set(path) else look(path)
