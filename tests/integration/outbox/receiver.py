"""A webhook receiver on loopback that says what a test tells it to, and keeps what it was sent."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import ssl
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Got:
    """One request as it came."""

    head: str
    headers: dict[str, str]
    body: bytes

    def is_signed_with(self, secret: str) -> bool:
        """By the standard's text, and none of our code."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        text = b".".join(
            [self.headers["webhook-id"].encode(), self.headers["webhook-timestamp"].encode()]
        )
        digest = hmac.new(key, text + b"." + self.body, hashlib.sha256).digest()
        expected = "v1," + base64.b64encode(digest).decode()
        return hmac.compare_digest(expected, self.headers["webhook-signature"])


Reply = Callable[[int], bytes]
"""By how many came before: all bytes of the reply."""


def say(status: int, body: str = "", **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = [f"HTTP/1.1 {status} X", f"content-length: {len(body.encode())}", *lines, "", body]
    return "\r\n".join(head).encode()


@dataclass
class Receiver:
    """`url` is where it is."""

    reply: Reply
    port: int = 0
    got: list[Got] = field(default_factory=list[Got])
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    """Replies wait for it."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def until(self, count: int) -> None:
        while len(self.got) < count:  # noqa: ASYNC110  (the test's own limit ends it)
            await asyncio.sleep(0.01)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.got.append(Got(first, headers, body))
            number = len(self.got) - 1
            await self.hold.wait()
            writer.write(self.reply(number))
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def receiving(
    reply: Reply = lambda _: say(200), *, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[Receiver]:
    receiver = Receiver(reply)
    receiver.hold.set()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        receiver.hold.set()
        server.close()
        await server.wait_closed()
