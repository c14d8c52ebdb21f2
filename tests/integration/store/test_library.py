"""Media in the store: known again by their files, and gone when erased."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, func, select
from worlds import add, open_run, told

from sightline.errors import InputError, StoreError
from sightline.media.files import look
from sightline.prompts.templates import answer, presence
from sightline.store import (
    DatabaseUrl,
    Erased,
    Store,
    corrections,
    fingerprints,
    readings,
    shown,
    tables,
    worktables,
)
from sightline.store.database import Database
from sightline.store.readings import Reading
from sightline.testing.fakes import make_footage
from sightline.values import (
    Description,
    RunState,
    Signals,
    Span,
    Text,
    Track,
    Unknown,
    UnknownReason,
)
from sightline.values.corrections import Correction

SECRET = "a purple zeppelin over the harbour"


@pytest.fixture
async def database(store_location: Path | DatabaseUrl) -> AsyncGenerator[Database]:
    database = await Database.open(store_location)
    yield database
    await database.aclose()


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Of a library in SQLite, in a folder of its own."""
    return tmp_path / "deep" / "er" / "library.db"


async def test_an_unchanged_file_is_known(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a clip – Übung.mp4"
    footage = await add(store, path)
    assert await store.find_file(look(path)) == (footage.media, footage.frames)
    (item,) = await store.list_media()
    assert (item.media, item.title, item.paths) == (footage.media, "a clip – Übung", (path,))


async def test_a_changed_file_must_be_read_again(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    await add(store, path)
    seen = look(path)
    for changed in (
        replace(seen, path=tmp_path / "other.mp4"),
        replace(seen, inode=seen.inode + 1),
        replace(seen, size_bytes=seen.size_bytes + 1),
        replace(seen, mtime_ns=seen.mtime_ns + 1),
        replace(seen, ctime_ns=seen.ctime_ns + 1),
    ):
        assert await store.find_file(changed) is None
    assert await store.find_file(replace(seen, device=seen.device + 1)) is not None


async def test_a_copy_over_a_file_that_keeps_its_time_does_not_pass(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4"
    await add(store, path)
    seen = look(path)
    while look(path).ctime_ns == seen.ctime_ns:  # the clock of a file system ticks slowly
        path.write_bytes(bytes(seen.size_bytes))
        os.utime(path, ns=(seen.mtime_ns, seen.mtime_ns))
    assert replace(look(path), ctime_ns=seen.ctime_ns) == seen
    assert await store.find_file(look(path)) is None


async def test_the_number_of_a_file_may_take_64_bits(store: Store, tmp_path: Path) -> None:
    footage = await add(store, tmp_path / "clip.mp4")
    seen = replace(look(tmp_path / "clip.mp4"), inode=2**64 - 1)
    await store.remember_media(footage.media, footage.frames, file=seen)
    assert await store.find_file(seen) == (footage.media, footage.frames)


async def test_a_moved_file_is_the_same_media(store: Store, tmp_path: Path) -> None:
    old, new = tmp_path / "old.mp4", tmp_path / "new.mp4"
    footage = await add(store, old)
    old.rename(new)
    await store.remember_media(footage.media, footage.frames, file=look(new))
    (item,) = await store.list_media()
    assert item.paths == (new, old)
    assert await store.forget_file(old)
    assert not await store.forget_file(old)
    (item,) = await store.list_media()
    assert (item.title, item.paths) == ("old", (new,))


async def test_a_file_with_new_content_is_another_media(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    first = await add(store, path)
    second = await add(store, tmp_path / "other.mp4")
    await store.remember_media(second.media, second.frames, file=look(path))
    known = await store.find_file(look(path))
    assert known is not None
    assert known[0] == second.media
    found = await store.find_media(first.media.digest)
    assert found is not None
    assert found.paths == ()


async def test_a_name_that_is_not_utf_8(store: Store, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mp4"))
    await add(store, path)
    (item,) = await store.list_media()
    assert item.paths == (path,)


async def test_finding_by_path_digest_and_beginning(store: Store, tmp_path: Path) -> None:
    (tmp_path / "new.mp4").touch()
    digests = [(await add(store, tmp_path / f"{n}.mp4")).media.digest for n in range(3)]
    for name in (tmp_path / "1.mp4", str(tmp_path / "1.mp4"), digests[1], digests[1][:6].upper()):
        item = await store.find_media(name)
        assert item is not None
        assert item.media.digest == digests[1]
    for name in (digests[1][:5], "mistyped.mp4", "", tmp_path / "new.mp4"):
        assert await store.find_media(name) is None
    twin = make_footage(name="twin")
    media = replace(twin.media, digest=digests[1][:20] + "0" * 44)
    path = tmp_path / "new.mp4"
    await store.remember_media(media, twin.frames, file=look(path))
    with pytest.raises(InputError, match=r"2 media begin so: .*\(1\).*\(new\).*Give more"):
        await store.find_media(digests[1][:20])


OF_NO_MEDIA = {"endpoint_profiles"} | {
    table.name for table in vars(worktables).values() if isinstance(table, Table)
}


async def rows(database: Database) -> dict[str, int]:
    def count(connection: Connection) -> dict[str, int]:
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in tables.metadata.tables.items()
            if name not in OF_NO_MEDIA
        }

    return await database.read(count)


def on_disk(file: Path) -> bytes:
    """Database, log and all."""
    return b"".join(file.read_bytes() for file in file.parent.iterdir() if file.is_file())


async def analyse(store: Store, path: Path) -> str:
    """Something in every table about media; the digest of the media."""
    media = (await add(store, path)).media
    measured = Signals([0], [128], [9], [0.0], [0.0], [0], 6.0)
    await store.remember_signals(media, measured, part="all")
    ledger = await open_run(store, media, request=path.stem)
    await ledger.record(*told(range(50), question=presence(f"tag of {path.stem}")))
    await ledger.record(*told([50]))
    question = answer(f"what is in {path.stem}?")
    said = told([51], Text(f"{SECRET} in {path.stem}"), question=question, raw=SECRET + path.stem)
    await ledger.record(*said)
    lost = Unknown(0, 9, UnknownReason.FAILED, f"{SECRET} {path.stem}")
    findings = [
        Track("car", (Span(0, 9, 0, 0, 9, 9, 1.0),), (lost,)),
        Description(0, 9, (0,), "what?", f"{SECRET} in {path.stem}"),
    ]
    await ledger.finish(RunState.PARTIAL, findings, "")
    ledger.close()
    await say(store.database, media.digest, f"{SECRET} {path.stem}")
    return media.digest


async def say(database: Database, digest: str, tag: str) -> None:
    """What people and fingerprints tell of a media."""
    said = Correction(digest[:8], tag, 0.0, 1.0, True, None, tag, "me", datetime.now(UTC), None)
    reading = Reading(0.5, 1.0, 2.0)
    await database.write(partial(corrections.add, digest=digest, said=[said]))
    await database.write(partial(readings.keep, digest=digest, tag=tag, reading=reading))
    await database.write(partial(fingerprints.keep, digest=digest, version=1, prints=b"1"))
    due = next(one for one in await database.read(shown.due) if one.digest == digest)
    await database.write(partial(shown.keep, made=due, tags=[shown.ShownTag(tag, 10, 1)]))


async def test_erasing_leaves_nothing_of_one_media_and_all_of_the_other(
    store: Store, database: Database, tmp_path: Path
) -> None:
    kept = await analyse(store, tmp_path / "kept.mp4")
    alone = await rows(database)
    assert all(alone.values()), "the test must put something into every table"
    erased = await analyse(store, tmp_path / "gone.mp4")
    assert await store.erase_media(erased) == Erased(
        files=1, runs=1, findings=2, answers=52, calls=3, questions=2
    )
    assert await rows(database) == alone
    assert [item.media.digest for item in await store.list_media()] == [kept]
    assert await store.erase_media(erased) == Erased()


async def test_of_an_erased_media_no_byte_stays_in_the_file(tmp_path: Path, file: Path) -> None:
    async with await Store.open(file) as store:
        await analyse(store, tmp_path / "kept.mp4")
        erased = await analyse(store, tmp_path / "gone.mp4")
        assert b"harbour in gone" in on_disk(file)
        await store.erase_media(erased)
        assert b"harbour in kept" in on_disk(file)
        assert b"gone" not in on_disk(file)


async def test_a_reader_elsewhere_delays_only_the_last_bytes(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sightline.store.sqlite.BUSY_TIMEOUT_S", 0.05)
    async with await Store.open(file) as store:
        erased = await analyse(store, tmp_path / "gone.mp4")
        with closing(sqlite3.connect(file, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM media").fetchall()
            async with await Store.open(file) as hasty:
                with pytest.raises(StoreError, match=r"rows are deleted.*run the command again"):
                    await hasty.erase_media(erased)
        assert await store.erase_media(erased) == Erased()
        assert b"harbour in gone" not in on_disk(file)
