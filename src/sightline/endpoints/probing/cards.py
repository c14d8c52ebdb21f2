"""Pictures whose content is known beyond doubt, drawn for probing what an endpoint can see.

Three sorts: a card with two coloured shapes and a number, for plain questions; a card with one
large number, told apart by it from its neighbours in a request; and a large white picture with a
small number in it, which can be read only by one that looks at all of its pixels.

The n-th card of a sort is the same for ever, and no two within a thousand have the same bytes: a
server that remembers pictures is no quicker on them than on frames of a video. Everything is made
with Pillow alone, and nothing is ever decoded here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from sightline.values import Picture

Colour = Literal["red", "green", "blue", "yellow", "purple"]
Shape = Literal["circle", "square", "triangle", "cross"]
Rgb = tuple[int, int, int]
Box = tuple[int, int, int, int]
"""Left, top, right and lower edge, in pixels, the last two excluded."""

COLOURS: dict[Colour, Rgb] = {
    "red": (215, 25, 30),
    "green": (20, 150, 60),
    "blue": (30, 70, 215),
    "yellow": (250, 210, 20),
    "purple": (140, 40, 185),
}
"""None that people call differently, as they do orange and brown."""
SHAPES: tuple[Shape, ...] = ("circle", "square", "triangle", "cross")

CARD_SIZE = (448, 336)
"""Width and height: multiples of the patches that models cut pictures into."""
SHAPE_BOXES: tuple[Box, Box] = ((24, 16, 200, 192), (248, 16, 424, 192))
"""Each shape covers 10 to 20 % of the card."""
NUMBER_BOX: Box = (64, 204, 384, 324)
NUMBER_CARD_SIZE = (336, 336)
NUMBER_CARD_BOX: Box = (24, 98, 312, 238)
DETAIL_PX = 12
"""Height of the digits of a detail card: what a good model can just read, and nobody at half."""
DETAIL_AT = (0.3, 0.35)
"""Where the number of a detail card begins, in parts of the picture: clear of the edges of the
tiles into which models cut large pictures."""

_INK: Rgb = (20, 20, 20)
_QUALITY = 95


@dataclass(frozen=True, slots=True)
class Card:
    """Two shapes side by side, unlike in form and colour, above a number of three digits."""

    n: int
    figures: tuple[tuple[Colour, Shape], tuple[Colour, Shape]]
    number: int

    @property
    def statements(self) -> tuple[tuple[str, bool], ...]:
        """Sixteen things to ask about it, by turns true and false."""
        (colour, shape), (other_colour, other_shape) = self.figures
        colours = [name for name in COLOURS if name not in {colour, other_colour}]
        shapes = [name for name in SHAPES if name not in {shape, other_shape}]
        true = (
            *(colour, shape, f"the number {self.number}", f"a {colour} {shape}"),
            *(other_colour, other_shape, "a number", f"a {other_colour} {other_shape}"),
        )
        false = (
            *(colours[0], shapes[0], f"the number {_unlike(self.number)}"),
            *(f"a {colours[1]} {shapes[0]}", colours[1], shapes[1], colours[2]),
            f"a {colours[2]} {shapes[1]}",
        )
        pairs = zip(true, false, strict=True)
        return tuple(one for yes, no in pairs for one in ((yes, True), (no, False)))

    def draw(self) -> Picture:
        image = Image.new("RGB", CARD_SIZE, _ground(self.n))
        pen = ImageDraw.Draw(image)
        for box, (colour, shape) in zip(SHAPE_BOXES, self.figures, strict=True):
            draw_shape(pen, box, shape=shape, colour=COLOURS[colour])
        draw_number(pen, NUMBER_BOX, str(self.number))
        return _packed(image, self.n)


def card(n: int) -> Card:
    """The n-th."""
    colours: list[Colour] = list(COLOURS)
    shapes = SHAPES
    colour, shape = n % len(colours), n // 2 % len(shapes)
    other_colour = (colour + 1 + n // 3 % (len(colours) - 1)) % len(colours)
    other_shape = (shape + 1 + n // 5 % (len(shapes) - 1)) % len(shapes)
    one: tuple[Colour, Shape] = (colours[colour], shapes[shape])
    other: tuple[Colour, Shape] = (colours[other_colour], shapes[other_shape])
    return Card(n, (one, other), number_of(n))


def number_of(n: int) -> int:
    """Three digits, different for any 900 in a row and far from its neighbours'."""
    return 100 + (n * 389 + 137) % 900


