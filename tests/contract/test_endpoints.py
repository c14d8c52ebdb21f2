"""What every endpoint promises, whatever answers behind it (`ports.Endpoint`)."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
import simplejpeg

from sightline.endpoints.openai import OpenAIConfig, OpenAIEndpoint
from sightline.endpoints.pixels import PixelsEndpoint
from sightline.errors import EndpointError
from sightline.ports import Endpoint, Reply, Shown
from sightline.prompts import templates
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    AskId,
    Call,
    Jpeg,
    Method,
    Picture,
    Presence,
    Question,
    Text,
    Usage,
)

JPEG = simplejpeg.encode_jpeg(np.full((48, 64, 3), (210, 20, 25), np.uint8), 85)


class FakeEndpoint:
    """The fake of the tests elsewhere: every tag is there, every text is the same."""

    name, model, slots, jpeg = "fake", "fake-1", 2, Jpeg()

    async def answer(self, shown: Sequence[Shown], asks: Sequence[Ask]) -> Reply:
        await asyncio.sleep(0)
        call = Call(uuid.uuid4().hex, self.name, self.model, datetime.now(UTC), 0.0, Usage(), "yes")
        return Reply(call, tuple(self._answer(ask, call) for ask in asks))

    def _answer(self, ask: Ask, call: Call) -> Answer:
        value = Presence(1.0) if ask.question.expects == "presence" else Text("A picture.")
        return Answer(value, self.model, self.name, Method.PARSED, 1, call.id)

    async def aclose(self) -> None:
        """Holds nothing."""


def reply_to(request: dict[str, Any]) -> dict[str, Any]:
    """An honest little server: it knows of the first tag only, and reads no picture."""
    form = request.get("response_format")
    content = "A red picture."
    if form is not None:
        content = json.dumps({form["json_schema"]["schema"]["required"][0]: 0.75})
    return {"choices": [{"message": {"content": content}, "finish_reason": "stop"}]}


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            body = json.dumps(reply_to(json.loads(await reader.readexactly(size)))).encode()
            kind = b"content-type: application/json\r\n"
            writer.write(b"HTTP/1.1 200 OK\r\n%bcontent-length: %d\r\n\r\n" % (kind, len(body)))
            writer.write(body)
    except asyncio.IncompleteReadError:
        writer.close()


@asynccontextmanager
async def openai_endpoint() -> AsyncGenerator[Endpoint]:
    connections: list[asyncio.Task[None]] = []

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(asyncio.ensure_future(serve(reader, writer)))

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        endpoint = await OpenAIEndpoint.connect(OpenAIConfig("desk", url, model="m"))
        yield endpoint
        await endpoint.aclose()
        await asyncio.gather(*connections)


@pytest.fixture(params=["fake", "pixels", "openai"])
async def endpoint(request: pytest.FixtureRequest) -> AsyncGenerator[Endpoint]:
    match request.param:
        case "fake":
            yield FakeEndpoint()
        case "pixels":
            yield PixelsEndpoint()
        case _:
            async with openai_endpoint() as adapter:
                yield adapter


def shown(*frames: int) -> list[Shown]:
    return [Shown(Picture(pts, JPEG, 64, 48), pts / 10) for pts in frames]


def asks(*questions: Question, frames: tuple[int, ...] = (0,)) -> list[Ask]:
    return [Ask(AskId(i), frames, question) for i, question in enumerate(questions)]


def test_it_says_who_it_is(endpoint: Endpoint) -> None:
    assert endpoint.name
    assert endpoint.model
    assert endpoint.slots >= 1


async def test_there_is_one_outcome_for_each_ask_in_order(endpoint: Endpoint) -> None:
    tags = [templates.presence(tag) for tag in ("red", "no such thing", "blue")]
    reply = await endpoint.answer(shown(0), asks(*tags))
    assert len(reply.outcomes) == 3
    first = reply.outcomes[0]
    assert isinstance(first, Answer)
    assert isinstance(first.value, Presence)
    assert first.value.probability > 0.5
    for outcome in reply.outcomes:
        if isinstance(outcome, AskFailed):
            assert outcome.detail
        else:
            assert isinstance(outcome.value, Presence)
            assert 0 <= outcome.value.probability <= 1


async def test_answers_name_their_endpoint_model_and_call(endpoint: Endpoint) -> None:
    reply = await endpoint.answer(shown(0), asks(templates.presence("red")))
    (answer,) = reply.outcomes
    assert isinstance(answer, Answer)
    assert (answer.endpoint, answer.model) == (endpoint.name, endpoint.model)
    assert (reply.call.endpoint, reply.call.model) == (endpoint.name, endpoint.model)
    assert answer.call == reply.call.id
    assert answer.parser >= 1
    assert reply.call.raw
    assert reply.call.started_at.utcoffset() == UTC.utcoffset(None)
    assert reply.call.latency_s >= 0


async def test_a_description_is_a_text(endpoint: Endpoint) -> None:
    questions = asks(templates.describe(), frames=(0, 10))
    (answer,) = (await endpoint.answer(shown(0, 10), questions)).outcomes
    assert isinstance(answer, Answer)
    assert isinstance(answer.value, Text)
    assert answer.value.text.strip()


async def test_exchanges_may_overlap_and_each_call_has_its_own_id(endpoint: Endpoint) -> None:
    async def one(pts: int) -> Reply:
        question = asks(templates.presence("red"), frames=(pts,))
        return await endpoint.answer(shown(pts), question)

    replies = await asyncio.gather(*(one(pts) for pts in range(endpoint.slots)))
    assert len({reply.call.id for reply in replies}) == endpoint.slots


async def test_a_deliberate_repeat_is_answered_again(endpoint: Endpoint) -> None:
    (ask,) = asks(templates.presence("red"))
    first = await endpoint.answer(shown(0), [ask])
    again = await endpoint.answer(shown(0), [replace(ask, sample=1)])
    assert first.call.id != again.call.id


async def test_closing_twice_does_no_harm(endpoint: Endpoint) -> None:
    await endpoint.aclose()
    await endpoint.aclose()


async def test_no_usable_reply_is_an_endpoint_error_with_its_name() -> None:
    endpoint = OpenAIEndpoint(OpenAIConfig("desk", "http://127.0.0.1:9"), model="m")
    broken = [Shown(Picture(7, b"no jpeg", 1, 1), 0.0)]
    for one in (endpoint, PixelsEndpoint()):
        with pytest.raises(EndpointError) as caught:
            await one.answer(broken, asks(templates.presence("red"), frames=(7,)))
        assert caught.value.endpoint == one.name
        await one.aclose()
