"""Migrations on both databases, both ways, with rows in the tables."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, create_engine, inspect, select, text
from sqlalchemy.engine.interfaces import ReflectedIndex
from worlds import add, open_run, told

from sightline.errors import StoreError
from sightline.store import DatabaseUrl, Store, corrections, readings, schema, shown
from sightline.store.worktables import metadata
from sightline.values import AskFailed, Description, RunState, Span, Track, UnknownReason
from sightline.values.corrections import Correction

LATER = {"endpoint_profiles", "signals"}
"""Tables about media and endpoints that were not there from the first."""


@pytest.fixture
def connection(empty_location: Path | DatabaseUrl) -> Generator[Connection]:
    if isinstance(empty_location, Path):
        engine = create_engine(f"sqlite:///{empty_location}")
    else:
        engine = create_engine(empty_location.for_sqlalchemy())
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def migrate(connection: Connection, revision: str) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    known = schema.is_current(connection) or inspect(connection).has_table("alembic_version")
    now = connection.scalar(text("SELECT version_num FROM alembic_version")) if known else None
    go = command.downgrade if now and (revision == "base" or revision < now) else command.upgrade
    go(config, revision)
    connection.commit()


def tables(connection: Connection) -> dict[str, Any]:
    """All that the database tells of each table, in no order."""
    found = inspect(connection)
    return {
        name: {
            "columns": {
                c["name"]: (str(c["type"]), c["nullable"]) for c in found.get_columns(name)
            },
            "defaults": {
                c["name"]: str(c["default"]).replace(name, "")
                for c in found.get_columns(name)
                if c["default"] is not None
            },
            "key": found.get_pk_constraint(name),
            "indexes": sorted(
                (i["name"] or "", str(i["column_names"]), bool(i["unique"]), _where(i))
                for i in found.get_indexes(name)
            ),
            "unique": sorted(map(repr, found.get_unique_constraints(name))),
            "foreign": sorted(map(repr, found.get_foreign_keys(name))),
        }
        for name in found.get_table_names()
    }


def _where(index: ReflectedIndex) -> list[str]:
    """Its condition: written anew by each, the one of SQLite as an object without equality."""
    return [str(said) for _, said in sorted(index.get("dialect_options", {}).items())]


def rows(connection: Connection, columns: dict[str, list[str]]) -> dict[str, list[Sequence[Any]]]:
    """What is in these columns of these tables."""
    found = MetaData()
    found.reflect(connection, only=list(columns))
    content: dict[str, list[Sequence[Any]]] = {}
    for name, names in columns.items():
        table = found.tables[name]
        taken = connection.execute(select(*(table.c[column] for column in names)))
        content[name] = sorted((tuple(row) for row in taken), key=repr)
    return content


def test_migrating_leads_to_the_same_tables_as_creating(connection: Connection) -> None:
    migrate(connection, "head")
    migrated = tables(connection)
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    assert compare_metadata(context, metadata) == []
    migrate(connection, "base")
    assert set(tables(connection)) == {"alembic_version"}
    connection.execute(text("DROP TABLE alembic_version"))
    schema.make_current(connection)
    assert tables(connection) == migrated
    assert schema.is_current(connection)


async def fill(location: Path | DatabaseUrl, folder: Path) -> None:
    """Something in every table of the first version."""
    async with await Store.open(location) as store:
        media = (await add(store, folder / "clip.mp4")).media
        ledger = await open_run(store, media)
        await ledger.record(*told([1, 2, 3]))
        arrived, _ = told([4])
        lost = [type(arrived[0])(arrived[0].ask, AskFailed(UnknownReason.FAILED, "down"))]
        await ledger.record(lost, [])
        unknown = Track("dog", (), ())
        await ledger.finish(
            RunState.PARTIAL,
            [
                Track("car", (Span(0, 9, 0, 0, 9, 9, 1.0),), ()),
                unknown,
                Description(0, 9, (0,), "what?", "a car"),
            ],
            "one endpoint was down",
        )
        ledger.close()


async def test_rows_are_kept_both_ways(
    connection: Connection, empty_location: Path | DatabaseUrl, tmp_path: Path
) -> None:
    await fill(empty_location, tmp_path)
    migrated = tables(connection)
    connection.commit()
    await asyncio.to_thread(migrate, connection, "0001")
    first = {
        name: sorted(content["columns"])
        for name, content in tables(connection).items()
        if name != "alembic_version"
    }
    assert not LATER & set(first)
    kept = rows(connection, first)
    empty = {name for name, content in kept.items() if not content}
    assert empty == {"unknown_stretches"}, "the test must put something into every other table"
    connection.commit()
    await asyncio.to_thread(migrate, connection, "head")
    assert tables(connection) == migrated
    assert rows(connection, first) == kept
    connection.commit()
    async with await Store.open(empty_location) as store:
        (item,) = await store.list_media()
        (record,) = await store.runs_of(item.media)
        results = await store.results(record.run.id)
        assert (results.answered, results.failed) == (3, {UnknownReason.FAILED: 1})
        assert len(results.findings) == 3
        assert len(await store.facts_about(item.media, told([1])[0][0].ask.question)) == 3


async def test_rows_of_today_survive_a_step_back_and_forth(
    connection: Connection, empty_location: Path | DatabaseUrl, tmp_path: Path
) -> None:
    await fill(empty_location, tmp_path)
    wanted = rows(connection, {"findings": ["id", "markers"], "run_ledger": ["seq", "shared"]})
    connection.commit()
    for revision in (*schema.REVISIONS[-2::-1], *schema.REVISIONS[1:]):
        await asyncio.to_thread(migrate, connection, revision)
    assert schema.is_current(connection)
    assert (
        rows(connection, {"findings": ["id", "markers"], "run_ledger": ["seq", "shared"]}) == wanted
    )


async def test_media_that_were_corrected_before_are_due(
    connection: Connection, empty_location: Path | DatabaseUrl, tmp_path: Path
) -> None:
    """What the library tells of them is made by whoever looks first."""
    async with await Store.open(empty_location) as store:
        corrected, read, plain = [
            (await add(store, tmp_path / name)).media.digest for name in ("a.mp4", "b.mp4", "c.mp4")
        ]
        said = Correction("1", "car", 0.0, 1.0, True, None, "", "Kim", datetime.now(UTC), None)
        await store.database.write(partial(corrections.add, digest=corrected, said=[said]))
        keep = partial(readings.keep, tag="car", reading=readings.Reading(0.9, 0.0, 0.0))
        await store.database.write(partial(keep, digest=read))
    for revision in ("0007", "head"):
        await asyncio.to_thread(migrate, connection, revision)
    async with await Store.open(empty_location) as store:
        due = {one.digest for one in await store.database.read(shown.due)}
        assert due == {corrected, read}
        assert plain not in due


def test_a_newer_database_is_refused(connection: Connection) -> None:
    schema.make_current(connection)
    connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"newer version.*9999.*Update Sightline"):
        schema.is_current(connection)


async def test_the_database_of_another_program_is_refused(
    connection: Connection, empty_location: Path | DatabaseUrl
) -> None:
    connection.execute(text("CREATE TABLE bookmarks (url TEXT)"))
    connection.commit()
    with pytest.raises(StoreError, match="another program"):
        await Store.open(empty_location)
