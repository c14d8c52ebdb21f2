"""The database goes away under a server: it says so, and serves again when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
from serverstand import running

from sightline.store import DatabaseUrl
from sightline.testing.postgres import RunningPostgres, running_postgres


@pytest.fixture
def server() -> Generator[RunningPostgres]:
    """One that this test may stop."""
    with running_postgres() as server:
        yield server


async def until_status(client: httpx.AsyncClient, path: str, status: int) -> httpx.Response:
    while True:
        answer = await client.get(path, timeout=70)
        if answer.status_code == status:
            return answer
        await asyncio.sleep(0.1)


async def test_a_request_is_refused_at_once_while_the_database_is_away(
    server: RunningPostgres, tmp_path: Path
) -> None:
    at = DatabaseUrl.parse(server.create_database())
    async with running(at, data_dir=tmp_path) as stand, stand.client() as client:
        assert (await client.get("/api/v1/tokens")).status_code == 200
        server.stop()
        refused = await until_status(client, "/api/v1/tokens", 503)
        health = await client.get("/api/v1/health")
        await asyncio.to_thread(server.start)
        await until_status(client, "/api/v1/tokens", 200)
        again = await until_status(client, "/api/v1/health", 200)
    assert refused.headers["content-type"] == "application/problem+json"
    assert int(refused.headers["retry-after"]) > 0
    assert "cannot be reached" in refused.json()["detail"]
    assert (health.status_code, health.json()["status"]) == (200, "degraded")
    assert again.json()["status"] == "ok"
