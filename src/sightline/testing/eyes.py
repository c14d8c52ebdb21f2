"""How the truthful endpoint looks at a picture: at its code, or at what a probe's card shows.

A card is read from its pixels alone, by the forms and colours in it, as a model would. Its eyes are
only so sharp: digits less than `ACUITY_PX` tall are a blur. What is neither coded nor a card is
not seen at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from sightline.endpoints.probing.cards import COLOURS, SHAPES, Colour, Shape, draw_shape
from sightline.testing.code import Code, read_jpeg

ACUITY_PX = 10

Rgb = NDArray[np.uint8]
"""Height × width × 3."""
Mask = NDArray[np.bool_]

_GROUND = 225
"""Every channel of a card's ground is lighter, even where compression has been at it."""
_LEAST_GROUND = 0.4
"""Share of a card that is ground."""
_LEAST_FIGURE = 0.02
_ENOUGH_PX = 200
"""Of the longer side, for forms: only digits want all there are."""
_INK = 165
"""Every channel of a digit is darker."""
_MARGIN_PX = 5
_LIKE = 60
"""Levels within which a colour is recognised."""
_CELL = (12, 18)
"""Width and height to which a digit is brought for comparison."""
_NUMBER = re.compile(r"(?:the )?number (\d+)")


@dataclass(frozen=True, slots=True)
class Sight:
    """What a card shows."""

    figures: tuple[tuple[Colour, Shape], ...]
    """From left to right."""
    number: int | None
    """None when there is none, or none that these eyes can read."""

    def shows(self, wording: str) -> bool:
        """Whether a wording is true of it: a colour, a form, both, `a number`, `the number 5`."""
        wording = wording.removeprefix("a ")
        if found := _NUMBER.fullmatch(wording):
            return self.number == int(found[1])
        if wording == "number":
            return self.number is not None
        names = [{colour, shape, f"{colour} {shape}"} for colour, shape in self.figures]
        return any(wording in name for name in names)


Glimpse = Code | Sight | None
"""None for a picture that is neither coded nor a card."""


def look(jpeg: bytes, *, downscale_to: int | None = None) -> Glimpse:
    """What is to be seen in a JPEG, looked at in no more than `downscale_to` pixels a side."""
    if downscale_to is None:
        return read_jpeg(jpeg) or _read(jpeg)
    shrunk = _shrunk(jpeg, downscale_to)
    return (read_jpeg(shrunk) or _read(shrunk)) if shrunk else None


def read_card(rgb: Rgb) -> Sight | None:
    """None when it is none of a probe's cards."""
    darkest, lightest = rgb.min(axis=2).astype(np.int16), rgb.max(axis=2).astype(np.int16)
    light = darkest > _GROUND
    if light.mean() < _LEAST_GROUND:
        return None
    grey = lightest - darkest < 60
    figures = _figures(rgb)
    for figure in figures:
        # Compression makes some of a figure's edge dark and grey.
        grey[figure.around] = False
    ink = grey & (lightest < _INK)
    blur = grey & (lightest < _GROUND - 25)
    if not (blur.any() or figures):
        return None
    return Sight(tuple((one.colour, one.shape) for one in figures if one.shape), _number(rgb, ink))


def _read(jpeg: bytes) -> Sight | None:
    try:
        return read_card(simplejpeg.decode_jpeg(jpeg, colorspace="RGB"))
    except ValueError:
        return None


def _shrunk(jpeg: bytes, longest_side: int) -> bytes | None:
    """As many servers do it before the model sees anything."""
    try:
        image = Image.open(BytesIO(jpeg))
        image.thumbnail((longest_side, longest_side), Image.Resampling.BICUBIC)
    except (OSError, ValueError):
        return None
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=95, subsampling=0)
    return buffer.getvalue()


# ----------------------------------------------------------------------------------- figures


@dataclass(frozen=True, slots=True)
class _Figure:
    left: int
    around: tuple[slice, slice]
    """Its rows and columns, with a margin."""
    colour: Colour
    shape: Shape | None


