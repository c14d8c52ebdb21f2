"""SQLite underneath: one file, one writer at a time, readers that wait for nobody.

Once `write` has returned, its work survives a kill of the process. (It may be lost in a power
cut, without harm to what came before.)
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

from filelock import Timeout
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError

from sightline.errors import RunTaken, StoreError, StoreFull
from sightline.store import schema
from sightline.store.locks import HeldLock

T = TypeVar("T")

BUSY_TIMEOUT_S = 20.0
"""How long to wait for another process that is writing."""


class SqliteFile:
    """The file, for `Database`. Every method but `explained` blocks: call it in a thread."""

    writers = 1

    def __init__(self, path: Path) -> None:
        self.path = path = path.absolute()
        self.where = str(path)
        self.locks = path.with_name(f"{path.name}.locks")
        """Folder for the lock files that stand for work in progress."""
        self._engine = _connect(path, foreign_keys=True)

    @property
    def away(self) -> bool:
        return False

    def prepare(self) -> None:
        """Create the file, its folders (for this user's eyes only) and its tables, or migrate."""
        _create_private(self.path)
        if _transact(self._engine, schema.is_current, begin="DEFERRED"):
            return
        try:
            lock = HeldLock(self.locks / "schema", timeout_s=BUSY_TIMEOUT_S)
        except Timeout as timeout:
            raise StoreError(
                "another process is still migrating it. Wait for that one to end."
            ) from timeout
        # Tables that a migration rebuilds would take the rows below them along.
        engine = _connect(self.path, foreign_keys=False)
        try:
            _transact(engine, schema.make_current)
        finally:
            engine.dispose()
            lock.release()

    def read(self, work: Callable[[Connection], T], _stop: threading.Event, /) -> T:
        return _transact(self._engine, work, begin="DEFERRED")

    def write(self, work: Callable[[Connection], T], _stop: threading.Event, /) -> T:
        return _transact(self._engine, work)

    def write_once(self, work: Callable[[Connection], T]) -> T:
        return _transact(self._engine, work)

    def scrub(self) -> None:
        """Fold the write-ahead log into the database, so that no deleted byte is left in it."""

        def checkpoint(connection: Connection) -> bool:
            return bool(connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one())

        if _transact(self._engine, checkpoint, begin=None):
            raise StoreError(
                f"{self.path}: the rows are deleted, but another process is reading the database, "
                "so their bytes stay in its log until that one ends. Then run the command again."
            )

    def hurry(self) -> None:
        """Nothing: a file is never away."""

    def dispose(self) -> None:
        self._engine.dispose()

    @contextlib.contextmanager
    def explained(self) -> Generator[None]:
        with explained(self.path):
            yield


def _transact(
    engine: Engine, work: Callable[[Connection], T], *, begin: str | None = "IMMEDIATE"
) -> T:
    with engine.connect().execution_options(sqlite_begin=begin) as connection, connection.begin():
        return work(connection)


def _connect(path: Path, *, foreign_keys: bool) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
    )

    def prepare(connection: DBAPIConnection, _record: object) -> None:
        # The driver begins no transaction by itself: `begin` does, and says of which kind.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode = WAL",  # readers and the writer do not block each other
            "synchronous = NORMAL",  # no fsync for each commit; see the module docstring
            f"foreign_keys = {int(foreign_keys)}",
            "secure_delete = ON",  # erased means overwritten
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begin(connection: Connection) -> None:
        kind = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
        if kind is not None:
            connection.exec_driver_sql(f"BEGIN {kind}")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine


def _create_private(path: Path) -> None:
    """Create the file and its folders where missing, readable by this user only."""
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in (*reversed(missing), path.with_name(f"{path.name}.locks")):
        folder.mkdir(mode=0o700, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


# ----------------------------------------------------------------------------------- errors

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FAILED_WRITES = {sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}
"""What SQLite says of a quota or a limit on the size of files: it names only a full disk."""

_REASONS = {
    sqlite3.SQLITE_BUSY: "another process has kept it locked for "
    f"{BUSY_TIMEOUT_S:.0f} s. Wait for that one to end, or stop it.",
    sqlite3.SQLITE_READONLY: "it cannot be written. Check the permissions of the file and its "
    "folder, or choose another place with --data-dir.",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened. Check the permissions of the file and its "
    "folder, or choose another place with --data-dir.",
    sqlite3.SQLITE_NOTADB: "it is not a database. Choose another place with --data-dir, or move "
    "this one away to start afresh.",
    sqlite3.SQLITE_CORRUPT: "it is damaged. Restore it from a backup, or move it away to start "
    "afresh.",
}


@contextlib.contextmanager
def explained(path: Path) -> Generator[None]:
    """Turn what the driver and the file system raise into errors that a person can act on."""
    try:
        yield
    except (StoreFull, RunTaken):
        raise
    except StoreError as error:
        if str(path) in str(error):
            raise
        raise StoreError(f"{path}: {error}") from error
    except OSError as error:
        raise _from_os(error, path) from error
    except sqlite3.Error as error:
        raise _from_sqlite(error, path) from error
    except DBAPIError as error:
        if not isinstance(error.orig, sqlite3.OperationalError | sqlite3.DatabaseError):
            raise
        raise _from_sqlite(error.orig, path) from error


def _from_os(error: OSError, path: Path) -> StoreError:
    if error.errno in _NO_SPACE:
        return _full(path)
    return StoreError(
        f"{path}: it cannot be used as the library: {error.strerror or error}. Check the "
        "permissions of the folder, or choose another place with --data-dir."
    )


def _from_sqlite(error: sqlite3.Error, path: Path) -> StoreError:
    code = error.sqlite_errorcode
    if code & 0xFF == sqlite3.SQLITE_FULL or code in _FAILED_WRITES:
        return _full(path)
    reason = _REASONS.get(code & 0xFF, f"the database refused: {error}.")
    return StoreError(f"{path}: {reason}")


def _full(path: Path) -> StoreFull:
    return StoreFull(
        f"{path}: no space is left for the library. Free some and run the same command again: "
        "it goes on where it stopped."
    )
