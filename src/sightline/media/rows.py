"""What became of one frame, as it crosses from the child: its measures, and the picture if any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import NamedTuple

from sightline.values import Alike, FrameLost, Picture, ReadFrame
from sightline.values.text import plain


class Measures(NamedTuple):
    """What `values.Signals` has of one frame."""

    brightness: int
    sharpness: int
    motion: float
    change: float
    alike: int


@dataclass(frozen=True, slots=True)
class Row:
    """One frame that was wanted."""

    pts: int
    measures: Measures | None
    """None for a frame that is lost."""
    item: ReadFrame | None
    """None for a measured frame of which no picture was wanted."""


_LOST, _MEASURED, _ALIKE, _PICTURE, _AUDIT = range(5)
_ROW = Struct("<qBBBxffqIII")
"""pts, kind, brightness, sharpness, motion, change, representative, width, height, and how many
of the bytes that follow all rows are this one's: its JPEG, or why it is lost."""
_NO_MEASURES = Measures(0, 0, 0.0, 0.0, 0)
_MAX_SIDE = 65_535
"""Of a JPEG: ISO/IEC 10918-1, B.2.2."""

ROW_BYTES = _ROW.size


def pack_rows(rows: Sequence[Row]) -> bytes:
    """All rows, then what belongs to each."""
    fixed: list[bytes] = []
    tails: list[bytes] = []
    for row in rows:
        width = height = 0
        tail = b""
        match row.item:
            case None:
                kind = _MEASURED
            case Alike():
                kind = _ALIKE
            case FrameLost(detail=detail):
                kind, tail = _LOST, plain(detail).encode()
            case Picture(jpeg=tail, width=width, height=height, alike=alike):
                kind = _PICTURE if alike is None else _AUDIT
        measures = row.measures or _NO_MEASURES
        fixed.append(_ROW.pack(row.pts, kind, *measures, width, height, len(tail)))
        tails.append(tail)
    return b"".join((*fixed, *tails))


def unpack_rows(count: int, packed: memoryview) -> list[Row]:
    """Raises `ValueError` for what `pack_rows` does not make."""
    tail = count * ROW_BYTES
    rows: list[Row] = []
    for pts, kind, *measured, width, height, size in _ROW.iter_unpack(packed[:tail]):
        if tail + size > len(packed):
            raise ValueError("a row that is cut off")
        blob = bytes(packed[tail : tail + size])
        tail += size
        measures = None if kind == _LOST else _checked(Measures(*measured), pts)
        rows.append(Row(pts, measures, _item(pts, kind, measures, blob, (width, height))))
    if tail != len(packed):
        raise ValueError("more bytes than rows")
    return rows


def _item(
    pts: int, kind: int, measures: Measures | None, blob: bytes, size: tuple[int, int]
) -> ReadFrame | None:
    if measures is None:
        return FrameLost(pts, plain(blob.decode(errors="replace")))
    if kind == _MEASURED:
        return None
    if kind == _ALIKE:
        return Alike(pts, measures.alike)
    if kind not in {_PICTURE, _AUDIT}:
        raise ValueError(f"there is no kind {kind} of row")
    if not all(0 < side <= _MAX_SIDE for side in size) or blob[:2] != b"\xff\xd8":
        raise ValueError("a picture that is none")
    return Picture(pts, blob, *size, alike=measures.alike if kind == _AUDIT else None)


def _checked(measures: Measures, pts: int) -> Measures:
    if not (0.0 <= measures.motion <= 255.0 and 0.0 <= measures.change <= 255.0):
        raise ValueError("measures that are none")
    if measures.alike > pts:
        raise ValueError("a frame that looks like a later one")
    return measures
