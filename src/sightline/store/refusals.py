"""What PostgreSQL says when it cannot or will not: which of it passes, and in plain words.

A server tells errors of a statement by a code. Why it refuses a connection it tells in a sentence
only, in its own language: where that is not English, its own words are passed on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from sightline.errors import InputError, StoreError, StoreFull
from sightline.store.places import DatabaseUrl

_MEETINGS = {
    "40001",  # two transactions that cannot both be
    "40P01",  # deadlock
    "23503",  # a row that it points to was deleted meanwhile
    "23505",  # the same row was inserted meanwhile
}
_PASSING = {
    "25P03",  # it was silent for too long, and cut off
    "57P01",  # the server is stopped by its administrator
    "57P02",  # the server crashed
    "57P03",  # it is starting up or shutting down
    "57P05",  # it was idle for too long
    "53300",  # all its connections are taken
}
_STARTING = ("starting up", "shutting down", "in recovery mode", "not yet accepting")
_CROWDED = ("too many clients", "connection slots", "too many connections")
_FINAL = (
    "password authentication failed",
    "no password supplied",
    "authentication failed",
    "does not exist",
    "no pg_hba.conf entry",
    "permission denied",
    "not currently accepting connections",
    "not permitted to log in",
    "invalid connection option",
    "certificate",
)


def is_meeting(error: DBAPIError) -> bool:
    """Whether another writer was at the same rows, so that a second try sees what that one did."""
    return isinstance(error.orig, psycopg.Error) and error.orig.sqlstate in _MEETINGS


def is_lost(error: DBAPIError) -> bool:
    """Whether the server was or is away, or has no room, for a while."""
    cause = error.orig
    if not isinstance(cause, psycopg.Error):
        return False
    if error.connection_invalidated or cause.sqlstate in _PASSING:
        return True
    if cause.sqlstate is not None:
        return cause.sqlstate.startswith("08")
    said = str(cause)
    return isinstance(cause, psycopg.OperationalError) and not any(word in said for word in _FINAL)


def is_starting(error: DBAPIError) -> bool:
    """Whether there is a server, which only needs a moment."""
    return isinstance(error.orig, psycopg.Error) and any(
        word in str(error.orig) for word in _STARTING
    )


def first_line(error: DBAPIError) -> str:
    return next(iter(str(error.orig).strip().splitlines()), type(error.orig).__name__)


def refuse_unfit(connection: Connection, *, oldest: tuple[int, ...]) -> None:
    """Raises `StoreError` for a server that is too old or a database that cannot hold all text."""
    version = connection.dialect.server_version_info or (0,)
    if version < oldest:
        raise StoreError(
            f"its server is PostgreSQL {'.'.join(map(str, version))}; Sightline needs "
            f"{oldest[0]} or newer. Update the server, or name another one."
        )
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise StoreError(
            f"its encoding is {encoding}, which cannot hold every text. Make one with "
            "CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0, and name that."
        )


@contextlib.contextmanager
def explained(url: DatabaseUrl) -> Generator[None]:
    """Turn what the driver raises into errors that a person can act on."""
    try:
        yield
    except StoreError as error:
        # Of `schema` and `refuse_unfit`, which do not know where they are; others do.
        if type(error) is not StoreError or str(url) in str(error) or not _unplaced(error):
            raise
        raise StoreError(f"{url}: {error}") from error
    except PoolTimeout as error:
        raise StoreError(f"{url}: all connections of this process are in use.") from error
    except DBAPIError as error:
        if not isinstance(error.orig, psycopg.Error):
            raise
        if isinstance(error.orig, psycopg.DataError) and error.orig.sqlstate is None:
            raise InputError(f"{first_line(error)}.") from error
        raise _explain(error, error.orig, url) from error


def _unplaced(error: StoreError) -> bool:
    return str(error).startswith(("it ", "its "))


def _explain(error: DBAPIError, cause: psycopg.Error, url: DatabaseUrl) -> StoreError:
    said = url.without_password(first_line(error))
    state = cause.sqlstate
    if state == "53100":
        return StoreFull(
            f"{url}: no space is left on the server. Free some there and run the same command "
            "again: it goes on where it stopped."
        )
    if state == "42501":
        name = url.user or "the user"
        return StoreError(
            f"{url}: {name} may not do that there ({said}). As its owner, run "
            f'ALTER DATABASE "{url.database}" OWNER TO "{name}", or GRANT CREATE, USAGE ON SCHEMA '
            f'public TO "{name}".'
        )
    if state == "25006":
        return StoreError(
            f"{url}: it may only be read, as a standby server's. Name the primary server instead."
        )
    if state is None or is_lost(error):
        return StoreError(f"{url}: {_of_connection(str(cause), said, url)}")
    return StoreError(f"{url}: the database refused: {said}.")


def _of_connection(text: str, said: str, url: DatabaseUrl) -> str:
    name = url.user or "this user"
    if "authentication failed" in text or "no password supplied" in text:
        return (
            f"the password of {name} is wrong or missing. Correct it in the database URL; "
            "characters such as @ and / are written there as %40 and %2F."
        )
    if "database" in text and "does not exist" in text:
        return f'there is no such database. Create it with: createdb -O {name} "{url.database}".'
    if "role" in text and "does not exist" in text:
        return f"the server knows no user {name}. Create one, or correct the database URL."
    if "pg_hba.conf" in text:
        return f"the server lets {name} not in from here ({said}). Add a line to its pg_hba.conf."
    if any(word in text for word in _CROWDED):
        return "all connections of the server are in use. Raise its max_connections."
    if any(word in text for word in _STARTING):
        return f"the server is not ready ({said}). Run the command again in a moment."
    return (
        f"no connection to the server ({said}). Is it running, and is the host in the database "
        "URL right?"
    )
