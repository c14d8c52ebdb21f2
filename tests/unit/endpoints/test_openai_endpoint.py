"""The openai adapter against a scripted server: what it sends, reads, concedes and refuses."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import socket
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import Any

import pytest
from pydantic import SecretStr
from scripted import Heard, Say, Script, ScriptedServer, completion, failure, serving

from sightline.endpoints.catalog import alike
from sightline.endpoints.openai import OpenAIConfig, OpenAIEndpoint
from sightline.errors import (
    BadReply,
    EndpointDown,
    EndpointError,
    ModelMissing,
    RateLimited,
    RequestRejected,
    SettingsError,
    Unauthorized,
)
from sightline.ports import Reply, Shown
from sightline.prompts import templates
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    AskId,
    Method,
    Picture,
    Presence,
    Question,
    Text,
    UnknownReason,
    Usage,
)

KEY = "sk-very-secret-0123456789"
JPEG = b"\xff\xd8 not looked at \xff\xd9"
SHOWN = (Shown(Picture(0, JPEG, 4, 4), 0.0), Shown(Picture(90, JPEG + b"2", 4, 4), 61.5))


def asks(*questions: Question) -> tuple[Ask, ...]:
    return tuple(Ask(AskId(i), (0, 90), question) for i, question in enumerate(questions))


CAR_AND_DOG = asks(templates.presence("car"), templates.presence("a dog"))
CAR = asks(templates.presence("car"))
DESCRIBE = asks(templates.describe())
YES = json.dumps({"car": 0.9, "a dog": 0.0})


def endpoint_at(server: ScriptedServer | str, **settings: Any) -> OpenAIEndpoint:
    url = server if isinstance(server, str) else server.url
    given: dict[str, Any] = {"timeout_s": 20.0, "api_key": SecretStr(KEY)} | settings
    return OpenAIEndpoint(OpenAIConfig("desk", url, **given), model="m")


async def ask(
    script: Script, these: Sequence[Ask] = CAR_AND_DOG, **settings: Any
) -> tuple[Reply, ScriptedServer]:
    async with serving(script) as server:
        endpoint = endpoint_at(server, **settings)
        try:
            return await endpoint.answer(SHOWN, these), server
        finally:
            await endpoint.aclose()


async def refused(
    kind: type[EndpointError], script: Script, these: Sequence[Ask] = CAR_AND_DOG, **settings: Any
) -> EndpointError:
    with pytest.raises(kind) as caught:
        await ask(script, these, **settings)
    assert caught.value.endpoint == "desk"
    assert "desk (http://127.0.0.1:" in str(caught.value)
    return caught.value


def answering(content: str) -> Script:
    return lambda _: completion(content)


# ------------------------------------------------------------------------- what is sent and read


async def test_pictures_come_first_each_behind_its_time_and_the_question_last() -> None:
    _, server = await ask(lambda _: completion(YES))
    sent = server.heard[0].json
    parts = sent["messages"][0]["content"]
    assert server.heard[0].path == "/v1/chat/completions"
    assert [part["type"] for part in parts] == ["text", "image_url", "text", "image_url", "text"]
    assert parts[0]["text"] == "Frame at 0:00.0:"
    assert parts[2]["text"] == "Frame at 1:01.5:"
    head, _, data = parts[3]["image_url"]["url"].partition(",")
    assert head == "data:image/jpeg;base64"
    assert base64.b64decode(data) == JPEG + b"2"
    prompt = templates.compose([ask.question for ask in CAR_AND_DOG])
    assert parts[4]["text"] == prompt.text
    assert sent["model"] == "m"
    assert sent["temperature"] == 0
    assert sent["max_tokens"] == prompt.max_tokens
    assert sent["response_format"]["type"] == "json_schema"
    assert sent["response_format"]["json_schema"]["strict"] is True
    assert sent["response_format"]["json_schema"]["schema"] == prompt.schema


async def test_a_schema_reply_becomes_probabilities_with_what_the_call_took() -> None:
    before = datetime.now(UTC)
    reply, _ = await ask(lambda _: completion(YES))
    assert [o.value for o in reply.outcomes if isinstance(o, Answer)] == [
        Presence(0.9),
        Presence(0.0),
    ]
    first = reply.outcomes[0]
    assert isinstance(first, Answer)
    assert (first.model, first.endpoint, first.method) == ("m", "desk", Method.SCHEMA)
    assert first.call == reply.call.id
    assert reply.call.raw == YES
    assert reply.call.usage == Usage(7, 3)
    assert before <= reply.call.started_at <= datetime.now(UTC)


async def test_a_text_is_asked_for_without_a_schema_and_tells_when_it_was_cut() -> None:
    reply, server = await ask(lambda _: completion("A red car.", finish_reason="length"), DESCRIBE)
    assert "response_format" not in server.heard[0].json
    outcome = reply.outcomes[0]
    assert isinstance(outcome, Answer)
    assert outcome.value == Text("A red car.", cut=True)
    assert outcome.method is Method.PARSED


async def test_a_text_is_kept_as_valid_text_without_control_characters() -> None:
    content = b"\\u001b[2JA \\ud800 car\\r\\n\\u202eparked\\u0000."
    body = b'{"choices": [{"message": {"content": "%s"}}]}' % content
    reply, _ = await ask(lambda _: Say(body), DESCRIBE)
    (outcome,) = reply.outcomes
    assert isinstance(outcome, Answer)
    assert outcome.value == Text("\ufffd[2JA \ufffd car\n\ufffdparked\ufffd.")
    reply.call.raw.encode()


async def test_talk_nested_too_deep_for_json_counts_as_parsed() -> None:
    reply, _ = await ask(lambda _: completion("[" * 100_000 + YES))
    assert {o.method for o in reply.outcomes if isinstance(o, Answer)} == {Method.PARSED}


async def test_a_tag_missing_from_a_readable_reply_fails_alone() -> None:
    reply, _ = await ask(lambda _: completion('{"car": 1}'))
    answered, failed = reply.outcomes
    assert isinstance(answered, Answer)
    assert isinstance(failed, AskFailed)
    assert failed.reason is UnknownReason.FAILED
    assert "a dog" in failed.detail
    assert "desk" in failed.detail


async def test_json_wrapped_in_talk_counts_as_parsed_though_a_schema_was_sent() -> None:
    reply, _ = await ask(lambda _: completion(f"Sure!\n```json\n{YES}\n```"))
    assert {o.method for o in reply.outcomes if isinstance(o, Answer)} == {Method.PARSED}


async def test_usage_may_be_missing() -> None:
    body = {"choices": [{"message": {"content": YES}}]}
    reply, _ = await ask(lambda _: Say(body))
    assert reply.call.usage == Usage()


async def test_calls_share_one_kept_alive_connection_and_have_ids_of_their_own() -> None:
    async with serving(lambda _: completion(YES)) as server:
        endpoint = endpoint_at(server)
        ids = {(await endpoint.answer(SHOWN, CAR_AND_DOG)).call.id for _ in range(4)}
        await endpoint.aclose()
    assert len(ids) == 4
    assert server.connections == 1


# ------------------------------------------------------------------------------ what it concedes


async def answer_times(script: Script, times: int) -> tuple[list[Reply], ScriptedServer]:
    async with serving(script) as server:
        endpoint = endpoint_at(server)
        replies = [await endpoint.answer(SHOWN, CAR_AND_DOG) for _ in range(times)]
        await endpoint.aclose()
    return replies, server


@pytest.mark.parametrize(
    "says",
    [
        failure(400, "'response_format.type' must be 'text'"),
        failure(422, "json_schema is not supported"),
        failure(400, "bad request"),
    ],
)
async def test_a_server_that_rejects_the_schema_is_asked_without_it_from_then_on(says: Say) -> None:
    def script(heard: Heard) -> Say:
        return says if "response_format" in heard.json else completion(YES)

    replies, server = await answer_times(script, 3)
    assert ["response_format" in heard.json for heard in server.heard] == [True] + [False] * 3
    assert {o.method for r in replies for o in r.outcomes if isinstance(o, Answer)} == {
        Method.PARSED
    }


async def test_a_rejection_for_another_reason_is_tried_without_schema_until_one_was_accepted() -> (
    None
):
    async with serving(lambda _: failure(400, "the picture cannot be read")) as server:
        endpoint = endpoint_at(server)
        for script in (server.script, answering(YES), server.script):
            server.script = script
            with suppress(RequestRejected):
                await endpoint.answer(SHOWN, CAR_AND_DOG)
        await endpoint.aclose()
    assert ["response_format" in heard.json for heard in server.heard] == [True, False, True, True]


async def test_calls_under_way_when_the_schema_is_first_refused_are_answered_too() -> None:
    def script(heard: Heard) -> Say:
        return failure(400, "Bad request") if "response_format" in heard.json else completion(YES)

    async with serving(script) as server:
        endpoint = endpoint_at(server, slots=8)
        replies = await asyncio.gather(*(endpoint.answer(SHOWN, CAR_AND_DOG) for _ in range(8)))
        await endpoint.aclose()
    assert ["response_format" in heard.json for heard in server.heard].count(True) > 1
    assert all(isinstance(o, Answer) for reply in replies for o in reply.outcomes)


LIMIT = templates.compose([ask.question for ask in CAR_AND_DOG]).max_tokens


@pytest.mark.parametrize("thought", ["", "<think>Let me see", '{"car": 0.'])
async def test_a_model_that_thinks_first_gets_room_from_then_on(thought: str) -> None:
    def script(heard: Heard) -> Say:
        if heard.json["max_tokens"] < 2000:
            return completion(thought, finish_reason="length")
        return completion(f"<think>A car.</think>{YES}")

    replies, server = await answer_times(script, 2)
    assert [heard.json["max_tokens"] for heard in server.heard] == [LIMIT, *[LIMIT + 2048] * 2]
    assert all(isinstance(o, Answer) for reply in replies for o in reply.outcomes)


async def test_room_that_does_not_help_is_given_once_and_not_remembered() -> None:
    async with serving(lambda _: completion(" ", finish_reason="length")) as server:
        endpoint = endpoint_at(server)
        with pytest.raises(BadReply, match="spent all its tokens"):
            await endpoint.answer(SHOWN, CAR_AND_DOG)
        server.script = answering(YES)
        await endpoint.answer(SHOWN, CAR_AND_DOG)
        await endpoint.aclose()
    limits = [heard.json["max_tokens"] for heard in server.heard]
    assert limits == [LIMIT, LIMIT + 2048, LIMIT]


async def test_what_calls_learn_at_the_same_time_adds_up() -> None:
    def script(heard: Heard) -> Say:
        refused = "temperature" if b"a dog" in heard.body else "response_format"
        return failure(400, f"no {refused}") if refused in heard.json else completion(YES)

    async with serving(script) as server:
        endpoint = endpoint_at(server, slots=2)
        await asyncio.gather(*(endpoint.answer(SHOWN, these) for these in (CAR, CAR_AND_DOG)))
        await endpoint.answer(SHOWN, CAR)
        await endpoint.aclose()
    assert len(server.heard) == 5
    assert not {"temperature", "response_format"} & server.heard[-1].json.keys()


# -------------------------------------------------------------------------------- who it is


def loaded(answering_as: object, cards: Sequence[object]) -> Script:
    """A server that answers with the model it has, whatever it is asked for."""

    def script(heard: Heard) -> Say:
        if heard.path.endswith("/models"):
            return Say({"data": list(cards)}) if cards else Say({}, 500)
        return Say({"model": answering_as, "choices": [{"message": {"content": YES}}]})

    return script


LLAVA = {"id": "llava-7b.gguf", "owned_by": "llamacpp"}
IN_LM_STUDIO = [{"id": name, "owned_by": "organization_owner"} for name in ("llava-7b", "qwen")]


@pytest.mark.parametrize("cards", [[LLAVA], IN_LM_STUDIO])
async def test_another_model_than_the_one_asked_for_is_not_taken_for_it(
    cards: Sequence[object],
) -> None:
    error = await refused(ModelMissing, loaded("llava-7b", cards))
    assert "asked for m, but llava-7b answered: name llava-7b with --model" in str(error)
    assert error.lasting


@pytest.mark.parametrize(
    ("answering_as", "cards"),
    [
        (None, [LLAVA]),  # does not say
        (7, [LLAVA]),
        ("m", [LLAVA]),  # echoes
        ("M:latest", [LLAVA]),
        ("/models/m-2026-08-07.gguf", [LLAVA]),
        ("llava-7b", [LLAVA, {"id": "m"}]),  # an alias
        ("llava-7b", [{"id": "llava-7b"}, {"id": "qwen"}]),  # a gateway
        ("llava-7b", [{"id": "qwen"}]),
        ("llava-7b", []),  # does not list
    ],
)
async def test_a_model_that_may_be_the_one_asked_for_is(
    answering_as: object, cards: Sequence[object]
) -> None:
    async with serving(loaded(answering_as, cards)) as server:
        endpoint = endpoint_at(server)
        replies = [await endpoint.answer(SHOWN, CAR_AND_DOG) for _ in range(2)]
        await endpoint.aclose()
    assert {o.model for r in replies for o in r.outcomes if isinstance(o, Answer)} == {"m"}
    assert len(server.heard) <= 3  # asks for the list once


@pytest.mark.parametrize(
    ("asked", "answered", "may_be"),
    [
        ("gpt-5-mini", "gpt-5-mini-2026-08-07", True),
        ("qwen2.5vl", "qwen2.5vl:latest", True),
        ("Qwen/Qwen2.5-VL-3B-Instruct", "qwen2.5-vl-3b-instruct", True),
        ("smolvlm", "C:\\models\\SmolVLM-Q4_K_M.gguf", True),
        ("unsloth/Qwen2.5-VL-GGUF:Q4_K_M", "Qwen2.5-VL-Q4_K_M.gguf", True),
        ("m", "", True),
        ("gpt-5", "gpt-5-mini", True),
        ("gpt-5-mini", "qwen2.5vl", False),
        ("qwen2.5vl:3b", "qwen2.5vl:7b", False),
        ("org/one", "org/two", False),
    ],
)
def test_names_are_alike_when_they_may_mean_one_model(
    asked: str, answered: str, *, may_be: bool
) -> None:
    assert alike(asked, answered) is may_be
    assert alike(answered, asked) is may_be


async def test_newer_names_and_fixed_temperatures_are_learned() -> None:
    def script(heard: Heard) -> Say:
        if "max_tokens" in heard.json:
            return failure(400, "Use 'max_completion_tokens' instead.", param="max_tokens")
        if "temperature" in heard.json:
            return failure(400, "Only the default (1) value is supported.", param="temperature")
        return completion(YES)

    replies, server = await answer_times(script, 2)
    assert len(server.heard) == 4
    assert server.heard[-1].json["max_completion_tokens"] > 0
    assert "response_format" in server.heard[-1].json
    assert all(isinstance(o, Answer) for o in replies[-1].outcomes)


# ------------------------------------------------------------------------------------ what fails


@pytest.mark.parametrize(
    ("says", "kind", "words"),
    [
        (failure(401, "no"), Unauthorized, "set api_key"),
        (failure(403, "no"), Unauthorized, "refused the API key"),
        (failure(429, "slow down"), RateLimited, "slow down"),
        (failure(500, "out of memory"), EndpointDown, "HTTP 500: out of memory"),
        (Say(b"<html><title>Bad gateway</title></html>", 502), EndpointDown, "'Bad gateway'"),
        (failure(408, "late"), EndpointDown, "408"),
        (failure(413, "too large"), RequestRejected, "HTTP 413"),
        (Say({"detail": [{"loc": ["body"]}]}, 409), RequestRejected, "loc"),
        (Say({"error": "plain words"}, 409), RequestRejected, "plain words"),
        (Say(b"<html><title>Router</title>login</html>"), BadReply, "HTML page, 'Router'"),
        (Say(b"pong"), BadReply, "pong"),
        (Say(b""), BadReply, "an empty body"),
        (Say(b"\xff\xfe\x00"), BadReply, "Check its URL"),
        (Say({"error": "Unexpected endpoint"}), BadReply, "Unexpected endpoint"),
        (Say({"choices": []}), BadReply, "chat completion"),
        (Say({"choices": [{"message": None}]}), BadReply, "chat completion"),
        (completion(""), BadReply, "answered with nothing"),
        (completion(None), BadReply, "answered with nothing"),
        (completion(None, finish_reason="length"), BadReply, "spent all its tokens"),
        (completion(None, refusal="I cannot."), RequestRejected, "I cannot."),
        (completion("", finish_reason="content_filter"), RequestRejected, "content filter"),
        (completion("I see a car and no dog."), BadReply, "is not the JSON"),
        (completion('{"car": 0.', finish_reason="length"), BadReply, "cut off"),
        (completion('{"car": ' * 500), BadReply, "is not the JSON"),
        (completion("<html>" + "word " * 1000), BadReply, "is not the JSON"),
        (completion(None, refusal="no " * 1000), RequestRejected, "no no"),
        (failure(400, "no " * 1000), RequestRejected, "no no"),
        (Say(b'{"error":' + b"[" * 400 + b"]" * 400 + b"}", 400), RequestRejected, "HTTP 400"),
        (Say(b'{"error":' + b"[" * 100_000, 400), RequestRejected, "HTTP 400"),
        (Say(b"[" * 100_000), BadReply, "chat completion"),
        (Say(b'{"error":{"message":"bad \\ud800 thing"}}', 400), RequestRejected, "bad \ufffd"),
        (Say(b" " * (9 << 20)), BadReply, "more than 8 MB"),
        (Say(b" " * (9 << 20), 500), BadReply, "more than 8 MB"),
        (Say(b"x", headers={"content-encoding": "gzip"}), BadReply, "compressed"),
        (Say(b"{", break_off=True), EndpointDown, "the connection broke"),
    ],
)
async def test_each_failure_has_its_error_and_its_words(
    says: Say, kind: type[EndpointError], words: str
) -> None:
    error = await refused(kind, lambda _: says)
    assert type(error) is kind
    assert words in str(error)
    assert len(str(error)) < 500


async def test_without_a_key_it_says_where_to_set_one() -> None:
    error = await refused(
        Unauthorized, lambda _: failure(401, "no"), api_key=None, key_setting="endpoints.desk.key"
    )
    assert "wants an API key; set endpoints.desk.key" in str(error)


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_read_in_both_forms(status: int) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=90), usegmt=True)
    waits = {"2.5": (2.5, 2.5), soon: (60, 90), past: (0, 0)}
    for header, (least, most) in waits.items():
        says = Say({}, status, {"retry-after": header})
        error = await refused(EndpointError, lambda _, says=says: says)
        assert error.retry
        assert error.retry_after_s is not None
        assert least <= error.retry_after_s <= most
    for header in ("soon", "nan", ""):
        says = Say({}, status, {"retry-after": header})
        error = await refused(EndpointError, lambda _, says=says: says)
        assert error.retry_after_s is None


@pytest.mark.parametrize(
    ("status", "models", "words"),
    [
        (404, Say({"data": [{"id": "llava"}, {"id": "qwen"}]}), "It offers llava, qwen."),
        (404, Say({"data": [{"id": f"llava-{n}"} for n in range(999)]}), "It offers llava-0, "),
        (404, Say({"data": None}), "It offers no model at all."),
        (404, Say({"data": [{"id": "m"}]}), "it lists m but cannot chat"),
        (404, Say({}, 404), "nothing there speaks OpenAI's API"),
        (400, Say({"data": [{"id": "llava"}]}), "It offers llava."),
    ],
)
async def test_a_missing_model_says_what_there_is_instead(
    status: int, models: Say, words: str
) -> None:
    def script(heard: Heard) -> Say:
        if heard.path == "/v1/models":
            return models
        return failure(status, "no such thing", code="model_not_found" if status == 400 else None)

    error = await refused(ModelMissing, script, DESCRIBE)
    assert words in str(error)
    assert len(str(error)) < 500
    assert error.lasting


@pytest.mark.parametrize("status", [301, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    async with serving(lambda _: completion(YES)) as other:
        says = Say(b"", status, {"location": f"{other.url}/chat/completions"})
        error = await refused(RequestRejected, lambda _: says)
    assert "redirects to http://127.0.0.1" in str(error)
    assert other.heard == []


async def test_nothing_listening_is_told_apart_from_a_hanging_server() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = endpoint_at(f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(EndpointDown, match="nothing listens there"):
            await endpoint.answer(SHOWN, DESCRIBE)
        await endpoint.aclose()


@pytest.mark.parametrize("says", [Say(hang=True), Say(b"{", trickle=True)])
async def test_one_deadline_covers_the_whole_exchange(says: Say) -> None:
    error = await refused(EndpointDown, lambda _: says, timeout_s=0.3)
    assert "timeout_s" in str(error)


async def test_tls_towards_a_plain_server_says_so() -> None:
    async with serving(lambda _: completion(YES)) as server:
        endpoint = endpoint_at(server.url.replace("http:", "https:"))
        with pytest.raises(EndpointDown, match="TLS failed"):
            await endpoint.answer(SHOWN, DESCRIBE)
        await endpoint.aclose()


async def test_cancelling_leaves_the_endpoint_usable() -> None:
    arrived = asyncio.Event()

    def never_answer(_: Heard) -> Say:
        arrived.set()
        return Say(hang=True)

    async with serving(never_answer) as server:
        endpoint = endpoint_at(server, slots=1)
        task = asyncio.create_task(endpoint.answer(SHOWN, DESCRIBE))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        server.script = answering("A car.")
        reply = await endpoint.answer(SHOWN, DESCRIBE)
        await endpoint.aclose()
    assert isinstance(reply.outcomes[0], Answer)


# --------------------------------------------------------------------------------------- the key


async def test_the_key_goes_only_into_its_header_and_nothing_meant_for_others_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-someone-else")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-private")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Private: yes")
    _, server = await ask(lambda _: completion(YES))
    headers = server.heard[0].headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert not [name for name in headers if name.startswith(("openai", "x-"))]
    _, server = await ask(lambda _: completion(YES), api_key=None)
    assert "authorization" not in server.heard[0].headers


@pytest.mark.parametrize(
    "echo",
    [*(partial(failure, status) for status in (400, 401, 404, 500)), Say, completion],
)
async def test_a_key_that_a_server_quotes_is_in_no_error_and_no_log(
    echo: Callable[[str], Say], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    error = await refused(
        EndpointError, lambda heard: echo("bad key " + heard.headers["authorization"])
    )
    shown = "".join(traceback.format_exception(error)) + repr(error) + caplog.text
    assert KEY not in shown


@pytest.mark.parametrize("before", range(280, 300, 3))
@pytest.mark.parametrize("echo", [partial(failure, 400), Say, completion])
async def test_no_part_of_a_quoted_key_is_left_at_the_end_of_a_quote(
    echo: Callable[[str], Say], before: int
) -> None:
    error = await refused(EndpointError, lambda _: echo("x" * before + " " + KEY))
    assert "sk-" not in "".join(traceback.format_exception(error))


def test_the_key_is_in_no_repr() -> None:
    config = OpenAIConfig("desk", "http://127.0.0.1:1", api_key=SecretStr(KEY))
    assert KEY not in repr(config) + repr(config.server)


def test_a_key_with_a_line_break_inside_is_refused_without_showing_it() -> None:
    config = OpenAIConfig("desk", "http://127.0.0.1:1", api_key=SecretStr("sk\nhidden"))
    with pytest.raises(SettingsError) as caught:
        OpenAIEndpoint(config, model="m")
    assert "hidden" not in str(caught.value)


# ------------------------------------------------------------------------------ finding the model


async def connect(models: object, **settings: Any) -> str:
    async with serving(lambda _: Say(models)) as server:
        endpoint = await OpenAIEndpoint.connect(OpenAIConfig("desk", server.url, **settings))
        await endpoint.aclose()
    return endpoint.model


async def test_connect_takes_the_first_model_that_can_see() -> None:
    cards = [
        {"id": "nomic-embed"},
        {"id": "blind", "architecture": {"input_modalities": ["text"]}},
        {"id": "unsure"},
        {"id": "sees", "capabilities": {"vision": True}},
    ]
    assert await connect({"data": cards}) == "sees"
    assert await connect({"data": cards[:3]}) == "unsure"
    with pytest.raises(ModelMissing, match="none can see"):
        await connect({"data": cards[:2]})
    with pytest.raises(ModelMissing, match="no model loaded"):
        await connect({"data": []})


async def test_connect_asks_nothing_when_the_model_is_named() -> None:
    async with serving(lambda _: Say({}, 500)) as server:
        config = OpenAIConfig("desk", server.url, model="named", slots=3)
        endpoint = await OpenAIEndpoint.connect(config)
        await endpoint.aclose()
    assert (endpoint.name, endpoint.model, endpoint.slots) == ("desk", "named", 3)
    assert server.heard == []


async def test_connect_reports_a_server_that_lists_nothing_readable() -> None:
    with pytest.raises(BadReply, match="list of models"):
        await connect("<html>")
