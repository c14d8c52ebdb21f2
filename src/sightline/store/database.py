"""Transactions on whichever database is underneath, in threads of their own.

Work is a plain function of a connection. It runs as one transaction and is never torn: when the
caller is cancelled, the transaction still ends, and only then is the cancellation heard. It may be
called more than once (two writers met, a connection was lost), each time on a state of the
database in which it was not done yet: it changes nothing but the database. Once `write` has
returned, its work survives a kill of the process.

What differs between the databases is in `sqlite` and `postgres`.

The threads are SQLAlchemy's plain engine's and not its asyncio extension's, which crosses to the
driver's thread and back for every statement and fetch: three times the CPU for the same work.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from sightline.errors import InputError
from sightline.store.holds import FileHolds, Holds, RowHolds
from sightline.store.places import DatabaseUrl
from sightline.store.presence import PACE, BeatingPresence, FilePresence, Pace, Presence
from sightline.store.sqlite import SqliteFile

T = TypeVar("T")
Work = Callable[[Connection], T]

READERS = 4
"""Threads that read at once: enough that a long read does not hold up short ones."""


class Server(Protocol):
    """A kind of database. All of it may block: it is called in threads."""

    @property
    def where(self) -> str:
        """Which database it is, for a person."""
        ...

    @property
    def writers(self) -> int:
        """How many may write at once."""
        ...

    @property
    def away(self) -> bool:
        """Whether the last that was heard of it is that it cannot be reached."""
        ...

    def prepare(self) -> None:
        """Create or migrate the tables, where need be."""
        ...

    def read(self, work: Work[T], stop: threading.Event, /) -> T:
        """`stop`, here and below, ends the waiting for a server that is away; no work."""
        ...

    def write(self, work: Work[T], stop: threading.Event, /) -> T: ...

    def write_once(self, work: Work[T]) -> T:
        """Write, or fail at once when the server is away; it may then have been done or not."""
        ...

    def scrub(self) -> None:
        """See that no deleted byte is left, as far as this kind of database can."""
        ...

    def hurry(self) -> None:
        """Wait no more for a server that is away: this process is ending."""
        ...

    def dispose(self) -> None: ...

    def explained(self) -> AbstractContextManager[None]:
        """Turn errors of the driver into `StoreError`s that a person can act on."""
        ...


class Database:
    """An open database. Make it with `open`, end it with `aclose`."""

    def __init__(
        self, at: Path | DatabaseUrl, *, roles: Sequence[str] = (), pace: Pace = PACE
    ) -> None:
        self._server: Server
        self.presence: Presence
        """This process among those that use the database."""
        self.holds: Holds
        """What each of them has for itself."""
        if isinstance(at, Path):
            file = self._server = SqliteFile(at)
            self.presence = FilePresence(self, roles=roles, locks=file.locks)
            self.holds = FileHolds(self, self.presence, locks=file.locks)
        else:
            from sightline.store.postgres import PostgresServer  # noqa: PLC0415  (loads its driver)

            self.presence = BeatingPresence(self, roles=roles, pace=pace)
            self.holds = RowHolds(self, self.presence)
            self._server = PostgresServer(at, worker=self.presence.id)
        self._writers = ThreadPoolExecutor(self._server.writers, thread_name_prefix="store-writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")

    @classmethod
    async def open(
        cls, at: Path | DatabaseUrl, *, roles: Sequence[str] = (), pace: Pace = PACE
    ) -> Database:
        """Open a database; a file and its folders are created (for this user's eyes only).

        `roles` says what this process is for, to those who look at the list of workers.

        Raises `StoreError` for what cannot be used, `StoreFull` when there is no space.
        """
        database = cls(at, roles=roles, pace=pace)
        try:
            with database._server.explained():
                await _in_thread(database._writers, database._server.prepare)
            await database.presence.begin()
        except BaseException:
            await database.aclose()
            raise
        return database

    @property
    def where(self) -> str:
        """Which database it is, for a person: never with a password."""
        return self._server.where

    @property
    def away(self) -> bool:
        """Whether the last that was heard of it is that it cannot be reached.

        Work that is waiting for it finds out when it is back; without any, nobody does.
        """
        return self._server.away

    async def aclose(self) -> None:
        self._server.hurry()
        await self.presence.end()
        self.holds.release_all()
        await asyncio.to_thread(self._shut_down)

    def _shut_down(self) -> None:
        self._writers.shutdown()
        self._readers.shutdown()
        self._server.dispose()

    async def read(self, work: Work[T]) -> T:
        """Do work that only reads, on one consistent state of the database."""
        return await self._do(self._readers, lambda stop: self._server.read(work, stop))

    async def write(self, work: Work[T]) -> T:
        """Do work in a transaction of its own.

        SQLite has one writer at a time. On PostgreSQL others write too: what is decided by rows
        that were read must lock them (`with_for_update`).
        """
        return await self._do(self._writers, lambda stop: self._server.write(work, stop))

    async def write_once(self, work: Work[T]) -> T:
        """As `write`, but a server that is away is not waited for."""
        return await self._do(self._writers, lambda _stop: self._server.write_once(work))

    async def scrub(self) -> None:
        """See that no deleted byte is left, as far as this kind of database can."""
        await self._do(self._writers, lambda _stop: self._server.scrub())

    def write_now(self, work: Work[T]) -> T:
        """As `write_once`, in the thread that calls; errors come as the driver's."""
        return self._server.write_once(work)

    def write_later(self, work: Work[object]) -> Future[object]:
        """Have something written, of which nobody waits for the end; `aclose` does."""
        return self._writers.submit(self._server.write, work, threading.Event())

    async def _do(self, threads: ThreadPoolExecutor, work: Callable[[threading.Event], T]) -> T:
        stop = threading.Event()
        try:
            with self._server.explained():
                return await _in_thread(threads, lambda: work(stop), stop=stop)
        except UnicodeEncodeError as error:
            raise InputError(
                f"{error.object!r} holds half of a character, which cannot be looked for or kept."
            ) from error


async def _in_thread(
    threads: ThreadPoolExecutor, work: Callable[[], T], *, stop: threading.Event | None = None
) -> T:
    """Let it end even when the caller is cancelled."""
    doing = asyncio.get_running_loop().run_in_executor(threads, work)
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        if stop is not None:
            stop.set()
        await asyncio.wait([doing])
        if not doing.cancelled():
            doing.exception()  # heard, so that it is not reported as lost
        raise
