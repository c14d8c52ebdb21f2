"""The packets of one video: comes to a keyframe by reading on, by seeking, or from the beginning.

Containers land where they like after a seek. So a keyframe is what its exact pts says it is: it is
looked for in the packets that follow, and where it is not among them the seek goes further back, in
the end to the beginning of the file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from av.error import FFmpegError
from av.packet import Packet
from av.stream import Discard, Stream

from sightline.media.codec.container import VideoFile
from sightline.media.codec.pictures import Beat
from sightline.media.codec.plan import SEEK_OVER, Approach, approach, earlier
from sightline.values import FrameIndex

_SEEKS = {"mp4", "mov", "avif", "matroska", "avi", "flv", "asf", "nut"}
"""Formats with an index by which a seek lands where it should. In others it lands anywhere, or the
packets that follow are stamped anew."""
_KEPT_BYTES = 32 << 20
"""What is kept of a format without seeks, so that a step back of two groups need not read it all
from the beginning: 10 seconds of 25 Mb/s."""


class Reel:
    """Stands between two packets of an open video, which stays its caller's to close.

    The decoder must be empty when `rewind` or `find` is called.
    """

    def __init__(self, video: VideoFile) -> None:
        self._video = video
        self._seeks = video.format in _SEEKS
        """Until a seek has missed what was there."""
        self._missing = False
        """A keyframe was not even found by reading everything: that is not done twice."""
        self._load()

    def rewind(self) -> None:
        """To the first packet."""
        if not self._fresh:
            self._video.rewind()
            self._load()

    def find(
        self, index: FrameIndex, keyframe: int, beat: Beat, *, seek_over: int = SEEK_OVER
    ) -> Packet[Stream] | None:
        """The packet of this keyframe; None when it is not in the file any more."""
        over = seek_over if self._seeks else None
        way = approach(index, keyframe, read=self._read, seek_over=over)
        is_ahead = way is Approach.READ_ON or self._step_back(keyframe)
        if is_ahead and (packet := self._pass_to(keyframe, beat)):
            return packet
        if self._seeks:
            for entry in (keyframe, earlier(index, keyframe)):
                landed = entry is not None and self._seek(entry)
                if landed and (packet := self._pass_to(keyframe, beat)):
                    return packet
        if self._missing if self._seeks else way is Approach.READ_ON:
            return None
        self.rewind()
        packet = self._pass_to(keyframe, beat)
        self._missing = packet is None
        self._seeks &= self._missing
        return packet

    def onward(self, beat: Beat, limit: int | None = None) -> Iterator[Packet[Stream]]:
        """The packets from here on, up to the first keyframe after the pts `limit`.

        The file ends where they cannot be read any more.
        """
        try:
            while packet := self._next():
                if limit is not None and packet.is_keyframe and (packet.pts or limit) > limit:
                    self._again.appendleft(packet)
                    return
                self._note(packet)
                beat()
                if packet.size:  # an empty one would end the decoder
                    yield packet
        except FFmpegError:
            return

    def _next(self) -> Packet[Stream] | None:
        return self._again.popleft() if self._again else next(self._packets, None)

    def _load(self) -> None:
        for stream in self._video.container.streams:
            if stream.index != self._video.stream.index:
                stream.discard = Discard.all
        self._start(None)
        self._fresh = True
        """Nothing was read since the file was opened."""

    def _start(self, read: int | None) -> None:
        self._packets: Iterator[Packet[Stream]] = self._video.packets()
        self._again: deque[Packet[Stream]] = deque()
        """Packets that come once more, before the rest."""
        self._read = read
        """The latest pts among the packets read since the last jump; None at the beginning."""
        self._kept: list[Packet[Stream]] = []
        """In a format without seeks, what was read since the last keyframe but one."""
        self._kept_bytes = 0
        self._fresh = False

    def _note(self, packet: Packet[Stream]) -> None:
        self._fresh = False
        if packet.pts is not None and (self._read is None or packet.pts > self._read):
            self._read = packet.pts
        if not self._seeks:
            self._keep(packet)

    def _keep(self, packet: Packet[Stream]) -> None:
        if packet.is_keyframe or self._kept_bytes > _KEPT_BYTES:
            begins = [nth for nth, kept in enumerate(self._kept) if kept.is_keyframe][-1:]
            del self._kept[: begins[0] if begins and packet.is_keyframe else None]
            self._kept_bytes = sum(kept.size for kept in self._kept)
        self._kept.append(packet)
        self._kept_bytes += packet.size

    def _step_back(self, keyframe: int) -> bool:
        """To a keyframe among the packets that were kept."""
        for nth, packet in enumerate(self._kept):
            if packet.is_keyframe and packet.pts == keyframe:
                again = self._kept[nth:]
                del self._kept[nth:]
                self._again.extendleft(reversed(again))
                return True
        return False

    def _pass_to(self, keyframe: int, beat: Beat) -> Packet[Stream] | None:
        for packet in self.onward(beat):
            if packet.pts == keyframe:
                return packet  # also when damage hides from the demuxer that it is a keyframe
            if packet.is_keyframe and packet.pts is not None and packet.pts > keyframe:
                return None
        return None

    def _seek(self, pts: int) -> bool:
        try:
            self._video.container.seek(pts, stream=self._video.stream)
        except FFmpegError:
            return False
        self._start(pts)
        return True
