"""What every endpoint promises, whatever answers behind it (`ports.Endpoint`)."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import honest
import numpy as np
import pytest
import simplejpeg
from honest import serving
from pydantic import SecretStr

from sightline.endpoints import anthropic, ollama, openai, pixels
from sightline.errors import EndpointError
from sightline.ports import Endpoint, EndpointKind, Given, Reply, Shown
from sightline.prompts import templates
from sightline.settings import EndpointSettings
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
    Profile,
    Question,
    Text,
    UnknownReason,
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


PROFILE = Profile(
    "m", datetime.now(UTC), canaries_right=4, canaries_asked=4, schema="honoured", logprobs=True
)
KINDS: dict[str, tuple[EndpointKind, honest.Protocol | None, Profile | None]] = {
    "pixels": (pixels.kind, None, None),
    "openai": (openai.kind, honest.openai, None),
    "openai with log-probabilities": (openai.kind, honest.openai, PROFILE),
    "ollama": (ollama.kind, honest.ollama, None),
    "anthropic": (anthropic.kind, honest.replay_anthropic(), None),
}


@asynccontextmanager
async def given_for(name: str) -> AsyncGenerator[tuple[EndpointKind, Given]]:
    """A kind and settings that lead it to a server of its own."""
    kind, protocol, profile = KINDS[name]
    async with AsyncExitStack() as stack:
        url = None if protocol is None else await stack.enter_async_context(serving(protocol))
        settings = EndpointSettings(url=url, api_key=SecretStr("sk-test") if url else None)
        yield kind, Given("desk", settings, profile=profile)


@pytest.fixture(params=["fake", *KINDS])
async def endpoint(request: pytest.FixtureRequest) -> AsyncGenerator[Endpoint]:
    if request.param == "fake":
        yield FakeEndpoint()
        return
    async with given_for(request.param) as (kind, given):
        connected = await kind.connect(given)
        yield connected
        await connected.aclose()


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


async def test_pictures_that_share_an_exchange_are_answered_one_by_one(endpoint: Endpoint) -> None:
    tags = [templates.presence(tag) for tag in ("red", "blue")]
    these = [Ask(AskId(n), (pts,), tag) for n, (pts, tag) in enumerate(product((0, 10), tags))]
    reply = await endpoint.answer(shown(0, 10), these)
    assert len(reply.outcomes) == 4
    for outcome in reply.outcomes[::2]:
        assert isinstance(outcome, Answer)
        assert isinstance(outcome.value, Presence)
        assert outcome.value.probability > 0.5
        assert outcome.call == reply.call.id


async def test_each_picture_of_an_exchange_may_have_a_question_of_its_own(
    endpoint: Endpoint,
) -> None:
    these = [
        Ask(AskId(0), (10,), templates.presence("red")),
        Ask(AskId(1), (0,), templates.presence("colourful")),
    ]
    reply = await endpoint.answer(shown(0, 10), these)
    first, other = reply.outcomes
    assert isinstance(first, Answer)
    assert isinstance(first.value, Presence)
    assert first.value.probability > 0.5
    assert isinstance(other, Answer)
    assert isinstance(other.value, Presence)


async def test_a_question_without_pictures_is_answered_or_refused_as_unsupported(
    endpoint: Endpoint,
) -> None:
    (outcome,) = (await endpoint.answer([], asks(templates.answer("Why?"), frames=()))).outcomes
    if isinstance(outcome, AskFailed):
        assert outcome.reason is UnknownReason.UNSUPPORTED
        assert outcome.detail
    else:
        assert isinstance(outcome.value, Text)


@pytest.mark.parametrize("name", KINDS)
async def test_a_kind_lists_the_model_that_it_connects_to_and_says_where_pictures_go(
    name: str,
) -> None:
    async with given_for(name) as (kind, given):
        models = await kind.models(given)
        connected = await kind.connect(given)
        await connected.aclose()
        url = kind.url(given)
    assert connected.name == "desk"
    assert connected.model in {model.name for model in models if model.vision is not False}
    assert url is None or url.startswith(str(given.settings.url))
    assert (url is None) == (given.settings.url is None)


@pytest.mark.parametrize("name", KINDS)
async def test_a_kind_takes_the_model_that_is_named_and_the_slots_that_are_set(name: str) -> None:
    settings = EndpointSettings(url="http://127.0.0.1:9", slots=3)
    given = Given("desk", settings, model=None if name == "pixels" else "named")
    connected = await KINDS[name][0].connect(given)
    await connected.aclose()
    assert connected.slots == 3
    assert connected.model == ("pixels-1" if name == "pixels" else "named")


@pytest.mark.parametrize("name", KINDS)
async def test_no_usable_reply_is_an_endpoint_error_with_its_name(name: str) -> None:
    model = None if name == "pixels" else "m"
    given = Given("desk", EndpointSettings(url="http://127.0.0.1:9", model=model))
    endpoint = await KINDS[name][0].connect(given)
    broken = [Shown(Picture(7, b"no jpeg", 1, 1), 0.0)]
    with pytest.raises(EndpointError, match="desk") as caught:
        await endpoint.answer(broken, asks(templates.presence("red"), frames=(7,)))
    assert caught.value.endpoint == "desk"
    await endpoint.aclose()
