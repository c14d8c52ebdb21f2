"""The ollama adapter against a scripted server that speaks Ollama's API."""

from __future__ import annotations

import asyncio
import base64
import json
import math
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr
from scripted import Heard, Say, Script, ScriptedServer, serving

from sightline.endpoints.ollama import PullProgress, kind
from sightline.errors import BadReply, EndpointDown, EndpointError, ModelMissing, RequestRejected
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
    Profile,
    ServedModel,
    Text,
    Usage,
)

JPEG = b"\xff\xd8 not looked at \xff\xd9"
SHOWN = (Shown(Picture(0, JPEG, 4, 4), 0.0), Shown(Picture(90, JPEG + b"2", 4, 4), 61.5))
CAR = [Ask(AskId(0), (0, 90), templates.presence("car"))]
DESCRIBE = [Ask(AskId(0), (0, 90), templates.describe())]
YES = '{"car": 0.9}'


def chat(content: str, **fields: object) -> Say:
    message = {"role": "assistant", "content": content} | {
        name: fields.pop(name) for name in ("thinking",) if name in fields
    }
    end = {"done": True, "done_reason": "stop", "prompt_eval_count": 7, "eval_count": 3}
    return Say({"model": "m", "created_at": "now", "message": message} | end | fields)


def given_at(server: ScriptedServer, profile: Profile | None = None, **settings: Any) -> Given:
    fields: dict[str, Any] = {"model": "m", "timeout_s": 20.0} | settings
    url = f"http://127.0.0.1:{server.port}"
    return Given("laptop", EndpointSettings(url=url, **fields), profile=profile)


async def ask(
    script: Script,
    asks: Sequence[Ask] = CAR,
    *,
    shown: Sequence[Shown] = SHOWN,
    profile: Profile | None = None,
    times: int = 1,
    **settings: Any,
) -> tuple[list[Reply], list[Heard]]:
    async with serving(script) as server:
        endpoint = await kind.connect(given_at(server, profile, **settings))
        try:
            return [await endpoint.answer(shown, asks) for _ in range(times)], server.heard
        finally:
            await endpoint.aclose()


# ------------------------------------------------------------------------- what is sent and read


async def test_pictures_question_schema_and_options_are_sent_as_its_api_wants_them() -> None:
    _, (heard,) = await ask(lambda _: chat(YES), keep_alive="30m", context=8192)
    sent = heard.json
    prompt = templates.compose([CAR[0].question])
    assert (heard.method, heard.path) == ("POST", "/api/chat")
    (message,) = sent["messages"]
    assert message["content"] == f"Frame at 0:00.0:\nFrame at 1:01.5:\n{prompt.text}"
    assert [base64.b64decode(image) for image in message["images"]] == [JPEG, JPEG + b"2"]
    assert sent["format"] == prompt.schema
    assert sent["options"] == {
        "temperature": 0,
        "num_predict": prompt.max_tokens,
        "num_ctx": 8192,
    }
    assert (sent["model"], sent["stream"], sent["think"]) == ("m", False, False)
    assert sent["keep_alive"] == "30m"


@pytest.mark.parametrize(("setting", "sent"), [("-1", -1), ("600", 600), ("1h", "1h")])
async def test_a_bare_number_keeps_the_model_for_seconds(setting: str, sent: object) -> None:
    _, (heard,) = await ask(lambda _: chat(YES), keep_alive=setting)
    assert heard.json["keep_alive"] == sent


async def test_what_is_not_set_is_left_to_the_server() -> None:
    _, (heard,) = await ask(lambda _: chat("A car."), DESCRIBE)
    assert heard.json.keys() == {"model", "messages", "tools", "stream", "think", "options"}
    assert heard.json["options"].keys() == {"temperature", "num_predict"}


