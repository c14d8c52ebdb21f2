"""How long each picture of an animation is shown, read from its file without decoding.

Pillow tells it only of a picture that it has decoded, and in rounded numbers.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from io import FileIO

_SHORTEST = Fraction(11, 1000)
_INSTEAD = Fraction(1, 10)
"""Browsers show a picture for 0.1 s that claims 10 ms or less, and so do we: 0 is no length."""
_FINEST = 1_000_000
_MOST_PIECES = 1_000_000
"""In one file: each is looked at, and something kept of every picture."""


class CutOff(Exception):
    """The file ends before its animation does."""


class TooMany(Exception):
    """The file is in more pieces than any that somebody has made on purpose."""


def durations(file: FileIO, form: str) -> list[Fraction]:
    """Seconds of each picture of an animated WebP or PNG; empty when it is not animated.

    Raises `CutOff` and `TooMany`.
    """
    file.seek(0)
    lengths = _webp(file) if form == "webp" else _apng(file)
    return [_shown(length) for length in lengths]


def clock_of(lengths: Sequence[Fraction]) -> tuple[Fraction, array[int], int]:
    """The time base, the pts of each picture, and the end: exact unless the lengths have no common
    measure of a microsecond or more."""
    rate = 1000
    for denominator in {length.denominator for length in lengths}:
        rate = min(math.lcm(rate, denominator), _FINEST)
    pts, at = array("q"), Fraction(0)
    for length in lengths:
        pts.append(round(at * rate))
        at += length
    return Fraction(1, rate), pts, round(at * rate)


def _shown(length: Fraction) -> Fraction:
    return length if length >= _SHORTEST else _INSTEAD


def _webp(file: FileIO) -> Iterator[Fraction]:
    """RFC 9649, 2.7: chunks of a kind, a length and content, padded to even lengths."""
    head = file.read(12)
    end = 8 + int.from_bytes(head[4:8], "little")
    if end > file.seek(0, 2):
        raise CutOff
    for kind, position, length in _pieces(12, end, file, _webp_piece):
        if kind == b"ANMF" and length >= 16:
            file.seek(position + 20)
            yield Fraction(int.from_bytes(file.read(3), "little"), 1000)


def _apng(file: FileIO) -> Iterator[Fraction]:
    """PNG (third edition), 11.3.6: how many in `acTL`, the length of each in its `fcTL`."""
    promised, found, whole = 0, 0, False
    for kind, position, length in _pieces(8, file.seek(0, 2), file, _png_piece):
        if kind == b"acTL":
            file.seek(position + 8)
            promised = int.from_bytes(file.read(4), "big")
        elif kind == b"fcTL" and promised and length == 26:
            found += 1
            file.seek(position + 28)
            content = file.read(4)
            parts = int.from_bytes(content[2:], "big") or 100
            yield Fraction(int.from_bytes(content[:2], "big"), parts)
        elif kind == b"IDAT" and not promised:
            return
        whole = whole or kind == b"IEND"
    if not whole or found < promised:
        raise CutOff


_Piece = tuple[bytes, int, int]
"""Kind, length of the content, and length of it all."""


def _webp_piece(head: bytes) -> _Piece:
    length = int.from_bytes(head[4:], "little")
    return head[:4], length, 8 + length + length % 2


def _png_piece(head: bytes) -> _Piece:
    length = int.from_bytes(head[:4], "big")
    return head[4:], length, 12 + length


def _pieces(
    position: int, end: int, file: FileIO, piece: Callable[[bytes], _Piece]
) -> Iterator[tuple[bytes, int, int]]:
    """Kind, position and length of the content of each piece from here to the end."""
    for _ in range(_MOST_PIECES):
        if position + 8 > end:
            return
        file.seek(position)
        kind, length, whole = piece(file.read(8))
        yield kind, position, length
        position += whole
    raise TooMany
