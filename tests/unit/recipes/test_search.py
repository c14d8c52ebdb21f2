"""The search for edges: whatever the truth, the answers and their order."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.recipes.bisecting import Bracket, next_place
from sightline.recipes.tagging import Tagging
from sightline.recipes.tags import Tag
from sightline.testing.fakes import make_footage
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    Finding,
    Footage,
    Method,
    Presence,
    Track,
    UnknownReason,
)

NAMES = ("car", "person", "dog")
FRAMES = 120

Truth = Sequence[Sequence[bool]]
"""For each tag whether it holds at each frame."""


def flips(draw: st.DrawFn) -> list[bool]:
    edges = set(draw(st.lists(st.integers(1, FRAMES - 1), max_size=12)))
    state = draw(st.booleans())
    told: list[bool] = []
    for frame in range(FRAMES):
        state ^= frame in edges
        told.append(state)
    return told


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    return [flips(draw) for _ in NAMES]


def footage(stride: int, hints: Sequence[int] = ()) -> Footage:
    made = make_footage(FRAMES / 10, 10, 0.1)
    pts = made.frames.pts
    return replace(made, sample=tuple(pts[::stride]), hints=tuple(pts[n] for n in sorted(hints)))


class Play:
    """The engine's part: every open ask is answered once, in an order of chance."""

    def __init__(
        self,
        recipe: Tagging,
        footage: Footage,
        answer: Callable[[int, int, int], float | None],
        *,
        seed: int = 0,
    ) -> None:
        self.asks: list[Ask] = []
        self._place = {pts: n for n, pts in enumerate(footage.frames.pts)}
        self._names = [tag.name for tag in recipe.tags]
        findings: dict[object, Finding] = {}
        chance = random.Random(seed)
        run = recipe.start(footage)
        emit = next(run)
        waiting = list(emit.asks)
        while True:
            self.asks += emit.asks
            findings |= {finding.key: finding for finding in emit.findings}
            if not waiting:
                break
            ask = waiting.pop(chance.randrange(len(waiting)))
            said = answer(self.frame(ask), self.tag(ask), ask.sample)
            failed = AskFailed(UnknownReason.FAILED, "no answer")
            known = (
                failed if said is None else Answer(Presence(said), "m", "e", Method.SCHEMA, 1, "")
            )
            emit = run.send((ask.id, known))
            waiting += emit.asks
        run.close()
        self.tracks = [findings["track", name] for name in self._names]

    def frame(self, ask: Ask) -> int:
        return self._place[ask.frames[0]]

    def tag(self, ask: Ask) -> int:
        return self._names.index(str(ask.question["tag"]))

    @property
    def frames(self) -> set[int]:
        return {self.frame(ask) for ask in self.asks}

    def spans(self, tag: int) -> list[tuple[int, int]]:
        track = self.tracks[tag]
        assert isinstance(track, Track)
        return [
            (self._place[span.start], self._place.get(span.end, FRAMES)) for span in track.spans
        ]


def events(told: Sequence[bool]) -> list[tuple[int, int]]:
    edges = [n for n, (a, b) in enumerate(pairwise((False, *told, False))) if a != b]
    return list(zip(edges[::2], edges[1::2], strict=True))


def perfect(truth: Truth) -> Callable[[int, int, int], float]:
    return lambda frame, tag, sample: float(truth[tag][frame])


TAGS = tuple(map(Tag.named, NAMES))
EXACT = Tagging(TAGS, precision_s=0.0)
hint_lists = st.lists(st.integers(1, FRAMES - 1), unique=True, max_size=20)


@given(truths(), hint_lists)
def test_with_a_floor_of_one_frame_it_finds_the_truth(truth: Truth, hints: list[int]):
    play = Play(EXACT, footage(1, hints), perfect(truth))
    assert [play.spans(tag) for tag in range(len(NAMES))] == [events(told) for told in truth]


@given(truths(), st.integers(2, 40), hint_lists, st.integers(0, 3), st.booleans())
def test_every_edge_that_it_tells_is_one(
    truth: Truth, stride: int, hints: list[int], seed: int, doubt: bool
):
    recipe = replace(EXACT, doubt=doubt)
    play = Play(recipe, footage(stride, hints), perfect(truth), seed=seed)
    last = (FRAMES - 1) // stride * stride
    for tag, told in enumerate(truth):
        changes = {n for n, (a, b) in enumerate(pairwise(told), 1) if a != b}
        for start, end in play.spans(tag):
            assert start == 0 or start in changes
            assert end in changes or (end == FRAMES and told[last])
        assert all(a[1] <= b[0] for a, b in pairwise(play.spans(tag)))


