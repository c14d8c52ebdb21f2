"""Agreement frame by frame, counted without a list of frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from sightline.evaluation.spans import Segment, Stretch, common, length, merged


@dataclass(frozen=True, slots=True)
class FrameCount:
    """How many frames show the tag; seconds where there are no frames to count."""

    shared: float = 0
    """In truth and result."""
    truth: float = 0
    found: float = 0

    def __add__(self, other: FrameCount) -> FrameCount:
        return FrameCount(
            self.shared + other.shared, self.truth + other.truth, self.found + other.found
        )


def count_frames(
    truth: Sequence[Segment], found: Sequence[Segment], end_s: float, step_s: float | None
) -> FrameCount:
    """Frames are `step_s` long from second 0 to `end_s`, and in a span when their middle is.

    The middle, so that a time that was rounded to the microsecond moves no frame. Without a step
    the time itself is measured, which is what ever shorter frames tend to.
    """
    whole = [(0.0, end_s)]
    wanted = common(merged(s.stretch for s in truth), whole)
    given = common(merged(s.stretch for s in found), whole)
    if step_s is None:
        return FrameCount(length(common(wanted, given)), length(wanted), length(given))
    return FrameCount(
        _frames(common(wanted, given), step_s), _frames(wanted, step_s), _frames(given, step_s)
    )


def _frames(stretches: Iterable[Stretch], step_s: float) -> int:
    """Those k for which (k + 1/2) step is in one of the disjoint stretches."""
    return sum(ceil(end / step_s - 0.5) - ceil(start / step_s - 0.5) for start, end in stretches)