def _figures(rgb: Rgb) -> list[_Figure]:
    """From left to right."""
    found: list[_Figure] = []
    step = max(1, max(rgb.shape) // _ENOUGH_PX)
    whole = rgb[::step, ::step].astype(np.int16)
    for name, colour in COLOURS.items():
        mask = np.abs(whole - np.array(colour, np.int16)).max(axis=2) < _LIKE
        if mask.mean() < _LEAST_FIGURE:
            continue
        rows, columns = _extent(mask)
        around = _grown(rows, step), _grown(columns, step)
        found.append(_Figure(columns.start, around, name, _shape(mask[rows, columns])))
    return sorted(found, key=lambda figure: figure.left)


def _grown(extent: slice, step: int) -> slice:
    return slice(max(0, extent.start * step - _MARGIN_PX), extent.stop * step + _MARGIN_PX)


def _shape(mask: Mask) -> Shape | None:
    """The form that covers what this covers, but for the edges."""
    overlaps = {
        shape: (mask & form).sum() / (mask | form).sum()
        for shape, form in ((shape, _form(shape, *mask.shape)) for shape in SHAPES)
    }
    best = max(SHAPES, key=lambda shape: overlaps[shape])
    return best if overlaps[best] > 0.85 else None


@cache
def _form(shape: Shape, height: int, width: int) -> Mask:
    image = Image.new("RGB", (width, height))
    draw_shape(ImageDraw.Draw(image), (0, 0, width, height), shape=shape, colour=(255, 255, 255))
    return np.asarray(image)[:, :, 0] > 127


# ----------------------------------------------------------------------------------- numbers


def _number(rgb: Rgb, ink: Mask) -> int | None:
    """Three digits, read one by one; None when there are none or one of them is in doubt."""
    if not ink.any():
        return None
    rows, columns = _extent(ink)
    if rows.stop - rows.start < ACUITY_PX:
        return None
    darkness = 255 - rgb[rows, columns].max(axis=2)
    edges = np.flatnonzero(np.diff(np.pad(ink[rows, columns].any(axis=0), 1).astype(int)))
    digits = [_digit(darkness[:, a:b], ink[rows, columns][:, a:b]) for a, b in edges.reshape(-1, 2)]
    if not 1 <= len(digits) <= 3 or None in digits:
        return None
    return int("".join(map(str, digits)))


def _digit(darkness: NDArray[np.uint8], ink: Mask) -> int | None:
    rows, _ = _extent(ink)
    seen = _brought(Image.fromarray(darkness[rows]))
    distances = [float(np.square(seen - template).mean()) for template in _templates()]
    best, second, *_ = sorted(range(10), key=lambda digit: distances[digit])
    if distances[best] > 0.2 or distances[second] - distances[best] < 0.01:
        return None
    return best


@cache
def _templates() -> tuple[NDArray[np.float64], ...]:
    """The ten digits in the letters that Pillow brings."""
    font = ImageFont.load_default(size=96)
    templates: list[NDArray[np.float64]] = []
    for digit in "0123456789":
        box = font.getbbox(digit)
        image = Image.new("L", (round(box[2] - box[0]), round(box[3] - box[1])))
        ImageDraw.Draw(image).text((-box[0], -box[1]), digit, fill=235, font=font)
        rows, columns = _extent(np.asarray(image) > 127)
        templates.append(_brought(image.crop((columns.start, rows.start, columns.stop, rows.stop))))
    return tuple(templates)


def _brought(image: Image.Image) -> NDArray[np.float64]:
    """To one size and one range."""
    small = np.asarray(image.resize(_CELL, Image.Resampling.BOX), np.float64)
    return (small - small.min()) / max(1.0, float(small.max() - small.min()))


def _extent(mask: Mask) -> tuple[slice, slice]:
    """The rows and columns between the first and last that hold anything."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
