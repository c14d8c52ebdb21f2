"""What was measured of a media, as a timeline draws it: curves of few points, cuts and stretches.

Pure. Times are seconds from the first frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sightline.media import signals
from sightline.values import FrameIndex, Media, Signals

MOST_POINTS = 10_000
Stretch = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Point:
    """Some frames in a row."""

    start_s: float
    brightness: float
    """Their mean."""
    sharpness: float
    motion: float
    """The most of it: what moves for a moment is not to be lost."""
    change: float


@dataclass(frozen=True, slots=True)
class Curves:
    """All of a media, or those frames of it that were sampled."""

    measured: int
    """Frames."""
    covers: bool
    """All of them; else cuts and stretches are not known."""
    points: Sequence[Point]
    cuts: Sequence[float]
    alike: Sequence[Stretch]
    """Frames that look alike for longer than a point of the curve."""
    black: Sequence[Stretch]
    frozen: Sequence[Stretch]


def curves(measured: Signals, index: FrameIndex, media: Media, *, points: int) -> Curves:
    """`points` is how many there are at most, also of cuts and of each kind of stretch."""
    seconds = media.clock.seconds
    covers = measured.covers(index.pts)

    def told(stretches: Sequence[signals.Stretch]) -> Sequence[Stretch]:
        longest = sorted(stretches, key=lambda one: one[0] - one[1])[:points]
        return [(seconds(start), seconds(end)) for start, end in sorted(longest)]

    least = (index.end - index.pts[0]) // points
    alike: Sequence[signals.Stretch] = signals.groups(measured, index) if covers else ()
    return Curves(
        measured=len(measured),
        covers=covers,
        points=_points(measured, media, points),
        cuts=[seconds(pts) for pts in signals.cuts(measured, index)[:points]] if covers else [],
        alike=told([one for one in alike if one[1] - one[0] > least]),
        black=told(signals.black(measured, index) if covers else []),
        frozen=told(signals.frozen(measured, index, least=least) if covers else []),
    )


def _points(measured: Signals, media: Media, points: int) -> Sequence[Point]:
    each = -(-len(measured) // points)
    found: list[Point] = []
    for first in range(0, len(measured), max(1, each)):
        part = slice(first, first + each)
        count = len(measured.pts[part])
        found.append(
            Point(
                media.clock.seconds(measured.pts[first]),
                brightness=sum(measured.brightness[part]) / count,
                sharpness=sum(measured.sharpness[part]) / count,
                motion=max(measured.motion[part]),
                change=max(measured.change[part]),
            )
        )
    return found
