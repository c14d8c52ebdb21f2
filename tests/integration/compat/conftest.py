from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
from peer import Peer, running

from sightline.testing.postgres import RunningPostgres


@pytest.fixture
async def peer(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Peer]:
    """With its library in SQLite, or as the test's parameter says."""
    if getattr(request, "param", "sqlite") == "sqlite":
        async with running(tmp_path) as one:
            yield one
        return
    server: RunningPostgres = request.getfixturevalue("postgres")
    url = server.create_database(like=request.getfixturevalue("migrated_database"))
    async with running(tmp_path, database_url=url) as one:
        yield one
    server.drop_database(url)


@pytest.fixture
async def client(peer: Peer) -> AsyncGenerator[httpx.AsyncClient]:
    async with peer.client() as one:
        yield one
