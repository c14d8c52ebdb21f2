"""Which threshold, gap and minimum length make the spans of one tag most like corrected ones.

A plain search over what can make a difference: thresholds between the probabilities that were
heard, and for each of them gaps and lengths between those of its spans. Between two such values
all are alike, so the middle is taken, which holds best for other videos. Of settings that do
equally well those nearest to the present ones win.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sightline.evaluation import Segment, Stretch
from sightline.evaluation.matching import matches
from sightline.evaluation.spans import cut, merged, tiou
from sightline.recipes import votes
from sightline.recipes.rules import may_last
from sightline.recipes.spans import derive
from sightline.values import Clock, FrameIndex, Span

SAME = 0.5
"""tIoU from which on a span counts as the corrected one."""

_MOST = 24
"""Values of one setting that are tried, evenly among those that can make a difference."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of a tag at one frame: the probabilities of all answers, not empty."""

    pts: int
    samples: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is looked for."""

    threshold: float
    max_gap_s: float
    min_length_s: float


@dataclass(frozen=True, slots=True)
class Fit:
    """How like the corrected spans those found are."""

    f1: float
    """One to one at a tIoU of `SAME`; 1.0 also where nothing is to be found and nothing is."""
    corrected: int
    found: int
    matched: int
    boundary_s: float | None
    """Mean distance of starts and ends of those that match; None where none does."""


@dataclass(frozen=True, slots=True)
class Footing:
    """What does not change while settings are tried."""

    heard: Sequence[Heard]
    """Increasing, not empty."""
    frames: FrameIndex
    clock: Clock
    corrected: tuple[Segment, ...]
    unsure: tuple[Stretch, ...] = ()
    """Seconds about which the corrected file says nothing; merged."""

    def spans(self, numbers: Numbers) -> tuple[Span, ...]:
        asked = [(h.pts, votes.probability(h.samples, numbers.threshold)) for h in self.heard]
        spans, unknown = derive(
            asked,
            self.frames,
            threshold=numbers.threshold,
            max_gap=self.clock.ticks(numbers.max_gap_s),
        )
        shortest = self.clock.ticks(numbers.min_length_s)
        return tuple(span for span in spans if may_last(span, unknown) >= shortest)

    def fit(self, numbers: Numbers) -> Fit:
        spans = self.spans(numbers)
        seconds = [(self.clock.seconds(s.start), self.clock.seconds(s.end)) for s in spans]
        found = cut([Segment(*stretch) for stretch in seconds], self.unsure)
        wanted = cut(self.corrected, self.unsure)
        made = matches(wanted, found, SAME)
        errors = [error for m in made for error in (m.start_error_s, m.end_error_s)]
        both = len(wanted) + len(found)
        return Fit(
            2 * len(made) / both if both else 1.0,
            len(wanted),
            len(found),
            len(made),
            sum(errors) / len(errors) if errors else None,
        )


def best(on: Footing, present: Numbers, *, lengths: bool = True) -> Numbers:
    """The settings that fit best; the present ones when none does better.

    Without `lengths` the minimum length stays as it is.
    """
    truth = merged(s.stretch for s in cut(on.corrected, on.unsure))
    chosen, score = present, _score(truth, _known(on, _stretches(on, present)), present, present)
    for threshold in _thresholds(on.heard, present.threshold):
        bare = _stretches(on, Numbers(threshold, 0.0, 0.0))
        gaps = [later - end for (_, end), (later, _) in pairwise(bare)]
        for gap in (present.max_gap_s, *_between(gaps)):
            joined = list(_joined(bare, gap))
            durations = [end - start for start, end in joined]
            tried = _between(durations) if lengths else ()
            for shortest in (present.min_length_s, *tried):
                numbers = Numbers(threshold, gap, shortest)
                found = [(a, b) for a, b in joined if b - a >= shortest]
                if (now := _score(truth, _known(on, found), numbers, present)) > score:
                    chosen, score = numbers, now
    return chosen


def _stretches(on: Footing, numbers: Numbers) -> list[Stretch]:
    return [(on.clock.seconds(s.start), on.clock.seconds(s.end)) for s in on.spans(numbers)]


def _known(on: Footing, found: Sequence[Stretch]) -> list[Stretch]:
    if not on.unsure:
        return list(found)
    return [s.stretch for s in cut([Segment(*stretch) for stretch in found], on.unsure)]


_Score = tuple[float, float, int, int, float]


def _score(
    truth: Sequence[Stretch], found: Sequence[Stretch], numbers: Numbers, present: Numbers
) -> _Score:
    """Greater is better: first spans that match, then how well, then as little change as can be."""
    overlaps = list(_overlaps(truth, found))
    both = len(truth) + len(found)
    changed = (
        (numbers.threshold != present.threshold)
        + (numbers.max_gap_s != present.max_gap_s)
        + (numbers.min_length_s != present.min_length_s)
    )
    return (
        round(2 * len(overlaps) / both, 6) if both else 1.0,
        round(2 * sum(overlaps) / both, 4) if both else 1.0,
        -len(found),
        -changed,
        -abs(numbers.threshold - present.threshold),
    )


def _overlaps(truth: Sequence[Stretch], found: Sequence[Stretch]) -> Iterator[float]:
    """tIoU of the pairs that match: both lists are in order and disjoint, so that each has one."""
    i = j = 0
    while i < len(truth) and j < len(found):
        overlap = tiou(truth[i], found[j])
        if overlap >= SAME:
            yield overlap
            i, j = i + 1, j + 1
        elif truth[i][1] < found[j][1]:
            i += 1
        else:
            j += 1


def _joined(stretches: Iterable[Stretch], gap: float) -> Iterator[Stretch]:
    """Those at most `gap` apart as one; no time between answers is unknown here."""
    last: Stretch | None = None
    for stretch in stretches:
        if last is not None and stretch[0] - last[1] <= gap:
            last = last[0], stretch[1]
            continue
        if last is not None:
            yield last
        last = stretch
    if last is not None:
        yield last


def _thresholds(heard: Sequence[Heard], present: float) -> list[float]:
    levels = {sum(h.samples) / len(h.samples) for h in heard}
    edges = sorted(levels | {1.0})
    return [present, *_thinned([_middle(a, b) for a, b in pairwise(edges)])]


def _between(lengths: Sequence[float]) -> list[float]:
    """One value below all of them (0), between each two, and above all."""
    levels = sorted({round(length, 3) for length in lengths})
    middles = [_middle(a, b) for a, b in pairwise(levels)]
    above = [round(levels[-1] * 1.25 + 0.005, 2)] if levels else []
    return [0.0, *_thinned([*middles, *above])]


def _middle(low: float, high: float) -> float:
    """The roundest number between the two that is near the middle."""
    middle = (low + high) / 2
    rounded = (round(middle, digits) for digits in range(2, 9))
    return next((number for number in rounded if low < number < high), middle)


def _thinned(values: Sequence[float]) -> list[float]:
    if len(values) <= _MOST:
        return list(values)
    return [values[n * (len(values) - 1) // (_MOST - 1)] for n in range(_MOST)]
