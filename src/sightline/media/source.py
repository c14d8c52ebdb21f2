"""Files on this machine as a source of media."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sightline.values import FrameIndex, Media, SeenFile

if TYPE_CHECKING:
    from sightline.media.reader import VideoReader


class FileSource:
    """Implements `ports.MediaSource`. The codec library is loaded by the first call."""

    async def probe(self, file: SeenFile) -> tuple[Media, FrameIndex]:
        from sightline.media.probe import probe  # noqa: PLC0415

        return await probe(file)

    def open(self, file: SeenFile, frames: FrameIndex) -> VideoReader:
        from sightline.media.reader import VideoReader  # noqa: PLC0415

        return VideoReader(file, frames)
