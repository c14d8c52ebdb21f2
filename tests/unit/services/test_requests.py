"""From what a person asks for to recipes and frames."""

from __future__ import annotations

from fractions import Fraction

import pytest

from sightline.errors import InputError
from sightline.media.sampling import AllFrames, At, Even, Every, Keyframes
from sightline.recipes.answering import Answering
from sightline.recipes.describing import Describing
from sightline.recipes.tagging import Tagging
from sightline.recipes.tags import Tag
from sightline.services.requests import AnalysisRequest, policy_of
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
        (Tagging(CAR, transform), Every(Fraction(1, 10))),
        (Describing(transform), Every(Fraction(1, 10))),
        (Answering("Why?", transform), Even(8)),
    ]


@pytest.mark.parametrize("policy", [Even(3), Keyframes(), AllFrames(), Every(Fraction(1))])
def test_a_policy_holds_for_all(settings: Settings, policy: Even | Keyframes | AllFrames | Every):
    request = AnalysisRequest(tags=CAR, describe=True, ask="Why?", policy=policy)
    assert [chosen for _, chosen in request.recipes(settings)] == [policy] * 3


def test_moments_by_hand_speak_for_themselves(settings: Settings):
    request = AnalysisRequest(tags=CAR, describe=True, ask="Why?", policy=At((Fraction(3),)))
    tagging, describing, answering = (recipe for recipe, _ in request.recipes(settings))
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
    assert [recipe for recipe, _ in request.recipes(settings)] == [
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
        ({"at": ["1", "x"]}, "'x' is not a time"),
    ],
)
def test_a_policy_that_cannot_be_meant(given: dict[str, object], words: str):
    with pytest.raises(InputError, match=words):
        policy_of(**given)  # pyright: ignore[reportArgumentType]
