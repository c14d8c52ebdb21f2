"""Decodes a video and encodes it anew as H.264 and AAC, in a size that plays everywhere.

Frames come from the same decoder as those that are analysed, each with its own time: what the
player shows at a moment is the frame that was asked about.
"""

# PyAV leaves the keyword arguments of `add_stream` without a type.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from sightline.errors import MediaError
from sightline.media.codec.container import VideoFile
from sightline.media.codec.opening import open_pictures
from sightline.media.codec.pictures import Pictures
from sightline.media.codec.playable import Plan
from sightline.media.codec.writing import EncodedSound, writing
from sightline.media.wire import Open
from sightline.values import SeenFile

_LONGEST_SIDE = 1920
_OPTIONS = {"preset": "veryfast", "crf": "22"}
_KEYFRAME_EVERY_S = 2
"""How far a player decodes, at most, to jump to a moment."""
_RATES = Fraction(1), Fraction(240)
_FINEST_TICK = Fraction(1, 1_000_000)
_TICK = Fraction(1, 90_000)


def transcode(
    opened: Open, plan: Plan, target: Path, tell: Callable[[int], None], *, threads: int
) -> None:
    """`tell` hears the pts that was encoded last. Raises `MediaError`, and FFmpeg's errors about
    what is written."""
    index = opened.index
    pictures = open_pictures(opened.file, threads=threads)
    sound = None
    try:
        if plan.sound is not None:
            sound = _Track(opened.file, plan.sound)
        with writing(target, plan.form, lambda: tell(index.pts[0])) as out:
            _Encoding(opened, plan, pictures, out, threads).run(sound, tell)
        pictures.ensure_unwritten()
    finally:
        pictures.close()
        if sound:
            sound.close()


class _Track:
    """The packets of the sound of a file, beside whoever reads its pictures."""

    def __init__(self, file: SeenFile, number: int) -> None:
        self._video = VideoFile(file)
        self.stream = next(s for s in self._video.container.streams.audio if s.index == number)
        self._packets = self._read()
        self._next: Packet[Stream] | None = None

    def until(self, second: Fraction | None) -> Iterator[Packet[Stream]]:
        """What comes before this second on the file's own clock; with None all the rest."""
        while True:
            packet, self._next = self._next or next(self._packets, None), None
            if packet is None:
                return
            at = (packet.pts or 0) * (self.stream.time_base or _TICK)
            if second is not None and at > second:
                self._next = packet
                return
            yield packet

    def _read(self) -> Iterator[Packet[Stream]]:
        try:
            for packet in self._video.packets(all_streams=True):
                if packet.stream_index == self.stream.index and packet.size:
                    yield packet
        except FFmpegError:
            return  # what was read until here is the sound

    def close(self) -> None:
        self._video.close()


class _Encoding:
    def __init__(
        self, opened: Open, plan: Plan, pictures: Pictures, out: OutputContainer, threads: int
    ) -> None:
        self._path = opened.file.path
        self._index = opened.index
        self._plan = plan
        self._pictures = pictures
        self._out = out
        self._threads = threads
        tick = pictures.time_base
        self._tick = tick if tick >= _FINEST_TICK else _TICK
        self._last = -1
        self._stream: VideoStream | None = None

    def run(self, track: _Track | None, tell: Callable[[int], None]) -> None:
        first, tick = self._index.pts[0], self._pictures.time_base
        sound: EncodedSound | None = None

        def beat() -> None:
            tell(first)

        for pts, frame in self._pictures.frames(self._index, self._index.pts, beat):
            if frame is None:
                tell(pts)
                continue
            if self._stream is None:
                self._stream = self._add_stream(frame)
                if track:
                    sound = self._add_sound(track.stream, first * tick)
            self._encode(self._stream, frame, pts)
            if sound and track:
                for packet in track.until(pts * tick):
                    sound.feed(packet)
            tell(pts)
        if sound and track:
            for packet in track.until(None):
                sound.feed(packet)
                tell(first)
            sound.end()
        if self._stream is None:
            raise MediaError(
                f"{self._path}: not one of its frames can be decoded; copy or download it again, or"
                " convert it to MP4"
            )
        self._out.mux(cast("list[Packet[Stream]]", self._stream.encode(None)))

    def _add_stream(self, frame: VideoFrame) -> VideoStream:
        index, tick = self._index, self._pictures.time_base
        rate = len(index) / ((index.end - index.pts[0]) * tick)
        rate = min(max(_RATES[0], rate), _RATES[1]).limit_denominator(1001)
        stream = self._out.add_stream("libx264", rate=rate, options=dict(_OPTIONS))
        codec = stream.codec_context
        codec.width, codec.height = _size(frame)
        codec.pix_fmt = "yuv420p"
        codec.gop_size = round(rate * _KEYFRAME_EVERY_S)
        codec.time_base = self._tick
        codec.thread_count = self._threads
        codec.sample_aspect_ratio = self._pictures.pixel_aspect
        if turn := frame.rotation % 360:
            stream.set_display_rotation(turn)
        return stream

    def _add_sound(self, source: AudioStream, start_s: Fraction) -> EncodedSound:
        return EncodedSound(self._out, source, start_s, self._plan.form)

    def _encode(self, stream: VideoStream, frame: VideoFrame, pts: int) -> None:
        codec = stream.codec_context
        fitted = frame.reformat(codec.width, codec.height, "yuv420p")
        begins, ends = self._ticks(pts), self._ticks(self._index.after(pts))
        begins = max(begins, self._last + 1)
        fitted.pts, fitted.time_base = begins, self._tick
        fitted.duration = max(1, ends - begins)
        fitted.pict_type = PictureType.NONE  # else the encoder repeats the choices of the last one
        self._last = begins
        self._out.mux(cast("list[Packet[Stream]]", stream.encode(fitted)))

    def _ticks(self, pts: int) -> int:
        return round((pts - self._index.pts[0]) * self._pictures.time_base / self._tick)


def _size(frame: VideoFrame) -> tuple[int, int]:
    """Whole chroma samples, and no larger than what is easily played."""
    scale = min(Fraction(1), Fraction(_LONGEST_SIDE, max(frame.width, frame.height)))
    width, height = (max(2, round(side * scale) // 2 * 2) for side in (frame.width, frame.height))
    return width, height
