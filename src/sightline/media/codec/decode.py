"""Gives the wanted frames of one video by their pts, each exactly what its pts says it is.

`plan` says what is decoded, `reel` finds the packets. A frame that does not come is tried again the
plainer ways before it is called lost, one group of pictures at a time, so that damage costs a few
times its own length and no more.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from heapq import heappop, heappush

from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.frame import PictureType, VideoFrame

from sightline.media.codec.container import VideoFile
from sightline.media.codec.pictures import Beat
from sightline.media.codec.plan import (
    CHAIN_OVER,
    SEEK_OVER,
    Abilities,
    Run,
    Way,
    plainer,
    plan,
    settles,
)
from sightline.media.codec.probe import probe
from sightline.media.codec.reel import Reel
from sightline.values import FrameIndex, Media, SeenFile

_SKIPS = {"h264", "hevc", "mpeg1video", "mpeg2video", "mpeg4"}
"""Codecs with B-frames, whose decoders leave out frames that no other builds on. AV1's was seen to
lose others by it."""
_ENTANGLED = {"gif", "apng"}
"""Formats in which a frame builds on all before it, whatever its packet says."""
_PARSED = {"mpegts", "mpeg"}
"""Formats that do not say where a frame ends: of interlaced ones each field is a packet."""
_COUNT_AHEAD = 8
"""Frames by which B-frames displace a stamp in AVI, at most: twice what encoders use by default."""
_REACH_PER_THREAD = 2
"""Needless frames that are decoded rather than waiting until each thread is done."""
_STRAGGLE = 8
"""Frames that come after a wanted one before it is given up: damage can put it behind others."""
_OVERDUE = 64
"""Packets that are sent after that of a wanted frame before it is tried again: more than any
decoder holds back, with its threads."""

_Stamped = tuple[int, VideoFrame]


class Film:
    """Implements `Pictures` for one local file, which stays open between calls of `frames`."""

    def __init__(self, file: SeenFile, *, threads: int) -> None:
        """`threads` is how many may decode, 1 or more."""
        self._file = file
        self._threads = threads
        self._decoder: _Decoder | None = None

    @property
    def pixel_aspect(self) -> Fraction:
        return self._opened().video.pixel_aspect

    @property
    def time_base(self) -> Fraction:
        return self._opened().video.time_base

    def probe(self, beat: Beat) -> tuple[Media, FrameIndex]:
        return probe(self._file, beat)

    def frames(
        self, index: FrameIndex, wanted: Sequence[int], beat: Beat
    ) -> Iterator[tuple[int, VideoFrame | None]]:
        decoder = self._opened()
        done = 0
        while done < len(wanted):
            for run in plan(index, wanted, decoder.abilities, first=done):
                done = yield from self._give(index, wanted, run, beat)
                if done < run.stop:
                    break
            else:
                return
            if run.way is Way.ALONE:
                decoder.abilities = replace(decoder.abilities, chains=False)
            for again in plainer(index, wanted, decoder.abilities, run, done):
                done = yield from self._give(index, wanted, again, beat, done)
                if done == again.stop:
                    break

    def ensure_unwritten(self) -> None:
        if self._decoder is not None:
            self._decoder.video.ensure_unwritten()

    def close(self) -> None:
        if self._decoder is not None:
            self._decoder.video.close()
            self._decoder = None

    def _opened(self) -> _Decoder:
        if self._decoder is None:
            self._decoder = _Decoder(VideoFile(self._file, threads=self._threads), self._threads)
        return self._decoder

    def _give(
        self, index: FrameIndex, wanted: Sequence[int], run: Run, beat: Beat, done: int = 0
    ) -> Generator[tuple[int, VideoFrame | None], None, int]:
        """The frames of a run, from `wanted[done]` on; returns where the next run shall begin: at a
        frame that did not come and is worth another try, or else at the end of this one."""
        done = max(done, run.first)
        came: dict[int, VideoFrame] = {}
        latest = deque[int](maxlen=_STRAGGLE)
        overdue = 0
        for sent, frames in self._opened().decode(index, wanted, run, beat):
            for stamp, frame in frames:
                latest.append(stamp)
                if stamp >= wanted[done] and _among(wanted, run, stamp):
                    came[stamp] = frame
            overdue += sent is not None and sent > wanted[done]
            while done < run.stop:
                pts = wanted[done]
                if pts not in came:
                    passed = sent is None or (len(latest) == _STRAGGLE and min(latest) > pts)
                    if not passed and overdue <= _OVERDUE:
                        break
                    if not settles(index, run, pts):
                        return done
                    if not passed:
                        break
                yield pts, came.pop(pts, None)
                overdue = 0
                done += 1
            if done == run.stop:
                break
        return done


class _Decoder:
    """Decodes an open file, run by run."""

    def __init__(self, video: VideoFile, threads: int) -> None:
        self.video = video
        self.abilities = _abilities(video, threads)
        self._reel = Reel(video)
        self._stamps: list[int] = []
        self._unstamped: deque[VideoFrame] = deque()

    def decode(
        self, index: FrameIndex, wanted: Sequence[int], run: Run, beat: Beat
    ) -> Iterator[tuple[int | None, list[_Stamped]]]:
        """What comes out after each packet, with the pts of the latest one; None with the last."""
        self._empty()
        skipping, sent = False, wanted[run.first]
        for packet, is_wanted in self._packets(index, wanted, run, beat):
            if skipping != (run.way is Way.THRIFTY and not is_wanted):
                skipping = not skipping
                self.video.stream.codec_context.skip_frame = "NONREF" if skipping else "DEFAULT"
            frames = self._feed(packet)
            if run.way is Way.ALONE and not all(self._stands_alone(frame) for _, frame in frames):
                break
            sent = sent if packet.pts is None else packet.pts
            yield sent, frames
        else:
            yield None, self._feed(None)
            return
        yield None, []

    def _packets(
        self, index: FrameIndex, wanted: Sequence[int], run: Run, beat: Beat
    ) -> Iterator[tuple[Packet[Stream], bool]]:
        """The packets that a run decodes, and whether each is that of a wanted frame."""
        if run.way is Way.ALONE:
            for nth in range(run.first, run.stop):
                over = SEEK_OVER if nth == run.first else CHAIN_OVER
                if packet := self._reel.find(index, wanted[nth], beat, seek_over=over):
                    yield packet, True
            return
        unsent, last = run.stop - run.first, None
        for packet in self._from(index, run, beat):
            is_wanted = packet.pts not in {None, last} and _among(wanted, run, packet.pts or 0)
            yield packet, is_wanted
            if is_wanted:
                last, unsent = packet.pts, unsent - 1
                if unsent == 0 and not self.abilities.waits:
                    return

    def _from(self, index: FrameIndex, run: Run, beat: Beat) -> Iterator[Packet[Stream]]:
        if run.start is None:
            self._reel.rewind()
        elif packet := self._reel.find(index, run.start, beat):
            yield packet
        else:
            return
        yield from self._reel.onward(beat, run.limit)

    def _feed(self, packet: Packet[Stream] | None) -> list[_Stamped]:
        """What the decoder gives for a packet; None makes it give all that it holds."""
        try:
            frames = self.video.stream.decode(packet)  # pyright: ignore[reportUnknownMemberType]
        except FFmpegError:
            frames = []  # a damaged packet, or nothing left to give
        if self.abilities.counts:
            return self._counted(frames, ahead=_COUNT_AHEAD if packet else 0)
        return [(frame.pts, frame) for frame in frames if frame.pts is not None]

    def _counted(self, frames: Sequence[VideoFrame], ahead: int) -> list[_Stamped]:
        """Frames come in the order of presentation, with stamps in the order of decoding: sort
        these."""
        for frame in frames:
            if frame.pts is not None:
                heappush(self._stamps, frame.pts)
                self._unstamped.append(frame)
        ready = range(len(self._unstamped) - ahead)
        return [(heappop(self._stamps), self._unstamped.popleft()) for _ in ready]

    def _stands_alone(self, frame: VideoFrame) -> bool:
        """Whether a keyframe is one: a stream may be refreshed bit by bit in place of keyframes."""
        return not self.abilities.skips or frame.pict_type == PictureType.I

    def _empty(self) -> None:
        """Makes the decoder forget all; it must not hold a frame when the reel jumps."""
        codec = self.video.stream.codec_context
        codec.flush_buffers()
        codec.skip_frame = "DEFAULT"
        self._stamps.clear()
        self._unstamped.clear()


def _abilities(video: VideoFile, threads: int) -> Abilities:
    codec = video.stream.codec_context
    counts = video.format == "avi" and codec.has_b_frames
    by_fields = video.format in _PARSED and codec.field_order > 1
    return Abilities(
        leaps=not video.is_still and video.format not in _ENTANGLED,
        skips=codec.codec.canonical_name in _SKIPS and not (counts or by_fields),
        waits=counts or by_fields,
        chains=threads > 1,
        reach=_REACH_PER_THREAD * (threads - 1),
        counts=counts,
    )


def _among(wanted: Sequence[int], run: Run, pts: int) -> bool:
    nth = bisect_left(wanted, pts, run.first, run.stop)
    return nth < run.stop and wanted[nth] == pts
