"""Draws the sample video: a minute of plain scenes, in colours that have a name.

What is in each is large and of one colour, so that the engine which only measures colours and light
finds it where it is. A red car passes at 2 s and at 55 s, the sea is blue from 12 s to 22 s, from
22 s to 32 s all is green, it is night from 32 s on, with black from 42 s to 45 s, and then the sun
rises in an orange sky until 52 s.
"""

# PyAV leaves the keyword arguments of `add_stream` without a type.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from errno import errorcode
from pathlib import Path
from typing import cast

import numpy as np
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from sightline.errors import MediaError
from sightline.media.codec.pictures import Beat
from sightline.media.codec.writing import writing
from sightline.media.wire import Form

WIDTH, HEIGHT = 640, 360
RATE = 15
"""Frames a second."""
_OPTIONS = {"preset": "ultrafast", "crf": "23"}
_KEYFRAME_EVERY_S = 2
_THREADS = 2

_Colour = tuple[int, int, int]
_Canvas = NDArray[np.uint8]

_PALE, _NIGHT, _BLACK = (225, 240, 255), (14, 18, 34), (0, 0, 0)
_RED, _BLUE, _YELLOW, _ORANGE = (205, 25, 25), (20, 70, 190), (245, 215, 30), (240, 130, 20)
_GREEN, _GRASS, _GREY, _WHITE = (40, 140, 50), (60, 165, 60), (120, 120, 120), (245, 245, 245)


@dataclass(frozen=True, slots=True)
class _Box:
    """A rectangle of one colour, or a disc, in shares of the picture's width and height."""

    colour: _Colour
    left: float
    top: float
    width: float
    height: float
    is_round: bool = False


@dataclass(frozen=True, slots=True)
class _Mover:
    """Boxes that move along as one, from place to place, while `begins <= t < ends`."""

    boxes: tuple[_Box, ...]
    begins: float
    """Seconds from the beginning of the scene."""
    ends: float
    start: tuple[float, float]
    stop: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Scene:
    seconds: int
    boxes: tuple[_Box, ...]
    """What stands still, the farthest first."""
    movers: tuple[_Mover, ...] = ()


def _car(colour: _Colour, begins: float, ends: float, *, back: bool = False) -> _Mover:
    """About a tenth of the picture."""
    boxes = (
        _Box(colour, 0.0, 0.12, 0.42, 0.20),
        _Box(colour, 0.09, 0.0, 0.22, 0.13),
        _Box(_PALE, 0.11, 0.03, 0.08, 0.09),
        _Box(_PALE, 0.21, 0.03, 0.08, 0.09),
        _Box(_BLACK, 0.05, 0.28, 0.08, 0.10),
        _Box(_BLACK, 0.29, 0.28, 0.08, 0.10),
    )
    way = (-0.45, 0.52), (1.03, 0.52)
    return _Mover(boxes, begins, ends, *(reversed(way) if back else way))


def _street(seconds: int, *cars: _Mover) -> _Scene:
    ground = (
        _Box(_PALE, 0, 0, 1, 0.55),
        _Box(_WHITE, 0.04, 0.22, 0.20, 0.33),
        _Box(_WHITE, 0.62, 0.14, 0.26, 0.41),
        _Box(_GREY, 0, 0.55, 1, 0.45),
        *(_Box(_WHITE, 0.02 + 0.2 * n, 0.93, 0.12, 0.02) for n in range(5)),
    )
    return _Scene(seconds, ground, cars)


