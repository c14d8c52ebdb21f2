"""Writes a time into a picture, straight into the planes that JPEG stores.

White letters on a black box in the lower left corner, because that is what stays legible over any
picture after a lossy encode. Black and white have no colour, so the text is drawn in luma alone.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]
"""Full-range Y, U and V, the last two of half the width and height, rounded up."""

_LETTERS_SHARE = 1 / 14
"""Height of the font, of the shorter side of the picture."""
_SMALLEST_LETTERS = 11
"""Pixels of font size: in smaller ones digits cannot be told apart."""
_GREY = 128
"""The chroma of what has no colour."""


def stamped(planes: Planes, text: str) -> Planes:
    """Copies of the planes with the text in them; in a tiny picture as much of it as there is
    room for."""
    y, u, v = (plane.copy() for plane in planes)
    height, width = y.shape
    box = _box(text, _font_size(text, width, height))
    # Whole chroma samples, so that no colour of the picture bleeds into the letters.
    top = max(0, height - box.shape[0]) // 2 * 2
    part = box[: height - top, :width]
    y[top:, : part.shape[1]] = 0
    y[top : top + part.shape[0], : part.shape[1]] = part
    for chroma in (u, v):
        chroma[top // 2 :, : -(-part.shape[1] // 2)] = _GREY
    return y, u, v


def _font_size(text: str, width: int, height: int) -> int:
    wanted = max(_SMALLEST_LETTERS, round(min(width, height) * _LETTERS_SHARE))
    # Digits are a little more than half as wide as the font is high.
    return max(1, min(wanted, int(width / (0.6 * len(text) + 1))))


@lru_cache(maxsize=64)
def _box(text: str, font_size: int) -> Plane:
    """The text in luma with a margin around it."""
    # Here and not above: few pictures are stamped, and each child would pay for it.
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    font = ImageFont.load_default(font_size)
    # Of all digits, so that the box does not jump from frame to frame.
    left, top, right, bottom = font.getbbox("0123456789:.")
    del left, right
    margin = max(2, font_size // 4)
    width = round(font.getlength(text)) + 2 * margin
    image = Image.new("L", (width, round(bottom - top) + 2 * margin), 0)
    ImageDraw.Draw(image).text((margin, margin - top), text, fill=255, font=font)
    return np.asarray(image)
