"""Average precision: by hand, and against a second implementation that shares nothing with ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.evaluation import MAP_TIOUS, Segment
from sightline.evaluation.precision import average_precisions


def ap(
    truth: Mapping[str, Sequence[Segment]],
    found: Mapping[str, Sequence[Segment]],
    at: float = 0.5,
) -> float | None:
    told = average_precisions(truth, found, [at])
    return told[0] if told else None


def test_nothing_in_the_truth_has_no_average_precision():
    assert ap({"a": []}, {"a": [Segment(0, 1)]}) is None


def test_nothing_found_is_zero():
    assert ap({"a": [Segment(0, 10)]}, {}) == 0


def test_interpolated_area_by_hand():
    """Ranks: hit, miss, hit; of 3. Precision 1 up to recall 1/3, 2/3 up to 2/3, then 0."""
    truth = {"a": [Segment(0, 10), Segment(20, 30)], "b": [Segment(0, 10)]}
    found = {
        "a": [Segment(0, 10, 0.9), Segment(20, 30, 0.5)],
        "b": [Segment(50, 60, 0.7)],
    }
    assert ap(truth, found) == pytest.approx((1 + 2 / 3) / 3)


def test_precision_is_made_non_increasing_first():
    """Miss, hit, hit of 2: precision 1/2 at the first hit counts as the 2/3 that follows."""
    truth = {"a": [Segment(0, 10), Segment(20, 30)]}
    found = {"a": [Segment(50, 60, 0.9), Segment(0, 10, 0.8), Segment(20, 30, 0.7)]}
    assert ap(truth, found) == pytest.approx(2 / 3)


def test_a_second_detection_of_the_same_is_a_false_positive():
    truth = {"a": [Segment(0, 10), Segment(20, 30)]}
    found = {"a": [Segment(0, 10, 0.9), Segment(0, 10, 0.8), Segment(20, 30, 0.7)]}
    assert ap(truth, found) == pytest.approx((1 + 2 / 3) / 2)


def test_a_detection_takes_the_next_best_truth_that_is_free():
    """Both reach 0.5 of both: the second detection takes what the first one left."""
    truth = {"a": [Segment(0, 10), Segment(1, 11)]}
    found = {"a": [Segment(0, 10, 0.9), Segment(0, 10, 0.8)]}
    assert ap(truth, found) == 1
    # At 0.9 the second one overlaps nothing that is free by enough.
    assert ap(truth, found, 0.9) == pytest.approx(1 / 2)


def test_the_threshold_itself_is_enough():
    """[0, 1) and [0, 2) overlap by one half; 0.9 s of 1 s by 0.9, in floats, too."""
    assert ap({"a": [Segment(0, 1)]}, {"a": [Segment(0, 2)]}) == 1
    assert ap({"a": [Segment(0.1, 1.1)]}, {"a": [Segment(0.1, 1.0)]}, 0.9) == 1
    assert ap({"a": [Segment(0.1, 1.1)]}, {"a": [Segment(0.1, 0.99)]}, 0.9) == 0


def test_a_detection_in_another_video_finds_nothing():
    assert ap({"a": [Segment(0, 10)]}, {"b": [Segment(0, 10)]}) == 0


def test_equal_confidences_are_taken_by_video_and_time():
    truth = {"b": [Segment(0, 10)]}
    miss_first = {"a": [Segment(0, 10)], "b": [Segment(0, 10)]}
    assert ap(truth, miss_first) == pytest.approx(1 / 2)
    assert ap({"a": truth["b"]}, miss_first) == 1


Whole = tuple[str, int, int]
"""Video, start and end, in tenths of a second."""


def naive(truth: Sequence[Whole], found: Sequence[tuple[Whole, int]], at: Fraction) -> Fraction:
    """The same definition in exact fractions, over a curve of points, by plain search.

    Recall by recall: the best precision at any cut of the ranking whose recall is as high.
    """

    def overlap(a: Whole, b: Whole) -> Fraction:
        if a[0] != b[0]:
            return Fraction(0)
        first, second = set(range(a[1], a[2])), set(range(b[1], b[2]))
        return Fraction(len(first & second), len(first | second)) if first | second else Fraction(0)

    remaining = sorted(truth)
    points: list[tuple[Fraction, Fraction]] = []
    hits = 0
    ranking = sorted(found, key=lambda one: (-one[1], one[0]))
    for rank, (detection, _) in enumerate(ranking, start=1):
        best: Whole | None = None
        for candidate in remaining:
            if best is None or overlap(candidate, detection) > overlap(best, detection):
                best = candidate
        if best is not None and overlap(best, detection) >= at:
            remaining.remove(best)
            hits += 1
        points.append((Fraction(hits, len(truth)), Fraction(hits, rank)))
    area = Fraction(0)
    for level in range(1, len(truth) + 1):
        recall = Fraction(level, len(truth))
        area += max((p for r, p in points if r >= recall), default=Fraction(0))
    return area / len(truth)


@st.composite
def wholes(draw: st.DrawFn) -> Whole:
    start = draw(st.integers(0, 30))
    return draw(st.sampled_from("abc")), start, start + draw(st.integers(1, 20))


@settings(max_examples=300)
@given(
    st.lists(wholes(), min_size=1, max_size=8),
    st.lists(st.tuples(wholes(), st.integers(1, 5)), max_size=12),
)
def test_it_is_what_a_naive_implementation_says(truth: list[Whole], found: list[tuple[Whole, int]]):
    given_truth: dict[str, list[Segment]] = {}
    given_found: dict[str, list[Segment]] = {}
    for video, start, end in truth:
        given_truth.setdefault(video, []).append(Segment(start / 10, end / 10))
    for (video, start, end), score in found:
        given_found.setdefault(video, []).append(Segment(start / 10, end / 10, score / 5))
    told = average_precisions(given_truth, given_found)
    expected = [float(naive(truth, found, Fraction(50 + 5 * k, 100))) for k in range(10)]
    assert told == pytest.approx(expected)


def test_the_thresholds_are_those_of_activitynet():
    assert pytest.approx([0.5 + 0.05 * k for k in range(10)]) == MAP_TIOUS
