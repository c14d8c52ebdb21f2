"""A loopback HTTP server that says exactly what a test tells it to, good or bad."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Heard:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Say:
    """One reply; `body` is sent as JSON unless it is bytes."""

    body: object = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    hang: bool = False
    """Never say anything."""
    trickle: bool = False
    """A byte now and then, without end."""
    break_off: bool = False
    """Close the connection in the middle of the body."""


Script = Callable[[Heard], Say]


def completion(content: str | None, **choice: object) -> Say:
    message = {"role": "assistant", "content": content, "refusal": choice.pop("refusal", None)}
    return Say(
        {
            "id": "1",
            "object": "chat.completion",
            "model": "m",
            "choices": [{"index": 0, "finish_reason": "stop", "message": message} | choice],
            "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
        }
    )


def failure(status: int, message: str, **error: object) -> Say:
    return Say({"error": {"message": message} | error}, status)


class ScriptedServer:
    def __init__(self, script: Script) -> None:
        self.script = script
        self.heard: list[Heard] = []
        self.connections = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            while await self._exchange(reader, writer):
                pass
        writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first = await reader.readexactly(1)
        if first == b"\x16":  # a TLS handshake, which a plain server takes for a bad request
            writer.write(b"HTTP/1.1 400 X\r\n\r\n")
            return False
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in head[1:]) if n}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        heard = Heard(method, path, headers, body)
        self.heard.append(heard)
        say = self.script(heard)
        if say.hang:
            await reader.read()
            return False
        content = say.body if isinstance(say.body, bytes) else json.dumps(say.body).encode()
        kind = "text/html" if content.startswith(b"<") else "application/json"
        length = 1 << 30 if say.trickle or say.break_off else len(content)
        sent = {"content-type": kind, "content-length": str(length)} | say.headers
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        writer.write(f"HTTP/1.1 {say.status} X\r\n{lines}\r\n".encode() + content)
        await writer.drain()
        while say.trickle:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)
        return not say.break_off


@contextlib.asynccontextmanager
async def serving(script: Script) -> AsyncGenerator[ScriptedServer]:
    scripted = ScriptedServer(script)
    tasks: set[asyncio.Task[None]] = set()
    writers: set[asyncio.StreamWriter] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        tasks.add(asyncio.ensure_future(scripted.serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    scripted.port = server.sockets[0].getsockname()[1]
    try:
        yield scripted
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)  # closed sockets are let go in the loop's next turn
