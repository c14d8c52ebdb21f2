"""The implementations that the contract suites run against."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

import pytest

from sightline.media.files import look
from sightline.ports import RunLedger
from sightline.store import Store, StoredLedger
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

    def __init__(self, store: Store) -> None:
        self._store = store
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
        with closing(sqlite3.connect(self._store.path)) as connection, connection:
            connection.execute("UPDATE facts SET distrusted_at = '2026-11-20 12:00:00.000000'")

    def close(self) -> None:
        for ledger in self._open:
            ledger.close()


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncGenerator[Shelf]:
    async with await Store.open(tmp_path / "library.db") as store:
        real = StoredShelf(store)
        await real.fill(tmp_path)
        yield real
        real.close()
