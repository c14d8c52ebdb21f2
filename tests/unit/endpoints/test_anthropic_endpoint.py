"""The anthropic adapter against a scripted server that speaks Anthropic's API."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr
from scripted import Heard, Say, Script, ScriptedServer, serving

from sightline.endpoints.anthropic import kind, server_of
from sightline.errors import BadReply, ModelMissing, RequestRejected
from sightline.ports import Given, Reply, Shown
from sightline.prompts import templates
from sightline.settings import EndpointSettings
from sightline.values import (
    Answer,
    Ask,
    AskId,
    Method,
    Picture,
    Presence,
    ServedModel,
    Text,
    Usage,
)

KEY = "sk-ant-secret-0123456789"
JPEG = b"\xff\xd8 not looked at \xff\xd9"
SHOWN = (Shown(Picture(0, JPEG, 4, 4), 0.0), Shown(Picture(90, JPEG + b"2", 4, 4), 61.5))
CAR = [Ask(AskId(0), (0, 90), templates.presence("car"))]
DESCRIBE = [Ask(AskId(0), (0, 90), templates.describe())]
YES = '{"car": 0.9}'


def message(*texts: str, **fields: object) -> Say:
    document = {
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
        "content": [{"type": "text", "text": text} for text in texts],
        "stop_reason": "end_turn",
        "stop_details": None,
        "usage": {"input_tokens": 7, "output_tokens": 3},
    }
    return Say(document | fields)


def failure(status: int, said: str) -> Say:
    error = {"type": "invalid_request_error", "message": said}
    return Say({"type": "error", "error": error}, status)


def given_at(server: ScriptedServer, **settings: Any) -> Given:
    fields: dict[str, Any] = {"model": "claude-x", "api_key": SecretStr(KEY)} | settings
    return Given("cloud", EndpointSettings(url=f"http://127.0.0.1:{server.port}", **fields))


async def ask(
    script: Script, asks: Sequence[Ask] = CAR, *, shown: Sequence[Shown] = SHOWN, times: int = 1
) -> tuple[list[Reply], list[Heard]]:
    async with serving(script) as server:
        endpoint = await kind.connect(given_at(server))
        try:
            return [await endpoint.answer(shown, asks) for _ in range(times)], server.heard
        finally:
            await endpoint.aclose()


async def test_pictures_come_first_each_behind_its_time_and_the_question_last() -> None:
    _, (heard,) = await ask(lambda _: message(YES))
    sent = heard.json
    prompt = templates.compose([CAR[0].question])
    assert (heard.method, heard.path) == ("POST", "/v1/messages")
    assert heard.headers["x-api-key"] == KEY
    assert heard.headers["anthropic-version"]
    assert "authorization" not in heard.headers
    parts = sent["messages"][0]["content"]
    assert [part["type"] for part in parts] == ["text", "image", "text", "image", "text"]
    assert [part.get("text") for part in parts[::2]] == [
        "Frame at 0:00.0:",
        "Frame at 1:01.5:",
        prompt.text,
    ]
    source = parts[3]["source"]
    assert base64.b64decode(source.pop("data")) == JPEG + b"2"
    assert source == {"type": "base64", "media_type": "image/jpeg"}
    assert sent["output_config"] == {"format": {"type": "json_schema", "schema": prompt.schema}}
    # Its API refuses a temperature, even the usual one.
    assert sent.keys() == {"model", "max_tokens", "messages", "output_config"}
    assert sent["max_tokens"] == prompt.max_tokens


async def test_a_reply_becomes_a_probability_with_what_the_call_took() -> None:
    usage = {
        "input_tokens": 7,
        "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": None,
        "output_tokens": 3,
    }
    (reply,), _ = await ask(lambda _: message(YES, usage=usage))
    (outcome,) = reply.outcomes
    assert isinstance(outcome, Answer)
    assert (outcome.value, outcome.method) == (Presence(0.9), Method.SCHEMA)
    assert (outcome.model, outcome.endpoint) == ("claude-x", "cloud")
    assert reply.call.usage == Usage(107, 3)
    assert reply.call.raw == YES


async def test_a_thought_before_the_answer_is_not_the_answer() -> None:
    blocks = [{"type": "thinking", "thinking": "no"}, {"type": "text", "text": "A car."}]
    (reply,), _ = await ask(lambda _: message(content=blocks), DESCRIBE)
    assert [o.value for o in reply.outcomes if isinstance(o, Answer)] == [Text("A car.")]


async def test_a_text_is_asked_for_without_a_schema_and_tells_when_it_was_cut() -> None:
    said = message("A ", "car", stop_reason="max_tokens")
    (reply,), (heard,) = await ask(lambda _: said, DESCRIBE)
    assert "output_config" not in heard.json
    (outcome,) = reply.outcomes
    assert isinstance(outcome, Answer)
    assert outcome.value == Text("A car", cut=True)
    assert outcome.method is Method.PARSED


async def test_a_batch_is_numbered_and_answered_one_by_one() -> None:
    asks = [replace(CAR[0], frames=(pts,)) for pts in (0, 90)]
    said = '{"1": {"car": 0.9}, "2": {"car": 0.1}}'
    (reply,), (heard,) = await ask(lambda _: message(said), asks)
    assert heard.json["messages"][0]["content"][2]["text"] == "Picture 2, frame at 1:01.5:"
    assert [o.value for o in reply.outcomes if isinstance(o, Answer)] == [
        Presence(0.9),
        Presence(0.1),
    ]


async def test_a_model_that_takes_no_schema_is_asked_without_one_from_then_on() -> None:
    def script(heard: Heard) -> Say:
        if "output_config" in heard.json:
            return failure(400, "output_config.format: not supported by this model")
        return message(YES)

    replies, heard = await ask(script, times=2)
    assert ["output_config" in one.json for one in heard] == [True, False, False]
    assert {o.method for r in replies for o in r.outcomes if isinstance(o, Answer)} == {
        Method.PARSED
    }


async def test_a_request_that_is_refused_for_another_reason_is_not_sent_again() -> None:
    async with serving(lambda _: failure(400, "Could not process image")) as server:
        endpoint = await kind.connect(given_at(server))
        with pytest.raises(RequestRejected, match=r"HTTP 400.*: Could not process image"):
            await endpoint.answer(SHOWN, CAR)
        await endpoint.aclose()
    assert len(server.heard) == 1


async def test_a_model_that_thinks_first_gets_room_from_then_on() -> None:
    def script(heard: Heard) -> Say:
        if heard.json["max_tokens"] < 2000:
            return message(stop_reason="max_tokens")
        return message(YES)

    replies, heard = await ask(script, times=2)
    limit = templates.compose([CAR[0].question]).max_tokens
    assert [one.json["max_tokens"] for one in heard] == [limit, limit + 2048, limit + 2048]
    assert all(isinstance(o, Answer) for reply in replies for o in reply.outcomes)


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"type": "refusal", "explanation": "Not this picture."}, "Not this picture."),
        (None, "it does not say why"),
    ],
)
async def test_a_refusal_is_told_in_its_words(details: object, words: str) -> None:
    said = message(stop_reason="refusal", stop_details=details)
    with pytest.raises(RequestRejected, match="claude-x refused to answer") as caught:
        await ask(lambda _: said)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (message(), "answered with nothing"),
        (message(stop_reason="max_tokens"), "spent all its tokens"),
        (message("I see a car."), "is not the JSON"),
        (Say({"type": "message"}), "did not answer with a message"),
        (Say({"content": "A car."}), "did not answer with a message"),
    ],
)
async def test_a_reply_without_an_answer_is_a_bad_reply(says: Say, words: str) -> None:
    with pytest.raises(BadReply, match=r"^cloud \(http://127.0.0.1") as caught:
        await ask(lambda _: says)
    assert words in str(caught.value)


# -------------------------------------------------------------------------- its models and its key


def card(name: str, **fields: object) -> dict[str, object]:
    return {"type": "model", "id": name, "display_name": name} | fields


def listing(cards: Sequence[object]) -> Script:
    return lambda _: Say({"data": list(cards), "has_more": False})


async def test_its_models_tell_sight_and_those_retired_are_left_out() -> None:
    cards = [
        card("claude-0", lifecycle="retired", capabilities={"image_input": {"supported": True}}),
        card("claude-blind", capabilities={"image_input": {"supported": False}}),
        card("claude-old", lifecycle="deprecated"),
        card("claude-x", lifecycle="active", capabilities={"image_input": {"supported": True}}),
    ]
    async with serving(listing(cards)) as server:
        models = await kind.models(given_at(server))
        endpoint = await kind.connect(given_at(server, model=None))
        await endpoint.aclose()
        server.script = listing(cards[:2])
        with pytest.raises(ModelMissing, match="none can see"):
            await kind.connect(given_at(server, model=None))
    assert list(models) == [
        ServedModel("claude-blind", vision=False),
        ServedModel("claude-old", vision=None),
        ServedModel("claude-x", vision=True),
    ]
    assert endpoint.model == "claude-x"
    assert server.heard[0].headers["x-api-key"] == KEY


@pytest.mark.parametrize(
    ("url", "root"),
    [
        (None, "https://api.anthropic.com"),
        ("https://api.anthropic.com/v1/messages", "https://api.anthropic.com"),
        ("http://gateway.lan/anthropic/v1", "http://gateway.lan/anthropic"),
    ],
)
def test_its_url_is_taken_in_any_usual_form(url: str | None, root: str) -> None:
    assert kind.url(Given("cloud", EndpointSettings(url=url))) == root


@pytest.mark.parametrize(
    ("url", "key", "sent"),
    [
        (None, None, "sk-env"),
        ("https://api.anthropic.com/v1", None, "sk-env"),
        (None, SecretStr(KEY), KEY),
        ("http://api.anthropic.com", None, None),
        ("https://gateway.lan", None, None),
        ("https://api.anthropic.com.gateway.lan", None, None),
    ],
)
def test_the_environments_key_is_for_its_own_address_only(
    url: str | None, key: SecretStr | None, sent: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-env")
    server = server_of(Given("cloud", EndpointSettings(url=url, api_key=key)))
    assert (server.api_key and server.api_key.get_secret_value()) == sent
