from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from timeline_server import Screening, screening

from sightline.testing.postgres import RunningPostgres


@pytest.fixture
async def show(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Screening]:
    """With its library in SQLite, or as the test's parameter says."""
    if getattr(request, "param", "sqlite") == "sqlite":
        async with screening(tmp_path) as one:
            yield one
        return
    server: RunningPostgres = request.getfixturevalue("postgres")
    url = server.create_database(like=request.getfixturevalue("migrated_database"))
    async with screening(tmp_path, database_url=url) as one:
        yield one
    server.drop_database(url)
