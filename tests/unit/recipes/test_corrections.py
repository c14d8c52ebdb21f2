"""What people said, worked into tracks: their edges stand, and nothing odd stays beside them."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sightline.recipes.corrections import corrected
from sightline.values import Clock, FrameIndex, Span, Track, Unknown, UnknownReason
from sightline.values.corrections import Correction

CLOCK = Clock(Fraction(1, 100), start=1000)
FRAMES = FrameIndex([1000 + 4 * n for n in range(1500)], [1000], 7000)
"""A minute at 25 frames a second, whose first frame is at tick 1000."""
BEGAN = datetime(2026, 5, 1, tzinfo=UTC)


def found(start_s: float, end_s: float, *, unsure_s: float = 0.0) -> Span:
    """As answers give it: each edge in the middle of a range of `unsure_s`."""
    start, end, half = CLOCK.pts(start_s), CLOCK.pts(end_s), CLOCK.ticks(unsure_s / 2)
    return Span(start, end, start - half, start + half, end - half, end + half, confidence=0.8)


def unknown(start_s: float, end_s: float) -> Unknown:
    return Unknown(CLOCK.pts(start_s), CLOCK.pts(end_s), UnknownReason.FAILED, "refused")


def track(*spans: Span, unknown: tuple[Unknown, ...] = ()) -> Track:
    return Track("red car", spans, unknown)


def say(
    start_s: float,
    end_s: float,
    *,
    present: bool = True,
    replaces: tuple[float, float] | None = None,
    tag: str = "red car",
    nth: int = 0,
) -> Correction:
    at = BEGAN + timedelta(seconds=nth)
    return Correction(f"c{nth}", tag, start_s, end_s, present, replaces, "", "local", at, None)


def told(of: Track) -> list[tuple[float, float]]:
    return [(CLOCK.seconds(s.start), CLOCK.seconds(s.end)) for s in of.spans]


def worked(of: Track, *said: Correction) -> Track:
    return corrected(of, said, CLOCK, FRAMES)


def test_a_dragged_span_takes_the_place_of_the_old_one_with_exact_edges():
    after = worked(track(found(10, 20, unsure_s=2)), say(12, 18, replaces=(10, 20)))
    (span,) = after.spans
    assert told(after) == [(12, 18)]
    assert (span.start_earliest, span.start_latest) == (span.start, span.start)
    assert (span.end_earliest, span.end_latest) == (span.end, span.end)
    assert (span.confidence, span.correction) == (1.0, "c0")


def test_edges_are_those_of_the_frames_on_show():
    after = worked(track(), say(10.03, 10.11))
    assert told(after) == [(10.0, 10.08)]


def test_a_time_that_was_rounded_down_still_means_its_frame():
    assert told(worked(track(), say(10.0394, 12))) == [(10.04, 12)]


def test_a_stretch_within_one_frame_is_that_frame():
    assert told(worked(track(), say(10.01, 10.02))) == [(10.0, 10.04)]


def test_a_run_done_again_with_other_edges_leaves_no_slivers():
    moved = say(12, 18, replaces=(10, 20))
    kept = say(30, 40, replaces=(30, 40), nth=1)
    again = track(found(9.6, 20.4), found(29.7, 34), found(34.4, 40.4))
    assert told(worked(again, moved, kept)) == [(12, 18), (30, 40)]


def test_of_a_span_that_begins_a_little_before_and_goes_on_only_the_rest_stays():
    after = worked(track(found(9.6, 35)), say(10, 20, replaces=(10, 20)))
    assert told(after) == [(10, 20), (20, 35)]
    assert after.spans[1].start_earliest == after.spans[1].start_latest == after.spans[1].start


def test_what_is_left_and_may_be_only_a_rough_edge_goes():
    rough = found(8, 35, unsure_s=6)
    assert told(worked(track(rough), say(10, 20))) == [(10, 20), (20, 35)]
    assert told(worked(track(found(8, 35)), say(10, 20))) == [(8, 10), (10, 20), (20, 35)]


def test_absent_takes_the_spans_that_lie_in_it_and_cuts_the_others():
    before = track(found(5, 12), found(13, 14), found(19, 21.5), found(25, 27))
    after = worked(before, say(10, 20, present=False))
    assert told(after) == [(5, 10), (20, 21.5), (25, 27)]
    assert worked(track(found(9.8, 20.3)), say(10, 20, present=False)).spans == ()


def test_a_long_rest_of_which_nobody_spoke_stays():
    """Read by a lower threshold, two spans became one; a person had spoken of the first alone."""
    for present, left in ((True, [(10, 35), (35, 50)]), (False, [(35, 50)])):
        assert told(worked(track(found(10, 50)), say(10, 35, present=present))) == left
    assert told(worked(track(found(10, 38)), say(10, 35))) == [(10, 35)]


def test_the_later_word_wins():
    yes, no = say(10, 20), say(14, 16, present=False, nth=1)
    assert told(worked(track(), yes, no)) == [(10, 14), (16, 20)]
    assert told(worked(track(), no, yes)) == [(10, 14), (16, 20)]
    again = say(10, 20, nth=2)
    assert told(worked(track(), yes, no, again)) == [(10, 20)]


def test_what_a_person_set_is_cut_and_not_taken():
    after = worked(track(), say(10, 20), say(12, 25, nth=1))
    assert told(after) == [(10, 12), (12, 25)]
    assert [span.correction for span in after.spans] == ["c0", "c1"]


def test_where_people_spoke_nothing_is_unknown():
    before = track(unknown=(unknown(0, 5), unknown(8, 30), unknown(50, 60)))
    for present in (True, False):
        after = worked(before, say(10, 20, present=present))
        left = [(CLOCK.seconds(u.start), CLOCK.seconds(u.end)) for u in after.unknown]
        assert left == [(0, 5), (8, 10), (20, 30), (50, 60)]
        assert {u.detail for u in after.unknown} == {"refused"}


def test_words_about_another_tag_or_past_the_end_change_nothing():
    before = track(found(10, 20))
    assert worked(before, say(10, 12, tag="boat"), say(60, 61), say(90, 91, nth=1)) == before


def test_a_stretch_that_reaches_past_the_end_ends_with_the_media():
    assert told(worked(track(), say(58, 60.6))) == [(58, 60)]


_second = st.integers(0, 590).map(lambda tenth: tenth / 10)
_stretch = st.tuples(_second, _second).filter(lambda s: s[0] < s[1])
_edges = st.lists(_second, unique=True, max_size=8).map(sorted)
_words = st.lists(st.tuples(_stretch, st.booleans(), st.none() | _stretch), max_size=6)


@given(_edges, _words)
def test_spans_stay_in_order_and_disjoint_and_the_last_word_stands(
    edges: list[float],
    words: list[tuple[tuple[float, float], bool, tuple[float, float] | None]],
):
    spans = [found(*s, unsure_s=0.08) for s in zip(edges[::2], edges[1::2], strict=False)]
    said = [
        say(*stretch, present=present, replaces=old, nth=n)
        for n, (stretch, present, old) in enumerate(words)
    ]
    after = worked(track(*spans), *said)
    assert all(a.end <= b.start for a, b in pairwise(after.spans))
    assert all(s.start < s.end for s in after.spans)
    assert all(s.start_earliest <= s.start_latest for s in after.spans)
    assert all(s.end_earliest <= s.end_latest for s in after.spans)
    if not said:
        return
    start, end = (FRAMES.at(CLOCK.start + round(second * 100)) for second in words[-1][0])
    there = [s for s in after.spans if s.start < end and s.end > start]
    assert len(there) == said[-1].present
