"""Truth against result: what is unknown, what is left out, and what must always hold."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.evaluation import (
    Measures,
    Scores,
    Segment,
    Spent,
    Stretch,
    TagSpans,
    VideoSpans,
    evaluate,
)


def spans(*stretches: Stretch, unknown: tuple[Stretch, ...] = ()) -> TagSpans:
    return TagSpans(tuple(Segment(start, end) for start, end in stretches), unknown)


def film(name: str = "film", duration_s: float | None = 60.0, **tags: TagSpans) -> VideoSpans:
    return VideoSpans(name, tags, duration_s)


class TestUnknown:
    def test_it_is_missed_over_all_time_and_cut_from_known_time(self):
        truth = film(car=spans((0, 10), (40, 50)))
        found = film(car=spans((0, 10), unknown=((30, 60),)))
        scores = evaluate([truth], [found])
        assert scores.coverage == pytest.approx(0.5)
        assert scores.everything.span_f1[0] == pytest.approx(2 / 3)
        assert scores.everything.frame_recall == pytest.approx(0.5)
        assert scores.everything.mean_ap == pytest.approx(0.5)
        assert scores.known.span_f1[0] == 1
        assert scores.known.frame_recall == 1
        assert scores.known.mean_ap == 1
        assert (scores.everything.truth_spans, scores.known.truth_spans) == (2, 1)

    def test_what_is_left_of_a_span_is_a_span(self):
        truth = film(car=spans((0, 30)))
        found = film(car=spans((0, 10), (20, 30), unknown=((10, 20),)))
        known = evaluate([truth], [found]).known
        assert (known.truth_spans, known.found_spans) == (2, 2)
        assert known.mean_ap == 1

    def test_errors_in_known_time_remain(self):
        truth = film(car=spans((0, 10)))
        found = film(car=spans((20, 30), unknown=((40, 60),)))
        known = evaluate([truth], [found]).known
        assert (known.mean_ap, known.span_f1[0], known.frame_precision) == (0, 0, 0)

    def test_a_tag_that_was_not_looked_for_is_unknown(self):
        truth = film(car=spans((0, 10)), dog=spans((0, 10)))
        scores = evaluate([truth], [film(car=spans((0, 10)))])
        assert scores.coverage == pytest.approx(0.5)
        assert [tag.coverage for tag in scores.tags] == [1, 0]
        assert scores.everything.mean_ap == pytest.approx(0.5)
        assert scores.known.mean_ap == 1
        assert scores.tags[1].known.truth_spans == 0

    def test_unless_the_result_lists_only_what_is_there(self):
        truth = film(car=spans((0, 10)), dog=spans((0, 10)))
        found = replace(film(car=spans((0, 10))), unlisted_absent=True)
        scores = evaluate([truth], [found])
        assert scores.coverage == 1
        assert scores.known == scores.everything

    def test_a_video_of_which_nothing_is_said_is_unknown(self):
        truth = [film("one", car=spans((0, 10))), film("two", car=spans((0, 10)))]
        scores = evaluate(truth, [film("one", car=spans((0, 10)))])
        assert scores.missing_videos == ("two",)
        assert scores.coverage == pytest.approx(0.5)
        assert scores.everything.frame_recall == pytest.approx(0.5)
        assert scores.known.frame_recall == 1

    def test_what_the_truth_calls_unknown_is_not_judged(self):
        truth = film(car=spans((0, 10), unknown=((30, 60),)))
        scores = evaluate([truth], [film(car=spans((0, 10), (40, 50), unknown=((50, 60),)))])
        assert scores.coverage == 1
        assert scores.judged_s == 30
        assert scores.everything.span_f1 == (1, 1, 1)
        assert scores.everything.frame_precision == 1

    def test_a_tag_about_which_one_truth_is_silent_is_not_judged_there(self):
        truth = [film("one", car=spans((0, 10))), film("two", dog=spans((0, 10)))]
        found = [film("one", car=spans((0, 10)), dog=spans()), film("two", car=spans((0, 60)))]
        scores = evaluate(truth, found)
        assert scores.judged_s == 120
        assert scores.tags[0].everything.frame_precision == 1


class TestSides:
    def test_what_the_truth_does_not_speak_of_is_left_out_and_told(self):
        truth = film(car=spans((0, 10)))
        found = [film(car=spans((0, 10)), cat=spans((0, 60))), film("other", car=spans((0, 60)))]
        scores = evaluate([truth], found)
        assert scores.left_out_tags == ("cat",)
        assert scores.left_out_videos == ("other",)
        assert scores.everything.mean_ap == 1

    def test_map_is_the_mean_over_tags_and_the_rest_over_spans(self):
        truth = film(car=spans((0, 10), (20, 30), (40, 50)), dog=spans((0, 10)), cat=spans())
        found = film(car=spans((0, 10), (20, 30), (40, 50)), dog=spans(), cat=spans())
        told = evaluate([truth], [found]).everything
        assert told.mean_ap == pytest.approx(1 / 2)
        assert told.span_f1[0] == pytest.approx(2 * 3 / 7)

    def test_the_length_is_that_of_the_side_that_has_one(self):
        truth = film(duration_s=None, car=spans((0, 10)))
        known = film(duration_s=40.0, car=spans((0, 10)))
        assert evaluate([truth], [known]).judged_s == 40
        silent = film(duration_s=None, car=spans((0, 12)))
        assert evaluate([truth], [silent]).judged_s == 12

    def test_what_was_spent_is_that_of_the_videos_compared(self):
        truth = [film("one", car=spans()), film("two", car=spans())]
        found = [
            replace(film(name, car=spans()), spent=Spent(calls, 2 * calls, 1, 10, 1))
            for name, calls in (("one", 3), ("two", 4), ("three", 100))
        ]
        assert evaluate(truth, found).spent == Spent(7, 14, 2, 20, 2)
        assert evaluate(truth, [film("one", car=spans())]).spent is None

    def test_a_name_twice_or_no_step_is_refused(self):
        with pytest.raises(ValueError, match="twice"):
            evaluate([film(), film()], [])
        with pytest.raises(ValueError, match="step"):
            evaluate([film()], [], step_s=0)


@st.composite
def truths(draw: st.DrawFn) -> list[VideoSpans]:
    """One to three videos; in each, each tag has disjoint spans that do not touch."""
    made: list[VideoSpans] = []
    for name in "xyz"[: draw(st.integers(1, 3))]:
        tags: dict[str, TagSpans] = {}
        for tag in ("car", "dog"):
            edges = sorted(draw(st.sets(st.integers(0, 600), max_size=8)))
            pairs = zip(edges[::2], edges[1::2], strict=False)
            tags[tag] = spans(*((start / 10, end / 10) for start, end in pairs))
        made.append(VideoSpans(name, tags, 60.0, 10.0))
    return made


def shares(measures: Measures) -> list[float | None]:
    ap = measures.ap or ()
    shares = (measures.frame_precision, measures.frame_recall, measures.mean_ap)
    return [*shares, *ap, *measures.span_f1, *measures.segmental_f1]


@settings(max_examples=80)
@given(truths())
def test_the_truth_itself_is_perfect(truth: list[VideoSpans]):
    scores = evaluate(truth, truth)
    assert scores.coverage == 1
    assert all(share in (None, 1) for share in shares(scores.everything))
    if any(tag.segments for video in truth for tag in video.tags.values()):
        assert scores.everything.mean_ap == 1
        boundary = scores.everything.boundary
        assert boundary
        assert (boundary.p50_s, boundary.p95_s, boundary.p95_frames) == (0, 0, 0)


@settings(max_examples=80)
@given(truths(), truths(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(
    truth: list[VideoSpans], found: list[VideoSpans], chance: random.Random
):
    def shuffled(videos: list[VideoSpans]) -> list[VideoSpans]:
        mixed = [
            replace(
                video,
                tags={
                    tag: TagSpans(tuple(chance.sample(s.segments, len(s.segments))), s.unknown)
                    for tag, s in chance.sample([*video.tags.items()], len(video.tags))
                },
            )
            for video in videos
        ]
        return chance.sample(mixed, len(mixed))

    def comparable(scores: Scores) -> Scores:
        return replace(scores, videos=(), left_out_videos=())

    one = evaluate(truth, found, step_s=0.1)
    other = evaluate(shuffled(truth), shuffled(found), step_s=0.1)
    assert comparable(one) == comparable(other)


@pytest.mark.parametrize("count", [1, 5])
def test_shifting_hurts_more_the_further(count: int):
    truth = film(car=spans(*((start, start + 8) for start in range(10, 10 + 40 * count, 40))))
    before: Measures | None = None
    for shift in range(21):
        moved = spans(
            *((s.start_s + shift / 2, s.end_s + shift / 2) for s in truth.tags["car"].segments)
        )
        told = evaluate([replace(truth, duration_s=400)], [film(duration_s=400, car=moved)])
        now = told.everything
        if before:
            for less, more in zip(shares(now), shares(before), strict=True):
                assert less is not None
                assert more is not None
                assert less <= more + 1e-12
            if now.boundary and before.boundary:
                assert now.boundary.p50_s > before.boundary.p50_s
        before = now
    assert before
    assert not any(shares(before))


@settings(max_examples=50)
@given(truths(), truths(), st.integers(0, 500), st.integers(1, 200))
def test_known_time_is_what_remains_when_the_unknown_is_not_judged(
    truth: list[VideoSpans], found: list[VideoSpans], start: int, length: int
):
    """To call a stretch unknown in the result or in the truth gives the same known time."""
    hole = ((start / 10, min(600, start + length) / 10),)

    def blind(videos: list[VideoSpans]) -> list[VideoSpans]:
        return [
            replace(v, tags={t: replace(s, unknown=hole) for t, s in v.tags.items()})
            for v in videos
        ]

    names = [video.video for video in truth]
    found = [video for video in found if video.video in names]
    if len(found) < len(truth):
        found = [replace(found[0], video=name) for name in names]
    known = evaluate(truth, blind(found)).known
    assert known == evaluate(blind(truth), found).everything
