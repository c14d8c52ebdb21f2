"""A contact sheet: many frames of one media on one picture, each with its time under it.

It is put together from the JPEGs that the encoder made, so no codec meets a foreign file here.
Bounded: so many tiles and so many pixels, and one tile decoded at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import ceil, log
from typing import TYPE_CHECKING

from sightline.errors import InputError
from sightline.values import Picture

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

MOST_TILES = 400
MOST_PIXELS = 40_000_000
"""Of a whole sheet: 120 MB while it is drawn."""
MARK = b"made by sightline"
"""In every sheet, so that it can be told from a picture that someone else put there."""

_WIDTH = 1920
"""About how wide a sheet becomes when nobody says how large its tiles are to be."""
_TILE_SIDES = (160, 480)
"""Pixels of the longest side of a tile then: what can just be made out, and what is plenty."""
_SHAPE = 1.6
"""Width over height that suits a screen."""
_EMPTY_COST = 0.2
"""What an all but empty last row weighs against a shape that is this much (as a logarithm) off."""

_GROUND = (24, 24, 27)
_EMPTY = (39, 39, 42)
_TITLE = (244, 244, 245)
_WORDS = (161, 161, 170)
_GAP = 8
_MARGIN = 16
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Grid:
    """How tiles are laid out."""

    columns: int
    rows: int
    side: int
    """Pixels of the longest side of a tile."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One frame on a sheet."""

    caption: str
    """Nothing where the time is in the picture."""
    picture: Picture | None
    """None for a frame that is lost."""


def plan(
    count: int, size: tuple[int, int], *, columns: int | None = None, side: int | None = None
) -> Grid:
    """The grid for so many tiles of pictures of this size (in any unit).

    Raises `InputError`, with the way out, for a sheet that would be too large.
    """
    if not 1 <= count <= MOST_TILES:
        raise InputError(
            f"a contact sheet holds 1 to {MOST_TILES} frames, not {count}; ask for fewer"
        )
    if columns is not None and columns < 1:
        raise InputError(f"a contact sheet cannot have {columns} columns; ask for 1 or more")
    shape = size[0] / size[1]
    across = min(columns, count) if columns else _columns(count, shape)
    if side is None:
        width = (_WIDTH - 2 * _MARGIN - (across - 1) * _GAP) / across
        longest = width if shape >= 1 else width / shape
        side = round(min(max(longest, _TILE_SIDES[0]), _TILE_SIDES[1], max(size)))
    grid = Grid(across, ceil(count / across), side)
    _ensure_bearable(grid, shape, count)
    return grid


def draw(title: str, facts: str, tiles: Sequence[Tile], columns: int) -> Image:
    """The sheet; each cell is as large as the largest picture, which lies in its middle.

    Raises `InputError` for one that would be too large.
    """
    # Here and not above: it is imported by a parent that mostly draws nothing.
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    pictures = [tile.picture for tile in tiles if tile.picture]
    width = max((picture.width for picture in pictures), default=_TILE_SIDES[0])
    height = max((picture.height for picture in pictures), default=width)
    font = ImageFont.load_default(letters := min(max(11, width // 22), 20))
    line = round(letters * 1.6) if any(tile.caption for tile in tiles) else 0
    across = 2 * _MARGIN + columns * (width + _GAP) - _GAP
    head = min(max(12, across // 70), 22)
    header = _MARGIN + 4 * head
    rows = ceil(len(tiles) / columns)
    whole = across, header + rows * (height + line + _GAP) - _GAP + _MARGIN
    _ensure_pixels(whole, len(tiles))
    sheet = Image.new("RGB", whole, _GROUND)
    pen = ImageDraw.Draw(sheet)
    room = across - 2 * _MARGIN
    for text, size, top, colour in (
        (title, round(head * 1.4), _MARGIN, _TITLE),
        (facts, head, _MARGIN + 2 * head, _WORDS),
    ):
        words = ImageFont.load_default(size)
        pen.text((_MARGIN, top), _cut(text, words, room), colour, words, anchor="la")
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        corner = (
            _MARGIN + column * (width + _GAP),
            header + row * (height + line + _GAP),
        )
        _place(sheet, pen, tile, corner, (width, height), font)
    return sheet


def packed(sheet: Image, suffix: str, *, quality: int = 88) -> bytes:
    """The file: PNG for `.png`, else JPEG."""
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415

    out = BytesIO()
    if suffix.lower() == ".png":
        words = PngInfo()
        words.add_text("Comment", MARK.decode())
        sheet.save(out, "PNG", pnginfo=words)
    else:
        sheet.save(out, "JPEG", quality=quality, comment=MARK)
    return out.getvalue()


def _columns(count: int, shape: float) -> int:
    """The number that comes nearest to the shape of a screen and leaves few cells empty."""

    def cost(columns: int) -> float:
        rows = ceil(count / columns)
        empty = rows - count / columns  # of the last row
        return abs(log(columns * shape / rows / _SHAPE)) + _EMPTY_COST * empty

    return min(range(1, count + 1), key=cost)


def _ensure_bearable(grid: Grid, shape: float, count: int) -> None:
    width, height = (grid.side, grid.side / shape) if shape >= 1 else (grid.side * shape, grid.side)
    whole = round(grid.columns * width), round(grid.rows * height)
    _ensure_pixels(whole, count)


def _ensure_pixels(whole: tuple[int, int], tiles: int) -> None:
    # 65,500 is where libjpeg ends.
    if whole[0] * whole[1] > MOST_PIXELS or max(whole) > 65_500:
        raise InputError(
            f"a contact sheet of {tiles} tiles of this size would be {whole[0]:,} x {whole[1]:,}"
            f" pixels, and {MOST_PIXELS // 1_000_000} megapixels is the most; take smaller tiles"
            " (--resize) or fewer frames"
        )


def _place(
    sheet: Image,
    pen: ImageDraw,
    tile: Tile,
    corner: tuple[int, int],
    cell: tuple[int, int],
    font: FreeTypeFont | ImageFont,
) -> None:
    from PIL import Image  # noqa: PLC0415

    left, top = corner
    width, height = cell
    if tile.picture is None:
        pen.rectangle((left, top, left + width - 1, top + height - 1), fill=_EMPTY)
        pen.text((left + width / 2, top + height / 2), "lost", _WORDS, font, anchor="mm")
    else:
        with Image.open(BytesIO(tile.picture.jpeg), formats=["JPEG"]) as picture:
            aside = (width - picture.width) // 2, (height - picture.height) // 2
            sheet.paste(picture, (left + aside[0], top + aside[1]))
    middle = left + width / 2
    pen.text((middle, top + height + 4), _cut(tile.caption, font, width), _WORDS, font, anchor="ma")


def _cut(text: str, font: FreeTypeFont | ImageFont, room: float) -> str:
    """As much of the text as there is room for; its end stays, which tells files apart."""
    if font.getlength(text) <= room:
        return text
    for kept in range(len(text) - 1, 1, -1):
        shorter = f"{text[: kept - kept // 3]}{_ELLIPSIS}{text[len(text) - kept // 3 :]}"
        if font.getlength(shorter) <= room:
            return shorter
    return _ELLIPSIS
