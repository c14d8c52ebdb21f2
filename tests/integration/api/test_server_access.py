"""Who may come in, over real sockets: what a guard promises must hold on the wire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import Body, FastAPI
from fastapi.responses import StreamingResponse
from fastapi.websockets import WebSocket
from serverstand import Stand, running
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from sightline.api.access import ADMIN, OPERATE, READ
from sightline.api.deps import StoppingDep
from sightline.errors import Conflict, NotFound, StoreFull
from sightline.services.server.access import Scope
from sightline.store import DatabaseUrl

PAGE = "http://localhost:5173"
EVIL = "https://evil.example"


def own_routes(app: FastAPI) -> None:
    """One of each kind, so that no test depends on what other routes mean."""

    @app.get("/api/v1/t/read", dependencies=[READ])
    async def read() -> str:
        return "read"

    @app.post("/api/v1/t/operate", dependencies=[OPERATE])
    async def operate() -> str:
        return "operated"

    @app.post("/api/v1/t/admin", dependencies=[ADMIN])
    async def admin() -> str:
        return "administered"

    @app.get("/analyze")
    async def analyze() -> str:
        return "analysed"

    @app.post("/api/v1/t/number")
    async def number(n: Annotated[int, Body(embed=True)]) -> int:
        return n

    @app.get("/api/v1/t/fails/{kind}")
    async def fails(kind: str) -> str:
        kinds = {"missing": NotFound, "conflict": Conflict, "full": StoreFull}
        raise kinds[kind](f"about {kind}") if kind in kinds else RuntimeError("sl_secret inside")

    @app.websocket("/api/v1/ws")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(await socket.receive_text())
        await socket.close()

    @app.websocket("/api/v1/t/words")
    async def words(socket: WebSocket) -> None:
        await socket.accept()
        while True:
            await socket.send_text("word")
            await asyncio.sleep(0.02)

    @app.get("/api/v1/t/words", dependencies=[READ])
    async def stream() -> StreamingResponse:
        async def forever() -> AsyncGenerator[str]:
            while True:
                yield "data: word\n\n"
                await asyncio.sleep(0.02)

        return StreamingResponse(forever(), media_type="text/event-stream")


@pytest.fixture
async def stand(store_location: Path | DatabaseUrl, tmp_path: Path) -> AsyncGenerator[Stand]:
    """On a database of each kind; bound to loopback, and once more as if beyond it."""
    async with running(store_location, data_dir=tmp_path, with_routes=own_routes) as stand:
        yield stand


@pytest.fixture
async def beyond(tmp_path: Path) -> AsyncGenerator[Stand]:
    """Bound to all addresses of this machine: nobody is local."""
    async with running(
        tmp_path / "library.db",
        data_dir=tmp_path,
        addresses=("0.0.0.0:0",),
        with_routes=own_routes,
    ) as stand:
        yield stand


async def test_on_loopback_no_token_is_needed(stand: Stand) -> None:
    async with stand.client() as client:
        assert (await client.post("/api/v1/t/admin")).json() == "administered"
        who = (await client.get("/api/v1/session")).json()
    assert (who["scope"], who["how"]) == ("admin", "local")


async def test_a_proxy_on_this_machine_does_not_make_everybody_local(stand: Stand) -> None:
    async with stand.client() as client:
        for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
            answer = await client.get("/api/v1/t/read", headers={header: "127.0.0.1"})
            assert answer.status_code == 401, header


async def test_a_token_opens_what_its_scope_says_and_no_more(stand: Stand) -> None:
    opened: dict[str, list[int]] = {}
    async with stand.client(headers={"X-Forwarded-For": "10.0.0.1"}) as client:
        for scope in Scope:
            token, _ = await stand.access.create(f"for {scope}", scope)
            bearer = {"Authorization": f"Bearer {token}"}
            answers = [
                await client.get("/api/v1/t/read", headers=bearer),
                await client.post("/api/v1/t/operate", headers=bearer),
                await client.post("/api/v1/t/admin", headers=bearer),
                await client.get("/api/v1/tokens", headers=bearer),
            ]
            opened[scope] = [answer.status_code for answer in answers]
    assert opened == {
        "read": [200, 403, 403, 403],
        "operate": [200, 200, 403, 403],
        "admin": [200, 200, 200, 200],
    }


async def test_a_token_becomes_a_cookie_that_scripts_do_not_see(beyond: Stand) -> None:
    token, _ = await beyond.access.create("tablet", Scope.OPERATE)
    async with beyond.client() as client:
        assert (await client.get("/api/v1/t/read")).status_code == 401
        came = await client.post("/api/v1/session", json={"token": token})
        cookie = came.headers["set-cookie"].lower()
        assert came.status_code == 201
        assert token not in came.text + cookie
        assert f"sightline-{beyond.ports[0]}=" in cookie
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "secure" not in cookie
        assert (await client.get("/api/v1/t/read")).status_code == 200
        assert (await client.post("/api/v1/t/operate")).status_code == 200
        assert (await client.post("/api/v1/t/admin")).status_code == 403
        who = (await client.get("/api/v1/session")).json()
        assert (who["scope"], who["how"]) == ("operate", "session")
        assert (await client.delete("/api/v1/session")).status_code == 204
        kept = {"Cookie": came.headers["set-cookie"].split(";")[0]}
        assert (await client.get("/api/v1/t/read", headers=kept)).status_code == 401


async def test_behind_tls_the_cookie_stays_there(beyond: Stand) -> None:
    beyond.change(hosts=("nas.example",))
    token, _ = await beyond.access.create("tablet", Scope.READ)
    async with beyond.client() as client:
        came = await client.post(
            "/api/v1/session",
            json={"token": token},
            headers={"Host": "nas.example", "Origin": "https://nas.example"},
        )
    assert came.status_code == 201
    assert "secure" in came.headers["set-cookie"].lower()


async def test_a_revoked_token_and_its_sessions_end_at_once(beyond: Stand) -> None:
    token, record = await beyond.access.create("lost", Scope.READ)
    bearer = {"Authorization": f"Bearer {token}"}
    async with beyond.client() as client:
        await client.post("/api/v1/session", json={"token": token})
        assert (await client.get("/api/v1/t/read")).status_code == 200
        assert (await client.get("/api/v1/t/read", headers=bearer)).status_code == 200
        await beyond.access.revoke(record.id)
        assert (await client.get("/api/v1/t/read")).status_code == 401
        assert (await client.get("/api/v1/t/read", headers=bearer)).status_code == 401


async def hear_out(socket: ClientConnection) -> None:
    while True:
        await socket.recv()


async def test_streams_of_a_revoked_token_end(
    beyond: Stand, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("sightline.api.outgoing.RECHECK_S", 0.1)
    token, record = await beyond.access.create("lost", Scope.OPERATE)
    bearer = {"Authorization": f"Bearer {token}"}
    address = f"{beyond.url}/api/v1/t/words"
    async with (
        beyond.client(headers=bearer) as client,
        client.stream("GET", address) as answer,
        connect(address.replace("http", "ws"), additional_headers=bearer) as socket,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == "data: word"
        assert await socket.recv() == "word"
        await beyond.access.revoke(record.id)
        async for _ in lines:  # until the server ends it
            pass
        with pytest.raises(ConnectionClosedError) as closed:
            await hear_out(socket)
        assert closed.value.rcvd
        assert closed.value.rcvd.code == 1008
    assert caplog.text == ""


async def test_streams_go_on_while_their_token_is_good(
    beyond: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sightline.api.outgoing.RECHECK_S", 0.05)
    token, _ = await beyond.access.create("kept", Scope.OPERATE)
    _, other = await beyond.access.create("other", Scope.OPERATE)
    bearer = {"Authorization": f"Bearer {token}"}
    async with (
        beyond.client(headers=bearer) as client,
        client.stream("GET", "/api/v1/t/words") as answer,
    ):
        heard = 0
        async for line in answer.aiter_lines():
            heard += line == "data: word"
            if heard == 5 and line:
                await beyond.access.revoke(other.id)
            if heard == 20:
                break
    assert heard == 20


async def test_tokens_are_made_listed_and_revoked_over_the_api(stand: Stand) -> None:
    ends = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    async with stand.client() as client:
        wish = {"name": "hall", "scope": "operate", "expires_at": ends}
        made = await client.post("/api/v1/tokens", json=wish)
        listed = (await client.get("/api/v1/tokens")).json()
        gone = await client.delete(f"/api/v1/tokens/{made.json()['id']}")
        again = await client.delete(f"/api/v1/tokens/{made.json()['id']}")
        bearer = {"Authorization": f"Bearer {made.json()['token']}"}
        refused = await client.get("/api/v1/t/read", headers=bearer)
    assert made.status_code == 201
    assert made.json()["token"].startswith("sl_")
    assert (listed["total"], listed["items"][0]["name"]) == (1, "hall")
    assert "token" not in listed["items"][0]
    assert (gone.status_code, again.status_code, refused.status_code) == (204, 404, 401)


def everything_below(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"name": "x", "expires_at": "2001-01-01T00:00:00Z"}, 409),
        ({"name": "x", "expires_at": "0001-01-01T00:00:00+12:00"}, 422),
        ({"name": "x", "expires_at": "9999-12-31T23:59:59-12:00"}, 422),
        ({"name": "  "}, 422),
        ({"name": "x" * 201}, 422),
        ({"name": "x", "scope": "owner"}, 422),
        ({"name": "a\0b \ud83d"}, 422),
        ({"name": "a\0b"}, 201),
        ({"name": "\u202eevil"}, 201),
    ],
)
async def test_wishes_for_tokens_that_make_no_sense(
    stand: Stand, wish: dict[str, str], status: int
) -> None:
    async with stand.client() as client:
        body = json.dumps(wish)
        answer = await client.post(
            "/api/v1/tokens", content=body, headers={"Content-Type": "application/json"}
        )
        listed = await client.get("/api/v1/tokens")
        several = await client.put("/api/v1/tokens")
    assert (answer.status_code, listed.status_code) == (status, 200)
    assert several.headers["allow"] == "GET, POST"


async def test_no_token_can_be_read_in_the_database(tmp_path: Path) -> None:
    at = tmp_path / "library.db"
    async with running(at, data_dir=tmp_path) as stand, stand.client() as client:
        token, _ = await stand.access.create("tablet", Scope.ADMIN)
        came = await client.post("/api/v1/session", json={"token": token})
        cookie = came.headers["set-cookie"].partition("=")[2].partition(";")[0]
    kept = everything_below(tmp_path)
    assert b"tablet" in kept
    assert token.encode() not in kept
    assert token.removeprefix("sl_").encode() not in kept
    assert cookie.encode() not in kept


async def test_guessing_is_slowed_and_does_not_lock_out_who_was_in(beyond: Stand) -> None:
    beyond.change(logins_per_minute=3)
    token, _ = await beyond.access.create("tablet", Scope.READ)
    bearer = {"Authorization": f"Bearer {token}"}
    async with beyond.client() as client:
        assert (await client.get("/api/v1/t/read", headers=bearer)).status_code == 200
        tried = [
            await client.post("/api/v1/session", json={"token": f"sl_guess{n}"}) for n in range(5)
        ]
        by_header = await client.get(
            "/api/v1/t/read", headers={"Authorization": "Bearer sl_guess9"}
        )
        still_in = await client.get("/api/v1/t/read", headers=bearer)
    assert [one.status_code for one in tried] == [401, 401, 401, 429, 429]
    assert 1 <= int(tried[-1].headers["retry-after"]) <= 60
    assert by_header.status_code == 429
    assert still_in.status_code == 200


async def test_the_same_wrong_token_again_is_one_try(beyond: Stand) -> None:
    beyond.change(logins_per_minute=2)
    old = {"Authorization": "Bearer sl_of-a-page-that-still-polls"}
    token, _ = await beyond.access.create("new", Scope.READ)
    async with beyond.client() as client:
        for _ in range(6):
            assert (await client.get("/api/v1/t/read", headers=old)).status_code == 401
        came = await client.post("/api/v1/session", json={"token": token})
    assert came.status_code == 201


async def test_a_token_ends_when_its_time_is_over(tmp_path: Path) -> None:
    begun = datetime.now(UTC)
    clock = [begun]
    async with running(
        tmp_path / "library.db", data_dir=tmp_path, with_routes=own_routes, now=lambda: clock[0]
    ) as stand:
        token, _ = await stand.access.create("s", Scope.READ, expires_at=begun + timedelta(1))
        clock[0] = begun + timedelta(2)
        async with stand.client() as client:
            bearer = {"Authorization": f"Bearer {token}"}
            assert (await client.get("/api/v1/t/read", headers=bearer)).status_code == 401


# ------------------------------------------------------------------------------- other sites


async def test_a_name_led_here_by_its_owner_is_refused(stand: Stand) -> None:
    async with stand.client() as client:
        for host in ("evil.example", f"evil.example:{stand.ports[0]}", "127.0.0.1.nip.example"):
            answer = await client.get("/api/v1/t/read", headers={"Host": host})
            assert answer.status_code == 421, host
        named = {"Host": f"localhost:{stand.ports[0]}"}
        assert (await client.get("/api/v1/t/read", headers=named)).status_code == 200


async def test_another_page_can_neither_write_nor_set_off_nor_listen(stand: Stand) -> None:
    foreign = {"Origin": EVIL, "User-Agent": "Mozilla/5.0"}
    async with stand.client(headers=foreign) as client:
        assert (await client.post("/api/v1/t/operate")).status_code == 403
        assert (await client.get("/analyze")).status_code == 403
        form = {"Content-Type": "text/plain"}
        assert (await client.post("/api/v1/tokens", content="{}", headers=form)).status_code == 403
        read = await client.get("/api/v1/t/read")
        assert "access-control-allow-origin" not in read.headers
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"{stand.url}/api/v1/ws".replace("http", "ws"), origin=EVIL):  # pyright: ignore[reportArgumentType]
            raise AssertionError("it was let in")
    assert refused.value.response.status_code == 403


async def test_a_websocket_of_our_own_page_or_of_a_program_is_let_in(stand: Stand) -> None:
    address = f"{stand.url}/api/v1/ws".replace("http", "ws")
    for origin in (stand.url, None):
        async with connect(address, origin=origin) as socket:  # pyright: ignore[reportArgumentType]
            await socket.send("hello")
            assert await socket.recv() == "hello"


async def test_a_websocket_needs_a_token_like_all_else(beyond: Stand) -> None:
    beyond.change(compat=True)
    address = f"{beyond.url}/api/v1/ws".replace("http", "ws")
    reader, _ = await beyond.access.create("r", Scope.READ)
    operator, _ = await beyond.access.create("o", Scope.OPERATE)
    for headers, status in (({}, 401), ({"Authorization": f"Bearer {reader}"}, 403)):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(address, additional_headers=headers):
                raise AssertionError("it was let in")
        assert refused.value.response.status_code == status
    async with connect(
        address, additional_headers={"Authorization": f"Bearer {operator}"}
    ) as socket:
        await socket.send("hello")
        assert await socket.recv() == "hello"


async def test_a_listed_page_of_another_server_works_with_real_cors(beyond: Stand) -> None:
    """As a browser goes about it: preflight, then the request, then reading the answer."""
    beyond.change(origins=(PAGE,), trusted_networks=("127.0.0.0/8",), compat=True)
    async with beyond.client() as client:
        asked = {
            "Origin": PAGE,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        }
        preflight = await client.options("/api/v1/t/operate", headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == PAGE
        assert preflight.headers["access-control-allow-headers"] == "content-type"
        done = await client.post("/api/v1/t/operate", headers={"Origin": PAGE})
        assert (done.status_code, done.json()) == (200, "operated")
        assert done.headers["access-control-allow-origin"] == PAGE
        assert done.headers["access-control-allow-credentials"] == "true"
        set_off = await client.get("/analyze", headers={"Origin": PAGE})
        assert (set_off.status_code, set_off.json()) == (200, "analysed")
        # What trust in a network does not give: settings, endpoints, tokens.
        assert (await client.post("/api/v1/t/admin", headers={"Origin": PAGE})).status_code == 403
        for origin in (EVIL, "http://localhost:5174"):
            assert (
                await client.options("/api/v1/t/operate", headers=asked | {"Origin": origin})
            ).status_code == 403
            refused = await client.post("/api/v1/t/operate", headers={"Origin": origin})
            assert refused.status_code == 403
            assert "access-control-allow-origin" not in refused.headers


async def test_each_socket_speaks_for_itself(tmp_path: Path) -> None:
    """Bound to loopback and, on another port, to all addresses."""
    async with running(
        tmp_path / "library.db",
        data_dir=tmp_path,
        addresses=("127.0.0.1:0", "0.0.0.0:0"),
        with_routes=own_routes,
    ) as stand:
        statuses: list[int] = []
        for port in stand.ports:
            async with httpx.AsyncClient(trust_env=False) as client:
                answer = await client.get(f"http://127.0.0.1:{port}/api/v1/t/read")
                statuses.append(answer.status_code)
    assert statuses == [200, 401]


# ----------------------------------------------------------------------------------- problems


async def test_whatever_is_refused_is_a_problem_in_one_shape(
    stand: Stand, caplog: pytest.LogCaptureFixture
) -> None:
    async with stand.client() as client:
        answers = {
            "unknown path": await client.get("/api/v1/nothing"),
            "method": await client.put("/api/v1/t/read"),
            "missing": await client.get("/api/v1/t/fails/missing"),
            "conflict": await client.get("/api/v1/t/fails/conflict"),
            "full": await client.get("/api/v1/t/fails/full"),
            "fault": await client.get("/api/v1/t/fails/otherwise"),
            "field": await client.post("/api/v1/t/number", json={"n": "many"}),
            "json": await client.post(
                "/api/v1/t/number",
                content=b"{",
                headers={"Content-Type": "application/json"},
            ),
            "large": await client.post("/api/v1/t/number", content=b"x" * (1024**2 + 1)),
        }
    for name, answer in answers.items():
        assert answer.headers["content-type"] == "application/problem+json", name
        problem = answer.json()
        assert problem["status"] == answer.status_code, name
        assert problem["type"].startswith("urn:sightline:problem:"), name
        assert problem["detail"], name
        assert problem["instance"].startswith("/api/v1/"), name
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "unknown path": 404,
        "method": 405,
        "missing": 404,
        "conflict": 409,
        "full": 507,
        "fault": 500,
        "field": 422,
        "json": 422,
        "large": 413,
    }
    assert answers["method"].headers["allow"] == "GET"
    assert answers["field"].json()["errors"][0]["field"] == "body.n"
    assert "sl_secret" not in answers["fault"].text
    assert "sl_secret inside" in caplog.text


async def test_large_answers_are_packed_and_small_ones_are_not(stand: Stand) -> None:
    async with stand.client() as client:
        large = await client.get("/api/v1/openapi.json")
        small = await client.get("/api/v1/health")
    assert large.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in small.headers


# ------------------------------------------------------------------------------------- system


async def test_health_is_for_everybody_and_says_no_more(beyond: Stand) -> None:
    async with beyond.client() as client:
        answer = await client.get("/api/v1/health")
        head = await client.head("/api/v1/health")
    assert (answer.status_code, head.status_code, head.content) == (200, 200, b"")
    assert sorted(answer.json()) == ["status", "version"]
    assert answer.json()["status"] == "ok"


async def test_the_system_tells_how_it_is(stand: Stand, tmp_path: Path) -> None:
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "clip.bin").write_bytes(bytes(5000))
    async with stand.client() as client:
        told = (await client.get("/api/v1/system")).json()
    assert told["database"]["kind"] in {"sqlite", "postgresql"}
    assert told["database"]["bytes"] > 0
    assert told["usage_bytes"]["uploads"] == 5000
    assert told["counts"] == {"media": 0, "runs": 0}
    assert told["disk"]["free_bytes"] <= told["disk"]["total_bytes"]
    assert told["data_dir"] == str(tmp_path)


async def test_what_serve_prints_leads_to_a_page(beyond: Stand) -> None:
    async with beyond.client() as client:
        answer = await client.get("/", follow_redirects=True)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")


async def test_the_document_and_its_page_need_nothing_from_elsewhere(beyond: Stand) -> None:
    async with beyond.client() as client:
        document = (await client.get("/api/v1/openapi.json")).json()
        page = await client.get("/api/docs")
        login = await client.get("/login")
    assert document["openapi"].startswith("3.1")
    assert "Problem" in document["components"]["schemas"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert "/api/v1/tokens" in page.text
    for text in (page.text, login.text):
        assert "http://" not in text
        assert "https://" not in text
        assert "src=" not in text
    assert "script-src 'sha256-" in login.headers["content-security-policy"]


async def test_a_stream_without_end_ends_when_the_server_does(tmp_path: Path) -> None:
    def with_stream(app: FastAPI) -> None:
        @app.get("/api/v1/t/stream")
        async def stream(stopping: StoppingDep) -> StreamingResponse:
            async def lines() -> AsyncGenerator[str]:
                yield "data: begun\n\n"
                await stopping.wait()
                yield "data: over\n\n"

            return StreamingResponse(lines(), media_type="text/event-stream")

    heard: list[str] = []

    async def listen(stand: Stand, begun: asyncio.Event) -> None:
        async with stand.client() as client, client.stream("GET", "/api/v1/t/stream") as answer:
            async for line in answer.aiter_lines():
                heard.append(line)
                begun.set()

    async with running(
        tmp_path / "library.db", data_dir=tmp_path, with_routes=with_stream
    ) as stand:
        begun = asyncio.Event()
        listening = asyncio.create_task(listen(stand, begun))
        await begun.wait()
    await listening
    assert [line for line in heard if line] == ["data: begun", "data: over"]
