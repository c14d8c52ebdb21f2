"""Spans from answers about single frames: the edges must be honest."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sightline.recipes.spans import Told, derive
from sightline.values import AskFailed, FrameIndex, UnknownReason

FAILED = AskFailed(UnknownReason.FAILED, "desk refused the connection")


def index(count: int, step: int = 10) -> FrameIndex:
    return FrameIndex([n * step for n in range(count)], [0], count * step)


def asked(**at: Told) -> list[tuple[int, Told]]:
    return [(int(name[1:]), evidence) for name, evidence in at.items()]


def test_an_edge_lies_between_the_last_frame_outside_and_the_first_inside():
    (span,), unknown = derive(asked(t0=0.1, t40=0.9, t80=0.8, t120=0.2), index(16))
    assert (span.start_earliest, span.start_latest) == (10, 40)
    assert (span.end_earliest, span.end_latest) == (90, 120)
    assert (span.start, span.end) == (20, 100)
    assert abs(span.confidence - 0.85) < 1e-9
    assert unknown == ()


def test_neighbouring_frames_give_an_exact_edge():
    (span,), _ = derive(asked(t0=0.0, t10=1.0, t20=1.0, t30=0.0), index(4))
    assert span.start == span.start_earliest == span.start_latest == 10
    assert span.end == span.end_earliest == span.end_latest == 30


def test_a_tag_at_the_very_start_and_end_reaches_the_ends():
    (span,), _ = derive(asked(t0=1.0, t50=1.0), index(10))
    assert (span.start, span.start_latest, span.end, span.end_earliest) == (0, 0, 100, 60)


def test_a_lone_positive_reaches_half_way_to_the_frames_asked_beside_it():
    (span,), _ = derive(asked(t0=0.0, t50=1.0, t90=0.0), index(10))
    assert (span.start, span.end) == (30, 70)


def test_a_failed_ask_is_unknown_and_never_absent():
    spans, (stretch,) = derive(asked(t0=1.0, t20=FAILED, t40=0.0), index(6))
    assert (stretch.start, stretch.end) == (10, 30)
    assert (stretch.reason, stretch.detail) == (UnknownReason.FAILED, FAILED.detail)
    assert (spans[0].end, spans[0].end_earliest, spans[0].end_latest) == (10, 10, 40)


def test_a_gap_is_bridged_up_to_its_limit():
    evidence = asked(t0=1.0, t20=1.0, t40=0.0, t60=1.0, t80=1.0)
    apart, _ = derive(evidence, index(9))
    (gap,) = [b.start - a.end for a, b in pairwise(apart)]
    assert gap == 20
    assert len(derive(evidence, index(9), max_gap=19)[0]) == 2
    (joined,) = derive(evidence, index(9), max_gap=20)[0]
    assert (joined.start, joined.end) == (0, 90)


def test_a_gap_with_failed_time_is_never_bridged():
    evidence = asked(t0=1.0, t20=1.0, t40=FAILED, t60=1.0)
    spans, unknown = derive(evidence, index(8), max_gap=1000)
    assert len(spans) == 2
    assert len(unknown) == 1


def test_moments_picked_by_hand_speak_for_themselves_only():
    spans, unknown = derive(asked(t30=1.0, t70=0.0), index(10), alone=True)
    assert [(s.start, s.end) for s in spans] == [(30, 40)]
    assert [(u.start, u.end) for u in unknown] == [(0, 30), (40, 70), (80, 100)]
    assert {u.reason for u in unknown} == {UnknownReason.UNASKED}


Truth = tuple[FrameIndex, list[bool], list[int]]


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    """Frames at uneven distances, which of them show the tag, and which are asked."""
    steps = draw(st.lists(st.integers(1, 40), min_size=2, max_size=60))
    pts = [sum(steps[:n]) for n in range(len(steps))]
    shows = draw(st.lists(st.booleans(), min_size=len(pts), max_size=len(pts)))
    chosen = draw(st.sets(st.integers(0, len(pts) - 1), min_size=1))
    return FrameIndex(pts, pts[:1], sum(steps)), shows, sorted(chosen)


@given(truths())
def test_whatever_is_asked_spans_are_in_order_and_every_known_edge_holds_the_true_one(truth: Truth):
    frames, shows, chosen = truth
    evidence = [(frames.pts[n], float(shows[n])) for n in chosen]
    spans, unknown = derive(evidence, frames)
    assert unknown == ()
    edges = [edge for span in spans for edge in (span.start, span.end)]
    assert edges == sorted(set(edges))
    assert all(frames.pts[0] <= edge <= frames.end for edge in edges)
    for span in spans:
        assert span.start_earliest <= span.start <= span.start_latest
        assert span.end_earliest <= span.end <= span.end_latest
    for (a, _), (b, _) in pairwise(evidence):
        between = [n for n, pts in enumerate(frames.pts) if a <= pts <= b]
        changes = [n for m, n in pairwise(between) if shows[m] != shows[n]]
        if len(changes) == 1:  # the only case in which two answers can tell where it is
            change = frames.pts[changes[0]]
            ranges = [(s.start_earliest, s.start_latest) for s in spans]
            ranges += [(s.end_earliest, s.end_latest) for s in spans]
            assert any(low <= change <= high for low, high in ranges)


@given(truths())
def test_with_every_frame_asked_the_spans_are_the_truth(truth: Truth):
    frames, shows, _ = truth
    spans, _ = derive([(p, float(s)) for p, s in zip(frames.pts, shows, strict=True)], frames)
    told = [any(s.start <= pts < s.end for s in spans) for pts in frames.pts]
    assert told == shows