@given(truths(), st.integers(2, 40), hint_lists)
def test_an_edge_costs_no_more_than_halving_and_one(truth: Truth, stride: int, hints: list[int]):
    play = Play(EXACT, footage(stride, hints), perfect(truth))
    coarse = range(0, FRAMES, stride)
    for left, right in pairwise(coarse):
        changed = sum(told[left] != told[right] for told in truth)
        inside = [frame for frame in play.frames if left < frame < right]
        assert len(inside) <= changed * (math.ceil(math.log2(stride)) + 1)


@given(st.integers(2, 5000), st.data())
def test_a_hint_never_costs_more_than_one_question(width: int, data: st.DataObject):
    edge = data.draw(st.integers(1, width))
    hints = sorted(data.draw(st.lists(st.integers(1, width), unique=True, max_size=8)))
    bracket, asked = Bracket(0, width), 0
    while True:
        place, bracket = next_place(bracket, width=1, hints=hints)
        if place is None:
            break
        asked += 1
        bracket = bracket.narrowed(place, changed=place >= edge)
    assert (bracket.low, bracket.high) == (edge - 1, edge)
    assert asked <= math.ceil(math.log2(width)) + 1


def test_a_right_hint_settles_an_edge_in_two():
    bracket, asked = Bracket(0, 1000), 0
    while (step := next_place(bracket, width=1, hints=[300]))[0] is not None:
        place, bracket = step
        assert place is not None
        asked += 1
        bracket = bracket.narrowed(place, changed=place >= 300)
    assert asked == 2


def test_tags_that_change_together_share_their_questions():
    told = [frame >= 57 for frame in range(FRAMES)]
    alone = Play(Tagging(TAGS[:1], precision_s=0.0), footage(40), perfect([told]))
    together = Play(EXACT, footage(40), perfect([told] * 3))
    assert together.frames == alone.frames


@pytest.mark.parametrize(("precision_s", "frames"), [(0.0, 1), (0.3, 3), (1.0, 10)])
def test_an_edge_is_as_wide_as_was_asked_for(precision_s: float, frames: int):
    told = [frame >= 57 for frame in range(FRAMES)]
    play = Play(Tagging(TAGS[:1], precision_s=precision_s), footage(40), perfect([told]))
    track = play.tracks[0]
    assert isinstance(track, Track)
    (span,) = track.spans
    place = {pts: n for n, pts in enumerate(footage(40).frames.pts)}
    assert place[span.start_latest] - place[span.start_earliest] <= frames
    assert place[span.start_earliest] <= 57 <= place[span.start_latest]


@given(truths(), st.integers(1, 30), st.integers(0, 10**6), st.booleans(), st.integers(1, 3))
def test_whatever_is_answered_it_ends_and_asks_nothing_twice(
    truth: Truth, stride: int, seed: int, doubt: bool, repeats: int
):
    def answer(frame: int, tag: int, sample: int) -> float | None:
        chance = random.Random(f"{seed}{frame}{tag}{sample}")
        return None if chance.random() < 0.1 else chance.random()

    recipe = replace(EXACT, doubt=doubt, repeats=repeats)
    plays = [Play(recipe, footage(stride), answer, seed=order) for order in range(2)]
    for play in plays:
        counts = Counter((ask.frames, ask.question.digest, ask.sample) for ask in play.asks)
        assert set(counts.values()) == {1}
        assert len({ask.id for ask in play.asks}) == len(play.asks)
        for tag in range(len(NAMES)):
            spans = play.spans(tag)
            assert all(0 <= start < end <= FRAMES for start, end in spans)
            assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert plays[0].tracks == plays[1].tracks


def test_a_lone_wrong_answer_is_heard_again_and_makes_no_span():
    def answer(frame: int, tag: int, sample: int) -> float:
        return float(frame == 60 and sample == 0)

    assert Play(EXACT, footage(10), answer).spans(0) != []
    assert Play(replace(EXACT, doubt=True), footage(10), answer).spans(0) == []


def test_a_short_event_stays_though_it_stands_alone():
    told = [58 <= frame < 64 for frame in range(FRAMES)]
    play = Play(replace(EXACT, doubt=True), footage(10), perfect([told] * 3))
    assert play.spans(0) == [(58, 64)]


def test_a_wrong_answer_within_a_bracket_is_found_out():
    told = [frame >= 57 for frame in range(FRAMES)]

    def answer(frame: int, tag: int, sample: int) -> float:
        return float(told[frame] != (frame == 50 and sample == 0))

    assert Play(EXACT, footage(40), answer).spans(0) != [(57, FRAMES)]
    assert Play(replace(EXACT, doubt=True), footage(40), answer).spans(0) == [(57, FRAMES)]


def test_repeated_questions_count_by_their_mean():
    def answer(frame: int, tag: int, sample: int) -> float:
        return (0.9, 0.8, 0.1)[sample] if frame >= 60 else 0.0

    play = Play(Tagging(TAGS[:1], repeats=3), footage(10), answer)
    track = play.tracks[0]
    assert isinstance(track, Track)
    (span,) = track.spans
    assert span.confidence == pytest.approx(0.6)
