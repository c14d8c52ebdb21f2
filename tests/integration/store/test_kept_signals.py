"""Signals in the store, and the migration that brought them."""

import sqlite3
from array import array
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect
from worlds import add, open_run, told

from sightline.errors import StoreError
from sightline.media.files import look
from sightline.store import DatabaseUrl, Store, schema
from sightline.store import signals as stored
from sightline.store.tables import metadata
from sightline.values import Signals


def some(count: int, *, within: float | None = 6.0) -> Signals:
    pts = array("q", (512 * n + n % 3 for n in range(count)))
    return Signals(
        pts=pts,
        brightness=array("B", (n * 7 % 256 for n in range(count))),
        sharpness=array("B", (n * 13 % 256 for n in range(count))),
        motion=array("f", (n % 40 / 4 for n in range(count))),
        change=array("f", (n % 1000 / 8 for n in range(count))),
        alike=array("q", (pts[n - n % 5] for n in range(count))),
        alike_within=within,
    )


def columns(signals: Signals) -> list[list[float]]:
    names = ("pts", "brightness", "sharpness", "motion", "change", "alike")
    return [list(getattr(signals, name)) for name in names]


@pytest.mark.parametrize("within", [6.0, None])
@pytest.mark.parametrize("count", [1, 2, 5000])
async def test_signals_come_back_as_they_were(
    tmp_path: Path, store_location: Path | DatabaseUrl, count: int, within: float | None
) -> None:
    async with await Store.open(store_location) as store:
        media = (await add(store, tmp_path / "clip.mp4")).media
        assert await store.find_signals(media, part="all") is None
        await store.remember_signals(media, some(count, within=within), part="all")
        await store.remember_signals(media, some(1), part="sampled")
        found = await store.find_signals(media, part="all")
        assert found is not None
        assert found.alike_within == within
        assert columns(found) == columns(some(count))
        other = (await add(store, tmp_path / "other.mp4")).media
        assert await store.find_signals(other, part="all") is None


async def test_they_replace_older_ones_and_go_with_the_media(
    tmp_path: Path, store_location: Path | DatabaseUrl
) -> None:
    async with await Store.open(store_location) as store:
        media = (await add(store, tmp_path / "clip.mp4")).media
        await store.remember_signals(media, some(3), part="all")
        await store.remember_signals(media, some(7), part="all")
        found = await store.find_signals(media, part="all")
        assert found is not None
        assert len(found) == 7
        await store.erase_media(media.digest)
        with pytest.raises(StoreError, match="not in the library"):
            await store.remember_signals(media, some(3), part="all")
        media = (await add(store, tmp_path / "clip.mp4")).media
        assert await store.find_signals(media, part="all") is None


async def test_those_of_an_older_version_are_measured_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with await Store.open(tmp_path / "library.db") as store:
        media = (await add(store, tmp_path / "clip.mp4")).media
        await store.remember_signals(media, some(3), part="all")
        monkeypatch.setattr(stored, "SIGNALS_VERSION", 99)
        assert await store.find_signals(media, part="all") is None


async def test_an_hour_of_signals_is_small(tmp_path: Path) -> None:
    async with await Store.open(tmp_path / "library.db") as store:
        media = (await add(store, tmp_path / "clip.mp4")).media
        before = (tmp_path / "library.db").stat().st_size
        await store.remember_signals(media, some(108_000), part="all")
    assert (tmp_path / "library.db").stat().st_size - before < 1_000_000


async def test_a_media_keeps_when_it_was_taken_and_what_its_pictures_are_called(
    tmp_path: Path, store_location: Path | DatabaseUrl
) -> None:
    async with await Store.open(store_location) as store:
        footage = await add(store, tmp_path / "set")
        media = replace(footage.media, taken_at="2025-08-10T16:54:40+02:00")
        frames = replace(footage.frames, names=tuple(f"p{n}" for n in range(len(footage.frames))))
        file = look(tmp_path / "set")
        await store.remember_media(media, frames, file=file)
        assert await store.find_file(file) == (
            media,
            replace(frames, pts=array("q", frames.pts), keyframes=array("q", frames.keyframes)),
        )


async def test_a_library_of_the_first_version_is_migrated_and_back(tmp_path: Path) -> None:
    """Both ways, with rows in the tables that change."""
    path = tmp_path / "library.db"
    async with await Store.open(path) as store:
        media = (await add(store, tmp_path / "clip.mp4")).media
        ledger = await open_run(store, media)
        await ledger.record(*told([1, 2, 3]))
        ledger.close()
        await store.remember_signals(media, some(3), part="all")
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(schema.MIGRATIONS))
        command.downgrade(config, "0001")
        assert not inspect(connection).has_table("signals")
    async with await Store.open(path) as store:
        ledger = await open_run(store, media)
        entries = await ledger.entries()
        assert [entry.shared for entry in entries] == [False, False, False]
        ledger.close()
        assert await store.find_signals(media, part="all") is None
    with engine.connect() as connection:
        migrated = {
            table: sorted(column["name"] for column in inspect(connection).get_columns(table))
            for table in metadata.tables
        }
    engine.dispose()
    assert migrated == {
        name: sorted(column.name for column in table.columns)
        for name, table in metadata.tables.items()
    }
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