async def test_a_reply_becomes_a_probability_with_what_the_call_took() -> None:
    (reply,), _ = await ask(lambda _: chat(YES))
    (outcome,) = reply.outcomes
    assert isinstance(outcome, Answer)
    assert (outcome.value, outcome.method) == (Presence(0.9), Method.SCHEMA)
    assert (outcome.model, outcome.endpoint) == ("m", "laptop")
    assert reply.call.usage == Usage(7, 3)
    assert reply.call.raw == YES


async def test_a_text_that_was_cut_says_so_and_holds_no_control_characters() -> None:
    said = chat("\x1b[2JA car.\r\n", done_reason="length")
    (reply,), _ = await ask(lambda _: said, DESCRIBE)
    (outcome,) = reply.outcomes
    assert isinstance(outcome, Answer)
    assert outcome.value == Text("\ufffd[2JA car.", cut=True)


async def test_a_repeat_has_a_temperature_and_a_seed() -> None:
    _, (heard,) = await ask(lambda _: chat(YES), [replace(CAR[0], sample=2)])
    assert heard.json["options"]["temperature"] == 0.7
    assert heard.json["options"]["seed"] == 2


async def test_a_batch_is_numbered_and_answered_one_by_one() -> None:
    asks = [replace(CAR[0], frames=(pts,)) for pts in (0, 90)]
    said = '{"1": {"car": 0.9}, "2": {"car": 0.1}}'
    (reply,), (heard,) = await ask(lambda _: chat(said), asks)
    assert "Picture 1, frame at 0:00.0:\nPicture 2, frame" in heard.json["messages"][0]["content"]
    assert [o.value for o in reply.outcomes if isinstance(o, Answer)] == [
        Presence(0.9),
        Presence(0.1),
    ]


async def test_a_question_about_text_alone_has_no_pictures() -> None:
    question = Ask(AskId(0), (), templates.answer("Why?"))
    _, (heard,) = await ask(lambda _: chat("So."), [question], shown=())
    assert heard.json["messages"] == [{"role": "user", "content": "Why?"}]


PROFILE = Profile(
    "m", datetime.now(UTC), canaries_right=4, canaries_asked=4, schema="honoured", logprobs=True
)


async def test_log_probabilities_are_the_answers_where_it_gives_them() -> None:
    def place(text: str, **likeliest: float) -> dict[str, object]:
        listed = [{"token": t, "logprob": math.log(p)} for t, p in likeliest.items()]
        return {"token": text, "logprob": -0.5, "top_logprobs": listed}

    places = [place('{"car": "'), place("yes", yes=0.6, no=0.2), place('"}')]
    said = chat('{"car": "yes"}', logprobs=places)
    (reply,), (heard,) = await ask(lambda _: said, profile=PROFILE)
    assert (heard.json["logprobs"], heard.json["top_logprobs"]) == (True, 5)
    (outcome,) = reply.outcomes
    assert isinstance(outcome, Answer)
    assert isinstance(outcome.value, Presence)
    assert outcome.value.probability == pytest.approx(0.75)
    assert outcome.method is Method.LOGPROB
    (reply,), _ = await ask(lambda _: chat('{"car": "yes"}'), profile=PROFILE)
    assert [(o.value, o.method) for o in reply.outcomes if isinstance(o, Answer)] == [
        (Presence(1.0), Method.SCHEMA)
    ]


async def test_a_schema_that_was_found_ignored_is_replaced_by_json() -> None:
    profile = replace(PROFILE, schema="ignored", logprobs=False)
    (reply,), (heard,) = await ask(lambda _: chat(YES), profile=profile)
    assert heard.json["format"] == "json"
    assert [o.method for o in reply.outcomes if isinstance(o, Answer)] == [Method.PARSED]


