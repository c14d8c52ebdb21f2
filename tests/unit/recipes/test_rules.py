"""What becomes of tracks: one of an exclusive group at a time, unknown time left as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.recipes.rules import apply_rules
from sightline.recipes.tags import Share, Tag
from sightline.testing.fakes import make_footage
from sightline.values import MediaKind, Span, Track, Unknown, UnknownReason

FOOTAGE = make_footage(duration_s=60)
SECOND = 12_800
END = 60 * SECOND


def span(start: int, end: int, confidence: float = 0.8, doubt: int = 0) -> Span:
    """In seconds; `doubt` in ticks."""
    a, b = start * SECOND, end * SECOND
    return Span(a, b, a - doubt, a + doubt, b - doubt, b + doubt, confidence)


def unknown(start: int, end: int) -> Unknown:
    return Unknown(start * SECOND, end * SECOND, UnknownReason.FAILED, "it broke")


def pose(name: str, **settings: Any) -> Tag:
    return Tag(name, name, category="pose", exclusive=True, **settings)


def rule(tag: Tag, *spans: Span, not_known: Sequence[Unknown] = ()) -> Track:
    (track,) = apply_rules([Track(tag.name, spans, tuple(not_known))], [tag], FOOTAGE)
    return track


def seconds(track: Track) -> list[tuple[float, float]]:
    return [(s.start / SECOND, s.end / SECOND) for s in track.spans]


def test_without_settings_only_the_threshold_is_added():
    track = Track("car", (span(1, 2), span(4, 5)), (unknown(5, 6),))
    assert apply_rules([track], [Tag.named("car")], FOOTAGE) == (replace(track, threshold=0.5),)


# ---------------------------------------------------------------------------- exclusive groups


def test_the_surer_span_keeps_the_stretch():
    tags = [pose("sit"), pose("stand")]
    sit, stand = apply_rules(
        [
            Track("sit", (span(0, 20, 0.7),), ()),
            Track("stand", (span(10, 30, 0.9, doubt=SECOND),), ()),
        ],
        tags,
        FOOTAGE,
    )
    assert (seconds(sit), seconds(stand)) == ([(0, 10)], [(10, 30)])
    (cut,) = sit.spans
    assert (cut.end_earliest, cut.end_latest) == (9 * SECOND, 11 * SECOND)
    assert (cut.start_earliest, cut.start_latest, cut.confidence) == (0, 0, 0.7)


def test_a_surer_span_inside_makes_two_of_the_other():
    tags = [pose("sit"), pose("stand")]
    tracks = [Track("sit", (span(0, 30, 0.7),), ()), Track("stand", (span(10, 20, 0.9),), ())]
    sit, stand = apply_rules(tracks, tags, FOOTAGE)
    assert (seconds(sit), seconds(stand)) == ([(0, 10), (20, 30)], [(10, 20)])


def test_of_equals_the_first_in_the_set_keeps_it():
    tracks = [Track("a", (span(0, 20),), ()), Track("b", (span(10, 30),), ())]
    a, b = apply_rules(tracks, [pose("a"), pose("b")], FOOTAGE)
    assert (seconds(a), seconds(b)) == ([(0, 20)], [(20, 30)])


def test_what_is_too_short_to_be_told_takes_nothing_from_what_is_not():
    tags = [pose("sit"), pose("jump", min_length_s=5)]
    tracks = [Track("sit", (span(0, 30, 0.6),), ()), Track("jump", (span(10, 12, 1.0),), ())]
    sit, jump = apply_rules(tracks, tags, FOOTAGE)
    assert (seconds(sit), seconds(jump)) == ([(0, 30)], [])


def test_other_categories_and_tags_that_are_not_exclusive_overlap():
    tags = [
        pose("sit"),
        replace(pose("dog"), category="animal"),
        replace(pose("x"), exclusive=False),
    ]
    tracks = [Track(tag.name, (span(0, 20),), ()) for tag in tags]
    assert [seconds(track) for track in apply_rules(tracks, tags, FOOTAGE)] == [[(0, 20)]] * 3


def test_unknown_stays_unknown_where_another_tag_is_seen():
    tracks = [Track("sit", (span(0, 20, 1.0),), ()), Track("stand", (), (unknown(0, 60),))]
    sit, stand = apply_rules(tracks, [pose("sit"), pose("stand")], FOOTAGE)
    assert seconds(sit) == [(0, 20)]
    assert stand.unknown == (unknown(0, 60),)


@st.composite
def tracks(draw: st.DrawFn, name: str) -> Track:
    edges = sorted(draw(st.sets(st.integers(0, 60), max_size=12)))
    spans: list[Span] = []
    stretches: list[Unknown] = []
    for start, end in pairwise(edges):
        kind = draw(st.sampled_from(["span", "unknown", "absent"]))
        if kind == "span" and not (spans and spans[-1].end == start * SECOND):
            doubt = draw(st.integers(0, (end - start) * SECOND // 2))
            spans.append(span(start, end, draw(st.sampled_from([0.5, 0.7, 0.9])), doubt))
        elif kind == "unknown":
            stretches.append(unknown(start, end))
    return Track(name, tuple(spans), tuple(stretches))


@given(st.data())
def test_exclusive_tags_are_disjoint_and_nowhere_new(data: st.DataObject):
    shortest = st.sampled_from([0, 2, 5])
    tags = [pose(name, min_length_s=data.draw(shortest)) for name in "abc"]
    given_ = [data.draw(tracks(name)) for name in "abc"]
    made = apply_rules(given_, tags, FOOTAGE)
    told = sorted((s.start, s.end) for track in made for s in track.spans)
    assert all(start < end for start, end in told)
    assert all(end <= later for (_, end), (later, _) in pairwise(told))
    for before, after, tag in zip(given_, made, tags, strict=True):
        assert after.unknown == before.unknown
        assert list(after.spans) == sorted(after.spans, key=lambda s: s.start)
        for one in after.spans:
            assert any(s.start <= one.start and one.end <= s.end for s in before.spans)
            assert one.start_earliest <= one.start <= one.start_latest <= one.end
            assert one.start <= one.end_earliest <= one.end <= one.end_latest
        if tag.min_length_s == 0 and not before.unknown:
            # What is lost by one tag is held by another.
            lost = sum(s.end - s.start for s in before.spans) - sum(
                s.end - s.start for s in after.spans
            )
            rivals = sum(
                s.end - s.start for track in given_ if track is not before for s in track.spans
            )
            assert lost <= rivals


# ----------------------------------------------------------------------------- required length


@pytest.mark.parametrize(
    ("required", "told"),
    [(None, None), (0, "met"), (10, "met"), (11, "undecided"), (15, "undecided"), (16, "not met")],
)
def test_required_length_is_undecided_while_unknown_time_could_make_it(
    required: float | None, told: str | None
):
    tag = Tag("car", "car", required_s=required)
    spans = span(0, 4), span(10, 16)
    assert rule(tag, *spans, not_known=[unknown(20, 25)]).required == told


def test_required_length_may_be_a_share_of_the_video():
    assert rule(Tag("car", "car", required_s=Share(0.1)), span(0, 6)).required == "met"
    assert rule(Tag("car", "car", required_s=Share(0.11)), span(0, 6)).required == "not met"


def test_spans_too_short_to_be_told_count_for_the_required_length():
    made = rule(Tag("car", "car", min_length_s=5, required_s=6), span(0, 3), span(10, 13))
    assert (made.spans, made.required) == ((), "met")


def test_markers_and_the_whole_video_can_be_turned_off():
    made = rule(Tag("car", "car", markers=False, whole=False, required_s=1), span(0, 6))
    assert (made.markers, made.required, len(made.spans)) == (False, "off", 1)


# ------------------------------------------------------------------------------ minimum length


def test_a_short_span_is_left_out_unless_it_may_go_on():
    tag = Tag("car", "car", min_length_s=5)
    found = span(0, 4), span(10, 15), span(20, 24)
    made = rule(tag, *found, not_known=[unknown(24, 25)])
    assert seconds(made) == [(10, 15), (20, 24)]
    longer = Tag("car", "car", min_length_s=6)
    assert seconds(rule(longer, *found, not_known=[unknown(24, 25)])) == []


# ------------------------------------------------------------------------------------- pictures


def test_pictures_have_a_threshold_of_their_own_and_an_image_no_lengths():
    tag = Tag("car", "car", 0.5, 6.0, 12.0, required_s=20, image_threshold=0.9)
    video = tag.on(FOOTAGE.media)
    assert (video.threshold, video.max_gap, video.required) == (0.5, 6 * SECOND, 20 * SECOND)
    pictures = tag.on(replace(FOOTAGE.media, kind=MediaKind.IMAGE_SET))
    assert (pictures.threshold, pictures.min_length) == (0.9, 12 * SECOND)
    image = tag.on(replace(FOOTAGE.media, kind=MediaKind.IMAGE))
    assert (image.threshold, image.max_gap, image.min_length, image.required) == (0.9, 0, 0, None)
    plain = replace(tag, image_threshold=None)
    assert plain.on(replace(FOOTAGE.media, kind=MediaKind.IMAGE)).threshold == 0.5
