"""Small videos with known times, in which every frame looks different from every other."""

# PyAV leaves the encoders' keyword arguments and the packets' streams without a type.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

MS = Fraction(1, 1000)
STEADY = tuple(n * 40 for n in range(60))
UNEVEN = tuple(n * 40 + 13 * (n % 3) + 300 * (n // 17) for n in range(60))


@dataclass(frozen=True)
class Clip:
    name: str
    codec: str = "libx264"
    pts: Sequence[int] = STEADY
    time_base: Fraction = MS
    size: tuple[int, int] = (160, 96)
    pixels: str = "yuv420p"
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    rotation: int = 0
    gop: int = 12
    """Frames from one keyframe to the next, at most."""


B_FRAMES = {"bf": "3", "preset": "veryfast"}

CLIPS = [
    Clip("b-frames.mp4", options=B_FRAMES),
    Clip("b-frames.mkv", options=B_FRAMES),
    Clip("open gop.mp4", options={"x264-params": "bframes=3:open-gop=1:keyint=12:scenecut=0"}),
    Clip("uneven.mp4", pts=UNEVEN, options=B_FRAMES),
    Clip("late.mp4", pts=[5000 + n for n in STEADY], options=B_FRAMES),
    Clip("late.mkv", pts=[5000 + n for n in STEADY], options=B_FRAMES),
    Clip("turned.mp4", rotation=90),
    Clip("odd.mkv", size=(159, 97), pixels="yuv444p", options=B_FRAMES),
    Clip(
        "hevc 10 bit.mp4",
        "libx265",
        pixels="yuv420p10le",
        options={"x265-params": "log-level=none"},
    ),
    Clip("vp9.webm", "libvpx-vp9", options={"cpu-used": "8", "deadline": "realtime"}),
    Clip("mpeg4.avi", "mpeg4", time_base=Fraction(1, 25), pts=range(60)),
    Clip("b-frames.avi", time_base=Fraction(1, 25), pts=range(60), options=B_FRAMES),
    Clip("b-frames.ts", options=B_FRAMES),
    Clip("mpeg2.mpg", "mpeg2video", time_base=Fraction(1, 25), pts=range(60), options={"bf": "2"}),
    Clip("flash.flv", options=B_FRAMES),
    Clip("palette.gif", "gif", time_base=Fraction(1, 100), pts=range(0, 140, 7), pixels="rgb8"),
    Clip("日本 ünïcode clip.mp4", options=B_FRAMES),
]


def pattern(number: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    """RGB; the shade tells frames apart even in a small copy."""
    width, height = size
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[..., 0] = np.arange(width) // 2 + number * 3
    pixels[..., 1] = (np.arange(height)[:, None] + number * 2) % 256
    pixels[..., 2] = number * 37 % 256
    return pixels


@contextmanager
def ordinary_priority() -> Generator[None]:
    """As root the AV1 encoder takes real-time priority for the thread that opens it, and whatever
    is started from there afterwards has it too and keeps all others from the cores."""
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def make(clip: Clip, folder: Path) -> Path:
    path = folder / clip.name
    with ordinary_priority(), av.open(str(path), "w") as container:
        stream = container.add_stream(clip.codec, rate=25, options=dict(clip.options))
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = clip.size
        stream.pix_fmt = clip.pixels
        stream.gop_size = clip.gop
        stream.codec_context.time_base = clip.time_base
        if clip.rotation:
            stream.set_display_rotation(clip.rotation)
        for number, pts in enumerate(clip.pts):
            pixels = VideoFrame.from_ndarray(pattern(number, clip.size), "rgb24")
            frame = pixels.reformat(format=clip.pixels)
            frame.pts, frame.time_base = pts, clip.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def remux(path: Path, target: Path, *, shift: int = 0, **options: str) -> Path:
    """The same packets in another container, `shift` ticks earlier."""
    with av.open(str(path)) as old, av.open(str(target), "w", options=options) as new:
        source = old.streams.video[0]
        stream = new.add_stream_from_template(source)
        for packet in old.demux(source):
            if packet.pts is None or packet.dts is None:
                continue
            packet.pts -= shift
            packet.dts -= shift
            packet.stream = stream
            new.mux(packet)
    return target


def cut(path: Path, target: Path, *, share: float = 0.5) -> Path:
    content = path.read_bytes()
    target.write_bytes(content[: int(len(content) * share)])
    return target


def decode_all(path: Path) -> dict[int, NDArray[np.uint8]]:
    """Every frame, small, upright, by its pts: what a plain decode from the start gives.

    Decoders put frames in order; AVI labels them in another, so the labels are sorted.
    """
    labels: list[int] = []
    pictures: list[NDArray[np.uint8]] = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            assert frame.pts is not None
            labels.append(frame.pts)
            pictures.append(thumbnail(frame, frame.rotation // 90))
    return dict(zip(sorted(labels), pictures, strict=True))


def thumbnail(frame: VideoFrame, turns: int = 0) -> NDArray[np.uint8]:
    pixels = frame.to_ndarray(format="rgb24").astype(np.uint8)
    upright = np.ascontiguousarray(np.rot90(pixels, turns))
    small = VideoFrame.from_ndarray(upright, "rgb24").reformat(
        40, 40, "rgb24", interpolation="AREA"
    )
    return small.to_ndarray().astype(np.uint8)
