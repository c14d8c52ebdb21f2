"""The pictures of a truth, in one of two honest variants.

`hidden`: nothing of the events shows. The code gets a fresh nonce in every frame and the
background cuts at times that have nothing to do with events: an analyser that trusts signals
alone must fail.

`visible`: each event shows as a coloured square, every second tag's moving, as things mostly do
in life. Nonce and frame number in the code stay as they are while scene and tags do, so that a
still stretch is one picture repeated; its code carries the number of the stretch's first frame.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from math import pi, sin
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sightline.testing.chance import draw
from sightline.testing.code import NONCE_BYTES, Code, draw_code
from sightline.testing.truth import Truth

Variant = Literal["hidden", "visible"]

Yuv = NDArray[np.uint8]
"""Planar 4:2:0 in one array of height × 3/2 rows, as PyAV takes it."""

_SLOTS_ACROSS, _SLOTS_DOWN = 8, 3
_SWING_FRAMES = 40
"""A moving square goes there and back in as many frames."""


def pictures(truth: Truth, variant: Variant) -> Iterator[Yuv]:
    """Every frame in order, each a fresh array of limited-range YUV."""
    backdrop = _backdrop(truth, 0)
    for frame in range(truth.frame_count):
        if frame in truth.cuts:
            backdrop = _backdrop(truth, truth.scene(frame))
        yield _picture(truth, frame, variant, backdrop)


def picture(truth: Truth, frame: int, variant: Variant = "hidden") -> Yuv:
    """One frame, the same as `pictures` gives."""
    return _picture(truth, frame, variant, _backdrop(truth, truth.scene(frame)))


def _picture(truth: Truth, frame: int, variant: Variant, backdrop: Yuv) -> Yuv:
    yuv = backdrop.copy()
    scene, mask = truth.scene(frame), truth.mask(frame)
    told, nonce_of = frame, frame
    if variant == "visible":
        for bit in range(len(truth.tags)):
            if mask >> bit & 1:
                _draw_square(truth, yuv, bit, frame)
        told = _stretch_start(truth, frame)
        nonce_of = scene
    nonce = draw("nonce", truth.video, variant, nonce_of) % (1 << 8 * NONCE_BYTES)
    draw_code(
        yuv[: truth.size[1]],
        Code(truth.video, told, scene, mask),
        nonce=nonce.to_bytes(NONCE_BYTES, "big"),
    )
    return yuv


def _stretch_start(truth: Truth, frame: int) -> int:
    """The first frame with the same scene and tags as this one, without a break between."""
    last_change = truth.changes[bisect_right(truth.changes, frame) - 1]
    scene = truth.scene(frame)
    last_cut = truth.cuts[scene - 1] if scene else 0
    return max(last_change, last_cut)


def _backdrop(truth: Truth, scene: int) -> Yuv:
    """A soft random pattern in a random tint, one for each scene."""
    width, height = truth.size
    if width % 2 or height % 2:
        raise ValueError(f"4:2:0 wants even sizes, not {width}×{height}")
    rng = np.random.default_rng(draw("backdrop", truth.video, scene))
    coarse = rng.uniform(60, 190, (4, 7))
    yuv = np.empty((height * 3 // 2, width), np.uint8)
    yuv[:height] = _stretch(4, height) @ coarse @ _stretch(7, width).T
    u, v = _chroma(yuv, height)
    u[:], v[:] = rng.integers(100, 156, 2)
    return yuv


def _stretch(knots: int, pixels: int) -> NDArray[np.float64]:
    """The matrix, pixels × knots, that interpolates linearly between evenly spread knots."""
    places = np.linspace(0, knots - 1, pixels)[:, np.newaxis]
    return np.maximum(0, 1 - np.abs(places - np.arange(knots)))


def _draw_square(truth: Truth, yuv: Yuv, bit: int, frame: int) -> None:
    """A tag's square, in its own place and colour; an odd tag's swings from side to side."""
    width, height = truth.size
    slot_width = width // _SLOTS_ACROSS
    # The upper half is free of the code in every picture that is not wider than 3:1.
    slot_height = height // 2 // _SLOTS_DOWN
    side = min(slot_width, slot_height) * 3 // 4 // 2 * 2
    room = slot_width - side
    swing = sin(2 * pi * frame / _SWING_FRAMES) if bit % 2 else 0.0
    row, column = divmod(bit, _SLOTS_ACROSS)
    x = (round(column * slot_width + room * (1 + swing) / 2)) // 2 * 2
    y = (row * slot_height + (slot_height - side) // 2) // 2 * 2
    luma, blue, red = _colour(bit)
    u, v = _chroma(yuv, height)
    yuv[y : y + side, x : x + side] = luma
    half = np.s_[y // 2 : (y + side) // 2, x // 2 : (x + side) // 2]
    u[half] = blue
    v[half] = red


def _chroma(yuv: Yuv, height: int) -> tuple[Yuv, Yuv]:
    """Views of the two planes of colour, each of half the size."""
    width = yuv.shape[1]
    planes = yuv[height:].reshape(2, height // 2, width // 2)
    return planes[0], planes[1]


def _colour(bit: int) -> tuple[int, int, int]:
    """Y, U and V, far from their neighbours' and from the tints of a backdrop."""
    angle = bit * 2.4  # radians; the golden angle never comes back to the same hue
    return 60 + bit * 53 % 150, 128 + round(95 * sin(angle)), 128 + round(95 * sin(angle + pi / 2))
