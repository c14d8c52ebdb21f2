"""Our adapter, the pool and the probe against servers that nobody here wrote.

llama.cpp's holds to schemas and gives log-probabilities; Hugging Face's ignores both without a
word. The models are of random weights: what they say means nothing, but every ask must end in an
answer or in a failure that says why, and nothing may crash.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import numpy as np
import pytest
import simplejpeg
from live_servers import LiveServer

from sightline.endpoints.catalog import Kind
from sightline.endpoints.discovery import choose, discover
from sightline.endpoints.openai import kind
from sightline.endpoints.pool import Exchange, Member, Pool, Retries
from sightline.endpoints.probing import probe
from sightline.errors import (
    BadReply,
    EndpointDown,
    EndpointError,
    ModelMissing,
    RequestRejected,
)
from sightline.ports import Endpoint, Given, Reply, Shown
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
    Question,
    Text,
    UnknownReason,
)

pytestmark = pytest.mark.timeout(420)  # the first test that asks it installs Hugging Face's server

SLOTS = 2
DESCRIBE = templates.describe(max_tokens=16)
NOT_A_PICTURE = b"\xff\xd8\xff\xe0 this is no JPEG"


@dataclass(frozen=True)
class Trouble:
    """How a server takes what it cannot do."""

    unreadable: type[EndpointError]
    unreadable_words: str
    missing: type[EndpointError]
    missing_words: str


TROUBLES = {
    "llama_cpp": Trouble(RequestRejected, "HTTP 400", ModelMissing, "asked for nobody/nothing, bu"),
    "hugging_face": Trouble(EndpointDown, "HTTP 500", RequestRejected, "'nobody/nothing'"),
}


@pytest.fixture(params=sorted(TROUBLES))
def server(request: pytest.FixtureRequest) -> LiveServer:
    return request.getfixturevalue(request.param)


@pytest.fixture
async def endpoint(server: LiveServer) -> AsyncGenerator[Endpoint]:
    async with connected(server) as one:
        yield one


@asynccontextmanager
async def connected(server: LiveServer, model: str | None = None) -> AsyncGenerator[Endpoint]:
    endpoint = await kind.connect(given(server, model))
    yield endpoint
    await endpoint.aclose()


def given(server: LiveServer, model: str | None = None) -> Given:
    settings = EndpointSettings(url=server.url, slots=SLOTS, timeout_s=60)
    return Given(server.name, settings, model)


def picture(value: int, *, side: int = 64) -> Shown:
    pixels = np.full((side, side, 3), value, np.uint8)
    return Shown(Picture(value, simplejpeg.encode_jpeg(pixels, 85), side, side), value / 10)


def presence_asks(frame: int, *tags: str) -> list[Ask]:
    return [Ask(AskId(n), (frame,), templates.presence(tag)) for n, tag in enumerate(tags)]


async def told(
    endpoint: Endpoint, shown: Sequence[Shown], question: Question
) -> Answer | AskFailed | BadReply:
    """The one outcome of a question about all that is shown."""
    frames = tuple(one.picture.pts for one in shown)
    try:
        (outcome,) = (await endpoint.answer(shown, [Ask(AskId(0), frames, question)])).outcomes
    except BadReply as error:
        return error
    return outcome


def assert_clear(outcome: Answer | AskFailed | BadReply, server: LiveServer) -> None:
    """Some words, or a failure that names the server and says what was wrong with the reply."""
    match outcome:
        case Answer():
            assert isinstance(outcome.value, Text)
            assert outcome.value.text.strip()
            assert outcome.endpoint == server.name
        case AskFailed():
            assert outcome.reason is UnknownReason.FAILED
            assert server.name in outcome.detail
        case BadReply():
            assert server.url in str(outcome)


# ------------------------------------------------------------------------------- the one endpoint


async def test_the_model_is_found_in_the_servers_list(
    endpoint: Endpoint, server: LiveServer
) -> None:
    assert endpoint.model.endswith(server.model)
    assert endpoint.model in [model.name for model in await kind.models(given(server))]


@pytest.mark.parametrize("tags", [("car",), ("car", "a dog", 'a "quoted" sign', "Größe", "rain")])
async def test_tags_are_answered_or_the_reply_is_called_bad(
    endpoint: Endpoint, server: LiveServer, tags: tuple[str, ...]
) -> None:
    asks = presence_asks(7, *tags)
    reply: Reply | BadReply
    try:
        reply = await endpoint.answer([picture(7)], asks)
    except BadReply as error:
        reply = error
    if server.name == "hugging_face":  # nothing held its random weights to the schema
        assert isinstance(reply, BadReply)
        assert "is not the JSON it was asked for" in str(reply)
        assert server.url in str(reply)
        return
    assert isinstance(reply, Reply)
    assert len(reply.outcomes) == len(asks)
    for outcome in reply.outcomes:
        assert isinstance(outcome, Answer)
        assert outcome.method is Method.SCHEMA
        assert isinstance(outcome.value, Presence)
        assert 0 <= outcome.value.probability <= 1


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_words_about_none_one_and_several_pictures(
    endpoint: Endpoint, server: LiveServer, count: int
) -> None:
    shown = [picture(20 + 50 * n, side=64 * (n + 1)) for n in range(count)]
    question = DESCRIBE if count else templates.answer("Why?", max_tokens=16)
    assert_clear(await told(endpoint, shown, question), server)


async def test_every_picture_reaches_the_model(endpoint: Endpoint) -> None:
    """A server that dropped one would count fewer tokens."""
    tokens: list[int] = []
    for count in (1, 2, 3):
        shown = [picture(40 * n) for n in range(count)]
        ask = Ask(AskId(0), tuple(one.picture.pts for one in shown), DESCRIBE)
        reply = await endpoint.answer(shown, [ask])
        assert reply.call.usage.tokens_in is not None
        tokens.append(reply.call.usage.tokens_in)
    assert tokens[0] < tokens[1] < tokens[2]


async def test_as_many_calls_at_once_as_there_are_slots(
    endpoint: Endpoint, server: LiveServer
) -> None:
    assert endpoint.slots == SLOTS
    for first in (0, 100):
        calls = (told(endpoint, [picture(first + n)], DESCRIBE) for n in range(SLOTS))
        outcomes = await asyncio.gather(*calls)
        assert len(outcomes) == SLOTS
        for outcome in outcomes:
            assert_clear(outcome, server)


async def test_a_picture_that_cannot_be_read_is_told_as_such(server: LiveServer) -> None:
    trouble = TROUBLES[server.name]
    broken = Shown(Picture(0, NOT_A_PICTURE, 64, 64), 0.0)
    async with connected(server) as endpoint:
        with pytest.raises(trouble.unreadable, match=trouble.unreadable_words) as raised:
            await endpoint.answer([broken], [Ask(AskId(0), (0,), DESCRIBE)])
    assert server.url in str(raised.value)
    async with connected(server) as endpoint:
        assert_clear(await told(endpoint, [picture(1)], DESCRIBE), server)


async def test_a_model_that_is_not_there_never_answers(server: LiveServer) -> None:
    trouble = TROUBLES[server.name]
    async with connected(server, "nobody/nothing") as endpoint:
        with pytest.raises(trouble.missing, match=trouble.missing_words) as raised:
            await endpoint.answer([picture(0)], [Ask(AskId(0), (0,), DESCRIBE)])
    assert server.url in str(raised.value)


async def test_discovery_tells_the_servers_apart(
    llama_cpp: LiveServer, hugging_face: LiveServer
) -> None:
    # Where vLLM is usual: what it is follows from what it says.
    found = await discover({Kind.OTHER: hugging_face.port, Kind.VLLM: llama_cpp.port})
    assert [one.kind for one in found] == [Kind.OTHER, Kind.LLAMA_CPP]
    choice = choose(found)
    assert choice is not None
    assert choice.model.vision is True  # which Hugging Face's does not say


# -------------------------------------------------------------------------------------- the pool


class Listener:
    """One run at a pool: what is asked, and each outcome as often as it is told."""

    def __init__(self, pool: Pool) -> None:
        self.heard: dict[AskId, list[Answer | AskFailed]] = {}
        self._news = asyncio.Event()
        self.lane = pool.lane(keep=self._keep, stop=asyncio.Event())

    async def _keep(self, exchange: Exchange) -> None:
        for ask, outcome in exchange.outcomes:
            self.heard.setdefault(ask.id, []).append(outcome)
        self._news.set()

    async def ask(self, parcels: Sequence[tuple[Sequence[Shown], Sequence[Ask]]]) -> None:
        """Returns when every ask has been told of, and nothing is under way."""
        async with asyncio.TaskGroup() as tasks:
            self.lane.begin(tasks)
            for shown, asks in parcels:
                await self.lane.put(shown, asks)
            wanted = {ask.id for _, asks in parcels for ask in asks}
            while not wanted <= self.heard.keys():
                self._news.clear()
                await self._news.wait()
        self.lane.close()


@asynccontextmanager
async def pool_of(*servers: LiveServer) -> AsyncGenerator[Pool]:
    members = [Member(await kind.connect(given(server))) for server in servers]
    retries = Retries(attempts=3, first_wait_s=0.05, longest_wait_s=0.2, patience_s=30)
    pool = Pool(members, retries=retries)
    yield pool
    await pool.aclose()


def described(frames: Sequence[int]) -> list[tuple[Sequence[Shown], Sequence[Ask]]]:
    return [([picture(pts)], [Ask(AskId(pts), (pts,), DESCRIBE)]) for pts in frames]


async def test_each_ask_to_a_pool_comes_back_once(
    llama_cpp: LiveServer, hugging_face: LiveServer
) -> None:
    tags = ("car", "a dog", "rain")
    parcels = described(range(24))
    for frame in range(100, 112):
        first = 10 * frame
        asks = [
            Ask(AskId(first + n), (frame,), templates.presence(tag)) for n, tag in enumerate(tags)
        ]
        parcels.append(([picture(frame)], asks))
    async with pool_of(llama_cpp, hugging_face) as pool:
        run = Listener(pool)
        await run.ask(parcels)
        uses = {use.endpoint: use for use in pool.uses}
    wanted = sorted(ask.id for _, asks in parcels for ask in asks)
    assert sorted(run.heard) == wanted
    assert {len(outcomes) for outcomes in run.heard.values()} == {1}
    outcomes = [outcome for (outcome,) in run.heard.values()]
    answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    failures = [outcome for outcome in outcomes if isinstance(outcome, AskFailed)]
    assert answers
    assert all(one.reason is UnknownReason.FAILED and one.detail for one in failures)
    # None but the one that holds to a schema can have said a level.
    levels = {one.endpoint for one in answers if isinstance(one.value, Presence)}
    assert levels == {llama_cpp.name}
    assert uses.keys() == {llama_cpp.name, hugging_face.name}
    assert all(use.calls for use in uses.values())
    for name, use in uses.items():
        assert use.answered == sum(one.endpoint == name for one in answers)
        assert set(use.failures) <= {"BadReply", "EndpointDown"}


async def test_a_picture_that_nobody_can_read_costs_the_others_nothing(
    llama_cpp: LiveServer, hugging_face: LiveServer
) -> None:
    parcels = described(range(12))
    parcels[5] = ([Shown(Picture(5, NOT_A_PICTURE, 64, 64), 0.5)], parcels[5][1])
    async with pool_of(llama_cpp, hugging_face) as pool:
        run = Listener(pool)
        await run.ask(parcels)
    assert {id_: len(outcomes) for id_, outcomes in run.heard.items()} == dict.fromkeys(
        range(12), 1
    )
    failed = {id_ for id_, (outcome,) in run.heard.items() if isinstance(outcome, AskFailed)}
    assert failed == {5}
    (failure,) = run.heard[AskId(5)]
    assert isinstance(failure, AskFailed)
    assert "HTTP" in failure.detail


# ------------------------------------------------------------------------------------- the probe


async def test_a_probe_of_llama_cpp(llama_cpp: LiveServer) -> None:
    lines: list[str] = []
    profile = await probe(given(llama_cpp), kind, told=lines.append)
    assert profile.model.endswith("tiny.gguf")
    assert profile.fingerprint
    assert profile.schema == "honoured"
    assert profile.logprobs
    assert profile.streaming
    assert profile.context_tokens == 4096  # 8192, divided among the slots
    assert 1 <= profile.parallel <= 16
    assert profile.canaries_asked >= 12
    assert profile.wrong
    assert any("answers wrongly" in line for line in lines)


async def test_a_probe_of_hugging_face(hugging_face: LiveServer) -> None:
    lines: list[str] = []
    profile = await probe(given(hugging_face), kind, told=lines.append)
    assert profile.model == hugging_face.model
    assert profile.schema == "ignored"
    assert not profile.json_object
    assert not profile.logprobs
    assert profile.streaming
    assert profile.context_tokens is None
    assert profile.pictures >= 1
    assert (profile.canaries_right, profile.wrong) == (0, True)
    assert any("answers wrongly" in line for line in lines)
