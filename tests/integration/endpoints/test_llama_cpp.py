"""The openai adapter and discovery against a real llama.cpp server with a model of random weights.

What the model says means nothing; that every exchange ends in an answer or a told failure does.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import numpy as np
import pytest
import simplejpeg
from live_servers import LiveServer

from sightline.endpoints.catalog import Kind
from sightline.endpoints.discovery import choose, discover
from sightline.endpoints.openai import OpenAIConfig, OpenAIEndpoint
from sightline.errors import BadReply, RequestRejected
from sightline.ports import Shown
from sightline.prompts import templates
from sightline.values import Answer, Ask, AskId, Method, Picture, Presence, Profile, Text


@pytest.fixture
def url(llama_cpp: LiveServer) -> str:
    return llama_cpp.root


@pytest.fixture
async def endpoint(url: str) -> AsyncGenerator[OpenAIEndpoint]:
    adapter = await OpenAIEndpoint.connect(OpenAIConfig("llama", url, slots=2))
    yield adapter
    await adapter.aclose()


def picture(value: int) -> Shown:
    jpeg = simplejpeg.encode_jpeg(np.full((64, 64, 3), value, np.uint8), 85)
    return Shown(Picture(value, jpeg, 64, 64), value / 10)


async def test_the_model_is_found_by_asking_the_server(endpoint: OpenAIEndpoint) -> None:
    assert "tiny" in endpoint.model


async def test_with_a_schema_every_tag_gets_a_probability(endpoint: OpenAIEndpoint) -> None:
    tags = ("car", "a dog", 'a "quoted" sign', "Größe")
    asks = [Ask(AskId(i), (0,), templates.presence(tag)) for i, tag in enumerate(tags)]
    reply = await endpoint.answer([picture(0)], asks)
    for outcome in reply.outcomes:
        assert isinstance(outcome, Answer)
        assert outcome.method is Method.SCHEMA
        assert isinstance(outcome.value, Presence)
        assert 0 <= outcome.value.probability <= 1
    assert reply.call.usage.tokens_in
    assert reply.call.usage.tokens_out


async def test_with_log_probabilities_every_tag_of_every_picture_gets_a_probability(
    url: str,
) -> None:
    profile = Profile(
        "tiny", datetime.now(UTC), canaries_right=0, canaries_asked=0, schema="honoured",
        logprobs=True,
    )  # fmt: skip
    endpoint = await OpenAIEndpoint.connect(OpenAIConfig("llama", url, slots=2, profile=profile))
    tags = ("car", 'a "quoted" sign', "Größe")
    pairs = [(pts, tag) for pts in (10, 200) for tag in tags]
    asks = [Ask(AskId(n), (pts,), templates.presence(tag)) for n, (pts, tag) in enumerate(pairs)]
    reply = await endpoint.answer([picture(10), picture(200)], asks)
    await endpoint.aclose()
    assert len(reply.outcomes) == 6
    for outcome in reply.outcomes:
        assert isinstance(outcome, Answer)
        # Random weights may think a yes and a no so unlikely that neither is listed.
        assert outcome.method in {Method.LOGPROB, Method.SCHEMA}
        assert isinstance(outcome.value, Presence)
        assert 0 <= outcome.value.probability <= 1


async def test_a_question_about_text_alone_is_answered(endpoint: OpenAIEndpoint) -> None:
    ask = Ask(AskId(0), (), templates.answer("Why?", max_tokens=8))
    try:
        (outcome,) = (await endpoint.answer([], [ask])).outcomes
    except BadReply:  # random weights may say nothing but white space
        return
    assert isinstance(outcome, Answer)


async def test_several_pictures_are_described_in_one_exchange(endpoint: OpenAIEndpoint) -> None:
    ask = Ask(AskId(0), (10, 200), templates.describe(max_tokens=8))
    try:
        (outcome,) = (await endpoint.answer([picture(10), picture(200)], [ask])).outcomes
    except BadReply:  # random weights may say nothing but white space
        return
    assert isinstance(outcome, Answer)
    assert isinstance(outcome.value, Text)
    assert outcome.value.text


async def test_a_picture_that_is_none_is_rejected_in_the_servers_words(
    endpoint: OpenAIEndpoint,
) -> None:
    broken = Shown(Picture(0, b"not a jpeg", 64, 64), 0.0)
    with pytest.raises(RequestRejected, match="HTTP 400"):
        await endpoint.answer([broken], [Ask(AskId(0), (0,), templates.describe())])


async def test_discovery_knows_that_it_sees(url: str) -> None:
    found = await discover({"llama.cpp": int(url.rpartition(":")[2])})
    assert [server.kind for server in found] == [Kind.LLAMA_CPP]
    choice = choose(found)
    assert choice is not None
    assert choice.model.vision is True
