"""PostgreSQL underneath: many machines, several writers at once, and a server that may be away.

A lost connection (a restart, a cut network) is waited out, for up to `PATIENCE_S`: what was being
done is done again on a new one. Each write leaves a mark in its own transaction, and a repeat
looks for that mark first, so a write whose COMMIT was sent but never answered is not done twice.
"""

from __future__ import annotations

import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Generator
from queue import SimpleQueue
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from sightline.errors import StoreError
from sightline.store import refusals, schema
from sightline.store.outages import Outages
from sightline.store.places import DatabaseUrl
from sightline.store.worktables import last_writes

T = TypeVar("T")

READERS = 4
WRITERS = 4
"""Threads that write at once, each on a connection of its own."""

OLDEST = (15,)
"""The oldest version of the server whose words this code uses and tests know."""

PATIENCE_S = 60.0
"""How long a lost connection is tried again before the work is given up."""

MEETINGS = 10
"""How often work is begun again that met the same rows of another writer."""

CONNECT_TIMEOUT_S = 5
IDLE_IN_TRANSACTION_S = 30
"""After so long without a word the server frees what a writer held that was cut off."""


class PostgresServer:
    """A database on a server, for `Database`. Every method but `explained` blocks."""

    writers = WRITERS

    def __init__(self, url: DatabaseUrl, *, worker: str) -> None:
        self.url = url
        self.where = str(url)
        self._worker = worker
        self._engine = _connect(url)
        self._reading = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._outages = Outages(self.where, patience_s=PATIENCE_S)
        self._slots: SimpleQueue[_Slot] = SimpleQueue()
        for number in range(WRITERS):
            self._slots.put(_Slot(number))
        self._hurrying = threading.Event()

    @property
    def away(self) -> bool:
        return self._outages.going_on

    def prepare(self) -> None:
        """Create or migrate the tables; one process at a time does.

        No server that answers is no reason to wait: the URL may be wrong. One that says it is
        just starting is waited for.
        """

        def look(connection: Connection) -> bool:
            refusals.refuse_unfit(connection, oldest=OLDEST)
            return schema.is_current(connection)

        def work() -> None:
            if not _transact(self._engine, look):
                _transact(self._engine, schema.make_current)

        self._insist(work, self._hurrying, lost=refusals.is_starting)

    def read(self, work: Callable[[Connection], T], stop: threading.Event, /) -> T:
        return self._insist(lambda: _transact(self._reading, work), stop)

    def write(self, work: Callable[[Connection], T], stop: threading.Event, /) -> T:
        slot = self._slots.get()
        slot.number += 1
        try:
            return self._insist(_MarkedWrite(self._engine, self._worker, slot, work), stop)
        finally:
            self._slots.put(slot)

    def write_once(self, work: Callable[[Connection], T]) -> T:
        return _transact(self._engine, work)

    def scrub(self) -> None:
        """Nothing: the server overwrites deleted rows when it needs their space."""

    def hurry(self) -> None:
        self._hurrying.set()

    def dispose(self) -> None:
        self._engine.dispose()

    @contextlib.contextmanager
    def explained(self) -> Generator[None]:
        with refusals.explained(self.url):
            yield

    def _insist(
        self,
        work: Callable[[], T],
        stop: threading.Event,
        *,
        lost: Callable[[DBAPIError], bool] = refusals.is_lost,
    ) -> T:
        met = 0
        with self._outages.wait() as wait:
            while True:
                try:
                    return work()
                except DBAPIError as error:
                    if refusals.is_meeting(error) and met < MEETINGS:
                        met += 1
                        time.sleep(random.uniform(0, 0.01 * met))  # noqa: S311  (not a secret)
                        continue
                    if stop.is_set() or self._hurrying.is_set() or not lost(error):
                        raise
                    waited_s = wait.met(refusals.first_line(error))
                    if waited_s > PATIENCE_S:
                        raise self._given_up(error) from error
                    stop.wait(min(2.0, 0.1 + waited_s / 2))

    def _given_up(self, error: DBAPIError) -> StoreError:
        return StoreError(
            f"{self.where}: it could not be reached for {PATIENCE_S:.0f} s "
            f"({refusals.first_line(error)}). Start its server, then run the same command again: "
            "it goes on where it stopped."
        )


class _Slot:
    """One of the writers, and how many writes it has begun."""

    def __init__(self, number: int) -> None:
        self.id = number
        self.number = 0


_NEW = insert(last_writes)
_MARK = _NEW.on_conflict_do_update(
    index_elements=[last_writes.c.worker, last_writes.c.slot],
    set_={"number": _NEW.excluded.number},
    where=last_writes.c.number < _NEW.excluded.number,
).returning(last_writes.c.number)
"""Waits for a transaction that still holds the mark, of the connection that was lost."""


class _MarkedWrite(Generic[T]):
    """A write that may be called again after a COMMIT of which nobody knows whether it came."""

    def __init__(
        self, engine: Engine, worker: str, slot: _Slot, work: Callable[[Connection], T]
    ) -> None:
        self._engine = engine
        self._work = work
        self._mark = {"worker": worker, "slot": slot.id, "number": slot.number}
        self._result: list[T] = []

    def __call__(self) -> T:
        return _transact(self._engine, self._do)

    def _do(self, connection: Connection) -> T:
        if connection.execute(_MARK, self._mark).first() is None:
            return self._result[-1]
        self._result.append(self._work(connection))
        return self._result[-1]


def _transact(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.connect() as connection, connection.begin():
        return work(connection)


def _connect(url: DatabaseUrl) -> Engine:
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # what it warns of, `Outages` tells
    return create_engine(
        url.for_sqlalchemy(
            options=f"-c timezone=UTC -c idle_in_transaction_session_timeout="
            f"{IDLE_IN_TRANSACTION_S}s"
        ),
        isolation_level="READ COMMITTED",
        pool_size=READERS + WRITERS + 1,  # one for the beats of `presence`
        max_overflow=0,
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_S,
            "application_name": "sightline",
            # A peer that is silently gone is noticed in half a minute, not in two hours.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 20_000,
        },
    )
