"""The gate: what every request and every WebSocket passes before any route sees it.

In this order: the Host is one of ours; no other site's page sends what changes state; the caller
is known and may do this kind of thing; the body is not too large. What comes out gets the headers
that keep browsers in check. Whatever a route raises beyond that is answered here, too.

Plain ASGI, since it runs for each of many small requests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Connection

from sightline.api import paths
from sightline.api.access import refusal
from sightline.api.arrivals import (
    Address,
    Arrival,
    foreign,
    is_known_host,
    is_local,
    is_loopback,
    is_trusted,
    origin_of,
)
from sightline.api.cookies import session_of
from sightline.api.deps import CALLER
from sightline.api.outgoing import Outgoing, headers_for
from sightline.api.problems import Trouble, trouble_of
from sightline.api.shapes import respond
from sightline.services.server.access import Access, Caller, Scope
from sightline.services.server.pulse import Pulse
from sightline.settings import ServerSettings

URL_MAX_BYTES = 16 * 1024

_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


class Gate:
    """`bound`: what the server listens on; None in tests, where connections tell."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        access: Access,
        server: Callable[[], ServerSettings],
        bound: Sequence[Address] | None = None,
        names: Sequence[str] = (),
        pulse: Pulse,
    ) -> None:
        self._app = app
        self._access = access
        self._server = server
        self._pulse = pulse
        self._bound = bound
        self._names = frozenset(name.lower() for name in names)
        self._wider = bound is not None and any(not is_loopback(host) for host, _ in bound)

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        arrival, server = Arrival.of(scope), self._server()
        out = Outgoing(send, headers_for(arrival, server))
        try:
            await self._pass(arrival, server, scope, receive, out)
        except ClientDisconnect:
            return
        except Exception as error:
            if out.ended:
                return
            if out.started:
                raise
            trouble = trouble_of(error, arrival.path)
            await _refuse(arrival, trouble, scope, receive, out)

    async def _pass(
        self,
        arrival: Arrival,
        server: ServerSettings,
        scope: Connection,
        receive: Receive,
        out: Outgoing,
    ) -> None:
        self._check_form(arrival, server, scope)
        if _is_preflight(arrival):
            await _answer_preflight(arrival, server, scope, receive, out)
            return
        acts = paths.changes_state(arrival.path, arrival.method)
        if acts and (why := foreign(arrival, server.origins)):
            raise HTTPException(
                403,
                f"Refused, since {why}. Only this server's own pages may do that, and those that "
                "the setting server.origins lists.",
            )
        scope[CALLER] = await self._admit(arrival, server, acts=acts)
        if scope[CALLER] is not None and scope[CALLER].token is not None:

            async def recheck() -> None:
                await self._admit(arrival, self._server(), acts=acts)

            out.recheck = recheck
        limit = paths.body_limit(arrival.path, arrival.header("content-type"))
        if limit is not None and scope["type"] == "http":
            receive = _limited(arrival, receive, limit)
        work = self._app(scope, receive, out)
        if scope["type"] == "http" and limit is not None:
            # An upload, which has no limit, may go on without the database until it is whole.
            await self._pulse.heed(work, answered=lambda: out.started)
        else:
            await work

    def _check_form(self, arrival: Arrival, server: ServerSettings, scope: Connection) -> None:
        if arrival.twice:
            raise HTTPException(400, f"The header {arrival.twice} is there more than once.")
        query = scope["query_string"]
        if len(query) + len(arrival.path) > URL_MAX_BYTES:
            raise HTTPException(414, f"The URL is longer than {URL_MAX_BYTES} bytes.")
        if "\0" in arrival.path or b"%00" in query or b"\0" in query:
            raise HTTPException(400, "The URL has a NUL character in it, which nothing here has.")
        names = self._names.union(name.lower() for name in server.hosts)
        end = arrival.end
        wider = self._wider or (self._bound is None and bool(end and not is_loopback(end[0])))
        if not is_known_host(arrival, names, wider=wider):
            host = arrival.header("host") or "nothing"
            raise HTTPException(
                421,
                f"The request is for the host {host}, which is no name of this server. If it is, "
                "add it to the setting server.hosts.",
            )

    async def _admit(
        self, arrival: Arrival, server: ServerSettings, *, acts: bool
    ) -> Caller | None:
        """Who asks. Raises when a path that is guarded wants more."""
        local = is_local(arrival, self._bound) and not server.require_token
        system = paths.system_of(arrival.path)
        if system is not None and not local and not server.compat:
            raise HTTPException(
                403,
                f"The routes of {system} are served on this machine only. The setting "
                "server.compat opens them to others who may come in.",
            )
        guarded = paths.is_guarded(arrival.path, arrival.method)
        caller = await self._identify(arrival, server, local=local, guarded=guarded)
        if guarded:
            least = Scope.OPERATE if acts and arrival.path != paths.SESSION else Scope.READ
            if refused := refusal(caller, least):
                raise refused
        return caller

    async def _identify(
        self, arrival: Arrival, server: ServerSettings, *, local: bool, guarded: bool
    ) -> Caller | None:
        found: list[Caller] = []
        if local:
            found.append(Caller(Scope.ADMIN, "local"))
        elif is_trusted(arrival, server.trusted_networks):
            found.append(Caller(Scope.OPERATE, "network"))
        if guarded:  # what is open stays so when the database is away
            await self._pulse.check()
            scheme, _, token = arrival.header("authorization").partition(" ")
            if scheme.lower() == "bearer" and self._access.is_token(token.strip()):
                # Whoever shows a token wants what it says, and no more.
                return await self._access.by_token(token.strip(), address=origin_of(arrival.peer))
            cookie = session_of(arrival.header("cookie"), host=arrival.header("host"))
            if cookie and not local and (session := await self._access.by_session(cookie)):
                found.append(session)
        return max(found, key=lambda one: one.scope.rank, default=None)


def _is_preflight(arrival: Arrival) -> bool:
    return (
        arrival.method == "OPTIONS"
        and b"origin" in arrival.headers
        and b"access-control-request-method" in arrival.headers
    )


async def _answer_preflight(
    arrival: Arrival, server: ServerSettings, scope: Connection, receive: Receive, out: Outgoing
) -> None:
    if arrival.header("origin") not in server.origins:
        raise HTTPException(
            403,
            f"Pages of {arrival.header('origin')} may not call this server. The setting "
            "server.origins lists those that may.",
        )
    headers = {"Access-Control-Allow-Methods": _METHODS, "Access-Control-Max-Age": "600"}
    if wanted := arrival.header("access-control-request-headers"):
        headers["Access-Control-Allow-Headers"] = wanted
    await Response(status_code=204, headers=headers)(scope, receive, out)


def _limited(arrival: Arrival, receive: Receive, limit: int) -> Receive:
    """Reads no more than that. Raises where the body is longer, or says it will be."""

    def refuse() -> HTTPException:
        return HTTPException(
            413,
            f"The request is larger than {limit:,} bytes. Files are sent to {paths.V1}/uploads.",
        )

    said = arrival.header("content-length")
    if said.isdecimal() and int(said) > limit:
        raise refuse()
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if read > limit:
                raise refuse()
        return message

    return counted


async def _refuse(
    arrival: Arrival, trouble: Trouble, scope: Connection, receive: Receive, out: Outgoing
) -> None:
    """A response; for a WebSocket in place of its opening, where the server can."""
    if scope["type"] == "websocket" and "websocket.http.response" not in (
        scope.get("extensions") or {}
    ):
        await out({"type": "websocket.close", "code": 1008, "reason": trouble.title})
        return
    await respond(arrival.path, trouble)(scope, receive, out)
