"""The gate over an application that lets everything through: what gets that far, and as whom."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest
from starlette.types import Message, Receive, Scope, Send

from sightline.api.deps import CALLER
from sightline.api.gate import Gate
from sightline.errors import StoreError
from sightline.services.server.access import Access, Caller, Unknown
from sightline.services.server.access import Scope as Allowed
from sightline.services.server.pulse import Pulse
from sightline.settings import ServerSettings

EVERYWHERE = [("0.0.0.0", 8470)]
LOOPBACK = [("127.0.0.1", 8470)]
READER, OPERATOR, ADMIN = "sl_reader", "sl_operator", "sl_admin"
EVIL = "https://evil.example"
LISTED = "http://localhost:5173"


class Tokens:
    """Stands for `Access`: knows a token of each scope, and sessions of the same names."""

    is_token = staticmethod(Access.is_token)

    async def by_token(self, token: str, *, address: str) -> Caller:
        scopes = {READER: Allowed.READ, OPERATOR: Allowed.OPERATE, ADMIN: Allowed.ADMIN}
        if token not in scopes:
            raise Unknown
        return Caller(scopes[token], "token", token)

    async def by_session(self, secret: str) -> Caller | None:
        if not secret.startswith("s-"):
            return None
        return Caller(Allowed(secret.removeprefix("s-")), "session", secret)


@dataclass
class Heart:
    """Stands for `Pulse`."""

    away: bool = False

    async def check(self) -> None:
        if self.away:
            raise StoreError("the database cannot be reached")

    async def heed(self, work: Awaitable[None], *, answered: Callable[[], bool]) -> None:
        await work


@dataclass
class Came:
    """What a request came to."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    caller: Caller | None = None
    reached: bool = False

    @property
    def problem(self) -> dict[str, object]:
        return json.loads(self.body)


async def send_in(
    *,
    method: str = "GET",
    path: str = "/api/v1/runs",
    peer: str = "127.0.0.1",
    end: str = "127.0.0.1",
    bound: Sequence[tuple[str, int]] | None = None,
    server: ServerSettings | None = None,
    heart: Heart | None = None,
    bodies: Sequence[bytes] = (b"",),
    fault: Exception | None = None,
    kind: str = "http",
    extensions: dict[str, object] | None = None,
    query: bytes = b"",
    **headers: str,
) -> Came:
    """One request through the gate, as if from a socket."""
    came = Came()
    headers = {"host": "localhost:8470", **headers}
    scope: Scope = {
        "type": kind,
        "method": method,
        "path": path,
        "query_string": query,
        "client": (peer, 50_000),
        "server": (end, 8470),
        "headers": [(n.replace("_", "-").encode(), v.encode()) for n, v in headers.items()],
        "extensions": extensions,
    }
    waiting = list(bodies)

    async def receive() -> Message:
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message: Message) -> None:
        if message["type"].endswith("response.start"):
            came.status = message["status"]
            came.headers = {n.decode().lower(): v.decode() for n, v in message["headers"]}
        elif message["type"] == "websocket.close":
            came.status = message["code"]
        came.body += message.get("body", b"")

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        if fault:
            raise fault
        while scope["type"] == "http" and (await receive())["more_body"]:
            pass
        came.reached, came.caller = True, scope[CALLER]
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"done"})

    gate = Gate(
        inner,
        access=cast("Access", Tokens()),
        server=lambda: server or ServerSettings(),
        bound=bound,
        names=("nas", "nas.local"),
        pulse=cast("Pulse", heart or Heart()),
    )
    await gate(scope, receive, send)
    return came


# ------------------------------------------------------------------------------ who comes in


