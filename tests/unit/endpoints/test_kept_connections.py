"""Servers that close a kept connection without a word, as llama.cpp does after an error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import httpx2
import pytest

from sightline.endpoints.http import Server

REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def closing_after(replies: int) -> AsyncGenerator[tuple[Server, list[int]]]:
    """A server that on each connection answers so many requests and closes at the next.

    The list holds, for each connection, how many requests came on it.
    """
    heard: list[int] = []
    ended = asyncio.Semaphore(0)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(heard)
        heard.append(0)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                heard[number] += 1
                if heard[number] > replies:
                    break
                writer.write(REPLY)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        ended.release()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield Server("desk", f"http://127.0.0.1:{port}/v1"), heard
        for _ in heard:
            await ended.acquire()


async def test_a_kept_connection_that_was_closed_is_no_failure():
    async with (
        closing_after(1) as (server, heard),
        server.client(slots=1, timeout_s=10) as client,
    ):
        for _ in range(3):
            assert (await client.get(server.url)).text == "ok"
    assert heard == [2, 2, 1]


async def test_what_fails_on_a_connection_of_its_own_is_not_repeated():
    async with (
        closing_after(0) as (server, heard),
        server.client(slots=1, timeout_s=10) as client,
    ):
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.get(server.url)
    assert heard == [1]
