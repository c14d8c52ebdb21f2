"""Work counted before it is done, and divided among those who would do it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from sightline.media.sampling import AllFrames, Even, Every, Keyframes, Scenes
from sightline.recipes.answering import Answering
from sightline.recipes.describing import Describing
from sightline.recipes.tagging import Tagging
from sightline.recipes.tags import Tag
from sightline.services.planning.abilities import Part, parts_of, untold
from sightline.services.planning.loads import (
    Load,
    Looks,
    ask,
    frames_of,
    guessed,
    limit,
    questions_of,
)
from sightline.services.planning.rates import EdgesBy, Rates
from sightline.services.planning.speeds import Speed, divided
from sightline.store.estimates import Changes
from sightline.testing.fakes import make_footage
from sightline.values import Price, Question, Sharing

FOOTAGE = make_footage(60, 10)
MEDIA = FOOTAGE.media
NOT_AUDITED = Sharing(audit=0.0)
ALL_AUDITED = Sharing(audit=1.0)
FREE = Price()


def tagging(*names: str, repeats: int = 1, precision_s: float | None = None) -> Tagging:
    tags = tuple(Tag(name, name) for name in names)
    return Tagging(tags, repeats=repeats, precision_s=precision_s)


def speed(
    name: str = "desk",
    *,
    batch: tuple[int, int] = (8, 1),
    calls_per_s: float | None = None,
    price: Price = FREE,
    tokens: tuple[float, float] | None = None,
) -> Speed:
    call_s = 1 / calls_per_s if calls_per_s else None
    return Speed(name, "m", batch, calls_per_s, call_s, price, tokens)


def load(*, single: int = 0, together: dict[int, int] | None = None) -> Load:
    packed = Counter(together or {})
    asks = single + sum(asks * number for asks, number in packed.items())
    return Load(asks=asks, single=single, together=packed)


@pytest.mark.parametrize(
    ("batch", "calls"),
    [((8, 1), 10 + 20 + 5), ((1, 1), 10 * 3 + 10 * 11 + 5), ((11, 4), 3 + 3 + 5)],
)
def test_questions_travel_together_as_far_as_an_endpoint_takes_them(
    batch: tuple[int, int], calls: int
) -> None:
    some = load(single=5, together={3: 10, 11: 10})
    assert some.calls(batch) == calls
    some.most = 7
    assert some.calls(batch) == 7


def test_what_is_known_is_not_asked() -> None:
    recipe = tagging("car", "dog")
    car, _ = questions_of(recipe)
    chosen = FOOTAGE.sample[:4]
    counted = Load(frames=4)
    known = {(car.digest, 0): {str(chosen[0]), str(chosen[2]), "no frame of these"}}
    ask(counted, recipe, chosen, known, Looks({}, None))
    assert (counted.asks, counted.known, counted.alike) == (8, 2, 0)
    assert counted.together == {2: 2, 1: 2}


def test_repeats_are_asked_and_known_one_by_one() -> None:
    recipe = tagging("car", repeats=3)
    (car,) = questions_of(recipe)
    chosen = FOOTAGE.sample[:2]
    counted = Load(frames=2)
    ask(counted, recipe, chosen, {(car.digest, 1): {str(chosen[0])}}, Looks({}, None))
    assert (counted.asks, counted.known) == (6, 1)
    assert counted.together == {1: 5}


def test_frames_that_look_alike_share_an_answer() -> None:
    a, b, c, d, e = FOOTAGE.sample[:5]
    groups = {a: a, b: a, c: a, d: d}  # nobody has looked at the last
    recipe = tagging("car")
    (car,) = questions_of(recipe)
    counted = Load()
    ask(counted, recipe, [a, b, c, d, e], {}, Looks(groups, NOT_AUDITED))
    assert (counted.alike, counted.together) == (2, {1: 3})
    counted = Load()
    ask(counted, recipe, [b, c, d], {(car.digest, 0): {str(a)}}, Looks(groups, NOT_AUDITED))
    assert (counted.known, counted.alike, counted.together) == (0, 2, {1: 1})
    counted = Load()
    ask(counted, recipe, [a, b, c], {}, Looks(groups, ALL_AUDITED))
    assert (counted.alike, counted.together) == (0, {1: 3})
    counted = Load()  # words cannot be compared
    ask(counted, Describing(), [a, b, c], {}, Looks(groups, ALL_AUDITED))
    assert (counted.alike, counted.single) == (2, 1)


def test_from_afar_length_tells() -> None:
    assert frames_of(Every(Fraction(2)), MEDIA) == 30
    assert frames_of(Even(8), MEDIA) == 8
    assert frames_of(Even(10**6), MEDIA) == frames_of(AllFrames(), MEDIA) == 600
    assert 1 <= frames_of(Keyframes(), MEDIA) == frames_of(Scenes(), MEDIA) <= 600
    car, dog = questions_of(tagging("car", "dog"))
    counted = guessed(tagging("car", "dog"), 30, MEDIA, counts={car.digest: 100, dog.digest: 10})
    assert (counted.asks, counted.known, counted.together) == (60, 40, {1: 20})
    assert guessed(Answering("What?"), 8, MEDIA).calls((8, 1)) == 1
    assert guessed(Describing(), 30, MEDIA, shared=0.5).single == 15


def test_edges_are_a_guess_on_top() -> None:
    coarse = guessed(tagging("car"), 30, MEDIA)
    fine = guessed(tagging("car", precision_s=0.0), 30, MEDIA)
    assert coarse.calls((8, 1)) == 30
    assert fine.calls((8, 1)) > 30
    assert guessed(tagging("car", precision_s=10.0), 30, MEDIA).asks == 30


def test_each_endpoint_has_as_much_as_it_does_in_the_time() -> None:
    loads = [load(together={8: 90})]
    calls, seconds, cost, shares = divided(
        loads, [speed("quick", calls_per_s=2.0), speed("slow", calls_per_s=1.0)]
    )
    assert (calls, cost) == (90, 0.0)
    assert seconds == pytest.approx(30)
    assert [(one.name, one.calls, one.per_s) for one in shares] == [
        ("quick", 60, 16.0),
        ("slow", 30, 8.0),
    ]


def test_one_that_packs_better_needs_fewer_calls() -> None:
    loads = [load(together={8: 80})]
    both = [speed("packs", batch=(8, 4), calls_per_s=1.0), speed("one", calls_per_s=1.0)]
    calls, seconds, _, shares = divided(loads, both)
    assert seconds == pytest.approx(1 / (1 / 20 + 1 / 80))
    assert [one.calls for one in shares] == [16, 16]
    assert calls == 32


def test_what_nobody_has_measured_is_null() -> None:
    loads = [load(single=10)]
    calls, seconds, cost, shares = divided(loads, [speed()])
    assert (calls, seconds, cost, shares[0].per_s) == (10, None, 0.0, None)
    dear = Price(100.0, 200.0)
    assert divided(loads, [speed(price=dear)])[2] is None
    told = divided(loads, [speed(price=dear, tokens=(1000.0, 100.0))])
    assert told[2] == pytest.approx(10 * (1000 * 100 + 100 * 200) / 1e6)
    assert divided(loads, []) == (10, None, None, ())
    assert divided([], [speed(calls_per_s=1.0)])[:3] == (0, 0.0, 0.0)


def test_the_budget_is_of_each_run() -> None:
    loads = [load(single=10), load(single=3)]
    for one in loads:
        limit([one], 5)
    assert divided(loads, [speed(calls_per_s=1.0)])[0] == 8
    limit(loads, 5)  # both are parts of one run
    assert [one.most for one in loads] == [4, 1]
    limit(loads, 0)
    assert divided(loads, [speed(calls_per_s=1.0)])[:3] == (0, 0.0, 0.0)


def measures(question: Question) -> bool:
    return question["tag"] in {"red", "dark"}


def test_what_few_can_answer_they_do_first() -> None:
    """Both can tell the half of it, and one alone the rest: it leaves that half to the other."""
    model, pixels = speed("model", calls_per_s=1.0), speed("pixels", calls_per_s=1.0)
    both, alone = load(together={1: 30}), load(together={1: 30})
    alone.by, both.by = frozenset({"model"}), frozenset({"model", "pixels"})
    calls, seconds, _, shares = divided([both, alone], [model, pixels])
    assert (calls, seconds) == (60, pytest.approx(30))
    assert [(one.name, one.calls) for one in shares] == [("model", 30), ("pixels", 30)]
    alone.together = Counter({1: 10})
    calls, seconds, _, shares = divided([both, alone], [model, pixels])
    assert (calls, seconds) == (40, pytest.approx(20))
    assert [one.calls for one in shares] == [20, 20]


def test_a_recipe_is_split_by_who_can_answer() -> None:
    pixels = replace(speed("pixels"), can_tell=measures)
    later = replace(speed("later"), tier=1)
    recipe = tagging("car", "red", "dog")
    told = [([tag.name for tag in part.recipe.tags], part.by) for part in split(recipe, pixels)]
    assert told == [(["red"], {"pixels"})]
    assert split(recipe, pixels, later) == [
        Part(tagging("car", "dog"), frozenset({"later"})),
        Part(tagging("red"), frozenset({"pixels"})),
    ]
    assert untold([recipe], [pixels])[0] == ("car", "dog")
    assert "pixels cannot tell car, dog, so that stays unknown" in untold([recipe], [pixels])[1]
    assert untold([recipe], [pixels, later]) == untold([recipe], []) == ((), "")


def split(recipe: Tagging, *speeds: Speed) -> list[Any]:
    return parts_of(recipe, speeds)


@pytest.mark.parametrize(
    ("known", "car", "by"),
    [
        ({}, 1.0, EdgesBy.GUESS),
        ({"car": Changes(9, 0.4)}, 1.0, EdgesBy.GUESS),
        ({"dog": Changes(30, 10.0)}, 3.0, EdgesBy.LIBRARY),
        ({"dog": Changes(30, 10.0), "car": Changes(1, 2.0)}, 0.5, EdgesBy.TAGS),
    ],
)
def test_edges_are_as_often_as_in_past_runs(
    known: dict[str, Changes], car: float, by: EdgesBy
) -> None:
    rates = Rates(known)
    assert (rates.a_minute("car"), rates.by(["car"])) == (car, by)
    assert rates.by(["car", "bird"]) is (EdgesBy.LIBRARY if "dog" in known else EdgesBy.GUESS)
    fine = tagging("car", precision_s=0.0)
    guess = guessed(fine, 30, MEDIA).edges
    assert guessed(fine, 30, MEDIA, rates=rates).edges == guess * math.ceil(car)
