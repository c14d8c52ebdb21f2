"""Writes a truth to a video file, and tells exactly at which tick each frame came to lie.

The times in `Rendered` are read back from the file's packets, so that a test compares with what
the container holds, not with what was meant.
"""

# PyAV's stubs leave keyword arguments and the packets of an encoder untyped.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from sightline.testing.chance import draw
from sightline.testing.drawing import Variant, Yuv, pictures
from sightline.testing.truth import Truth
from sightline.values import Clock

_AUDIO_RATE = 48_000
_AUDIO_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a video is written; the container follows from the file's suffix."""

    codec: str = "libx264"
    """An FFmpeg encoder."""
    options: tuple[tuple[str, str], ...] = (("preset", "ultrafast"),)
    """Of the encoder; `(("x264-params", "open-gop=1"),)` opens the GOPs."""
    pixel_format: str = "yuv420p"
    gop: int = 50
    """Frames from one keyframe to the next, at most."""
    b_frames: int = 0
    pts: tuple[int, ...] | None = None
    """One for each frame, in ticks of `time_base`, increasing: a variable frame rate."""
    time_base: Fraction | None = None
    """Seconds in a tick of the encoder; one frame's when not given. Needed with `pts`."""
    start_s: Fraction = Fraction(0)
    """When the first frame is shown, if the container can say so."""
    rotation: int = 0
    """Degrees counter-clockwise, in steps of 90, by which a player must turn the stored frames.
    The truth's size is the size after it."""
    pixel_aspect: Fraction | None = None
    """Width of a pixel over its height; the truth's size is the stored one."""
    audio_s: float = 0.0
    """Length of a sound track beside the picture; 0.0 for none."""
    faststart: bool = False
    """MP4 and MOV: the index comes first, so that a file cut short can be read."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A video file and the truth about it."""

    path: Path
    truth: Truth
    time_base: Fraction
    pts: tuple[int, ...]
    """Of each frame, in order of presentation, as the container has it."""
    end: int
    """The pts just past the last frame."""
    keyframes: tuple[int, ...]
    """Their pts."""

    @property
    def clock(self) -> Clock:
        return Clock(self.time_base, self.pts[0])

    @property
    def times_s(self) -> tuple[float, ...]:
        """When each frame is shown; the first at 0.0."""
        return tuple(self.clock.seconds(pts) for pts in self.pts)

    def frame_at(self, pts: int) -> int:
        """The number of the frame on show at this tick."""
        return max(0, bisect_right(self.pts, pts) - 1)

    def spans(self, tag: str) -> tuple[tuple[int, int], ...]:
        """A tag's events as [start, end) in ticks."""
        edges = (*self.pts, self.end)
        return tuple((edges[start], edges[end]) for start, end in self.truth.events.get(tag, ()))


def render(
    truth: Truth,
    path: Path,
    *,
    variant: Variant = "hidden",
    encoding: Encoding | None = None,
) -> Rendered:
    """Write a truth as a video file and say where every frame lies.

    Raises `ValueError` when the encoding does not fit the truth, `av.error.FFmpegError` when the
    container cannot hold the codec.
    """
    encoding = encoding or Encoding()
    _check(truth, encoding, path.suffix)
    options = {"movflags": "+faststart"} if encoding.faststart else {}
    with av.open(str(path), "w", options=options) as container:
        stream = _add_video(container, truth, encoding)
        sound = _add_audio(container) if encoding.audio_s else None
        ticks = _ticks(truth, encoding)
        for pts, yuv in zip(ticks, pictures(truth, variant), strict=True):
            frame = VideoFrame.from_ndarray(_turned(yuv, encoding.rotation), format="yuv420p")
            frame.pts = pts
            frame.time_base = stream.codec_context.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound:
            _write_tone(container, sound, encoding.audio_s)
    return _survey(truth, path)


def write_audio(path: Path, *, duration_s: float = 2.0) -> Path:
    """A file with a sound track and no picture."""
    with av.open(str(path), "w") as container:
        _write_tone(container, _add_audio(container), duration_s)
    return path


def uneven_pts(truth: Truth, *, time_base: Fraction = Fraction(1, 1000)) -> tuple[int, ...]:
    """Ticks for a variable frame rate: each frame lasts 0.5 to 1.5 of its nominal length."""
    pts, when = [0], Fraction(0)
    for frame in range(1, truth.frame_count):
        when += Fraction(500 + draw("pts", truth.seed, frame) % 1001, 1000) / truth.rate
        pts.append(max(pts[-1] + 1, round(when / time_base)))
    return tuple(pts)


