"""Which frames to look at first: policies as values, and pure functions over times and signals.

Every policy gives existing frames only, in order and without a duplicate, and is exact: times
are rational numbers, compared in ticks, so that the thousandth sample of "every 0.1 s" has not
drifted. What may be as long as the video comes as an array, not as a list.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import assert_never

from sightline.errors import InputError
from sightline.media.signals import shots
from sightline.values import Clock, FrameIndex, Signals
from sightline.values.times import format_time


@dataclass(frozen=True, slots=True)
class Every:
    """The frame on show at 0, s, 2s… seconds."""

    seconds: Fraction

    def __post_init__(self) -> None:
        if self.seconds <= 0:
            raise InputError("the interval between frames must be more than 0 seconds")


@dataclass(frozen=True, slots=True)
class Even:
    """So many frames, spread evenly from the first to the last; the middle one for one."""

    count: int

    def __post_init__(self) -> None:
        if self.count < 1:
            raise InputError(f"{self.count} frames cannot be sampled; ask for 1 or more")


@dataclass(frozen=True, slots=True)
class Keyframes:
    """The frames at which decoding can begin: cheap, and often at cuts."""


@dataclass(frozen=True, slots=True)
class AllFrames:
    """Every frame there is."""


@dataclass(frozen=True, slots=True)
class At:
    """The frames on show at these moments."""

    seconds: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        if not self.seconds:
            raise InputError("no moment was named; write for example --at 12.5,30")


@dataclass(frozen=True, slots=True)
class Scenes:
    """The middle frame of every shot."""

    shortest: Fraction = Fraction(0)
    """Seconds; a shot that is shorter has no frame of its own, unless all are."""


@dataclass(frozen=True, slots=True)
class Motion:
    """So many frames at which most moves, not close together; the middle one for one.

    As a source system does it: of about 200 candidates, those that differ most from the candidate
    before, with at least half of an even spacing between them; where that gives too few, some of
    `Even`'s.
    """

    count: int

    def __post_init__(self) -> None:
        if self.count < 1:
            raise InputError(f"{self.count} frames cannot be sampled; ask for 1 or more")


Policy = Every | Even | Keyframes | AllFrames | At | Scenes | Motion

_MOTION_CANDIDATES = 200


def to_measure(policy: Policy, index: FrameIndex) -> Sequence[int] | None:
    """The frames whose signals `sample` needs; None where it goes by times alone."""
    match policy:
        case Scenes():
            return index.pts
        case Motion(count) if 1 < count < len(index):
            return index.pts[:: _motion_stride(index)]
        case _:
            return None


def sample(
    policy: Policy, index: FrameIndex, clock: Clock, signals: Signals | None = None
) -> Sequence[int]:
    """The pts that the policy chooses: increasing, no duplicate, not empty.

    `signals` are those of the frames that `to_measure` names, less any that cannot be decoded.
    Raises `InputError` for a moment outside the media, `ValueError` without the signals it needs.
    """
    match policy:
        case Every(seconds):
            return _every(seconds, index, clock)
        case Even(count):
            return _even(count, index)
        case Keyframes():
            return index.keyframes
        case AllFrames():
            return index.pts
        case At(seconds):
            return _at(seconds, index, clock)
        case Scenes(shortest):
            return _scenes(clock.ticks(shortest), index, _measured(policy, index, signals))
        case Motion(count):
            if to_measure(policy, index) is None:
                return _even(count, index)
            return _motion(count, index, _measured(policy, index, signals))
        case _:
            assert_never(policy)


def between_hints(
    chosen: Sequence[int], hints: Sequence[int], index: FrameIndex, *, most: int = 2
) -> Sequence[int]:
    """`chosen`, and between two of its neighbours the middles of what lies between two changes.

    So that what comes and goes with a visible change is seen however far apart the chosen frames
    are; `most` of them for each gap, of the longest stretches, so that a restless picture does not
    have every frame of it looked at.
    """
    added: set[int] = set()
    for left, right in pairwise((*chosen, index.end)):
        inside = hints[bisect_right(hints, left) : bisect_left(hints, right)]
        stretches = sorted(pairwise(inside), key=lambda one: one[0] - one[1])[:most]
        added.update(index.at((start + end) // 2) for start, end in stretches)
    return array("q", sorted(added.union(chosen)))


def _every(seconds: Fraction, index: FrameIndex, clock: Clock) -> Sequence[int]:
    step = seconds / clock.time_base
    chosen = array("q")
    turn = 0
    while True:
        frame = index.at(clock.start + turn * step.numerator // step.denominator)
        chosen.append(frame)
        following = index.after(frame)
        if following >= index.end:
            break
        # The first turn at which the next frame has begun: those before it show this one again.
        due = -(-(following - clock.start) * step.denominator // step.numerator)
        turn = max(turn + 1, due)
        if clock.start + turn * step >= index.end:
            break
    return chosen


def _even(count: int, index: FrameIndex) -> Sequence[int]:
    total = len(index)
    if count == 1:
        return [index.pts[total // 2]]
    if count >= total:
        return index.pts
    # In floating point, as the source system computes it: exact arithmetic gives, once in a
    # while, the frame after.
    step = (total - 1) / (count - 1)
    chosen = array("q", (index.pts[int(turn * step)] for turn in range(count - 1)))
    chosen.append(index.pts[-1])
    return chosen


def _at(moments: Sequence[Fraction], index: FrameIndex, clock: Clock) -> Sequence[int]:
    length = (index.end - clock.start) * clock.time_base
    for moment in moments:
        if not 0 <= moment < length:
            raise InputError(
                f"{format_time(moment)} is outside the video, which lasts {format_time(length)}"
            )
    return array("q", sorted({index.at(clock.pts(moment)) for moment in moments}))


def _scenes(shortest: int, index: FrameIndex, signals: Signals) -> Sequence[int]:
    if not len(signals):
        return _even(1, index)
    found = shots(signals, index)
    long = [(start, end) for start, end in found if end - start >= shortest]
    chosen = array("q")
    for start, end in long or found:
        # The frame on show then, or the nearest before it that can be decoded; it is of the same
        # shot, since at a cut both frames were measured.
        place = bisect_right(signals.pts, (start + end) // 2) - 1
        chosen.append(signals.pts[max(0, place)])
    return chosen


def _motion(count: int, index: FrameIndex, signals: Signals) -> Sequence[int]:
    total = len(index)
    gap = total // (2 * count)
    places = [bisect_left(index.pts, pts) for pts in signals.pts]
    chosen: list[int] = []
    # Sorting is stable: of those that move alike, the earlier is taken.
    for nth in sorted(range(len(places)), key=lambda nth: -signals.motion[nth]):
        if len(chosen) < count and all(abs(places[nth] - other) >= gap for other in chosen):
            chosen.append(places[nth])
    for pts in _even(count, index):
        place = bisect_left(index.pts, pts)
        if len(chosen) < count and place not in chosen:
            chosen.append(place)
    return array("q", (index.pts[place] for place in sorted(chosen)))


def _motion_stride(index: FrameIndex) -> int:
    return max(1, len(index) // _MOTION_CANDIDATES)


def _measured(policy: Policy, index: FrameIndex, signals: Signals | None) -> Signals:
    named = to_measure(policy, index) or ()
    if signals is None:
        raise ValueError(
            f"{policy} goes by looks: measure the {len(named):,} frames it names first"
        )
    places = (bisect_left(named, pts) for pts in signals.pts)
    if not all(
        place < len(named) and named[place] == pts
        for place, pts in zip(places, signals.pts, strict=True)
    ):
        raise ValueError(f"{policy} was given signals of other frames than those it names")
    return signals
