"""The implementations that the contract suites run against."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import update

from sightline.media.files import look
from sightline.ports import RunLedger
from sightline.store import DatabaseUrl, Store, StoredLedger
from sightline.store.database import Database
from sightline.store.tables import facts
from sightline.testing.fakes import make_footage
from sightline.values import Media


class Shelf(Protocol):
    """Where the ledgers of a contract test are kept; two media are on it."""

    @property
    def media(self) -> Sequence[Media]: ...

    async def open_run(
        self, request: str = "r", *, models: Sequence[str] = ("m",), media: int = 0
    ) -> RunLedger:
        """As `Store.open_run`: takes over a run whose process has died."""
        ...

    async def bury(self, ledger: RunLedger) -> None:
        """The process that holds the run dies, or only seems to: the ledger can still be used."""
        ...

    async def distrust_all(self) -> None:
        """Mark every answer that is stored as unusable."""
        ...


class StoredShelf:
    """The real one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._store = Store(database)
        self._open: list[StoredLedger] = []
        self._footage = [make_footage(name="first"), make_footage(name="second")]
        self.media = [footage.media for footage in self._footage]

    async def fill(self, folder: Path) -> None:
        for n, footage in enumerate(self._footage):
            path = folder / f"{n}.mp4"
            path.touch()
            await self._store.remember_media(footage.media, footage.frames, file=look(path))

    async def open_run(
        self, request: str = "r", *, models: Sequence[str] = ("m",), media: int = 0
    ) -> RunLedger:
        ledger = await self._store.open_run(
            self.media[media],
            "tagging",
            parameters={},
            request=request,
            models=models,
            settings={},
        )
        self._open.append(ledger)
        return ledger

    async def bury(self, ledger: RunLedger) -> None:
        for mine in self._open:
            if mine is ledger:
                mine.close()

    async def distrust_all(self) -> None:
        noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
        everything = update(facts).values(distrusted_at=noon)
        await self._database.write(lambda connection: connection.execute(everything).close())

    def close(self) -> None:
        for ledger in self._open:
            ledger.close()


@pytest.fixture
async def shelf(tmp_path: Path, store_location: Path | DatabaseUrl) -> AsyncGenerator[Shelf]:
    database = await Database.open(store_location)
    real = StoredShelf(database)
    await real.fill(tmp_path)
    yield real
    real.close()
    await database.aclose()
