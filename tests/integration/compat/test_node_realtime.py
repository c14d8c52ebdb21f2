"""VLM Node's realtime pictures, as its JavaScript client sends them: text, then binary."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from peer import Peer, pictures_of, running
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from sightline.api.compat.node_ws import AHEAD, PICTURE_MAX_BYTES

KEYS = {"model", "created_at", "response", "done", "image", "error"}


@asynccontextmanager
async def talking(peer: Peer, query: str = "", **given: Any) -> AsyncGenerator[ClientConnection]:
    url = f"ws://127.0.0.1:{peer.port}/api/v1/ws{query}"
    async with connect(url, max_size=None, proxy=None, **given) as socket:
        yield socket


async def answer(socket: ClientConnection) -> tuple[list[str], dict[str, Any]]:
    """The pieces of one answer, and its last message."""
    pieces: list[str] = []
    while True:
        message = await asyncio.wait_for(socket.recv(), 30)
        assert isinstance(message, bytes)
        told = json.loads(message.decode())
        assert told.keys() == KEYS
        if told["done"]:
            assert told["response"] == ""
            return pieces, told
        assert told["error"] is None
        assert told["model"] == "truthful"
        pieces.append(told["response"])


@pytest.fixture
async def pictures(peer: Peer) -> list[bytes]:
    return await pictures_of(peer.clip, 3)


async def test_pictures_are_answered_piece_by_piece_and_in_order(
    peer: Peer, pictures: list[bytes]
) -> None:
    async with talking(peer) as socket:
        await socket.send("What is there?")
        for picture in pictures:
            await socket.send(picture)
        said = [await answer(socket) for _ in pictures]
    assert [last["image"] for _, last in said] == [1, 2, 3]
    assert all(last["error"] is None for _, last in said)
    assert all(len(pieces) > 1 for pieces, _ in said)
    lines = peer.endpoint.log.lines
    assert ["".join(pieces) for pieces, _ in said] == [line.answer for line in lines]


async def test_the_question_is_remembered_until_another_comes(
    peer: Peer, pictures: list[bytes]
) -> None:
    async with talking(peer) as socket:
        await socket.send(pictures[0])  # before there is a question: it waits for one
        await socket.send("First?")
        await answer(socket)
        await socket.send(pictures[0])
        await answer(socket)
        await socket.send("Second?")
        await socket.send(pictures[0])
        _, last = await answer(socket)
    assert last["image"] == 3
    assert peer.endpoint.requests == 3


async def test_what_cannot_be_answered_is_told_and_the_connection_stays(
    peer: Peer, pictures: list[bytes]
) -> None:
    async with talking(peer) as socket:
        for _ in range(AHEAD + 1):
            await socket.send(pictures[0])
        _, last = await answer(socket)
        assert (last["image"], "question" in last["error"]) == (AHEAD + 1, True)
        await socket.send("What is there?")
        for _ in range(AHEAD):
            assert (await answer(socket))[1]["error"] is None
        for bad in (b"", b"not a picture", pictures[0][:200], b"\0" * (PICTURE_MAX_BYTES + 1)):
            await socket.send(bad)
            pieces, last = await answer(socket)
            assert pieces == []
            assert last["error"]
            assert "/tmp" not in last["error"]
        await socket.send("x" * 20_001)
        await socket.send(pictures[0])
        assert "question" in (await answer(socket))[1]["error"]
        await socket.send("What is there?")
        await socket.send(pictures[1])
        pieces, last = await answer(socket)
        assert (last["error"], bool(pieces)) == (None, True)


async def test_trouble_with_the_endpoint_is_told(peer: Peer, pictures: list[bytes]) -> None:
    behaviour = peer.endpoint.behaviour
    async with talking(peer) as socket:
        await socket.send("What is there?")
        peer.endpoint.behaviour = type(behaviour)(api_key="wanted")
        await socket.send(pictures[0])
        pieces, last = await answer(socket)
        assert pieces == []
        assert "key" in last["error"]


async def test_the_limit_of_tokens_is_the_clients(peer: Peer, pictures: list[bytes]) -> None:
    async with talking(peer, "?num_predict=4") as socket:
        await socket.send("What is there?")
        await socket.send(pictures[0])
        pieces, _ = await answer(socket)
    whole = peer.endpoint.log.lines[0].answer
    assert isinstance(whole, str)
    assert whole.startswith("".join(pieces))
    assert 0 < len("".join(pieces)) < len(whole)


async def test_whoever_is_faster_than_the_model_is_held_back(
    peer: Peer, pictures: list[bytes]
) -> None:
    peer.slow_down(0.1)
    many = 20
    async with talking(peer) as socket:
        await socket.send("What is there?")
        sending = asyncio.create_task(_send(socket, pictures[0], many))
        numbers = [(await answer(socket))[1]["image"] for _ in range(many)]
        await sending
    assert numbers == list(range(1, many + 1))
    assert peer.endpoint.peak_in_flight == 1


async def _send(socket: ClientConnection, picture: bytes, times: int) -> None:
    for _ in range(times):
        await socket.send(picture)


async def test_whoever_leaves_ends_the_call(peer: Peer, pictures: list[bytes]) -> None:
    peer.slow_down(60)
    async with talking(peer) as socket:
        await socket.send("What is there?")
        await socket.send(pictures[0])
        async with asyncio.timeout(30):
            while not peer.endpoint.in_flight:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    async with asyncio.timeout(30):
        while peer.endpoint.in_flight:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert all(member.in_flight == 0 for member in peer.services.fleet.pool.members)  # pyright: ignore[reportOptionalMemberAccess]


async def test_pages_of_other_sites_are_refused_and_those_that_are_allowed_are_not(
    tmp_path: Path,
) -> None:
    friend = "http://cameras.lan:3000"
    async with running(tmp_path, origins=(friend,)) as peer:
        [picture] = await pictures_of(peer.clip, 1)
        for origin in ("http://evil.example", "null"):
            with pytest.raises(InvalidStatus) as refused:
                async with talking(peer, origin=origin):
                    pass
            assert refused.value.response.status_code == 403
        for origin in (friend, peer.url, None):
            async with talking(peer, origin=origin) as socket:
                await socket.send("What is there?")
                await socket.send(picture)
                assert (await answer(socket))[1]["error"] is None
