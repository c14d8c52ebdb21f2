"""How the frames of a media follow each other, told for a person from its index alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from sightline.values.media import Clock, FrameIndex

_STEADY_SHARE = 0.98
"""Of all intervals, for a rate that counts as one: a dropped frame here and there is none."""
_TOLERANCE = Fraction(1, 100)
"""By which two intervals may differ and count as the same; never less than a tick, to which
containers round."""
_SELDOM = 0.05
"""The share of intervals that a variable rate's range leaves out at each end."""
_NTSC = Fraction(1000, 1001)


@dataclass(frozen=True, slots=True)
class Pace:
    """Frames a second; all three are the same for a steady rate."""

    mean: float
    """Of the usual interval for a steady rate, else over the whole length."""
    slowest: float
    fastest: float
    longest_s: float
    """Seconds of the longest time that one frame is shown, but for the last."""

    @property
    def steady(self) -> bool:
        return self.slowest == self.fastest


@dataclass(frozen=True, slots=True)
class Entries:
    """Where decoding can begin: the keyframes."""

    count: int
    usual_s: float | None
    """Seconds from one to the next, as in most cases (the median); None for a single one."""
    longest_s: float | None
    """The longest stretch without one, to the end of the media."""


def pace_of(index: FrameIndex, clock: Clock) -> Pace | None:
    """None for a single frame. Takes memory for the different intervals only."""
    intervals = Counter(after - before for before, after in pairwise(index.pts))
    if not intervals:
        return None
    ordered = sorted(intervals.items())
    usual = _quantile(ordered, 0.5)
    within = max(Fraction(1), usual * _TOLERANCE)
    same = [(ticks, count) for ticks, count in ordered if abs(ticks - usual) <= within]
    number = sum(count for _, count in same)
    longest_s = float(ordered[-1][0] * clock.time_base)
    if number >= _STEADY_SHARE * (len(index) - 1):
        ticks = Fraction(sum(ticks * count for ticks, count in same), number)
        rate = _rounded(1 / (ticks * clock.time_base), doubt=1 / (ticks * number))
        return Pace(rate, rate, rate, longest_s)
    length = (index.pts[-1] - index.pts[0]) * clock.time_base
    return Pace(
        mean=float((len(index) - 1) / length),
        slowest=_rate(_quantile(ordered, 1 - _SELDOM), clock),
        fastest=_rate(_quantile(ordered, _SELDOM), clock),
        longest_s=longest_s,
    )


def entries_of(index: FrameIndex, clock: Clock) -> Entries:
    keyframes = index.keyframes
    if len(keyframes) < 2:
        return Entries(len(keyframes), None, None)
    intervals = Counter(after - before for before, after in pairwise(keyframes))
    usual = _quantile(sorted(intervals.items()), 0.5)
    longest = max(*intervals, index.end - keyframes[-1])
    return Entries(len(keyframes), float(usual * clock.time_base), float(longest * clock.time_base))


def _quantile(ordered: Sequence[tuple[int, int]], share: float) -> int:
    """Of values with their counts, in increasing order."""
    due = share * sum(count for _, count in ordered)
    for value, count in ordered:
        due -= count
        if due <= 0:
            return value
    return ordered[-1][0]


def _rate(ticks: int, clock: Clock) -> float:
    return float(1 / (ticks * clock.time_base))


def _rounded(rate: Fraction, *, doubt: Fraction) -> float:
    """The usual rate that this may be, given how far (as a share) rounded ticks may be off."""
    for candidate in (
        Fraction(round(rate)),
        round(rate / _NTSC) * _NTSC,
        Fraction(round(rate * 10), 10),
    ):
        if candidate and abs(rate - candidate) <= rate * doubt:
            return float(candidate)
    return float(rate)
