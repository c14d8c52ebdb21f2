"""One picture, one question: heard while the model speaks, through real sockets and a real pool."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path

import pytest

from sightline.endpoints.ollama import OllamaEndpoint
from sightline.endpoints.openai import OpenAIConfig, OpenAIEndpoint
from sightline.endpoints.pixels import PixelsEndpoint
from sightline.endpoints.pool import Pool, Retries
from sightline.errors import EndpointError, InputError, MediaError
from sightline.media.source import FileSource
from sightline.ports import Endpoint, Given, Shown, Streams
from sightline.prompts import templates
from sightline.services.compat.chat import Chat
from sightline.settings import EndpointSettings, Settings
from sightline.testing.behaviour import Behaviour, Fault
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.truth import random_truth
from sightline.testing.video import render
from sightline.values import Answer, Ask, AskId, Jpeg, Picture, PictureTransform, Text

TRUTH = random_truth(3, duration_s=2, tags=("car", "dog"))


@pytest.fixture
async def source() -> AsyncGenerator[FileSource]:
    async with FileSource() as opened:
        yield opened


@pytest.fixture
async def picture(source: FileSource, tmp_path: Path) -> bytes:
    """A frame of a video that the truthful endpoint knows, as a camera would send it."""
    clip = render(TRUTH, tmp_path / "clip.mp4")
    file = await source.look(clip.path)
    _, frames = await source.probe(file)
    reader = source.open(file, frames)
    items = [
        item async for item in reader.read(frames.pts[:1], PictureTransform(1024), jpeg=Jpeg(95))
    ]
    await reader.aclose()
    assert isinstance(items[0], Picture)
    return items[0].jpeg


@pytest.fixture
async def server() -> AsyncGenerator[TruthfulEndpoint]:
    async with TruthfulEndpoint(TRUTH) as running:
        yield running


def connect(server: TruthfulEndpoint, protocol: str) -> Endpoint:
    model = server.behaviour.models[0]
    if protocol == "openai":
        return OpenAIEndpoint(OpenAIConfig("one", server.base_url), model=model)
    return OllamaEndpoint(Given("one", EndpointSettings(url=server.url)), model=model)


def chat_with(source: FileSource, *endpoints: Endpoint) -> Chat:
    retries = Retries(attempts=2, first_wait_s=0.01, patience_s=0.0)
    return Chat(
        Pool.of(*endpoints, retries=retries), source, settings=lambda: Settings(discover=False)
    )


async def listen(chat: Chat, picture: bytes, heard: list[str]) -> None:
    async for one in chat.ask(picture, "What is there?"):
        heard.append(one.piece)  # noqa: PERF401  (it may raise in the middle)


@pytest.mark.parametrize("protocol", ["openai", "ollama"])
async def test_the_answer_comes_in_pieces_that_are_the_whole(
    server: TruthfulEndpoint, source: FileSource, picture: bytes, protocol: str
) -> None:
    endpoint = connect(server, protocol)
    assert isinstance(endpoint, Streams)
    chat = chat_with(source, endpoint)

    said = [one async for one in chat.ask(picture, "What is there?")]

    assert len(said) > 1
    assert "".join(one.piece for one in said) == server.log.lines[-1].answer
    assert {one.model for one in said} == {"truthful"}
    await endpoint.aclose()


@pytest.mark.parametrize("protocol", ["openai", "ollama"])
async def test_what_is_told_aloud_is_what_is_answered(
    server: TruthfulEndpoint, picture: bytes, protocol: str
) -> None:
    endpoint = connect(server, protocol)
    assert isinstance(endpoint, Streams)
    shown = [Shown(Picture(0, picture, 320, 180), 1.5)]
    asks = [Ask(AskId(0), (0,), templates.answer("What is there?"), independent=False)]
    pieces: list[str] = []
    told = await endpoint.tell(shown, asks, pieces.append)
    silent = await endpoint.answer(shown, asks)
    assert len(pieces) > 1
    [aloud], [alone] = told.outcomes, silent.outcomes
    assert isinstance(aloud, Answer)
    assert isinstance(alone, Answer)
    assert aloud.value == alone.value == Text("".join(pieces))
    assert told.call.usage == silent.call.usage
    await endpoint.aclose()


@pytest.mark.parametrize("protocol", ["openai", "ollama"])
async def test_an_answer_that_breaks_off_is_told_and_not_repeated(
    source: FileSource, picture: bytes, protocol: str
) -> None:
    """What was passed on cannot be taken back, so nothing is said twice."""
    async with TruthfulEndpoint(TRUTH, Behaviour(faults={Fault.RESET: 1.0})) as server:
        endpoint = connect(server, protocol)
        chat = chat_with(source, endpoint)
        heard: list[str] = []
        with pytest.raises(EndpointError, match="broke"):
            await listen(chat, picture, heard)
        whole = server.log.lines[0]
        assert whole.outcome == "reset"
        assert len(heard) == len(set(heard))
        await endpoint.aclose()


async def test_another_endpoint_answers_where_one_refuses(
    server: TruthfulEndpoint, source: FileSource, picture: bytes
) -> None:
    async with TruthfulEndpoint(TRUTH, Behaviour(faults={Fault.REFUSE: 1.0})) as down:
        one = OpenAIEndpoint(OpenAIConfig("down", down.base_url), model="truthful")
        two = OpenAIEndpoint(OpenAIConfig("up", server.base_url), model="truthful")
        chat = chat_with(source, one, two)
        for _ in range(3):
            said = [piece async for piece in chat.ask(picture, "What is there?")]
            assert "".join(piece.piece for piece in said) == server.log.lines[-1].answer
        await one.aclose()
        await two.aclose()


async def test_an_engine_without_words_says_so(source: FileSource, picture: bytes) -> None:
    chat = chat_with(source, PixelsEndpoint())
    with pytest.raises(EndpointError, match="pixels"):
        async for _ in chat.ask(picture, "What is there?"):
            pass


async def test_what_cannot_be_asked_asks_nobody(
    server: TruthfulEndpoint, source: FileSource, picture: bytes
) -> None:
    endpoint = connect(server, "openai")
    chat = chat_with(source, endpoint)
    for given, question, tokens, error in (
        (b"no picture", "What?", 10, MediaError),
        (b"", "What?", 10, MediaError),
        (picture[:300], "What?", 10, MediaError),
        (picture, "", 10, InputError),
        (picture, "What?", 0, InputError),
        (picture, "What?", 1 << 20, InputError),
    ):
        with pytest.raises(error) as told:
            async for _ in chat.ask(given, question, max_tokens=tokens):
                pass
        assert tempfile.gettempdir() not in str(told.value)
    assert server.requests == 0
    await endpoint.aclose()


async def test_nothing_is_left_of_a_picture(
    server: TruthfulEndpoint, source: FileSource, picture: bytes
) -> None:
    endpoint = connect(server, "openai")
    chat = chat_with(source, endpoint)
    for given in (picture, b"no picture"):
        with suppress(MediaError):
            async for _ in chat.ask(given, "What?"):
                break
    left = [one.name for one in Path(tempfile.gettempdir()).glob("sightline-picture-*")]  # noqa: ASYNC240
    assert left == []
    await endpoint.aclose()


async def test_whoever_stops_listening_frees_the_slot(source: FileSource, picture: bytes) -> None:
    async with TruthfulEndpoint(TRUTH, Behaviour(latency_s=60)) as server:
        endpoint = connect(server, "openai")
        chat = chat_with(source, endpoint)
        pieces = chat.ask(picture, "What is there?")
        listening = asyncio.ensure_future(anext(pieces))
        async with asyncio.timeout(30):
            while not server.in_flight:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await pieces.aclose()
            while server.in_flight:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await endpoint.aclose()
