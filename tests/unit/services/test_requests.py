"""From what a person asks for to recipes and frames."""

from __future__ import annotations

import inspect
from fractions import Fraction
from itertools import pairwise

import pytest

from sightline.cli.analyze import analyze
from sightline.errors import InputError
from sightline.media.sampling import AllFrames, At, Even, Every, Keyframes
from sightline.recipes.answering import Answering
from sightline.recipes.describing import Describing
from sightline.recipes.tagging import Tagging
from sightline.recipes.tags import Tag
from sightline.services.runs.requests import (
    MOST_FRAMES_FOR_A_QUESTION,
    AnalysisRequest,
    policy_of,
    thinned,
)
from sightline.settings import Settings
from sightline.values import PictureTransform

CAR = (Tag.named("car"),)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    return Settings.model_construct(every_s=0.1, longest_side=640)


def test_without_a_policy_frames_come_every_so_often_and_a_question_gets_a_few(settings: Settings):
    request = AnalysisRequest(tags=CAR, describe=True, ask="Why?")
    transform = PictureTransform(640)
    assert list(request.recipes(settings)) == [
        (Tagging(CAR, transform), Every(Fraction(1, 10)), None),
        (Describing(transform), Every(Fraction(1, 10)), None),
        (Answering("Why?", transform), Even(8), MOST_FRAMES_FOR_A_QUESTION),
    ]


@pytest.mark.parametrize("policy", [Even(3), Keyframes(), AllFrames(), Every(Fraction(1))])
def test_a_policy_holds_for_all(settings: Settings, policy: Even | Keyframes | AllFrames | Every):
    request = AnalysisRequest(tags=CAR, describe=True, ask="Why?", policy=policy)
    assert [chosen for _, chosen, _ in request.recipes(settings)] == [policy] * 3


def test_moments_by_hand_speak_for_themselves(settings: Settings):
    request = AnalysisRequest(tags=CAR, describe=True, ask="Why?", policy=At((Fraction(3),)))
    tagging, describing, answering = (recipe for recipe, *_ in request.recipes(settings))
    assert isinstance(tagging, Tagging)
    assert isinstance(describing, Describing)
    assert tagging.alone
    assert describing.alone
    assert isinstance(answering, Answering)


def test_limits_reach_the_recipes(settings: Settings):
    request = AnalysisRequest(
        describe=True, ask="Why?", longest_side=336, max_tokens=100, min_tokens=50
    )
    transform = PictureTransform(336)
    assert [recipe for recipe, *_ in request.recipes(settings)] == [
        Describing(transform, max_tokens=100),
        Answering("Why?", transform, max_tokens=100, min_tokens=50),
    ]


def test_nothing_asked_is_nothing_done(settings: Settings):
    assert list(AnalysisRequest().recipes(settings)) == []


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_empty_words_are_refused(text: str):
    with pytest.raises(InputError, match="the question is empty"):
        AnalysisRequest(ask=text)
    with pytest.raises(InputError, match="a tag is empty"):
        AnalysisRequest(tags=(Tag("car", text),))
    with pytest.raises(InputError, match="a tag is empty"):
        AnalysisRequest(tags=(Tag.named(text),))


def test_words_that_no_request_can_carry_are_refused():
    with pytest.raises(InputError, match=r"the question is not UTF-8 text: 'caf\\udce9'"):
        AnalysisRequest(ask="caf\udce9")
    with pytest.raises(InputError, match="a tag is not UTF-8 text"):
        AnalysisRequest(tags=(Tag.named("\ud83d"),))


@pytest.mark.parametrize(
    ("given", "policy"),
    [
        ({}, None),
        ({"every": "2s"}, Every(Fraction(2))),
        ({"every": 0.1}, Every(Fraction(1, 10))),
        ({"frames": 5}, Even(5)),
        ({"keyframes": True}, Keyframes()),
        ({"all_frames": True}, AllFrames()),
        ({"at": ["1:30", 2.5]}, At((Fraction(90), Fraction(5, 2)))),
        ({"at": "12"}, At((Fraction(12),))),
        ({"at": " 1:30, ,2.5"}, At((Fraction(90), Fraction(5, 2)))),
        ({"at": 2.5}, At((Fraction(5, 2),))),
    ],
)
def test_one_argument_makes_the_policy(given: dict[str, object], policy: object):
    assert policy_of(**given) == policy  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"every": "2s", "frames": 5}, "give one of them"),
        ({"keyframes": True, "at": [1]}, "give one of them"),
        ({"every": 0}, "more than 0 seconds"),
        ({"every": "soon"}, "'soon' is not a time"),
        ({"every": -1}, "'-1' is not a time"),
        ({"every": float("nan")}, "'nan' is not a time"),
        ({"frames": 0}, "ask for 1 or more"),
        ({"at": []}, "no moment was named"),
        ({"at": " , "}, "no moment was named"),
        ({"at": ["1", "x"]}, "'x' is not a time"),
    ],
)
def test_a_policy_that_cannot_be_meant(given: dict[str, object], words: str):
    with pytest.raises(InputError, match=words):
        policy_of(**given)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"longest_side": 0}, "longest_side must be 32 to 8192 pixels, not 0"),
        ({"longest_side": -5}, "longest_side"),
        ({"longest_side": 8193}, "longest_side"),
        ({"max_tokens": 0}, "max_tokens must be 1 or more"),
        ({"min_tokens": -1}, "min_tokens must be 0 or more"),
    ],
)
def test_numbers_that_cannot_be_meant(given: dict[str, int], words: str):
    with pytest.raises(InputError, match=words):
        AnalysisRequest(describe=True, **given)  # pyright: ignore[reportArgumentType]


def test_a_question_is_put_with_a_bounded_number_of_frames():
    frames = range(0, 36_000, 10)
    few = thinned(frames, MOST_FRAMES_FOR_A_QUESTION)
    assert (len(few), few[0], few[-1]) == (64, 0, 35_990)
    assert {later - earlier for earlier, later in pairwise(few)} <= {570, 580}
    assert thinned(frames[:64], 64) == frames[:64]
    assert thinned(frames, None) == frames
    assert list(thinned(range(65), 64)) == [*range(63), 64]


def test_the_option_tells_the_bound():
    documented = inspect.getsource(analyze)
    assert f"put with {MOST_FRAMES_FOR_A_QUESTION} of the frames at most" in documented
