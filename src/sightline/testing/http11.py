"""HTTP/1.1 on asyncio and h11: keep-alive, streaming, and the ways in which servers break.

Small on purpose: it serves tests on the loopback, where its speed is the ceiling of what a test
can measure.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

import h11

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    """Without the query."""
    authorization: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: tuple[bytes, ...]
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    streamed: bool = False
    """Each piece of the body goes out by itself, without a length said beforehand."""
    reset: bool = False
    """The connection is reset: at once, or after half of the pieces of a streamed body."""


Handler = Callable[[Request], Awaitable[Response]]
"""Cancelled when the client leaves before its response."""


class HttpServer:
    """Listens on one port, until closed."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> str:
        """Listen, and give the URL; port 0 takes a free one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self._handler, self._connections), host, port
        )
        return f"http://{host}:{self._server.sockets[0].getsockname()[1]}"

    async def aclose(self) -> None:
        if self._server:
            self._server.close()
            connections = tuple(self._connections)
            for connection in connections:
                connection.abort()
            tasks = [c.task for c in connections if c.task]
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._server.wait_closed()


class _Connection(asyncio.Protocol):
    def __init__(self, handler: Handler, register: set[_Connection]) -> None:
        self._handler = handler
        self._register = register
        self._http = h11.Connection(h11.SERVER)
        self._head: h11.Request | None = None
        self._body: list[bytes] = []
        self.task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._register.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol
        self._register.discard(self)
        if self.task:
            self.task.cancel()

    def data_received(self, data: bytes) -> None:
        self._http.receive_data(data)
        self._read()

    def eof_received(self) -> bool:
        return False

    def abort(self) -> None:
        self._transport.abort()

    def _read(self) -> None:
        try:
            while True:
                event = self._http.next_event()
                if isinstance(event, h11.Request):
                    self._head, self._body = event, []
                elif isinstance(event, h11.Data):
                    self._body.append(bytes(event.data))
                elif isinstance(event, h11.EndOfMessage) and self._head:
                    self.task = asyncio.create_task(self._respond(self._head))
                else:
                    return
        except h11.RemoteProtocolError:
            self._transport.close()

    async def _respond(self, head: h11.Request) -> None:
        headers = dict(head.headers)
        request = Request(
            method=head.method.decode(),
            path=head.target.decode().partition("?")[0],
            authorization=headers.get(b"authorization", b"").decode(),
            body=b"".join(self._body),
        )
        response = await self._handler(request)
        if response.reset and not response.streamed:
            self._reset()
            return
        await self._send(response)
        if response.reset:
            self._reset()
        elif self._http.our_state is h11.MUST_CLOSE:
            self._transport.close()
        else:
            self._http.start_next_cycle()
            self._read()

    async def _send(self, response: Response) -> None:
        headers = [("content-type", response.content_type), *response.headers]
        pieces = response.body
        if response.streamed:
            pieces = pieces[: len(pieces) // 2] if response.reset else pieces
        else:
            pieces = (b"".join(pieces),)
            headers.append(("content-length", str(len(pieces[0]))))
        head = self._http.send(h11.Response(status_code=response.status, headers=headers)) or b""
        out = [head, *(self._http.send(h11.Data(data=piece)) or b"" for piece in pieces)]
        if not response.reset:
            out.append(self._http.send(h11.EndOfMessage()) or b"")
        if not response.streamed:
            self._transport.write(b"".join(out))
            return
        for data in out:
            self._transport.write(data)
            # Lets other requests in between, as a model that writes word by word would.
            await asyncio.sleep(0)

    def _reset(self) -> None:
        connected = cast("socket.socket", self._transport.get_extra_info("socket"))
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()