@pytest.mark.parametrize(
    ("given", "scope", "how"),
    [
        ({"bound": LOOPBACK}, "admin", "local"),
        ({"bound": LOOPBACK, "authorization": f"Bearer {READER}"}, "read", "token"),
        ({"bound": LOOPBACK, "authorization": "Bearer sk-of-somebody-else"}, "admin", "local"),
        ({"bound": EVERYWHERE, "authorization": f"Bearer {OPERATOR}"}, "operate", "token"),
        ({"bound": EVERYWHERE, "authorization": f"bearer  {ADMIN}"}, "admin", "token"),
        ({"bound": EVERYWHERE, "cookie": "sightline-8470=s-read"}, "read", "session"),
        ({"bound": EVERYWHERE, "cookie": "a=b; sightline-8470=s-admin; c"}, "admin", "session"),
        ({"bound": EVERYWHERE, "peer": "10.0.0.7"}, "operate", "network"),
        (
            {"bound": EVERYWHERE, "peer": "10.0.0.7", "cookie": "sightline-8470=s-admin"},
            "admin",
            "session",
        ),
        (
            {"bound": EVERYWHERE, "peer": "10.0.0.7", "cookie": "sightline-8470=s-read"},
            "operate",
            "network",
        ),
        (
            {"bound": EVERYWHERE, "peer": "10.0.0.7", "cookie": "sightline-8470=over"},
            "operate",
            "network",
        ),
    ],
)
async def test_a_caller_is_known_by_socket_token_cookie_or_network(
    given: dict[str, str], scope: str, how: str
) -> None:
    trusting = ServerSettings(trusted_networks=("10.0.0.0/8",))
    came = await send_in(server=trusting, **given)  # pyright: ignore[reportArgumentType]
    assert came.reached
    assert came.caller is not None
    assert (came.caller.scope, came.caller.how) == (scope, how)


@pytest.mark.parametrize(
    "given",
    [
        {"bound": EVERYWHERE},
        {"bound": EVERYWHERE, "peer": "10.0.0.7", "end": "10.0.0.1"},
        {"bound": LOOPBACK, "x_forwarded_for": "203.0.113.9"},
        {"bound": LOOPBACK, "forwarded": "for=203.0.113.9"},
        {"bound": LOOPBACK, "authorization": "Bearer sl_revoked"},
        {"bound": EVERYWHERE, "authorization": f"Basic {ADMIN}"},
        {"bound": EVERYWHERE, "authorization": ADMIN},
        {"bound": EVERYWHERE, "cookie": "sightline-8470=over"},
        {"bound": EVERYWHERE, "cookie": "sightline-9999=s-admin"},  # another server's
        {"bound": EVERYWHERE, "cookie": "sightline=s-admin"},
    ],
)
async def test_nobody_else_gets_further(given: dict[str, str]) -> None:
    came = await send_in(**given)  # pyright: ignore[reportArgumentType]
    assert (came.status, came.reached) == (401, False)
    assert came.headers["www-authenticate"].startswith("Bearer")
    assert came.headers["content-type"] == "application/problem+json"
    assert came.problem["title"] == "Unauthorized"


@pytest.mark.parametrize(
    ("token", "method", "path", "status"),
    [
        (READER, "GET", "/api/v1/runs", 200),
        (READER, "HEAD", "/api/v1/runs", 200),
        (READER, "POST", "/api/v1/runs", 403),
        (READER, "DELETE", "/api/v1/runs/r1", 403),
        (READER, "DELETE", "/api/v1/session", 200),  # logging out is for all
        (OPERATOR, "POST", "/api/v1/runs", 200),
        (ADMIN, "POST", "/api/v1/runs", 200),
        (READER, "GET", "/results/r1", 200),
        (READER, "GET", "/analyze", 403),
        (OPERATOR, "GET", "/analyze", 200),
        (OPERATOR, "GET", "/cancel/r1", 200),
    ],
)
async def test_what_changes_state_wants_more_than_reading(
    token: str, method: str, path: str, status: int
) -> None:
    came = await send_in(
        method=method,
        path=path,
        bound=EVERYWHERE,
        server=ServerSettings(compat=True),
        authorization=f"Bearer {token}",
    )
    assert came.status == status


async def test_a_token_can_be_wanted_of_this_machine_too() -> None:
    strict = ServerSettings(require_token=True)
    nobody = await send_in(server=strict, bound=LOOPBACK)
    somebody = await send_in(server=strict, bound=LOOPBACK, authorization=f"Bearer {READER}")
    assert [nobody.status, somebody.status] == [401, 200]


