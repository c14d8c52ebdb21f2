"""From a request to rows: decode, measure, pack as JPEG in threads, send in order.

Decoding goes on while pictures are packed, by no more than there are threads to pack them and one,
since a decoded frame is large; and no more pictures are made than the parent has room for.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from errno import ENOMEM
from threading import BoundedSemaphore, local

from av.error import FFmpegError
from av.video.frame import VideoFrame

from sightline.media.codec.channel import Channel
from sightline.media.codec.encode import JpegEncoder
from sightline.media.codec.measure import Meter
from sightline.media.codec.opening import open_pictures
from sightline.media.codec.pictures import Left
from sightline.media.rows import Measures, Row
from sightline.media.wire import Open, Read, Rows
from sightline.values import (
    Alike,
    Clock,
    FrameIndex,
    FrameLost,
    Jpeg,
    Picture,
    PictureTransform,
    Sharing,
)
from sightline.values.text import plain
from sightline.values.times import format_time

_DECODERS = 4
"""Threads for decoding: more gain little, and each holds frames."""
_PACKERS = 8
"""Threads for JPEGs: they keep up with the decoders."""
_BATCH_ROWS = 64
_BATCH_PICTURES = 8
_BATCH_S = 0.02
"""What took long to decode does not wait for others to keep it company."""
_BATCH_MEASURES_S = 0.1
"""Rows without pictures are waited for by nobody but a progress bar."""

_Made = Picture | FrameLost
_Ahead = tuple[int, Measures | None, "Future[_Made] | Alike | FrameLost | None"]
"""A row in the making: its item is None where only measures are wanted."""


class Opened:
    """One file, open for reading after reading."""

    def __init__(self, request: Open) -> None:
        """Raises `MediaError` where it cannot be opened."""
        self.index = request.index
        self._name = plain(request.file.path.name)
        self.pictures = open_pictures(request.file, threads=min(request.threads, _DECODERS))
        self.clock = Clock(self.pictures.time_base, self.index.pts[0])
        self.packers = _Packers(self, min(request.threads, _PACKERS))
        self._meter: Meter | None = None
        self._metered: tuple[Sharing | None, int, int] = None, 0, 0

    def close(self) -> None:
        self.packers.close()
        self.pictures.close()

    @contextmanager
    def meter(self, request: Read, first: int, channel: Channel) -> Generator[Meter]:
        """The one of the last reading, where this one goes on with it.

        It cannot where the parent did not take all of that: a picture that it never saw may be the
        representative.
        """
        sharing, last, turn = self._metered
        follows = sharing is not None and sharing == request.sharing and last < first
        goes_on = follows and not channel.was_left(turn)
        meter = self._meter if goes_on and self._meter else Meter(request.sharing)
        self._meter = None
        yield meter
        self._meter = meter
        frames = self.index.pts if request.frames is None else request.frames
        self._metered = request.sharing, frames[-1], channel.turn

    def lost(self, pts: int, what: str) -> FrameLost:
        if self.index.names:
            picture = plain(self.index.names[bisect_left(self.index.pts, pts)])
            return FrameLost(pts, f"{self._name}: the picture {picture} {what}")
        at = format_time(self.clock.seconds(pts))
        return FrameLost(pts, f"{self._name}: the frame at {at} {what}")


class Reading:
    """One request to read."""

    def __init__(self, opened: Opened, request: Read, channel: Channel) -> None:
        self._opened = opened
        self._request = request
        self._channel = channel
        self._ahead: deque[_Ahead] = deque()
        self._rows: list[Row] = []
        self._pictures = 0
        self._rows_since = 0.0
        self._batch_s = _BATCH_S if request.transform else _BATCH_MEASURES_S

    def run(self) -> None:
        """Sends a row for each frame. Raises `Left`, `MediaError` and `MemoryError`."""
        index: FrameIndex = self._opened.index
        wanted = index.pts if self._request.frames is None else self._request.frames
        try:
            if len(wanted):
                with self._opened.meter(self._request, wanted[0], self._channel) as meter:
                    for pts, frame in self._opened.pictures.frames(index, wanted, self._beat):
                        self._add(pts, frame, meter)
                        del frame  # the packers count those that are held
                        self._beat()
            self._finish()
        finally:
            self._opened.packers.settle()

    def _add(self, pts: int, frame: VideoFrame | None, meter: Meter) -> None:
        if frame is None:
            lost = self._opened.lost(pts, "cannot be decoded; the file is damaged there")
            self._ahead.append((pts, None, lost))
            return
        measures = Measures(*meter.measure(frame, pts)[1:])
        transform, sharing = self._request.transform, self._request.sharing
        if transform is None:
            self._ahead.append((pts, measures, None))
        elif sharing and measures.alike != pts and not sharing.audits(pts):
            self._ahead.append((pts, measures, Alike(pts, measures.alike)))
        else:
            self._channel.take_credit(before_waiting=self._finish)
            if self._channel.left:
                raise Left
            packing = self._opened.packers.pack(frame, pts, transform, self._request.jpeg)
            self._ahead.append((pts, measures, packing))

    def _beat(self) -> None:
        if self._channel.left:
            raise Left
        while self._ahead and _is_done(self._ahead[0]):
            self._shift()
        if self._rows and time.monotonic() - self._rows_since > self._batch_s:
            self._send()
        self._channel.beat()

    def _finish(self) -> None:
        """All that is under way is made and sent."""
        while self._ahead:
            self._shift()
        self._send()

    def _shift(self) -> None:
        """The first one ahead, waited for if it must be, joins the rows that are to be sent."""
        pts, measures, item = self._ahead.popleft()
        if isinstance(item, Future):
            item = item.result()
        if isinstance(item, FrameLost):
            measures = None
        if isinstance(item, Picture):
            self._pictures += 1
            if measures and self._request.sharing and measures.alike != pts:
                item = replace(item, alike=measures.alike)
        if not self._rows:
            self._rows_since = time.monotonic()
        self._rows.append(Row(pts, measures, item))
        if len(self._rows) >= _BATCH_ROWS or self._pictures >= _BATCH_PICTURES:
            self._send()

    def _send(self) -> None:
        if self._rows:
            # Only now, when all of it is decoded: nothing of a changed file leaves this process.
            self._opened.pictures.ensure_unwritten()
            self._channel.send(Rows(self._rows))
            self._rows, self._pictures = [], 0


def _is_done(ahead: _Ahead) -> bool:
    item = ahead[2]
    return not isinstance(item, Future) or item.done()


class _Packers:
    """Threads that make JPEGs, each with an encoder of its own; none where there is one core."""

    def __init__(self, opened: Opened, threads: int) -> None:
        self._opened = opened
        self._own = local()
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self._room = BoundedSemaphore(threads + 1)
        self._under_way: set[Future[_Made]] = set()

    def pack(
        self, frame: VideoFrame, pts: int, transform: PictureTransform, jpeg: Jpeg
    ) -> Future[_Made]:
        """Waits while too many frames are held."""
        if self._pool is None:
            packed: Future[_Made] = Future()
            packed.set_result(self._pack(frame, pts, transform, jpeg))
            return packed
        self._room.acquire()
        try:
            packing = self._pool.submit(self._pack, frame, pts, transform, jpeg)
        except RuntimeError as error:
            raise MemoryError from error  # there is none for a further thread
        self._under_way.add(packing)
        packing.add_done_callback(self._packed)
        return packing

    def settle(self) -> None:
        """Returns when no frame is held."""
        wait(list(self._under_way))

    def close(self) -> None:
        if self._pool:
            self._pool.shutdown()

    def _packed(self, packing: Future[_Made]) -> None:
        self._under_way.discard(packing)
        self._room.release()

    def _pack(self, frame: VideoFrame, pts: int, transform: PictureTransform, jpeg: Jpeg) -> _Made:
        opened = self._opened
        encoder: JpegEncoder | None = getattr(self._own, "encoder", None)
        if encoder is None:
            encoder = self._own.encoder = JpegEncoder(opened.pictures.pixel_aspect, opened.clock)
        try:
            return encoder.encode(frame, transform, jpeg, pts=pts)
        except FFmpegError as error:
            if error.errno == ENOMEM:
                raise MemoryError from error
            return opened.lost(pts, f"cannot be made into a picture: {error.strerror}")
