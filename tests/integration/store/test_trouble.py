"""What the store says when the file, the disk or another process is in the way."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from worlds import add, open_run, told

from sightline.errors import StoreError, StoreFull
from sightline.store import Store
from sightline.store.database import Database
from sightline.store.sqlite import explained

LIMITED = """
import asyncio, resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from worlds import add, open_run, told
from sightline.errors import StoreFull
from sightline.store import Store

async def main(path):
    async with await Store.open(path) as store:
        ledger = await open_run(store, (await add(store, path.with_name("clip"))).media)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, -1))
        recorded = 0
        try:
            while True:
                await ledger.record(*told([recorded], raw="x" * 5000))
                recorded += 1
        except StoreFull as full:
            print(recorded, full)
        assert len(await ledger.entries()) == recorded
        resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
        await ledger.record(*told([recorded]))
        ledger.close()

asyncio.run(main(Path(sys.argv[1])))
"""


async def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "library.db"
    async with await Store.open(path) as store:
        await add(store, tmp_path / "clip.mp4")
        modes = {
            file.relative_to(tmp_path).as_posix(): stat.S_IMODE(file.stat().st_mode)
            for file in (tmp_path / "new").rglob("*")
        }
    assert modes == {
        "new/folder": 0o700,
        "new/folder/library.db": 0o600,
        "new/folder/library.db-shm": 0o600,
        "new/folder/library.db-wal": 0o600,
        "new/folder/library.db.locks": 0o700,
    }


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    path.write_bytes(b"these are no tables. " * 500)
    with pytest.raises(StoreError, match=r"library\.db: it is not a database"):
        await Store.open(path)
    assert path.read_bytes() == b"these are no tables. " * 500


async def test_the_database_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(StoreError, match=r"library\.db: .*another program"):
        await Store.open(path)


@pytest.mark.parametrize("name", ["file/library.db", "folder"])
async def test_a_path_that_cannot_be(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError, match=rf"{name}: it cannot be used as the library: .*another"):
        await Store.open(tmp_path / name)


async def test_a_newer_library(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    await (await Store.open(path)).aclose()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"library\.db: .*newer version"):
        await Store.open(path)


async def test_an_empty_older_library_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    async with await Store.open(path) as store:
        await add(store, tmp_path / "clip.mp4")
        assert len(await store.list_media()) == 1


async def test_another_writer_that_does_not_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sightline.store.sqlite.BUSY_TIMEOUT_S", 0.05)
    async with await Store.open(tmp_path / "library.db") as store:
        ledger = await open_run(store, (await add(store, tmp_path / "clip.mp4")).media)
        with closing(sqlite3.connect(tmp_path / "library.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert len(await store.list_media()) == 1, "readers do not wait"
            with pytest.raises(StoreError, match="another process has kept it locked"):
                await ledger.record(*told([1]))
            other.execute("ROLLBACK")
        await ledger.record(*told([1]))
        ledger.close()


def test_a_database_that_may_only_be_read(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    path.touch()
    with (
        closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection,
        pytest.raises(StoreError, match=r"library\.db: it cannot be written.*permissions"),
        explained(path),
    ):
        connection.execute("CREATE TABLE t (a)")


def test_a_full_disk_by_its_system_error(tmp_path: Path) -> None:
    with (
        pytest.raises(StoreFull, match=r"library\.db: no space"),
        explained(tmp_path / "library.db"),
    ):
        raise OSError(28, "No space left on device")


async def test_a_full_database_keeps_what_it_has(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "library.db")
    async with Store(database) as store:
        ledger = await open_run(store, (await add(store, tmp_path / "clip.mp4")).media)
        await ledger.record(*told([1]))
        pages = "PRAGMA max_page_count = {}".format
        await database.read(lambda c: c.exec_driver_sql(pages(1)).close())
        with pytest.raises(StoreFull, match=r"library\.db: no space is left.*run the same command"):
            await ledger.record(*told(range(2, 400), raw="x" * 100_000))
        assert len(await ledger.entries()) == 1
        await database.read(lambda c: c.exec_driver_sql(pages(10**6)).close())
        await ledger.record(*told([2]))
        assert len(await ledger.entries()) == 2
        ledger.close()


def test_a_limit_on_the_size_of_files(tmp_path: Path) -> None:
    """The nearest to a full disk that needs no file system of its own."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, tmp_path / "library.db", Path(__file__).parent],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    recorded, _, message = done.stdout.partition(" ")
    assert int(recorded) > 0
    assert "library.db: no space is left" in message