async def test_health_is_open_and_asks_no_database() -> None:
    came = await send_in(path="/api/v1/health", bound=EVERYWHERE, heart=Heart(away=True))
    assert (came.status, came.caller) == (200, None)


async def test_a_database_that_is_away_is_told_at_once_with_when_to_come_again() -> None:
    came = await send_in(heart=Heart(away=True))
    assert (came.status, came.reached) == (503, False)
    assert int(came.headers["retry-after"]) > 0


@pytest.mark.parametrize("path", ["/api/videos/", "/api/v1/jobs", "/analyze"])
async def test_other_systems_routes_are_for_this_machine_unless_opened(path: str) -> None:
    beyond = {"bound": EVERYWHERE, "peer": "10.0.0.7", "authorization": f"Bearer {ADMIN}"}
    closed = await send_in(path=path, **beyond)  # pyright: ignore[reportArgumentType]
    opened = await send_in(path=path, server=ServerSettings(compat=True), **beyond)  # pyright: ignore[reportArgumentType]
    here = await send_in(path=path, bound=LOOPBACK)
    proxied = await send_in(path=path, bound=LOOPBACK, via="1.1 proxy")
    assert [came.status for came in (closed, opened, here, proxied)] == [403, 200, 200, 403]


async def test_each_system_is_refused_in_its_own_words() -> None:
    said = {
        path: await send_in(path=path, bound=EVERYWHERE)
        for path in ("/api/videos/", "/api/v1/jobs", "/health")
    }
    haven, node, chronicon = said.values()
    assert "server.compat" in str(haven.problem["detail"])
    assert "server.compat" in str(chronicon.problem["error"])
    assert node.headers["content-type"].startswith("text/plain")
    assert b"server.compat" in node.body


# ------------------------------------------------------------------------------- other sites


@pytest.mark.parametrize(
    ("host", "bound", "status"),
    [
        ("localhost:8470", LOOPBACK, 200),
        ("127.0.0.1", LOOPBACK, 200),
        ("evil.example", LOOPBACK, 421),
        ("evil.example:8470", LOOPBACK, 421),
        ("", LOOPBACK, 421),
        ("nas:8470", EVERYWHERE, 401),  # known, but a token is needed
        ("vision.example", EVERYWHERE, 401),
        ("evil.example", EVERYWHERE, 421),
    ],
)
async def test_a_name_that_is_not_ours_is_refused_before_anything(
    host: str, bound: list[tuple[str, int]], status: int
) -> None:
    known = ServerSettings(hosts=("Vision.example",))
    came = await send_in(host=host, bound=bound, server=known)
    assert came.status == status


async def test_rebinding_is_refused_on_open_paths_too() -> None:
    came = await send_in(path="/api/v1/health", host="evil.example")
    assert (came.status, came.reached) == (421, False)
    assert "server.hosts" in str(came.problem["detail"])


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"method": "POST", "origin": EVIL}, 403),
        ({"method": "POST", "origin": "null"}, 403),
        ({"method": "POST", "origin": "http://localhost:8470"}, 200),
        ({"method": "POST", "origin": LISTED}, 200),
        ({"method": "POST"}, 200),
        ({"method": "POST", "path": "/api/v1/session", "origin": EVIL}, 403),
        ({"method": "GET", "origin": EVIL}, 200),  # which that page cannot read
        ({"path": "/analyze", "origin": EVIL}, 403),
        ({"path": "/analyze", "sec_fetch_site": "cross-site"}, 403),
        ({"path": "/analyze", "sec_fetch_site": "same-site"}, 403),
        ({"path": "/analyze", "origin": LISTED, "sec_fetch_site": "cross-site"}, 200),
        ({"path": "/analyze"}, 200),
    ],
)
async def test_pages_of_other_sites_set_nothing_off(given: dict[str, str], status: int) -> None:
    came = await send_in(server=ServerSettings(origins=(LISTED,)), **given)  # pyright: ignore[reportArgumentType]
    assert came.status == status
    assert came.reached is (status == 200)