def number_card(n: int) -> Picture:
    """One that shows `number_of(n)`, large."""
    image = Image.new("RGB", NUMBER_CARD_SIZE, _ground(n))
    draw_number(ImageDraw.Draw(image), NUMBER_CARD_BOX, str(number_of(n)))
    return _packed(image, n)


def detail_card(n: int, *, longest_side: int) -> Picture:
    """A white picture, 16:9, with `number_of(n)` in it in digits of `DETAIL_PX`."""
    size = longest_side, longest_side * 9 // 16
    image = Image.new("RGB", size, _ground(n))
    left, top = (round(part * side) for part, side in zip(DETAIL_AT, size, strict=True))
    box = (left, top, left + 4 * DETAIL_PX, top + DETAIL_PX)
    draw_number(ImageDraw.Draw(image), box, str(number_of(n)))
    return _packed(image, n)


def draw_shape(pen: ImageDraw.ImageDraw, box: Box, *, shape: Shape, colour: Rgb) -> None:
    left, top, right, bottom = box
    right, bottom = right - 1, bottom - 1
    match shape:
        case "circle":
            pen.ellipse((left, top, right, bottom), fill=colour)
        case "square":
            pen.rectangle((left, top, right, bottom), fill=colour)
        case "triangle":
            pen.polygon(((left + right) / 2, top, right, bottom, left, bottom), fill=colour)
        case "cross":
            wide, tall = (right - left) // 3, (bottom - top) // 3
            pen.rectangle((left + wide, top, right - wide, bottom), fill=colour)
            pen.rectangle((left, top + tall, right, bottom - tall), fill=colour)


def draw_number(pen: ImageDraw.ImageDraw, box: Box, digits: str) -> None:
    """In the middle of the box, as large as fits, each digit clear of the next."""
    left, top, right, bottom = box
    font = _font_of(bottom - top)
    while _width(font, digits) > right - left:
        font = _font_of(_height(font) - 2)
    _, above, _, below = font.getbbox(digits)
    x = (left + right - _width(font, digits)) // 2
    y = (top + bottom - above - below) // 2
    for digit in digits:
        pen.text((x, y), digit, fill=_INK, font=font)
        x += _advance(font, digit)


@cache
def _font_of(height: int) -> ImageFont.FreeTypeFont:
    """Pillow's own font, in which digits are `height` pixels tall or just less."""
    size = height
    while True:
        font = ImageFont.load_default(size=size + 1)
        if not isinstance(font, ImageFont.FreeTypeFont) or _height(font) > height:
            break
        size += 1
    font = ImageFont.load_default(size=size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("this Pillow was built without FreeType; install one from a wheel")
    return font


def _height(font: ImageFont.FreeTypeFont) -> int:
    _, top, _, bottom = font.getbbox("0123456789")
    return round(bottom - top)


def _advance(font: ImageFont.FreeTypeFont, digit: str) -> int:
    return round(font.getlength(digit)) + max(1, _height(font) // 12)


def _width(font: ImageFont.FreeTypeFont, digits: str) -> int:
    return sum(_advance(font, digit) for digit in digits)


def _ground(n: int) -> Rgb:
    """Nearly white, another for each of a thousand cards in a row."""
    return 240 + n % 10, 240 + n // 10 % 10, 240 + n // 100 % 10


def _unlike(number: int) -> int:
    """A number that differs from this in every digit."""
    return int("".join(str((int(digit) + 4) % 9 + 1) for digit in str(number)))


def _packed(image: Image.Image, n: int) -> Picture:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY, subsampling=0)
    return Picture(n, buffer.getvalue(), *image.size)