async def test_a_model_that_thinks_all_the_same_gets_room_from_then_on() -> None:
    def script(heard: Heard) -> Say:
        if heard.json["options"]["num_predict"] < 2000:
            return chat("", thinking="Let me see", done_reason="length")
        return chat(YES, thinking="A car.")

    replies, heard = await ask(script, times=2)
    limit = templates.compose([CAR[0].question]).max_tokens
    limits = [one.json["options"]["num_predict"] for one in heard]
    assert limits == [limit, limit + 2048, limit + 2048]
    assert all(isinstance(o, Answer) for reply in replies for o in reply.outcomes)


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (chat(""), "answered with nothing"),
        (chat("", done_reason="length"), "spent all its tokens"),
        (chat("I see a car."), "is not the JSON"),
        (Say({"message": "A car."}), "did not answer as Ollama does"),
        (Say({"done": True}), "did not answer as Ollama does"),
        (Say(b'"' + b"\xff" * 9), "Check its URL"),
    ],
)
async def test_a_reply_without_an_answer_is_a_bad_reply(says: Say, words: str) -> None:
    with pytest.raises(BadReply, match=r"^laptop \(http://127.0.0.1") as caught:
        await ask(lambda _: says)
    assert words in str(caught.value)


async def test_calls_share_one_kept_alive_connection() -> None:
    async with serving(lambda _: chat(YES)) as server:
        endpoint = await kind.connect(given_at(server))
        for _ in range(3):
            await endpoint.answer(SHOWN, CAR)
        await endpoint.aclose()
    assert server.connections == 1


def saying_yes(_: Heard) -> Say:
    return chat(YES)


async def test_cancelling_leaves_the_endpoint_usable() -> None:
    arrived = asyncio.Event()

    def never_answer(_: Heard) -> Say:
        arrived.set()
        return Say(hang=True)

    async with serving(never_answer) as server:
        endpoint = await kind.connect(given_at(server, slots=1))
        task = asyncio.create_task(endpoint.answer(SHOWN, CAR))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        server.script = saying_yes
        reply = await endpoint.answer(SHOWN, CAR)
        await endpoint.aclose()
    assert isinstance(reply.outcomes[0], Answer)


async def test_a_missing_model_says_how_to_pull_it() -> None:
    def script(heard: Heard) -> Say:
        if heard.path == "/api/tags":
            return Say({"models": [{"model": "llava:7b"}]})
        return Say({"error": "model 'm' not found"}, 404)

    with pytest.raises(ModelMissing) as caught:
        await ask(script)
    assert "It offers llava:7b. To get it run `ollama pull m`." in str(caught.value)


# ------------------------------------------------------------------------------------ its models

CARDS = [
    {"name": "llama3:8b", "model": "llama3:8b", "digest": "aa"},
    {"name": "nomic:latest", "model": "nomic:latest", "digest": "bb"},
    {"name": "qwen2.5vl:3b", "model": "qwen2.5vl:3b", "digest": "cc"},
    {"name": "llava:7b", "model": "llava:7b", "digest": "dd"},
    {"name": "old:1b", "model": "old:1b"},
]
ABILITIES = {
    "llama3:8b": ["completion", "tools"],
    "nomic:latest": ["embedding"],
    "qwen2.5vl:3b": ["completion", "vision"],
    "llava:7b": ["completion", "vision"],
}


def library(heard: Heard) -> Say:
    match heard.path:
        case "/api/tags":
            return Say({"models": CARDS})
        case "/api/ps":
            return Say({"models": [{"model": "llava:7b", "name": "llava:7b"}]})
        case "/api/show":
            abilities = ABILITIES.get(heard.json["model"])
            return Say({"model_info": {}, "capabilities": abilities})
        case _:
            return Say({}, 500)


async def test_its_models_tell_sight_weights_and_whether_they_are_loaded() -> None:
    async with serving(library) as server:
        models = await kind.models(given_at(server))
        endpoint = await kind.connect(given_at(server, model=None))
        await endpoint.aclose()
    assert list(models) == [
        ServedModel("llama3:8b", vision=False, loaded=False, fingerprint="aa"),
        ServedModel("qwen2.5vl:3b", vision=True, loaded=False, fingerprint="cc"),
        ServedModel("llava:7b", vision=True, loaded=True, fingerprint="dd"),
        ServedModel("old:1b", vision=None, loaded=False, fingerprint=""),
    ]
    assert endpoint.model == "llava:7b"


