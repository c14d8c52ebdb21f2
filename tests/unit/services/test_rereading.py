"""A run's ledger, read again: what it comes to by its own numbers and by others."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from sightline.ports import Recipe, StopAsking
from sightline.recipes.answering import Answering
from sightline.recipes.describing import Describing
from sightline.recipes.tagging import Tagging
from sightline.recipes.tags import Share, Tag
from sightline.services.runs.analysis import request_digest
from sightline.services.timelines.coverage import MOST, covered
from sightline.services.timelines.heard import Asked, Heard
from sightline.services.timelines.reading import Reader
from sightline.services.timelines.replay import DoesNotFit, Replay, footage_of, recipe_of
from sightline.store.past import Begun, Kept
from sightline.store.readings import Reading
from sightline.testing.fakes import make_footage
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    AskId,
    Emit,
    Finding,
    Footage,
    LedgerEntry,
    Method,
    Presence,
    Text,
    Track,
    UnknownReason,
)

TAGS = (
    Tag("car", "car", max_gap_s=2.0, min_length_s=3.0, category="things", exclusive=True),
    Tag("van", "van", threshold=0.6, category="things", exclusive=True),
    Tag("ghost", "ghost"),
    Tag("dog", "dog", min_length_s=Share(0.01), required_s=20.0),
    Tag("hound", "dog", threshold=0.8),
)
"""Two that exclude each other, one that cannot be answered, two with the same wording."""
SHORT, LONG = make_footage(120, 10, 2.0), make_footage(300, 10, 1.0)
RECIPES: dict[str, Recipe] = {
    "plain": Tagging(TAGS),
    "alone": Tagging(TAGS, alone=True),
    "to the frame": Tagging(TAGS, precision_s=0.0),
    "doubting": Tagging(TAGS, precision_s=0.5, doubt=True),
    "repeating": Tagging(TAGS, repeats=3),
    "all at once": Tagging(TAGS, precision_s=0.2, doubt=True, repeats=2, breadth_first=True),
    "describing": Describing(),
    "answering": Answering("What happens?"),
}
ALL = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
TAGGING = pytest.mark.parametrize(
    "recipe", [r for r in RECIPES.values() if isinstance(r, Tagging)], ids=list(RECIPES)[:6]
)


def outcome(ask: Ask) -> Answer | AskFailed:
    """The same for the same ask; of neighbouring frames mostly alike, and one in fifteen fails."""
    tag = dict(ask.question.parameters).get("tag")
    if tag == "ghost":
        return AskFailed(UnknownReason.UNSUPPORTED, "cannot tell 'ghost'")
    own = random.Random(f"{ask.frames}{ask.question.digest}{ask.sample}")
    if own.random() < 1 / 15:
        return AskFailed(UnknownReason.FAILED, "desk refused the connection")
    if ask.question.expects != "presence":
        return Answer(Text(f"at {ask.id}"), "m", "e", Method.SCHEMA, 1, "call")
    scene = random.Random(f"{ask.frames[0] // 120_000}{tag}")
    level = 0.7 * scene.random() + 0.3 * own.random()
    return Answer(Presence(level), "m", "e", Method.SCHEMA, 1, "call")


class Played:
    """A run as the engine plays it, with the ledger that it leaves."""

    def __init__(self, recipe: Recipe, footage: Footage, *, most: int | None = None) -> None:
        self.ledger: list[Kept] = []
        self._findings: dict[object, Finding] = {}
        run, order = recipe.start(footage), random.Random(5)
        waiting = self._hear(next(run))
        while waiting and (most is None or len(self.ledger) < most):
            ask = waiting.pop(order.randrange(len(waiting)))
            told = outcome(ask)
            entry = LedgerEntry(len(self.ledger) + 1, ask.id, told)
            fact = entry.seq if isinstance(told, Answer) else None
            self.ledger.append(Kept(entry, fact, ask.frames, 1))
            waiting += self._hear(run.send((ask.id, told)))
        if waiting:
            self._hear(run.throw(StopAsking()))

    def _hear(self, emit: Emit) -> list[Ask]:
        self._findings |= {finding.key: finding for finding in emit.findings}
        return list(emit.asks)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(self._findings.values())


def reread(recipe: Recipe, footage: Footage, ledger: Sequence[Kept]) -> Replay:
    replay = Replay(recipe, footage)
    for at in range(0, len(ledger), 1000):
        replay.feed(ledger[at : at + 1000])
    return replay


@TAGGING
@pytest.mark.parametrize("footage", [SHORT, LONG], ids=["short", "long"])
def test_by_its_own_numbers_it_is_what_the_run_found(recipe: Tagging, footage: Footage) -> None:
    played = Played(recipe, footage)
    replay = reread(recipe, footage, played.ledger)
    assert any(isinstance(f, Track) and f.spans for f in played.findings)
    assert Reader(recipe, footage, replay.heard).tracks({}) == played.findings
    assert replay.findings == played.findings, "the recipe itself says so too"


@TAGGING
@pytest.mark.parametrize("most", [0, 7, 400])
def test_of_a_run_that_goes_on_it_is_what_a_stop_would_leave(recipe: Tagging, most: int) -> None:
    played = Played(recipe, LONG, most=most)
    replay = reread(recipe, LONG, played.ledger)
    assert len(replay.heard) == most
    assert Reader(recipe, LONG, replay.heard).tracks({}) == played.findings
    assert replay.planned >= len(LONG.sample)


@TAGGING
def test_by_other_numbers_it_is_what_a_run_with_these_would_have_found(recipe: Tagging) -> None:
    """Where edges are not searched for, the same asks are put whatever the threshold."""
    if recipe.precision_s is not None or recipe.doubt:
        recipe = replace(recipe, precision_s=None, doubt=False)
    readings = {"car": Reading(0.3, 5.0, 0.0), "hound": Reading(0.2, 0.0, 8.0)}
    replay = reread(recipe, SHORT, Played(recipe, SHORT).ledger)
    reader = Reader(recipe, SHORT, replay.heard)
    read = reader.tracks(readings)
    tags = (
        replace(TAGS[0], threshold=0.3, max_gap_s=5.0, min_length_s=0.0),
        *TAGS[1:4],
        replace(TAGS[4], threshold=0.2, min_length_s=8.0),
    )
    assert read == Played(replace(recipe, tags=tags), SHORT).findings
    assert read != reader.tracks({})
    assert reader.tracks(readings) == read, "also when it was read before"


def test_a_threshold_moves_edges_of_a_searched_run_by_all_that_was_answered() -> None:
    recipe = Tagging((Tag.named("car"),), precision_s=0.0)
    replay = reread(recipe, LONG, Played(recipe, LONG).ledger)
    reader = Reader(recipe, LONG, replay.heard)
    points = reader.points(0)
    assert len(points) > len(LONG.sample), "frames between those of the sample count as well"
    assert points == sorted(points)
    (none,), (all_,) = (reader.tracks({"car": Reading(t, 0.0, 0.0)}) for t in (1.0, 0.0))
    assert not none.spans
    assert sum(s.end - s.start for s in all_.spans) > sum(
        s.end - s.start for track in reader.tracks({}) for s in track.spans
    )


def test_what_cannot_be_answered_has_no_points() -> None:
    recipe = RECIPES["plain"]
    assert isinstance(recipe, Tagging)
    replay = reread(recipe, SHORT, Played(recipe, SHORT).ledger)
    reader = Reader(recipe, SHORT, replay.heard)
    read = reader.read(2)
    assert not read.answered
    assert reader.points(2) == []
    assert [one.reason for one in read.track.unknown] == [UnknownReason.UNSUPPORTED]


@ALL
def test_each_ask_is_known_by_frame_tag_and_sample(recipe: Recipe) -> None:
    played = Played(recipe, SHORT)
    heard = reread(recipe, SHORT, played.ledger).heard
    for number, kept in enumerate(played.ledger):
        assert heard.frames(number) == kept.frames
        told = kept.entry.outcome
        assert heard.failure(number) == (told if isinstance(told, AskFailed) else None)
        if isinstance(told, Answer) and isinstance(told.value, Presence):
            assert heard.probabilities[number] == told.value.probability
    if isinstance(recipe, Tagging):
        assert set(heard.tags) == set(range(len(TAGS)))
        assert not heard.answers(2)
        assert heard.answers(4)


@ALL
def test_a_ledger_of_something_else_is_refused(recipe: Recipe) -> None:
    kept = Played(RECIPES["plain"], LONG).ledger[0]
    strange = replace(kept, entry=replace(kept.entry, ask=10**12))
    with pytest.raises(DoesNotFit):
        Replay(recipe, LONG).feed([strange])


# ---------------------------------------------------------------------------------- what is stored


def stored(recipe: Recipe, footage: Footage, **more: object) -> Begun:
    parameters = {**recipe.parameters, "sampling": "Every(2)", "alike_within": 6.0, **more}
    parameters = json.loads(json.dumps(parameters))
    digest = request_digest(recipe, footage, parameters=parameters, models=["m"])
    return Begun(parameters, digest, ("m",), footage.sample, footage.hints)


@ALL
def test_a_recipe_is_built_again_from_its_parameters(recipe: Recipe) -> None:
    begun = stored(recipe, SHORT)
    again = recipe_of(recipe.name, begun)
    assert again == recipe
    assert footage_of(recipe, begun, SHORT.media, SHORT.frames) == SHORT


def test_what_does_not_fit_is_not_read_again() -> None:
    recipe = RECIPES["plain"]
    begun = stored(recipe, SHORT)
    assert recipe_of("juggling", begun) is None
    assert recipe_of("tagging", stored(recipe, SHORT, colour="red")) is None
    assert recipe_of("tagging", replace(begun, parameters={"tags": "car"})) is None
    bad = {**begun.parameters, "tags": [{"name": "", "wording": ""}]}
    assert recipe_of("tagging", replace(begun, parameters=bad)) is None
    none = replace(begun, sample=())
    assert footage_of(recipe, none, SHORT.media, SHORT.frames) is None
    other = replace(begun, request="another version's")
    assert footage_of(recipe, other, SHORT.media, SHORT.frames) is None


# --------------------------------------------------------------------------------------- coverage


@ALL
def test_a_run_that_is_over_speaks_for_all_of_the_media(recipe: Recipe) -> None:
    played = Played(recipe, SHORT)
    heard = reread(recipe, SHORT, played.ledger).heard
    found = covered(recipe, SHORT.sample, heard, SHORT.frames)
    stretches = sorted((*found.asked, *found.shared, *found.unknown))
    assert all(a[1] <= b[0] for a, b in pairwise(stretches))
    if not getattr(recipe, "alone", False):
        told = sum(end - start for start, end in stretches)
        assert told == SHORT.frames.end - SHORT.frames.pts[0]


def test_what_was_not_reached_is_in_no_stretch() -> None:
    recipe = RECIPES["describing"]
    played = Played(recipe, LONG, most=30)
    replay = reread(recipe, LONG, played.ledger)
    found = covered(recipe, LONG.sample, replay.heard, LONG.frames)
    told = sum(end - start for start, end in (*found.asked, *found.unknown))
    assert 0 < told <= 31 * LONG.media.clock.ticks(1)
    assert covered(recipe, LONG.sample, reread(recipe, LONG, []).heard, LONG.frames).asked == ()


def test_shared_answers_and_failures_lie_apart() -> None:
    recipe, footage = Describing(), make_footage(8, 10, 2.0)
    ledger = list(Played(recipe, footage).ledger)
    ledger.sort(key=lambda kept: kept.entry.ask)
    fine = Answer(Text("a"), "m", "e", Method.SCHEMA, 1, "call")
    failed = AskFailed(UnknownReason.FAILED, "gone")
    ledger = [
        replace(kept, fact=n and 7, entry=replace(kept.entry, outcome=told, shared=n == 2))
        for n, (kept, told) in enumerate(zip(ledger, (failed, fine, fine, fine), strict=True))
    ]
    found = covered(recipe, footage.sample, reread(recipe, footage, ledger).heard, footage.frames)
    s0, s1, s2, s3 = footage.sample
    assert found.unknown == ((s0, s1),)
    assert found.shared == ((s2, s3),)
    assert found.asked == ((s1, s2), (s3, footage.frames.end))


def test_of_very_many_stretches_some_are_told_as_one() -> None:
    recipe, footage = Describing(alone=True), make_footage(600, 10, 0.2)
    heard, frame = Heard(()), footage.frames.pts[1]
    fine = Answer(Text("a"), "m", "e", Method.SCHEMA, 1, "call")
    for n, pts in enumerate(footage.sample):
        heard.add(Asked((pts,), -1, 0), Kept(LedgerEntry(n + 1, AskId(n), fine), 1, (pts,), 1))
    assert len(footage.sample) == 3000 > MOST
    found = covered(recipe, footage.sample, heard, footage.frames).asked
    assert len(found) == MOST
    assert (found[0][0], found[-1][1]) == (0, footage.frames.after(footage.sample[-1]))
    assert max(end - start for start, end in found) <= 5 * frame, "here and there, not in one place"
