"""Replies heard while they come: how each protocol streams, and how a stream may go wrong."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pydantic import SecretStr
from scripted import Heard, Say, ScriptedServer, completion, failure, serving

from sightline.endpoints import anthropic
from sightline.endpoints.ollama import OllamaEndpoint
from sightline.endpoints.openai import OpenAIConfig, OpenAIEndpoint
from sightline.errors import BadReply, EndpointDown, EndpointError, RateLimited, RequestRejected
from sightline.ports import Endpoint, Given, Reply, Shown, Streams
from sightline.prompts import templates
from sightline.settings import EndpointSettings
from sightline.values import Answer, Ask, AskId, Picture, Text, Usage

KEY = "sk-very-secret-0123456789"
SHOWN = [Shown(Picture(0, b"\xff\xd8 not looked at", 4, 4), 0.0)]
ASKS = [Ask(AskId(0), (0,), templates.answer("What?"), independent=False)]
STREAM = {"content-type": "text/event-stream; charset=utf-8"}


def events(*documents: object, **say: Any) -> Say:
    lines = [one if isinstance(one, str) else json.dumps(one) for one in documents]
    return Say("".join(f"data: {line}\n\n" for line in lines).encode(), headers=STREAM, **say)


def chunk(content: str | None = None, finish: str | None = None, **more: object) -> dict[str, Any]:
    delta = {} if content is None else {"content": content}
    return {"model": "m", "choices": [{"delta": delta, "finish_reason": finish}]} | more


def openai_at(server: ScriptedServer) -> Endpoint:
    config = OpenAIConfig("desk", server.url, api_key=SecretStr(KEY), timeout_s=5.0)
    return OpenAIEndpoint(config, model="m")


def anthropic_at(server: ScriptedServer) -> Endpoint:
    url = f"http://127.0.0.1:{server.port}"
    settings = EndpointSettings(url=url, model="m", api_key=SecretStr(KEY))
    return anthropic.AnthropicEndpoint(Given("cloud", settings), model="m")


def ollama_at(server: ScriptedServer) -> Endpoint:
    settings = EndpointSettings(url=f"http://127.0.0.1:{server.port}")
    return OllamaEndpoint(Given("desk", settings), model="m")


Connect = Callable[[ScriptedServer], Endpoint]


async def told(
    connect: Connect, script: Callable[[Heard], Say], pieces: list[str]
) -> tuple[Reply, list[Heard]]:
    async with serving(script) as server:
        endpoint = connect(server)
        assert isinstance(endpoint, Streams)
        try:
            return await endpoint.tell(SHOWN, ASKS, pieces.append), server.heard
        finally:
            await endpoint.aclose()


def text_of(reply: Reply) -> Text:
    (outcome,) = reply.outcomes
    assert isinstance(outcome, Answer)
    assert isinstance(outcome.value, Text)
    return outcome.value


async def test_chunks_of_openai_become_one_answer() -> None:
    usage: dict[str, Any] = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
    script = events(chunk(""), chunk("A "), chunk("car"), chunk(None, "length"), usage, "[DONE]")
    pieces: list[str] = []
    reply, (heard,) = await told(openai_at, lambda _: script, pieces)
    assert pieces == ["A", " car"]
    assert text_of(reply) == Text("A car", cut=True)
    assert reply.call.usage == Usage(7, 3)
    assert (heard.json["stream"], heard.json["stream_options"]) == (True, {"include_usage": True})
    assert not [name for name in heard.headers if name.startswith("x-stainless")]
    assert heard.headers["authorization"] == f"Bearer {KEY}"


async def test_a_server_that_does_not_stream_is_heard_all_the_same() -> None:
    def script(heard: Heard) -> Say:
        if "stream_options" in heard.json:
            return failure(400, "Unknown parameter: 'stream_options'")
        return completion("A car")

    def plain(_: Heard) -> Say:
        return completion("A car")

    for answer in (script, plain):
        pieces: list[str] = []
        reply, _ = await told(openai_at, answer, pieces)
        assert (pieces, text_of(reply)) == (["A car"], Text("A car"))


async def test_events_of_anthropic_become_one_answer() -> None:
    begun = {"model": "m", "usage": {"input_tokens": 7, "output_tokens": 1}}
    script = events(
        {"type": "message_start", "message": begun},
        {"type": "ping"},
        {"type": "content_block_start", "content_block": {"type": "thinking", "thinking": ""}},
        {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "Hm"}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "A "}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "car"}},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "max_tokens"},
            "usage": {"output_tokens": 3},
        },
        {"type": "message_stop"},
    )
    pieces: list[str] = []
    reply, (heard,) = await told(anthropic_at, lambda _: script, pieces)
    assert pieces == ["A", " car"]
    assert text_of(reply) == Text("A car", cut=True)
    assert reply.call.usage == Usage(7, 3)
    assert heard.json["stream"] is True
    assert not [name for name in heard.headers if name.startswith("x-stainless")]


@pytest.mark.parametrize(
    ("connect", "script", "error", "said"),
    [
        (openai_at, events(chunk("A ")), BadReply, "before the answer did"),
        (openai_at, events(chunk("A "), "nonsense"), BadReply, "no answer"),
        (openai_at, events(chunk("A "), {"error": {"message": "fell over"}}), BadReply, "fell"),
        (openai_at, events(chunk("A "), break_off=True), EndpointDown, "broke"),
        (openai_at, events(chunk(None, "content_filter"), "[DONE]"), RequestRejected, "refused"),
        (openai_at, events("[DONE]"), BadReply, "nothing"),
        (openai_at, Say(b"<html></html>"), BadReply, "Check its URL"),
        (openai_at, failure(429, "slow down"), RateLimited, "slow down"),
        (openai_at, failure(500, f"oops {KEY}"), EndpointDown, "oops"),
        (anthropic_at, events({"type": "message_start"}), BadReply, "before the answer did"),
        (anthropic_at, events({"type": "error", "error": {"message": "busy"}}), BadReply, "busy"),
        (anthropic_at, events("nonsense"), BadReply, "no answer"),
        (anthropic_at, Say({"error": {"message": "busy"}}, 529), RateLimited, "busy"),
        (ollama_at, Say(b'{"message": {"role": "assistant", "content": "A"}, "done": false}\n'),
         BadReply, "before the answer did"),
        (ollama_at, Say(b'{"error": "fell over"}\n'), BadReply, "fell over"),
        (ollama_at, Say(b"<html>"), BadReply, "as Ollama does"),
    ],
)  # fmt: skip
async def test_trouble_in_a_stream_is_told(
    connect: Connect, script: Say, error: type[EndpointError], said: str
) -> None:
    doing: Awaitable[object] = told(connect, lambda _: script, [])
    with pytest.raises(error, match=said) as raised:
        await doing
    assert KEY not in str(raised.value)
