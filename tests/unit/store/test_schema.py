"""The tables, and the two ways in which they come about."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table, create_engine, text

from sightline.errors import StoreError
from sightline.store import schema, worktables
from sightline.store.tables import metadata


@pytest.fixture
def connection() -> Generator[Connection]:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def alembic(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    return config


def tables(connection: Connection) -> dict[str, list[str]]:
    """The parts of the definition of all that is in the database, by name, in no order.

    A table that was made anew by a migration has its name in quotes; that is no difference.
    """
    found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    plain = ((name, "".join(sql.split()).replace('"', "")) for name, sql in found)
    own = "sqlite_sequence"  # of SQLite, once there was a table that needs it
    return {name: sorted(sql[:-1].split(",")) for name, sql in plain if name != own}


def test_migrating_leads_to_the_same_tables_as_creating(connection: Connection) -> None:
    command.upgrade(alembic(connection), "head")
    migrated = tables(connection)
    assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    command.downgrade(alembic(connection), "base")
    assert set(tables(connection)) == {"alembic_version"}
    connection.execute(text("DROP TABLE alembic_version"))
    schema.make_current(connection)
    assert tables(connection) == migrated
    assert schema.is_current(connection)


def test_an_older_database_is_migrated(connection: Connection) -> None:
    schema.make_current(connection)
    wanted = tables(connection)
    command.downgrade(alembic(connection), "base")
    assert not schema.is_current(connection)
    schema.make_current(connection)
    assert schema.is_current(connection)
    assert tables(connection) == wanted


def test_the_code_knows_every_migration(connection: Connection) -> None:
    scripts = ScriptDirectory.from_config(alembic(connection)).walk_revisions()
    assert tuple(script.revision for script in scripts)[::-1] == schema.REVISIONS


def test_a_newer_database_is_refused(connection: Connection) -> None:
    schema.make_current(connection)
    connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"newer version.*9999.*Update Sightline"):
        schema.is_current(connection)


def test_the_database_of_another_program_is_refused(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE bookmarks (url TEXT)"))
    with pytest.raises(StoreError, match="another program"):
        schema.is_current(connection)


def test_every_table_hangs_on_a_media_or_is_swept() -> None:
    """What is added later must go with its media too, if it says anything about one."""
    swept, of_no_media = {"questions"}, {"endpoint_profiles"}
    of_no_media |= {table.name for table in vars(worktables).values() if isinstance(table, Table)}
    kept = {"media"}
    while more := {
        table.name
        for table in metadata.sorted_tables
        for key in table.foreign_keys
        if key.ondelete == "CASCADE" and key.column.table.name in kept and table.name not in kept
    }:
        kept |= more
    assert kept | swept | of_no_media == set(metadata.tables)


@pytest.mark.parametrize("slow", ["alembic", "psycopg"])
def test_importing_the_store_leaves_what_is_slow_alone(slow: str) -> None:
    code = f"import sightline.store, sys; sys.exit({slow!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_an_older_version_concluded_is_kept(connection: Connection) -> None:
    """A track of 0003 says nothing about categories and lengths, and markers are made of it."""
    command.upgrade(alembic(connection), "0003")
    connection.execute(
        text(
            "INSERT INTO findings (id, run_id, ordinal, kind, subject) "
            "VALUES (1, 'r', 0, 'track', 'car')"
        )
    )
    command.upgrade(alembic(connection), "head")
    row = connection.execute(text("SELECT category, threshold, required, markers FROM findings"))
    assert tuple(row.one()) == (None, None, None, 1)
