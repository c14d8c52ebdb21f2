"""Which frames to look at first: policies as values, and pure functions over the frame index.

Every policy gives existing frames only, in order and without a duplicate, and is exact: times
are rational numbers, compared in ticks, so that the thousandth sample of "every 0.1 s" has not
drifted.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from sightline.errors import InputError
from sightline.values import Clock, FrameIndex
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


Policy = Every | Even | Keyframes | AllFrames | At


def sample(policy: Policy, index: FrameIndex, clock: Clock) -> Sequence[int]:
    """The pts that the policy chooses: increasing, no duplicate, not empty.

    Raises `InputError` for a moment outside the media.
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
        case _:
            assert_never(policy)


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
    return [index.pts[turn * (total - 1) // (count - 1)] for turn in range(count)]


def _at(moments: Sequence[Fraction], index: FrameIndex, clock: Clock) -> Sequence[int]:
    length = (index.end - clock.start) * clock.time_base
    for moment in moments:
        if not 0 <= moment < length:
            raise InputError(
                f"{format_time(moment)} is outside the video, which lasts {format_time(length)}"
            )
    return sorted({index.at(clock.pts(moment)) for moment in moments})
