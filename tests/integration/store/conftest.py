"""Where the libraries of these tests are, beside what all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from sightline.store import DatabaseUrl


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_location(request: pytest.FixtureRequest, tmp_path: Path) -> Path | DatabaseUrl:
    """Where nothing is yet, not even tables."""
    if request.param == "sqlite":
        return tmp_path / "library.db"
    return DatabaseUrl.parse(request.getfixturevalue("postgres_url"))
