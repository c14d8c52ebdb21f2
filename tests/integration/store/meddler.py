"""A network between a client and PostgreSQL that fails at the worst moment, once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

Failure = Literal["reply lost", "commit lost", "commit late"]


@dataclass
class Meddler:
    """Passes bytes on, until it is told what to do with the next COMMIT."""

    port: int
    upstream: int
    failure: Failure | None = None
    failed: list[Failure] = field(default_factory=list[Failure])
    serving: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(client, to_client))
        self.serving.add(task)
        await asyncio.wait([task])

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection("127.0.0.1", self.upstream)
        replies = asyncio.create_task(_pass_on(server, to_client))
        try:
            while data := await client.read(65536):
                if self.failure and b"COMMIT\0" in data:
                    failure, self.failure = self.failure, None
                    self.failed.append(failure)
                    await self._fail(failure, data, to_client=to_client, to_server=to_server)
                    break
                to_server.write(data)
                await to_server.drain()
        finally:
            replies.cancel()
            await asyncio.wait([replies])
            for writer in (to_client, to_server):
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()

    async def _fail(
        self,
        failure: Failure,
        data: bytes,
        *,
        to_client: asyncio.StreamWriter,
        to_server: asyncio.StreamWriter,
    ) -> None:
        to_client.transport.abort()
        if failure == "commit late":
            await asyncio.sleep(0.7)
        if failure != "commit lost":
            to_server.write(data)
            await to_server.drain()
            await asyncio.sleep(0.3)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def meddling(upstream: int) -> AsyncGenerator[Meddler]:
    meddler = Meddler(0, upstream)
    listening = await asyncio.start_server(meddler.serve, "127.0.0.1", 0)
    meddler.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield meddler
    for task in meddler.serving:
        task.cancel()
    if meddler.serving:
        await asyncio.wait(meddler.serving)