async def test_a_websocket_of_another_site_is_refused_before_it_opens() -> None:
    plain = await send_in(kind="websocket", path="/api/v1/ws", origin=EVIL)
    told = await send_in(
        kind="websocket",
        path="/api/v1/ws",
        origin=EVIL,
        extensions={"websocket.http.response": {}},
    )
    ours = await send_in(kind="websocket", path="/api/v1/ws", origin="http://localhost:8470")
    assert (plain.status, plain.reached) == (1008, False)
    assert (told.status, told.reached) == (403, False)
    assert ours.reached


async def test_nobody_is_told_that_it_may_read_unless_listed() -> None:
    server = ServerSettings(origins=(LISTED,))
    listed = await send_in(server=server, origin=LISTED)
    evil = await send_in(server=server, origin=EVIL)
    off = await send_in(origin=LISTED)
    assert listed.headers["access-control-allow-origin"] == LISTED
    assert listed.headers["access-control-allow-credentials"] == "true"
    assert "Upload-Offset" in listed.headers["access-control-expose-headers"]
    assert listed.headers["vary"] == "Origin"
    for other in (evil, off):
        assert not [name for name in other.headers if name.startswith("access-control")]


async def test_refusals_can_be_read_by_a_listed_page() -> None:
    came = await send_in(server=ServerSettings(origins=(LISTED,)), bound=EVERYWHERE, origin=LISTED)
    assert came.status == 401
    assert came.headers["access-control-allow-origin"] == LISTED


async def test_a_preflight_is_answered_for_listed_pages_alone() -> None:
    asked = {
        "method": "OPTIONS",
        "access_control_request_method": "PATCH",
        "access_control_request_headers": "authorization,tus-resumable",
        "bound": EVERYWHERE,  # a preflight carries no token
    }
    server = ServerSettings(origins=(LISTED,))
    yes = await send_in(server=server, origin=LISTED, **asked)  # pyright: ignore[reportArgumentType]
    no = await send_in(server=server, origin=EVIL, **asked)  # pyright: ignore[reportArgumentType]
    assert (yes.status, no.status) == (204, 403)
    assert "PATCH" in yes.headers["access-control-allow-methods"]
    assert yes.headers["access-control-allow-headers"] == "authorization,tus-resumable"
    assert "access-control-allow-origin" not in no.headers
    assert not yes.reached


async def test_every_response_tells_browsers_to_be_careful() -> None:
    for came in (await send_in(), await send_in(host="evil.example"), await send_in(path="/x")):
        assert came.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in came.headers["content-security-policy"]
        assert came.headers["cross-origin-resource-policy"] == "same-origin"
        assert came.headers["referrer-policy"] == "same-origin"


# ------------------------------------------------------------------------------------- form


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"query": b"q=a%00b"}, 400),
        ({"path": "/api/v1/runs/a\0b"}, 400),
        ({"query": b"q=" + b"x" * 17_000}, 414),
    ],
)
async def test_urls_that_nothing_here_has_are_refused(given: dict[str, str], status: int) -> None:
    came = await send_in(**given)  # pyright: ignore[reportArgumentType]
    assert (came.status, came.reached) == (status, False)


async def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    came = await send_in(method="POST", path="/api/v1/tokens", content_length=str(1024**2 + 1))
    assert (came.status, came.reached) == (413, False)


async def test_a_body_that_does_not_say_so_is_read_as_far_as_allowed() -> None:
    half = b"x" * (512 * 1024)
    within = await send_in(method="POST", path="/api/v1/tokens", bodies=[half, half])
    beyond = await send_in(method="POST", path="/api/v1/tokens", bodies=[half, half, b"x"])
    upload = await send_in(method="POST", path="/api/v1/uploads", bodies=[half, half, half])
    assert [came.status for came in (within, beyond, upload)] == [200, 413, 200]


async def test_a_fault_is_told_without_what_it_says(caplog: pytest.LogCaptureFixture) -> None:
    came = await send_in(fault=RuntimeError("the secret is 42"))
    assert came.status == 500
    assert b"secret" not in came.body
    name = str(came.problem["detail"]).rstrip(".").rpartition(" ")[2]
    assert name in caplog.text
    assert "the secret is 42" in caplog.text
