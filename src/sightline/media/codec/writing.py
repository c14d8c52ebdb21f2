"""A file for browsers, while it is written."""

# PyAV leaves the keyword arguments of `add_stream` without a type.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from threading import Thread
from typing import Literal, cast

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream

from sightline.media.codec.pictures import Beat
from sightline.media.wire import Form

_MUXERS = {Form.MP4: "mp4", Form.WEBM: "webm"}
_OPTIONS = {
    # The index goes to the front, and no list of edits beyond the delay of B-frames.
    Form.MP4: {"movflags": "+faststart"},
    Form.WEBM: {"cues_to_front": "1"},
}
_ENCODERS: dict[Form, Literal["aac", "libopus"]] = {Form.MP4: "aac", Form.WEBM: "libopus"}
_RATE = 48_000
_BEAT_S = 0.25


@contextmanager
def writing(target: Path, form: Form, beat: Beat) -> Generator[OutputContainer]:
    """The file, open; complete when the block ends without an error. `beat` goes on meanwhile."""
    out = av.open(str(target), "w", format=_MUXERS[form], options=_OPTIONS[form])
    try:
        yield out
    except BaseException:
        with suppress(FFmpegError):  # what came first counts
            out.close()
        raise
    _patiently(out.close, beat)


class CopiedSound:
    """A sound track that is taken over packet by packet."""

    def __init__(self, out: OutputContainer, source: AudioStream, start_s: Fraction) -> None:
        self._out = out
        self._stream = out.add_stream_from_template(source, opaque=True)
        self._shift = round(start_s / (source.time_base or Fraction(1, _RATE)))
        self._last: int | None = None

    def feed(self, packet: Packet[Stream]) -> None:
        if packet.pts is None or packet.size == 0:
            return
        pts = packet.pts - self._shift
        if pts < 0 or (self._last is not None and pts <= self._last):
            return  # before the first frame, or damaged
        self._last = packet.pts = packet.dts = pts
        packet.stream = cast("Stream", self._stream)
        self._out.mux(packet)

    def end(self) -> None:
        pass


class EncodedSound:
    """A sound track that is encoded anew, in stereo at most."""

    def __init__(
        self, out: OutputContainer, source: AudioStream, start_s: Fraction, form: Form
    ) -> None:
        self._out = out
        self._source = source
        self._start_s = start_s
        self._stream = out.add_stream(_ENCODERS[form], rate=_RATE)
        self._stream.codec_context.layout = "mono" if source.channels == 1 else "stereo"
        self._next = 0

    def feed(self, packet: Packet[Stream] | None) -> None:
        try:
            frames = self._source.decode(cast("Packet[AudioStream] | None", packet))
        except FFmpegError:
            return  # a damaged packet
        for frame in frames:
            self._encode(frame)

    def _encode(self, frame: AudioFrame) -> None:
        if frame.pts is None or not frame.time_base or not frame.sample_rate:
            return
        at_s = frame.pts * frame.time_base - self._start_s
        pts = round(at_s * frame.sample_rate)
        if pts < 0 or pts < self._next - frame.sample_rate:
            return  # before the first frame, or damaged
        # Its samples follow each other; only a real gap is one.
        frame.pts = (
            pts if pts > self._next + frame.sample_rate // 10 or not self._next else self._next
        )
        frame.time_base = Fraction(1, frame.sample_rate)
        self._next = frame.pts + frame.samples
        try:
            self._mux(cast("list[Packet[AudioStream]]", self._stream.encode(frame)))
        except ValueError:
            return  # it changes its layout or rate on the way: the rest is left out

    def end(self) -> None:
        self.feed(None)
        self._mux(cast("list[Packet[AudioStream]]", self._stream.encode(None)))

    def _mux(self, packets: Iterable[Packet[AudioStream]]) -> None:
        for packet in packets:
            self._out.mux(packet)


Sound = CopiedSound | EncodedSound


def _patiently(work: Callable[[], None], beat: Beat) -> None:
    """Do what takes long and lets other threads run, and be heard of meanwhile."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            failed.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_BEAT_S)
        beat()
    if failed:
        raise failed[0]
