"""By what the same pictures are known in another file: scaled, encoded anew, not cut.

A fingerprint is small pictures from evenly spread moments. Two are compared by what *changes* in
them: of each small picture, what a mixture of the mean of all and plain grey does not explain. So
two stretches of one fixed camera have nothing in common, however alike they look, and neither have
two evenings on which it gets dark. Where nothing moves, nothing can be told, and nothing is.

Measured on five recordings (fixed cameras, a person, a shop) and 24 files made of them, as H.264,
MPEG-4 and VP8, down to 160 pixels at CRF 40 and 15 frames a second: the correlation of what changes
is at least 0.88. Of different recordings, and of different parts of one, it is 0.05 at most; of
one that begins a second later, 0.66.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from struct import Struct, error

from sightline.values import Clock, FrameIndex

VERSION = 1
"""Of what is kept: one of another version is made anew."""
SIDE = 16
"""Pixels of a small picture, in both directions, whatever the shape of the frame."""
PICTURE_BYTES = SIDE * SIDE
"""Luma, one byte a pixel, row by row."""
MOMENTS = 24

_ALIKE = 0.85
"""Correlation of what changes, over all moments together."""
_ALIKE_EACH = 0.5
"""And at each moment, but for `_EXEMPT` of them: codecs blur a moment in which little is new."""
_EXEMPT = 2
_ALIKE_BEHIND = 0.95
"""Correlation of the mean pictures."""
_FEWEST = 12
"""Moments of which both have a picture."""
_LEAST_CHANGE = 1.0
"""Root mean square, in levels of 255: below it lies the noise of codecs."""

_HEAD = Struct("<H")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Small pictures of a media at some moments."""

    seconds: tuple[float, ...]
    pictures: tuple[bytes, ...]
    """One for each, of `PICTURE_BYTES`; empty where the frame cannot be decoded."""

    def pack(self) -> bytes:
        """As bytes to keep."""
        blank = bytes(PICTURE_BYTES)
        known = bytes(bool(picture) for picture in self.pictures)
        pictures = b"".join(picture or blank for picture in self.pictures)
        return _HEAD.pack(len(known)) + array("d", self.seconds).tobytes() + known + pictures

    @classmethod
    def unpack(cls, kept: bytes) -> Fingerprint:
        """Raises `ValueError` for what `pack` did not make."""
        try:
            (count,) = _HEAD.unpack_from(kept)
        except error as reason:
            raise ValueError("a fingerprint without a beginning") from reason
        times = _HEAD.size + 8 * count
        if len(kept) != times + count + count * PICTURE_BYTES:
            raise ValueError("a fingerprint of another length than it says")
        seconds = array("d")
        seconds.frombytes(kept[_HEAD.size : times])
        known, pictures = kept[times : times + count], kept[times + count :]
        return cls(
            tuple(seconds),
            tuple(
                pictures[n * PICTURE_BYTES : (n + 1) * PICTURE_BYTES] if known[n] else b""
                for n in range(count)
            ),
        )


def moments(frames: FrameIndex, clock: Clock) -> tuple[float, ...]:
    """Seconds, evenly spread, each in the middle of a frame: rounding finds the same one."""
    length = frames.end - clock.start
    ticks = (clock.start + length * (2 * n + 1) // (2 * MOMENTS) for n in range(MOMENTS))
    begun = dict.fromkeys(frames.at(tick) for tick in ticks)
    return tuple((clock.seconds(pts) + clock.seconds(frames.after(pts))) / 2 for pts in begun)


def same_pictures(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether both show the same, at the same times. False where that cannot be told.

    They must be of the same seconds.
    """
    if one.seconds != other.seconds:
        return False
    pairs = [(a, b) for a, b in zip(one.pictures, other.pictures, strict=True) if a and b]
    if len(pairs) < _FEWEST:
        return False
    mine, theirs = _Changes([a for a, _ in pairs]), _Changes([b for _, b in pairs])
    if min(mine.level, theirs.level) < _LEAST_CHANGE:
        return False
    if _correlation(mine.behind, theirs.behind) < _ALIKE_BEHIND:
        return False
    if _correlation(_joined(mine.each), _joined(theirs.each)) < _ALIKE:
        return False
    each = sorted(_correlation(a, b) for a, b in zip(mine.each, theirs.each, strict=True))
    return each[_EXEMPT] >= _ALIKE_EACH


class _Changes:
    """What is behind all pictures, and what each has beside that."""

    def __init__(self, pictures: Sequence[bytes]) -> None:
        sums = [sum(levels) for levels in zip(*pictures, strict=True)]
        self.behind = _centred(sums)
        self.each = [_beside(_centred(picture), self.behind) for picture in pictures]
        count = len(pictures) * PICTURE_BYTES
        self.level = sqrt(sum(_dot(one, one) for one in self.each) / count)


def _centred(levels: Sequence[int]) -> list[float]:
    mean = sum(levels) / len(levels)
    return [level - mean for level in levels]


def _beside(picture: Sequence[float], behind: Sequence[float]) -> list[float]:
    """What of a picture its background does not explain, be it lit more or less."""
    whole = _dot(behind, behind)
    share = _dot(picture, behind) / whole if whole else 0.0
    return [level - share * under for level, under in zip(picture, behind, strict=True)]


def _correlation(one: Sequence[float], other: Sequence[float]) -> float:
    both = sqrt(_dot(one, one) * _dot(other, other))
    return _dot(one, other) / both if both else 0.0


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _joined(parts: Sequence[Sequence[float]]) -> list[float]:
    return [level for part in parts for level in part]