_SCENES = (
    _street(12, _car(_RED, 2, 9)),
    _Scene(
        10,
        (
            _Box(_PALE, 0, 0, 1, 0.35),
            _Box(_BLUE, 0, 0.35, 1, 0.65),
            *(_Box((70, 120, 220), 0.05 + 0.31 * n, 0.5 + 0.13 * n, 0.2, 0.02) for n in range(3)),
        ),
        (
            _Mover(
                (_Box(_WHITE, 0.05, 0, 0.06, 0.22), _Box(_GREY, 0, 0.22, 0.18, 0.06)),
                *(0, 10, (0.05, 0.18), (0.75, 0.18)),
            ),
        ),
    ),
    _Scene(
        10,
        (
            _Box(_PALE, 0, 0, 1, 0.3),
            _Box(_GRASS, 0, 0.3, 1, 0.7),
            _Box(_GREEN, 0.7, 0.06, 0.2, 0.36, is_round=True),
            _Box((110, 70, 40), 0.79, 0.4, 0.02, 0.12),
        ),
        (_Mover((_Box(_YELLOW, 0, 0, 0.27, 0.48, is_round=True),), 3, 8, (0.0, 0.5), (0.6, 0.5)),),
    ),
    _Scene(
        10,
        (
            _Box(_NIGHT, 0, 0, 1, 1),
            _Box((58, 60, 66), 0, 0.7, 1, 0.3),
            *(_Box((90, 90, 110), 0.1 + 0.17 * n, 0.1 + 0.07 * n, 0.008, 0.014) for n in range(5)),
        ),
        (_Mover((_Box(_WHITE, 0, 0, 0.03, 0.03),), 1, 9, (-0.05, 0.72), (1.02, 0.72)),),
    ),
    _Scene(3, (_Box(_BLACK, 0, 0, 1, 1),)),
    _Scene(
        7,
        (
            _Box(_ORANGE, 0, 0, 1, 0.7),
            _Box((70, 40, 30), 0, 0.7, 1, 0.3),
        ),
        (_Mover((_Box(_YELLOW, 0, 0, 0.22, 0.39, is_round=True),), 0, 7, (0.4, 0.05), (0.4, 0.4)),),
    ),
    _street(8, _car(_BLUE, 0, 3.5, back=True), _car(_RED, 3, 8)),
)


def draw_sample(target: Path, beat: Beat) -> None:
    """Raises `MediaError` where it cannot be written."""
    try:
        _draw(target, beat)
    except (FFmpegError, OSError) as error:
        code = error.errno or 0
        reason = os.strerror(code) if code in errorcode else type(error).__name__
        raise MediaError(f"{target} cannot be written ({reason}); free some disk") from error


def _draw(target: Path, beat: Beat) -> None:
    with writing(target, Form.MP4, beat) as out:
        stream = out.add_stream("libx264", rate=RATE, options=dict(_OPTIONS))
        codec = stream.codec_context
        codec.width, codec.height, codec.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        codec.gop_size = RATE * _KEYFRAME_EVERY_S
        codec.thread_count = _THREADS
        for picture in _pictures():
            beat()
            frame = VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")
            out.mux(cast("list[Packet[Stream]]", stream.encode(frame)))
        out.mux(cast("list[Packet[Stream]]", stream.encode(None)))


def _pictures() -> Iterator[_Canvas]:
    for scene in _SCENES:
        still = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        _paint(still, scene.boxes)
        for number in range(scene.seconds * RATE):
            picture = still.copy()
            for mover in scene.movers:
                _move(picture, mover, number / RATE)
            yield picture


def _move(picture: _Canvas, mover: _Mover, second: float) -> None:
    if not mover.begins <= second < mover.ends:
        return
    way = (second - mover.begins) / (mover.ends - mover.begins)
    x, y = (a + (b - a) * way for a, b in zip(mover.start, mover.stop, strict=True))
    _paint(picture, mover.boxes, x, y)


def _paint(picture: _Canvas, boxes: Sequence[_Box], x: float = 0.0, y: float = 0.0) -> None:
    for box in boxes:
        top, left = round((y + box.top) * HEIGHT), round((x + box.left) * WIDTH)
        high, wide = round(box.height * HEIGHT), round(box.width * WIDTH)
        rows, columns = max(0, -top), max(0, -left)
        there = picture[max(0, top) : max(0, top + high), max(0, left) : max(0, left + wide)]
        if not box.is_round:
            there[:] = box.colour
            continue
        down, across = np.ogrid[rows : rows + there.shape[0], columns : columns + there.shape[1]]
        inside = ((2 * down - high) / high) ** 2 + ((2 * across - wide) / wide) ** 2 <= 1
        there[inside] = box.colour
