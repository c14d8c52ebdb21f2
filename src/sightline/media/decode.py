"""Gives the frames of one video by their pts: onwards without a seek, elsewhere through one.

A frame is what its exact pts says it is. After a seek the first frame that comes is checked, since
containers land where they like; when it lies past the target, decoding begins further back, in the
end at the beginning of the file. Concurrent readers only cost each other time: every call finds
its own way from wherever the decoder stands.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from heapq import heappop, heappush

from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame

from sightline.media.container import VideoFile
from sightline.values import FrameIndex, SeenFile

_REACH = 16
"""Frames that are decoded needlessly rather than seeking past them: about what a seek throws away
in a decoder with frame threads."""
_THREADS = min(4, os.cpu_count() or 1)
"""One encoding thread cannot use what more decode, and every seek would fill them all first."""
_AVI_REORDER = 8
"""Frames by which B-frames displace a stamp, at most: twice what encoders use by default."""
_STRAGGLE = 8
"""Frames that are looked at before one is given up."""
_STREAMED = {"mpegts", "mpeg", "gif", "apng"}
"""Formats in which a seek lands anywhere, or nowhere."""


class Decoder:
    """Blocking, and for one thread at a time. Opens the file on the first call."""

    def __init__(self, file: SeenFile, index: FrameIndex) -> None:
        self._file = file
        self._index = index
        self._video: VideoFile | None = None
        self._packets: Iterator[Packet[Stream]] | None = None
        self._stamps: list[int] = []
        self._unstamped: deque[VideoFrame] = deque()
        self._ready: deque[tuple[int, VideoFrame]] = deque()
        self._position: int | None = None
        """The pts of the last frame that was passed; None before the first after a seek."""

    def pixel_aspect(self) -> Fraction:
        return self._opened().pixel_aspect

    def time_base(self) -> Fraction:
        return self._opened().time_base

    def frame(self, pts: int, left: Callable[[], bool]) -> VideoFrame | None:
        """The frame at exactly `pts`; None when it cannot be decoded, or when `left` turns true.

        Raises `MediaError` when the file is no longer there, or another.
        """
        if self._within_reach(pts):
            return self._advance(pts, left)
        for keyframe in self._starts(pts):
            self._jump(keyframe)
            frame = self._advance(pts, left)
            landed_before = self._position is not None
            if frame is not None or landed_before or left():
                return frame
        return None

    def ensure_unwritten(self) -> None:
        """Raises `MediaError` when the bytes that were decoded may not be those that were seen."""
        if self._video is not None:
            self._video.ensure_unwritten()

    def close(self) -> None:
        self._end_packets()
        if self._video is not None:
            self._video.close()
            self._video = None

    def _opened(self) -> VideoFile:
        if self._video is None:
            self._video = VideoFile(self._file)
            codec = self._video.stream.codec_context
            codec.thread_type = "AUTO"
            codec.thread_count = _THREADS
        return self._video

    def _within_reach(self, pts: int) -> bool:
        if self._position is None or self._position >= pts:
            return False
        if self._opened().format in _STREAMED:
            return True
        keyframes = self._index.keyframes
        entry = bisect_right(keyframes, pts) - 1
        if entry < 0 or keyframes[entry] <= self._position:
            return True
        passed = bisect_left(self._index.pts, keyframes[entry]) - bisect_left(
            self._index.pts, self._position
        )
        return passed <= _REACH

    def _starts(self, pts: int) -> Iterator[int | None]:
        """Where to begin decoding, best first; None is the beginning of the file."""
        keyframes = self._index.keyframes
        entry = bisect_right(keyframes, pts) - 1
        if self._opened().format not in _STREAMED:
            yield from (keyframes[nth] for nth in (entry, entry - 1) if nth > 0)
        yield None

    def _jump(self, keyframe: int | None) -> None:
        self._end_packets()
        self._position = None
        video = self._opened()
        if keyframe is not None:
            try:
                video.container.seek(keyframe, stream=video.stream)
            except FFmpegError:
                keyframe = None
        if keyframe is None:
            self.close()
            video = self._opened()
        self._packets = video.packets()

    def _advance(self, pts: int, left: Callable[[], bool]) -> VideoFrame | None:
        while not left():
            while self._ready:
                if self._ready[0][0] > pts:
                    return self._straggler(pts)
                self._position, frame = self._ready.popleft()
                if self._position == pts:
                    return frame
            if not self._decode_more():
                return None
        return None

    def _straggler(self, pts: int) -> VideoFrame | None:
        """The frame from among those just ahead: damage can put a frame behind later ones."""
        while len(self._ready) < _STRAGGLE and self._decode_more():
            pass
        for place, (stamp, frame) in enumerate(self._ready):
            if stamp == pts:
                del self._ready[place]
                self._position = pts
                return frame
        return None

    def _decode_more(self) -> bool:
        """Feeds the decoder one packet; False when there is none left."""
        if self._packets is None:
            return False
        stream = self._opened().stream
        try:
            packet = next(self._packets, None)
        except FFmpegError:
            packet = None
        if packet is None:
            self._packets = None
        elif packet.is_corrupt and not self._index.holds(packet.pts or 0):
            return True  # the half packet at a cut: an error at the end would cost whole frames
        try:
            frames = stream.decode(packet)  # pyright: ignore[reportUnknownMemberType]
        except FFmpegError:
            frames = []  # a damaged packet, or nothing left to flush
        self._stamp([frame for frame in frames if frame.pts is not None])
        return True

    def _stamp(self, frames: Sequence[VideoFrame]) -> None:
        """Gives each frame its time.

        A decoder puts frames in the order of presentation. In AVI, which stores times in the order
        of decoding, the stamps must still be sorted; elsewhere each frame keeps its own.
        """
        for frame in frames:
            heappush(self._stamps, frame.pts or 0)
            self._unstamped.append(frame)
        waiting = _AVI_REORDER if self._packets and self._opened().format == "avi" else 0
        while len(self._unstamped) > waiting:
            self._ready.append((heappop(self._stamps), self._unstamped.popleft()))

    def _end_packets(self) -> None:
        """A seek or close while packets are being read, or frames held, is not safe."""
        self._ready.clear()
        self._unstamped.clear()
        self._stamps.clear()
        self._packets = None