async def test_an_old_version_that_tells_less_is_listed_too() -> None:
    def script(heard: Heard) -> Say:
        return Say({"models": CARDS[:1]}) if heard.path == "/api/tags" else Say(b"no", 404)

    async with serving(script) as server:
        models = await kind.models(given_at(server))
    assert list(models) == [ServedModel("llama3:8b", vision=None, loaded=False, fingerprint="aa")]


async def test_where_no_model_sees_it_says_which_to_pull() -> None:
    def script(heard: Heard) -> Say:
        if heard.path == "/api/tags":
            return Say({"models": CARDS[:1]})
        return library(heard)

    async with serving(script) as server:
        with pytest.raises(ModelMissing, match=r"none can see \(llama3:8b\).*`ollama pull "):
            await kind.connect(given_at(server, model=None))


@pytest.mark.parametrize(
    ("url", "root"),
    [
        (None, "http://127.0.0.1:11434"),
        ("http://desk.lan:11434", "http://desk.lan:11434"),
        ("http://desk.lan:11434/v1/", "http://desk.lan:11434"),
        ("http://desk.lan:11434/api/chat", "http://desk.lan:11434"),
        ("https://desk.lan/ollama", "https://desk.lan/ollama"),
    ],
)
def test_its_url_is_taken_in_any_usual_form(url: str | None, root: str) -> None:
    assert kind.url(Given("laptop", EndpointSettings(url=url))) == root


# ----------------------------------------------------------------------------------------- pulls


def lines(*documents: object) -> Say:
    return Say("".join(f"{json.dumps(document)}\n" for document in documents).encode())


async def pull(script: Script) -> list[PullProgress]:
    async with serving(script) as server:
        given = given_at(server, api_key=SecretStr("sk-test"))
        return [step async for step in kind.pull(given, "llava:7b")]


async def test_a_pull_tells_how_far_it_is() -> None:
    def script(heard: Heard) -> Say:
        assert (heard.path, heard.json["model"]) == ("/api/pull", "llava:7b")
        half = {"status": "pulling dd", "digest": "dd", "total": 10, "completed": 5}
        return lines({"status": "pulling manifest"}, half, {"status": "success"})

    assert await pull(script) == [
        PullProgress("pulling manifest"),
        PullProgress("pulling dd", 5, 10),
        PullProgress("success"),
    ]


@pytest.mark.parametrize(
    ("says", "error", "words"),
    [
        (
            lines({"status": "pulling manifest"}, {"error": "file does not exist"}),
            RequestRejected,
            "it could not fetch llava:7b: file does not exist",
        ),
        (Say({"error": "no space left"}, 500), RequestRejected, "no space left"),
        (lines({"status": "pulling dd"}), BadReply, "ended before it was whole"),
        (lines([1]), BadReply, "did not answer as Ollama does"),
        (Say(b"<html><title>Router</title>"), BadReply, "an HTML page, 'Router'"),
        (Say(b'{"status": "x"}\n', break_off=True), EndpointDown, "the connection broke"),
    ],
)
async def test_a_pull_that_fails_says_why(
    says: Say, error: type[EndpointError], words: str
) -> None:
    with pytest.raises(error, match=r"^laptop ") as caught:
        await pull(lambda _: says)
    assert words in str(caught.value)


async def test_a_pull_may_be_left_early() -> None:
    trickle = Say(b'{"status": "pulling dd"}\n', trickle=True)
    async with (
        serving(lambda _: trickle) as server,
        aclosing(kind.pull(given_at(server), "llava:7b")) as steps,
    ):
        assert await anext(steps) == PullProgress("pulling dd")
