"""What a library holds, seen through the store itself after the command has ended."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, select

from sightline.store import Results, Store
from sightline.store.database import Database
from sightline.store.tables import calls, facts, media, media_files, run_ledger, runs, spans
from sightline.values import Track


@dataclass(frozen=True)
class Rows:
    """How many there are of each kind."""

    media: int
    files: int
    facts: int
    calls: int
    runs: int
    ledger: int
    spans: int


def rows(data_dir: Path) -> Rows:
    def count(connection: Connection) -> Rows:
        def of(table: Table[Any]) -> int:
            return connection.scalar(select(func.count()).select_from(table)) or 0

        tables = (media, media_files, facts, calls, runs, run_ledger, spans)
        return Rows(*(of(table) for table in tables))

    async def look() -> Rows:
        database = await Database.open(data_dir / "sightline.db")
        try:
            return await database.read(count)
        finally:
            await database.aclose()

    return asyncio.run(look())


def all_results(data_dir: Path) -> list[Results]:
    """Of every run about every media, oldest first."""

    async def look() -> list[Results]:
        async with await Store.open(data_dir / "sightline.db") as store:
            return [
                await store.results(record.run.id)
                for item in await store.list_media()
                for record in await store.runs_of(item.media)
            ]

    return asyncio.run(look())


def assert_nothing_is_called_absent(data_dir: Path) -> None:
    """Every stored track is unknown from its first tick to its last, and no answer is stored."""
    for results in all_results(data_dir):
        for track in results.findings:
            assert isinstance(track, Track)
            assert track.spans == ()
            assert track.unknown
            for before, after in zip(track.unknown, track.unknown[1:], strict=False):
                assert before.end == after.start
    found = rows(data_dir)
    assert (found.facts, found.calls, found.spans) == (0, 0, 0)


def bytes_on_disk(data_dir: Path) -> bytes:
    """Everything in the library's folder, write-ahead log and lock files included."""
    return b"".join(path.read_bytes() for path in data_dir.rglob("*") if path.is_file())
