"""Each measure on cases that are worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.evaluation import Measures, Segment, Stretch, TagSpans, VideoSpans, evaluate
from sightline.evaluation.frames import FrameCount, count_frames
from sightline.evaluation.matching import matches, segmental_hits
from sightline.evaluation.measures import percentile
from sightline.evaluation.spans import common, cut, merged, outside, tiou


def segments(*stretches: Stretch) -> tuple[Segment, ...]:
    return tuple(Segment(start, end) for start, end in stretches)


def video(
    *stretches: Stretch, unknown: tuple[Stretch, ...] = (), rate: float | None = None
) -> VideoSpans:
    """A minute with one tag."""
    return VideoSpans("film", {"car": TagSpans(segments(*stretches), unknown)}, 60.0, rate)


def measured(
    truth: tuple[Stretch, ...], found: tuple[Stretch, ...], step_s: float | None = None
) -> Measures:
    return evaluate([video(*truth)], [video(*found)], step_s=step_s).everything


class TestStretches:
    def test_tiou(self):
        assert tiou((0, 10), (5, 15)) == pytest.approx(1 / 3)
        assert tiou((0, 10), (0, 10)) == 1
        assert tiou((0, 10), (10, 20)) == 0
        assert tiou((5, 5), (5, 5)) == 0

    def test_merging_joins_what_touches(self):
        assert merged([(5, 6), (0, 2), (2, 3), (1, 2), (4, 4)]) == [(0, 3), (5, 6)]

    def test_common(self):
        assert common([(0, 5), (6, 9)], [(4, 7), (8, 20)]) == [(4, 5), (6, 7), (8, 9)]

    def test_outside(self):
        assert outside([(0, 2), (4, 5), (9, 20)], (1, 10)) == [(2, 4), (5, 9)]
        assert outside([(0, 20)], (1, 10)) == []

    def test_a_cut_span_leaves_its_parts_and_their_confidence(self):
        assert cut([Segment(0, 10, 0.7)], [(4, 6)]) == (Segment(0, 4, 0.7), Segment(6, 10, 0.7))


class TestSpanF1:
    def test_by_hand_at_each_threshold(self):
        """tIoU 1, 0.8 and 0.5, of 3 in the truth and 4 found."""
        told = measured(((0, 10), (20, 30), (40, 50)), ((0, 10), (20, 28), (40, 45), (55, 56)))
        assert told.span_f1 == pytest.approx((2 * 3 / 7, 2 * 2 / 7, 2 * 1 / 7))

    def test_one_span_over_two_matches_one_of_them(self):
        [match] = matches(segments((0, 10), (10, 18)), segments((0, 18)), 0.5)
        assert match.tiou == pytest.approx(10 / 18)
        assert (match.start_error_s, match.end_error_s) == (0, 8)

    def test_the_closest_pair_comes_first(self):
        made = matches(segments((0, 10), (2, 12)), segments((2, 12), (1, 11)), 0.5)
        assert [match.tiou for match in made] == [1, pytest.approx(9 / 11)]

    def test_nothing_anywhere_is_no_number(self):
        told = measured((), ())
        assert told.span_f1 == (None, None, None)
        assert told.segmental_f1 == (None, None, None)
        assert (told.mean_ap, told.ap, told.boundary) == (None, None, None)
        assert (told.frame_precision, told.frame_recall) == (None, None)

    def test_something_where_nothing_is_scores_zero(self):
        told = measured((), ((0, 10),))
        assert told.span_f1 == (0, 0, 0)
        assert told.frame_precision == 0
        assert told.frame_recall is None


class TestSegmentalF1:
    def test_by_hand_at_each_overlap(self):
        """Overlaps 0.1, 0.3 and 0.6 of segments of 10 s."""
        told = measured(((0, 10), (20, 30), (40, 50)), ((0, 1), (20, 23), (40, 46)))
        assert told.segmental_f1 == pytest.approx((1, 2 / 3, 1 / 3))

    def test_over_segmentation_is_penalised(self):
        """Three pieces of one: one hit and two false positives."""
        truth, pieces = ((0, 30),), ((0, 9), (10, 19), (20, 30))
        assert measured(truth, pieces).segmental_f1[0] == pytest.approx(2 / 4)

    def test_a_piece_goes_to_its_best_segment_even_when_that_is_taken(self):
        """Unlike in span F1, it does not fall back on the next one."""
        truth = segments((0, 10), (11, 20))
        found = segments((0, 6), (7, 14))
        # [7, 14) overlaps both by 3 s: 3 / 14 of the first, 3 / 13 of the second.
        assert segmental_hits(truth, found, 0.1) == 2
        assert segmental_hits(truth, segments((0, 6), (6.5, 13)), 0.1) == 1

    def test_segments_that_touch_are_one(self):
        assert measured(((0, 10), (10, 20)), ((0, 20),)).segmental_f1 == (1, 1, 1)


class TestFrames:
    def test_frames_by_hand(self):
        """Steps of 1 s: 10 in the truth, 8 found, 6 in both."""
        told = measured(((0, 10),), ((4, 12),), 1.0)
        assert told.frame_precision == pytest.approx(6 / 8)
        assert told.frame_recall == pytest.approx(6 / 10)

    def test_a_frame_is_in_a_span_when_its_middle_is(self):
        assert count_frames(segments((0.4, 2.6)), segments((0.6, 2.4)), 60, 1.0) == FrameCount(
            shared=1, truth=3, found=1
        )

    def test_times_rounded_to_the_microsecond_move_no_frame(self):
        """Frames 2 and 3 of 30 a second: 2/30 = 0.0666…7 is rounded up."""
        exact, rounded = segments((2 / 30, 4 / 30)), segments((0.066667, 0.133333))
        assert count_frames(exact, rounded, 60, 1 / 30) == FrameCount(shared=2, truth=2, found=2)

    def test_it_is_what_a_list_of_frames_says(self):
        truth, found = segments((0.3, 4.1), (7, 9.7)), segments((2.2, 8.05))
        middles = np.arange(100) * 0.1 + 0.05

        def shown(spans: tuple[Segment, ...]) -> np.ndarray:
            return np.any([(s.start_s <= middles) & (middles < s.end_s) for s in spans], axis=0)

        told = count_frames(truth, found, 10, 0.1)
        assert told.truth == shown(truth).sum()
        assert told.found == shown(found).sum()
        assert told.shared == (shown(truth) & shown(found)).sum()

    def test_overlapping_spans_count_a_frame_once(self):
        assert count_frames(segments((0, 4), (2, 6)), (), 60, 1.0).truth == 6

    def test_what_is_past_the_end_has_no_frames(self):
        assert count_frames((), segments((58, 70)), 60, 1.0).found == 2

    def test_without_a_rate_time_itself_is_measured(self):
        assert measured(((0, 10),), ((2.5, 10),)).frame_recall == pytest.approx(0.75)

    def test_the_rate_of_the_video_is_the_step(self):
        """At 2 frames a second the middles are at 0.25, 0.75, …: 20 in the truth."""
        scores = evaluate([video((0, 10), rate=2)], [video((0.3, 10))])
        assert scores.everything.frame_recall == pytest.approx(19 / 20)


class TestBoundaries:
    def test_by_hand_in_seconds_and_frames(self):
        """Errors 0, 1, 2 and 1 s."""
        truth = video((0, 10), (20, 30), rate=25)
        boundary = evaluate([truth], [video((0, 11), (22, 29))]).everything.boundary
        assert boundary
        assert boundary.p50_s == pytest.approx(1)
        assert boundary.p95_s == pytest.approx(1.85)
        assert boundary.p50_frames == pytest.approx(25)
        assert boundary.p95_frames == pytest.approx(46.25)

    def test_a_span_that_matches_nothing_has_no_boundary(self):
        assert measured(((0, 10),), ((6, 16),)).boundary is None

    def test_without_a_rate_there_are_no_frames(self):
        boundary = measured(((0, 10),), ((0, 9),)).boundary
        assert boundary
        assert boundary.p95_frames is None

    @given(st.lists(st.floats(0, 100), min_size=1, max_size=20), st.floats(0, 1))
    def test_percentiles_are_those_of_numpy(self, values: list[float], share: float):
        told = percentile(sorted(values), share)
        assert told == pytest.approx(float(np.percentile(values, share * 100)), abs=1e-9)
