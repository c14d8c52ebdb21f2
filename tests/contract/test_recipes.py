"""What every recipe promises, whatever the order in which answers arrive."""

import random
from collections.abc import Callable

import pytest

from sightline.ports import Recipe, StopAsking
from sightline.recipes.answering import Answering
from sightline.recipes.describing import Describing
from sightline.recipes.tagging import Tagging
from sightline.recipes.tags import Tag
from sightline.testing.fakes import make_footage
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    AskId,
    Finding,
    Footage,
    Method,
    Presence,
    Text,
    Track,
    UnknownReason,
)

TAGS = tuple(map(Tag.named, ("car", "person", "ghost")))
RECIPES: list[Recipe] = [
    Tagging(TAGS),
    Tagging(TAGS, alone=True),
    Tagging(TAGS, precision_s=0.0),
    Tagging(TAGS, precision_s=0.5, doubt=True),
    Tagging(TAGS, repeats=3),
    Describing(),
    Describing(alone=True),
    Answering("What happens?"),
]
# More asks than a recipe keeps open at once, so that topping up is exercised.
FOOTAGE = make_footage(500, 10, 1.0)


def named(recipe: Recipe) -> str:
    chosen = {name: value for name, value in recipe.parameters.items() if name != "tags"}
    return (
        f"{recipe.name}-{chosen.get('alone')}-{chosen.get('precision_s')}-{chosen.get('repeats')}"
    )


Answerer = Callable[[Ask], Answer | AskFailed]


def answer(ask: Ask) -> Answer | AskFailed:
    """The same outcome for the same question about the same frames; one in seven fails."""
    seed = random.Random(f"{ask.frames}{ask.question.digest}")
    if dict(ask.question.parameters).get("tag") == "ghost":
        return AskFailed(UnknownReason.UNSUPPORTED, "cannot tell 'ghost'")
    if seed.random() < 1 / 7:
        return AskFailed(UnknownReason.FAILED, "desk refused the connection")
    value = Presence(seed.random()) if ask.question.expects == "presence" else Text(f"at {ask.id}")
    return Answer(value, "m", "e", Method.SCHEMA, 1, "call")


def drive(
    recipe: Recipe, footage: Footage, order: random.Random, answerer: Answerer = answer
) -> tuple[dict[object, Finding], list[AskId]]:
    """Play the engine: every open ask is answered once, in an order of chance."""
    run = recipe.start(footage)
    emit = next(run)
    waiting = list(emit.asks)
    asked = [ask.id for ask in waiting]
    findings: dict[object, Finding] = {f.key: f for f in emit.findings}
    while waiting:
        ask = waiting.pop(order.randrange(len(waiting)))
        emit = run.send((ask.id, answerer(ask)))
        waiting += emit.asks
        asked += [new.id for new in emit.asks]
        findings |= {f.key: f for f in emit.findings}
    run.close()
    return findings, asked


@pytest.mark.parametrize("recipe", RECIPES, ids=named)
def test_findings_do_not_depend_on_the_order_of_arrival(recipe: Recipe):
    outcomes = [drive(recipe, FOOTAGE, random.Random(seed))[0] for seed in range(4)]
    assert outcomes[0]
    assert all(other == outcomes[0] for other in outcomes)


@pytest.mark.parametrize("recipe", RECIPES, ids=named)
def test_fed_the_same_it_emits_the_same(recipe: Recipe):
    assert drive(recipe, FOOTAGE, random.Random(1)) == drive(recipe, FOOTAGE, random.Random(1))


@pytest.mark.parametrize("recipe", RECIPES, ids=named)
def test_no_ask_is_emitted_twice(recipe: Recipe):
    _, asked = drive(recipe, FOOTAGE, random.Random(2))
    assert len(asked) == len(set(asked))
    assert asked
    if recipe.parameters.get("precision_s") is None:
        assert len(asked) <= recipe.planned(FOOTAGE)


@pytest.mark.parametrize("recipe", RECIPES, ids=named)
def test_with_nothing_answered_nothing_is_found_and_all_of_it_is_unknown(recipe: Recipe):
    failed = AskFailed(UnknownReason.FAILED, "desk refused the connection")
    findings, _ = drive(recipe, FOOTAGE, random.Random(3), lambda _: failed)
    assert findings
    for finding in findings.values():
        assert finding.unknown
        assert not getattr(finding, "spans", ())
        assert getattr(finding, "text", None) is None


@pytest.mark.parametrize("recipe", RECIPES, ids=named)
@pytest.mark.parametrize("after", [0, 1, 40])
def test_stopped_at_any_time_it_tells_what_it_has_and_calls_the_rest_unasked(
    recipe: Recipe, after: int
):
    run = recipe.start(FOOTAGE)
    emit = next(run)
    waiting = list(emit.asks)
    findings: dict[object, Finding] = {}
    for _ in range(min(after, len(waiting) - 1)):
        emit = run.send(((ask := waiting.pop(0)).id, answer(ask)))
        findings |= {f.key: f for f in emit.findings}
    last = run.throw(StopAsking())
    run.close()
    assert last.asks == ()
    findings |= {f.key: f for f in last.findings}
    unknown = [
        stretch
        for f in findings.values()
        for stretch in (f.unknown if isinstance(f, Track) else (f.unknown,))
        if stretch
    ]
    assert any(stretch.reason is UnknownReason.UNASKED for stretch in unknown)
    covered = sum(s.end - s.start for s in unknown if s.reason is UnknownReason.UNASKED)
    assert covered > 0
    if not recipe.parameters.get("alone"):
        assert after or covered >= FOOTAGE.frames.end - FOOTAGE.frames.pts[0]
        assert len(findings) < 100


def test_an_unsupported_tag_is_not_asked_on_and_unknown_as_a_whole():
    # Answered in the order asked, the refusal comes long before the later asks are drawn.
    run = Tagging(TAGS).start(FOOTAGE)
    waiting = list(next(run).asks)
    asked = len(waiting)
    tracks: dict[object, Finding] = {}
    while waiting:
        ask = waiting.pop(0)
        emit = run.send((ask.id, answer(ask)))
        waiting += emit.asks
        asked += len(emit.asks)
        tracks |= {f.key: f for f in emit.findings}
    assert asked < len(FOOTAGE.sample) * len(TAGS)
    ghost = tracks["track", "ghost"]
    assert isinstance(ghost, Track)
    (stretch,) = ghost.unknown
    assert (stretch.start, stretch.end) == (FOOTAGE.frames.pts[0], FOOTAGE.frames.end)
    assert stretch.reason is UnknownReason.UNSUPPORTED
