"""How much a library holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, text

from sightline.store.tables import media
from sightline.store.worktables import jobs


@dataclass(frozen=True, slots=True)
class Extent:
    """What a library has, and what it takes."""

    kind: str
    """Of database: `sqlite` or `postgresql`."""
    size_bytes: int
    """What the database takes of its disk; on SQLite without its log."""
    counts: Mapping[str, int]
    """`media` and `runs`."""


def measure(connection: Connection) -> Extent:
    tables = (("media", media), ("runs", jobs))
    counts = {
        name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for name, table in tables
    }
    return Extent(connection.dialect.name, _size_bytes(connection), counts)


def _size_bytes(connection: Connection) -> int:
    if connection.dialect.name == "postgresql":
        return connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    pages: int = connection.execute(text("PRAGMA page_count")).scalar_one()
    return pages * int(connection.execute(text("PRAGMA page_size")).scalar_one())
