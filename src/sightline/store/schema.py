"""Brings a database to the tables of this version of the code.

A new database is made straight from `tables.py`; one of an older version is migrated with
Alembic, which is imported only then: it costs more than all else that opening does. A test holds
both ways to the same result.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    func,
    inspect,
    select,
)

from sightline.errors import StoreError
from sightline.store.worktables import metadata

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")
"""Every migration, oldest first."""

_ELSEWHERE = {
    "sqlite": "Choose another place with --data-dir.",
    "postgresql": "Name another database in the database URL.",
}
_LOCK = 0x5167_6874
"""Of whoever creates or migrates the tables, among all locks of a PostgreSQL database."""

MIGRATIONS = Path(__file__).with_name("migrations")

# As Alembic itself creates it.
_version = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def is_current(connection: Connection) -> bool:
    """Whether the tables are those of this code. Cheap: two small statements.

    Raises `StoreError` for a database that this code cannot use.
    """
    inspector = inspect(connection)
    if not inspector.has_table(_version.name):
        if inspector.get_table_names():
            raise StoreError(
                f"it is the database of another program. {_ELSEWHERE[connection.dialect.name]}"
            )
        return False
    revision = connection.scalar(select(_version.c.version_num))
    if revision is not None and revision not in REVISIONS:
        raise StoreError(
            f"it was written by a newer version of Sightline (its tables are at {revision}, this "
            f"version knows up to {REVISIONS[-1]}). Update Sightline. Or: "
            f"{_ELSEWHERE[connection.dialect.name]}"
        )
    return revision == REVISIONS[-1]


def make_current(connection: Connection) -> None:
    """Create or migrate the tables, in the caller's transaction.

    On SQLite foreign keys must be off, and the caller holds a lock; on PostgreSQL others wait here.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    if is_current(connection):  # another process came first
        return
    if inspect(connection).has_table(_version.name):
        _upgrade(connection)
        return
    metadata.create_all(connection)
    _version.create(connection)
    connection.execute(_version.insert().values(version_num=REVISIONS[-1]))


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  (see the module docstring)
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, REVISIONS[-1])
