"""What every response carries, and when one that has no end has to end."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.types import Message, Send

from sightline.api.arrivals import Arrival
from sightline.errors import Refused, StoreError
from sightline.settings import ServerSettings

RECHECK_S = 10.0
"""How often it is asked anew whether whoever hears a stream still may."""

_EXPOSED = (
    "Location, Retry-After, ETag, Content-Range, Accept-Ranges, Last-Event-ID, Upload-Offset, "
    "Upload-Length, Upload-Expires, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, "
    "Sightline-Media, Sightline-Pts, Sightline-Seconds"
)
_COMMON_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_API_CSP = (
    b"default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_OTHER_CSP = (
    b"default-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; "
    b"form-action 'self'; frame-ancestors 'none'"
)
"""Of what is neither the API's nor the page's, which says more itself."""


class Outgoing:
    """`send`, with the headers that every response has.

    With `recheck`, which raises once the caller may come in no more, a stream or a WebSocket ends
    with its next word after that. A response of known length goes on: it has an end.
    """

    def __init__(self, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._headers = headers
        self._checked_at = time.monotonic()
        self._is_endless = False
        self.started = False
        self.ended = False
        """Before the route wanted it to: whatever it raises is the consequence."""
        self.recheck: Callable[[], Awaitable[None]] | None = None

    async def __call__(self, message: Message) -> None:
        kind = message["type"]
        if kind in {"http.response.start", "websocket.http.response.start"}:
            self.started = True
            own = list(message.get("headers", ()))
            there = {name.lower() for name, _ in own}
            self._is_endless = kind == "http.response.start" and b"content-length" not in there
            own += [(n, v) for n, v in self._headers if n == b"vary" or n not in there]
            message = {**message, "headers": own}
        elif kind in {"websocket.accept", "websocket.close"}:
            self.started = True
        elif self.recheck and (self._is_endless or kind == "websocket.send"):
            await self._end_when_refused(kind, self.recheck)
        await self._send(message)

    async def _end_when_refused(self, kind: str, recheck: Callable[[], Awaitable[None]]) -> None:
        """Raises `OSError`, as a broken connection would."""
        now = time.monotonic()
        if now - self._checked_at < RECHECK_S:
            return
        self._checked_at = now
        try:
            await recheck()
        except StoreError:  # it will be asked again
            return
        except (Refused, HTTPException):
            self.ended = True
            if kind == "websocket.send":
                await self._send({"type": "websocket.close", "code": 1008})
            else:
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
            raise OSError("the caller may come in no more") from None


def headers_for(arrival: Arrival, server: ServerSettings) -> list[tuple[bytes, bytes]]:
    is_api = arrival.path.startswith("/api/")
    headers = [*_COMMON_HEADERS, (b"content-security-policy", _API_CSP if is_api else _OTHER_CSP)]
    # Pages elsewhere may show our pictures only where some may call us at all.
    policy = b"cross-origin" if server.origins else b"same-origin"
    headers.append((b"cross-origin-resource-policy", policy))
    if is_api:
        headers.append((b"cache-control", b"no-store"))
    if server.origins:
        headers.append((b"vary", b"Origin"))
        if (origin := arrival.header("origin")) in server.origins:
            headers += [
                (b"access-control-allow-origin", origin.encode("latin-1")),
                (b"access-control-allow-credentials", b"true"),
                (b"access-control-expose-headers", _EXPOSED.encode()),
            ]
    return headers
