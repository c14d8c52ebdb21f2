"""Hands pictures from the decoder's thread to the event loop, a small batch at a time.

The consumer pulls: while it works on one batch the thread prepares the next, and no more. So
memory does not depend on the length of the video, a slow consumer slows the decoder, and nothing
ever waits for a queue to drain: a reader may be left at any point. A batch is handed over only when
the file is found unwritten after it was decoded.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from av.error import FFmpegError

from sightline.errors import MediaError
from sightline.media.decode import Decoder
from sightline.media.encode import JpegEncoder
from sightline.values import Clock, FrameIndex, FrameLost, Picture, PictureTransform, SeenFile
from sightline.values.text import plain
from sightline.values.times import format_time

_BATCH_PICTURES = 8
"""One batch with the consumer and one in the making: at most 16 pictures ahead."""
_BATCH_S = 0.02
"""A picture that was slow to decode does not wait for others to keep it company."""


class VideoReader:
    """Implements `ports.FrameReader` for one local file, which stays open between reads."""

    def __init__(self, file: SeenFile, index: FrameIndex) -> None:
        self._name = plain(file.path.name)
        self._index = index
        self._decoder = Decoder(file, index)
        self._encoder: JpegEncoder | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"decode {self._name}")
        self._closed = Event()

    async def read(
        self, frames: Sequence[int], transform: PictureTransform
    ) -> AsyncGenerator[Picture | FrameLost]:
        """Raises `MediaError` when the file cannot be opened any more, or has changed.

        Its text, like that of a lost frame, can be kept: it is valid Unicode whatever the name.
        """
        loop = asyncio.get_running_loop()
        wanted = iter(frames)
        left = Event()

        def take() -> list[Picture | FrameLost]:
            try:
                return self._take(wanted, transform, lambda: left.is_set() or self._closed.is_set())
            except MediaError as error:
                raise MediaError(plain(str(error))) from error

        ahead = loop.run_in_executor(self._thread, take)
        try:
            while batch := await ahead:
                ahead = loop.run_in_executor(self._thread, take)
                for item in batch:
                    yield item
        finally:
            left.set()
            if not ahead.cancel() and not ahead.cancelled():
                ahead.exception()  # looked at, so that it is not reported as forgotten

    async def aclose(self) -> None:
        """Ends reads that are under way and closes the file."""
        if self._closed.is_set():
            return
        self._closed.set()
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._decoder.close)
        finally:
            self._thread.shutdown(wait=False)

    def _take(
        self, wanted: Iterator[int], transform: PictureTransform, left: Callable[[], bool]
    ) -> list[Picture | FrameLost]:
        batch: list[Picture | FrameLost] = []
        enough_at = time.monotonic() + _BATCH_S
        while len(batch) < _BATCH_PICTURES and not (batch and time.monotonic() > enough_at):
            pts = next(wanted, None)
            if pts is None or left():
                break
            batch.append(self._picture(pts, transform, left))
        self._decoder.ensure_unwritten()
        return batch

    def _picture(
        self, pts: int, transform: PictureTransform, left: Callable[[], bool]
    ) -> Picture | FrameLost:
        frame = self._decoder.frame(pts, left)
        if frame is None:
            return self._lost(pts, "cannot be decoded; the file is damaged there")
        if self._encoder is None:
            self._encoder = JpegEncoder(self._decoder.pixel_aspect())
        try:
            return self._encoder.encode(frame, transform, pts=pts)
        except FFmpegError as error:
            return self._lost(pts, f"cannot be made into a picture: {error.strerror}")

    def _lost(self, pts: int, what: str) -> FrameLost:
        clock = Clock(self._decoder.time_base(), self._index.pts[0])
        at = format_time(clock.seconds(pts))
        return FrameLost(pts, f"{self._name}: the frame at {at} {what}")
