"""The openai adapter where more is known of the server: batches, log-probabilities, repeats."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from scripted import Heard, Say, Script, ScriptedServer, completion, failure, serving

from sightline.endpoints.openai import OpenAIConfig, OpenAIEndpoint, kind
from sightline.errors import BadReply, SettingsError
from sightline.ports import Given, Reply, Shown
from sightline.prompts import templates
from sightline.settings import EndpointSettings
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    AskId,
    Method,
    Picture,
    Presence,
    Profile,
    Question,
    Role,
    Text,
)

SHOWN = tuple(Shown(Picture(pts, b"\xff\xd8%d" % pts, 4, 4), pts / 90) for pts in (0, 90, 180))
CAR, DOG = templates.presence("car"), templates.presence("dog")
YES = json.dumps({"car": 0.9, "dog": 0.0})
WORDS = '{"car": "yes", "dog": "no"}'
PROFILE = Profile(
    "m", datetime.now(UTC), canaries_right=4, canaries_asked=4, schema="honoured", logprobs=True
)


def about(*frames: int, questions: Sequence[Question] = (CAR, DOG), sample: int = 0) -> list[Ask]:
    """The questions about each of the frames by itself."""
    pairs = [(pts, question) for pts in frames for question in questions]
    return [Ask(AskId(n), (pts,), q, sample=sample) for n, (pts, q) in enumerate(pairs)]


async def ask(
    script: Script | str,
    asks: Sequence[Ask],
    *,
    shown: Sequence[Shown] = SHOWN[:1],
    profile: Profile | None = None,
    times: int = 1,
) -> tuple[list[Reply], ScriptedServer]:
    said = script
    async with serving(said if callable(said) else lambda _: completion(said)) as server:
        endpoint = OpenAIEndpoint(OpenAIConfig("desk", server.url, profile=profile), model="m")
        try:
            return [await endpoint.answer(shown, asks) for _ in range(times)], server
        finally:
            await endpoint.aclose()


def values(reply: Reply) -> list[float | None]:
    return [
        round(outcome.value.probability, 6)
        if isinstance(outcome, Answer) and isinstance(outcome.value, Presence)
        else None
        for outcome in reply.outcomes
    ]


def methods(reply: Reply) -> list[Method]:
    return [outcome.method for outcome in reply.outcomes if isinstance(outcome, Answer)]


# --------------------------------------------------------------------------------------- batches


async def test_pictures_with_questions_of_their_own_are_numbered_and_answered_one_by_one() -> None:
    said = json.dumps({"1": {"car": 0.9, "dog": 0.1}, "2": {"car": 0.2}})
    (reply,), server = await ask(said, about(0, 90), shown=SHOWN[:2])
    sent = server.heard[0].json
    parts = sent["messages"][0]["content"]
    assert [part.get("text") for part in parts[::2]][:2] == [
        "Picture 1, frame at 0:00.0:",
        "Picture 2, frame at 0:01.0:",
    ]
    prompt = templates.compose([CAR, DOG, CAR, DOG], pictures=[1, 1, 2, 2])
    assert parts[-1]["text"] == prompt.text
    assert sent["max_tokens"] == prompt.max_tokens
    assert sent["response_format"]["json_schema"]["schema"] == prompt.schema
    assert values(reply) == [0.9, 0.1, 0.2, None]
    last = reply.outcomes[-1]
    assert isinstance(last, AskFailed)
    assert "'dog'" in last.detail


async def test_a_batch_that_was_cut_off_answers_what_stands_whole() -> None:
    def script(heard: Heard) -> Say:
        said = '{"1": {"car": 0.9, "dog": 0.1}, "2": {"ca'
        return completion(said, finish_reason="length")

    (reply,), _ = await ask(script, about(0, 90), shown=SHOWN[:2])
    assert values(reply) == [0.9, 0.1, None, None]
    assert set(methods(reply)) == {Method.PARSED}


async def test_one_picture_is_asked_about_as_ever_though_others_could_be_with_it() -> None:
    _, alone = await ask(YES, about(0))
    assert alone.heard[0].json["messages"][0]["content"][0]["text"] == "Frame at 0:00.0:"


async def test_a_question_about_text_alone_is_sent_as_text_alone() -> None:
    question = Ask(AskId(0), (), templates.answer("Why?"))
    (reply,), server = await ask("Because.", [question], shown=())
    assert server.heard[0].json["messages"] == [{"role": "user", "content": "Why?"}]
    (outcome,) = reply.outcomes
    assert isinstance(outcome, Answer)
    assert outcome.value == Text("Because.")


@pytest.mark.parametrize(
    "asks",
    [about(0, 7), [*about(0), *about(90, sample=1)], [Ask(AskId(0), (0, 180), CAR)]],
)
async def test_asks_that_cannot_travel_together_are_a_fault_of_the_caller(
    asks: Sequence[Ask],
) -> None:
    with pytest.raises(ValueError, match="asks"):
        await ask(YES, asks, shown=SHOWN)


# ------------------------------------------------------------------------------ log-probabilities


def place(text: str, **likeliest: float) -> dict[str, Any]:
    rivals = likeliest or {text: 1.0}
    listed = [{"token": t, "logprob": math.log(p), "bytes": list(t.encode())}
              for t, p in rivals.items()]  # fmt: skip
    return {
        "token": text,
        "logprob": math.log(rivals[text]),
        "bytes": list(text.encode()),
        "top_logprobs": listed,
    }


PLACES = [
    place('{"car": "'), place("yes", yes=0.6, no=0.2), place('", "dog": "'),
    place("no", yes=0.1, no=0.9), place('"}'),
]  # fmt: skip


def with_logprobs(places: object) -> Script:
    return lambda _: completion(WORDS, logprobs={"content": places})


async def test_where_they_are_offered_the_probabilities_of_yes_and_no_are_the_answers() -> None:
    (reply,), server = await ask(with_logprobs(PLACES), about(0), profile=PROFILE)
    sent = server.heard[0].json
    prompt = templates.compose([CAR, DOG], verdicts=True)
    assert sent["messages"][0]["content"][-1]["text"] == prompt.text
    assert sent["response_format"]["json_schema"]["schema"] == prompt.schema
    assert (sent["logprobs"], sent["top_logprobs"], sent["temperature"]) == (True, 5, 0)
    assert values(reply) == [0.75, 0.1]
    assert methods(reply) == [Method.LOGPROB] * 2
    assert reply.call.raw == WORDS


@pytest.mark.parametrize(
    "places",
    [
        None,
        [],
        "none",
        [None],
        [{"token": "x"}],
        [place(WORDS) | {"logprob": None}],
        [place(WORDS) | {"logprob": float("nan")}],
        [place(WORDS) | {"top_logprobs": None}],
        [place(WORDS) | {"bytes": [300, -1]}],
        [place("something else")],
    ],
)
async def test_where_they_turn_out_missing_the_word_is_the_answer(places: object) -> None:
    (reply,), _ = await ask(with_logprobs(places), about(0), profile=PROFILE)
    assert values(reply) == [1.0, 0.0]
    assert methods(reply) == [Method.SCHEMA] * 2


async def test_where_one_is_missing_only_that_value_is_the_word() -> None:
    nothing_else: dict[str, Any] = {"top_logprobs": []}
    forced = [*PLACES[:3], place("no", no=1e-9) | nothing_else, PLACES[4]]
    (reply,), _ = await ask(with_logprobs(forced), about(0), profile=PROFILE)
    assert values(reply) == [0.75, 0.0]
    assert methods(reply) == [Method.LOGPROB, Method.SCHEMA]


async def test_a_token_that_is_a_part_of_a_character_is_read_by_its_bytes() -> None:
    snow = "雪".encode()
    halves = [{"token": "\ufffd", "logprob": -0.1, "bytes": list(part), "top_logprobs": []}
              for part in (snow[:1], snow[1:])]  # fmt: skip
    places = [place('{"'), *halves, place('": "'), *PLACES[1:2], place('"}')]
    said = '{"雪": "yes"}'
    asks = about(0, questions=[templates.presence("雪")])
    (reply,), _ = await ask(
        lambda _: completion(said, logprobs={"content": places}), asks, profile=PROFILE
    )
    assert values(reply) == [0.75]


async def test_a_batch_has_a_probability_for_each_picture() -> None:
    places = [place('{"1": {"car": "'), *PLACES[1:2], place('"}, "2": {"car": "'), PLACES[3],
              place('"}}')]  # fmt: skip
    said = "".join(one["token"] for one in places)
    (reply,), _ = await ask(
        lambda _: completion(said, logprobs={"content": places}),
        about(0, 90, questions=[CAR]),
        shown=SHOWN[:2],
        profile=PROFILE,
    )
    assert values(reply) == [0.75, 0.1]


async def test_a_server_that_refuses_them_is_asked_for_levels_from_then_on() -> None:
    def script(heard: Heard) -> Say:
        if "logprobs" in heard.json:
            return failure(400, "This model does not support logprobs.", param="logprobs")
        return completion(YES)

    replies, server = await ask(script, about(0), profile=PROFILE, times=2)
    assert ["logprobs" in heard.json for heard in server.heard] == [True, False, False]
    assert "top_logprobs" not in server.heard[-1].json
    assert [values(reply) for reply in replies] == [[0.9, 0.0]] * 2


async def test_a_text_is_not_asked_for_with_them() -> None:
    describe = [Ask(AskId(0), (0,), templates.describe())]
    _, server = await ask("A car.", describe, profile=PROFILE)
    assert "logprobs" not in server.heard[0].json


# ----------------------------------------------------------------------- the form of the answers


async def test_without_schemas_a_json_object_is_asked_for_and_promises_nothing() -> None:
    profile = replace(PROFILE, logprobs=False, schema="ignored", json_object=True)
    (reply,), server = await ask(YES, about(0), profile=profile)
    assert server.heard[0].json["response_format"] == {"type": "json_object"}
    assert set(methods(reply)) == {Method.PARSED}


async def test_a_schema_that_is_ignored_is_not_sent() -> None:
    profile = replace(PROFILE, logprobs=False, schema="ignored")
    (reply,), server = await ask(YES, about(0), profile=profile)
    assert "response_format" not in server.heard[0].json
    assert set(methods(reply)) == {Method.PARSED}


async def test_a_json_object_that_turns_out_refused_is_left_out_from_then_on() -> None:
    def script(heard: Heard) -> Say:
        refused = "response_format" in heard.json
        return failure(400, "response_format: unknown") if refused else completion(YES)

    profile = replace(PROFILE, logprobs=False, schema="rejected", json_object=True)
    replies, server = await ask(script, about(0), profile=profile, times=2)
    assert ["response_format" in heard.json for heard in server.heard] == [True, False, False]
    assert [values(reply) for reply in replies] == [[0.9, 0.0]] * 2


# --------------------------------------------------------------------------------------- repeats


async def test_a_repeat_may_turn_out_otherwise_and_each_in_its_own_way() -> None:
    for sample, temperature, seed in ((0, 0, None), (1, 0.7, 1), (2, 0.7, 2)):
        _, server = await ask(YES, about(0, sample=sample))
        sent = server.heard[0].json
        assert (sent["temperature"], sent.get("seed")) == (temperature, seed)


async def test_a_repeat_says_a_level_as_its_words_probabilities_would_be_the_same_again() -> None:
    (reply,), server = await ask(YES, about(0, sample=1), profile=PROFILE)
    assert "logprobs" not in server.heard[0].json
    assert values(reply) == [0.9, 0.0]
    assert set(methods(reply)) == {Method.SCHEMA}


async def test_a_seed_that_is_refused_is_left_out_from_then_on() -> None:
    def script(heard: Heard) -> Say:
        return failure(422, "unknown field: seed") if "seed" in heard.json else completion(YES)

    _, server = await ask(script, about(0, sample=3), times=2)
    assert ["seed" in heard.json for heard in server.heard] == [True, False, False]
    assert server.heard[-1].json["temperature"] == 0.7


# ------------------------------------------------------------------------------------- the kind


async def test_slots_that_are_to_be_learned_have_connections_for_all_that_may_be_tried() -> None:
    settings = EndpointSettings(url="http://127.0.0.1:9", model="m", slots="learn")
    endpoint = await kind.connect(Given("desk", settings))
    await endpoint.aclose()
    assert endpoint.slots == 64


async def test_an_endpoint_without_a_url_is_a_settings_error() -> None:
    given = Given("desk", EndpointSettings(model="m"))
    with pytest.raises(SettingsError, match=r"endpoints\.desk\.url is missing"):
        await kind.connect(given)
    with pytest.raises(SettingsError, match=r"endpoints\.desk\.url is missing"):
        kind.url(given)


async def test_for_text_alone_a_model_that_cannot_see_will_do() -> None:
    cards = [{"id": "blind", "architecture": {"input_modalities": ["text"]}}]
    async with serving(lambda _: Say({"data": cards})) as server:
        settings = EndpointSettings(url=server.url, role=Role.LANGUAGE)
        endpoint = await kind.connect(Given("desk", settings))
        await endpoint.aclose()
    assert endpoint.model == "blind"


async def test_a_reply_without_any_verdict_is_a_bad_reply() -> None:
    with pytest.raises(BadReply, match="names none of the tags"):
        await ask('{"cat": "yes"}', about(0), profile=PROFILE)