def _check(truth: Truth, encoding: Encoding, suffix: str) -> None:
    if encoding.rotation % 90:
        raise ValueError(f"a rotation of {encoding.rotation} degrees")
    if encoding.rotation and suffix not in {".mp4", ".mov", ".mkv"}:
        raise ValueError(f"{suffix} files cannot say that they are rotated")
    if encoding.faststart and suffix not in {".mp4", ".mov"}:
        raise ValueError(f"{suffix} files have no index to put first")
    if encoding.b_frames and suffix == ".avi":
        raise ValueError(".avi files cannot say when a frame that waits for a later one is shown")
    if encoding.pts is None:
        return
    if encoding.time_base is None:
        raise ValueError("`pts` without the `time_base` they count in")
    if len(encoding.pts) != truth.frame_count:
        raise ValueError(f"{len(encoding.pts)} pts for {truth.frame_count} frames")
    if any(before >= after for before, after in pairwise(encoding.pts)):
        raise ValueError("`pts` do not increase")


def _add_video(container: OutputContainer, truth: Truth, encoding: Encoding) -> VideoStream:
    stream = cast(
        "VideoStream",
        container.add_stream(encoding.codec, rate=truth.rate, options=dict(encoding.options)),
    )
    width, height = truth.size
    context = stream.codec_context
    context.width, context.height = (height, width) if encoding.rotation % 180 else (width, height)
    context.pix_fmt = encoding.pixel_format
    context.gop_size = encoding.gop
    context.max_b_frames = encoding.b_frames
    context.time_base = encoding.time_base or 1 / truth.rate
    if encoding.pixel_aspect:
        context.sample_aspect_ratio = encoding.pixel_aspect
    if encoding.rotation % 360:
        stream.set_display_rotation(encoding.rotation)
    return stream


def _ticks(truth: Truth, encoding: Encoding) -> Iterator[int]:
    time_base = encoding.time_base or 1 / truth.rate
    start = round(encoding.start_s / time_base)
    if encoding.pts is not None:
        return (start + pts for pts in encoding.pts)
    return (start + round(frame / truth.rate / time_base) for frame in range(truth.frame_count))


def _turned(yuv: Yuv, rotation: int) -> Yuv:
    """The stored form of a picture that a player will turn counter-clockwise by `rotation`."""
    quarters = -(rotation // 90) % 4
    if not quarters:
        return yuv
    height, width = yuv.shape[0] * 2 // 3, yuv.shape[1]
    u, v = yuv[height:].reshape(2, height // 2, width // 2)
    luma = np.rot90(yuv[:height], quarters)
    chroma = [np.rot90(plane, quarters).reshape(-1, luma.shape[1]) for plane in (u, v)]
    return np.ascontiguousarray(np.concatenate((luma, *chroma)))


def _add_audio(container: OutputContainer) -> AudioStream:
    stream = cast(
        "AudioStream", container.add_stream(container.default_audio_codec, rate=_AUDIO_RATE)
    )
    stream.codec_context.layout = "mono"
    return stream


def _write_tone(container: OutputContainer, stream: AudioStream, duration_s: float) -> None:
    count = round(duration_s * _AUDIO_RATE)
    tone = np.sin(np.arange(count) * (2 * np.pi * 440 / _AUDIO_RATE)).astype(np.float32) * 0.1
    for start in range(0, count, _AUDIO_BLOCK):
        block = tone[np.newaxis, start : start + _AUDIO_BLOCK]
        frame = AudioFrame.from_ndarray(block, format="fltp", layout="mono")
        frame.sample_rate = _AUDIO_RATE
        frame.pts = start
        frame.time_base = Fraction(1, _AUDIO_RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _survey(truth: Truth, path: Path) -> Rendered:
    with closing(av.open(str(path))) as container:
        stream = container.streams.video[0]
        time_base = stream.time_base or 1 / truth.rate
        frame_ticks = round(1 / truth.rate / time_base)
        packets = [packet for packet in container.demux(stream) if packet.size]
    if len(packets) != truth.frame_count:
        raise ValueError(f"{path} holds {len(packets)} frames, not {truth.frame_count}")
    timed = [(packet.pts, packet) for packet in packets if packet.pts is not None]
    if len(timed) != len(packets):
        # A raw stream has no times: frames follow each other at the nominal rate.
        pts = tuple(round(n / truth.rate / time_base) for n in range(truth.frame_count))
        keyframes = tuple(pts[n] for n, packet in enumerate(packets) if packet.is_keyframe)
        return Rendered(path, truth, time_base, pts, pts[-1] + frame_ticks, keyframes)
    timed.sort(key=lambda item: item[0])
    return Rendered(
        path,
        truth,
        time_base,
        pts=tuple(pts for pts, _ in timed),
        end=timed[-1][0] + (timed[-1][1].duration or frame_ticks),
        keyframes=tuple(pts for pts, packet in timed if packet.is_keyframe),
    )
