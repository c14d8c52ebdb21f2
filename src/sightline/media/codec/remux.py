"""Copies a video, packet by packet, into a container that browsers open."""

# PyAV leaves keyword arguments and the streams of packets without a type.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream

from sightline.media.codec.container import VideoFile
from sightline.media.codec.playable import Plan
from sightline.media.codec.writing import CopiedSound, EncodedSound, Sound, writing
from sightline.media.wire import Open

_MOST_HELD = 32
"""Twice the frames that H.264 can put before others."""

_LEAST = 0.95
"""Of the frames: a damaged file is worth the trouble of decoding it."""


class Unfit(Exception):
    """Its packets cannot be copied as they are."""


def remux(opened: Open, plan: Plan, target: Path, tell: Callable[[int], None]) -> None:
    """`tell` hears the pts that was copied last.

    Raises `Unfit`, `MediaError`, and FFmpeg's errors about what is written.
    """
    video = VideoFile(opened.file)
    first = opened.index.pts[0]
    try:
        with writing(target, plan.form, lambda: tell(first)) as out:
            _Copying(video, opened, plan, out).run(tell)
        video.ensure_unwritten()
    finally:
        video.close()


class _Copying:
    def __init__(self, video: VideoFile, opened: Open, plan: Plan, out: OutputContainer) -> None:
        self._video = video
        self._index = opened.index
        self._plan = plan
        self._out = out
        try:
            self._stream = out.add_stream_from_template(video.stream, opaque=True)
            self._sound = self._add_sound()
        except (ValueError, FFmpegError) as error:
            raise Unfit(str(error)) from error
        self._dts: int | None = None
        self._copied = 0
        self._held: list[Packet[Stream]] = []

    def _add_sound(self) -> Sound | None:
        start_s = self._index.pts[0] * self._video.time_base
        for source in self._video.container.streams.audio:
            if source.index != self._plan.sound:
                continue
            if self._plan.copies_sound:
                return CopiedSound(self._out, source, start_s)
            return EncodedSound(self._out, source, start_s, self._plan.form)
        return None

    def run(self, tell: Callable[[int], None]) -> None:
        packets = self._video.packets(all_streams=True)
        while True:
            try:
                packet = next(packets, None)
            except FFmpegError:
                break  # what was read until here is the video
            if packet is None:
                break
            if packet.stream_index == self._video.stream.index:
                tell(packet.pts or self._index.pts[0])
                self._copy(packet)
            elif self._sound and packet.stream_index == self._plan.sound:
                self._sound.feed(packet)
        if self._held:
            raise Unfit("packets that do not say in which order they are decoded")
        if self._copied < len(self._index) * _LEAST - 1:
            raise Unfit("too little of it could be copied")
        if self._sound:
            self._sound.end()

    def _copy(self, packet: Packet[Stream]) -> None:
        if packet.size == 0 or packet.is_corrupt:
            return
        if self._dts is None and not self._held and not packet.is_keyframe:
            return  # nothing can be shown before the first one
        if packet.pts is None or packet.is_discard or packet.pts < self._index.pts[0]:
            raise Unfit("packets without times, or before the first frame")
        if self._dts is None and packet.dts is None:
            self._held.append(packet)
            if len(self._held) > _MOST_HELD:
                raise Unfit("packets that do not say in which order they are decoded")
            return
        if self._held:
            self._give_order(packet)
        self._write(packet)

    def _give_order(self, known: Packet[Stream]) -> None:
        """Matroska tells no decoding times; FFmpeg works them out, but not for the first frames."""
        held, self._held = self._held, []
        dts = known.dts or 0
        for packet in reversed(held):
            dts = packet.dts = min(packet.pts or 0, dts - max(1, packet.duration or 1))
        for packet in held:
            self._write(packet)

    def _write(self, packet: Packet[Stream]) -> None:
        pts, dts, first = packet.pts, packet.dts, self._index.pts[0]
        if pts is None or dts is None or dts > pts or (self._dts is not None and dts <= self._dts):
            raise Unfit("packets that are not in order")
        self._dts = dts
        packet.pts, packet.dts = pts - first, dts - first
        packet.stream = cast("Stream", self._stream)
        self._out.mux(packet)
        self._copied += 1
