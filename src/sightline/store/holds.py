"""What one process has for itself until it lets go of it or dies.

On SQLite a hold is a lock on a file, which the operating system frees. On PostgreSQL, which many
machines share, it is a row that names a worker, and it counts for as long as that worker is alive.
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from filelock import Timeout
from sqlalchemy import Connection, delete, select, update

from sightline.errors import RunTaken
from sightline.store.locks import HeldLock
from sightline.store.presence import ALIVE, BeatingPresence, FilePresence, Watch
from sightline.store.statements import insert_or_ignore
from sightline.store.worktables import holds, workers

if TYPE_CHECKING:
    from sightline.store.database import Database, Work

log = logging.getLogger(__name__)
T = TypeVar("T")

PATIENCE_S = 12.0
"""How long a holder that may have died is watched by whoever wants what it holds."""

_LOOK_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has it, as far as the database tells."""

    worker: str
    host: str
    pid: int
    beats: int
    alive: bool

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


class Held(Exception):
    """Another one has it."""

    def __init__(self, holder: Holder | None = None) -> None:
        super().__init__(str(holder or "another process"))
        self.holder = holder


class Hold(Protocol):
    """Something that this process has for itself."""

    def check(self) -> None:
        """Raises `RunTaken` when others hold this process for dead, so that it may be theirs."""
        ...

    def release(self) -> None: ...

    def drop(self, connection: Connection) -> None:
        """Let go of it as part of a transaction that is the last thing done with it."""
        ...

    def dropped(self) -> None:
        """That transaction is committed."""
        ...


class Holds(Protocol):
    """Gives out holds."""

    async def take(self, name: str, *, patience_s: float = 0.0) -> Hold:
        """Have something for this process alone.

        With patience, a holder that does not beat is watched for so long until it counts as dead;
        one that is seen to live is not waited for. Raises `Held`.
        """
        ...

    async def take_for(
        self, name: str, work: Work[T], *, patience_s: float = 0.0
    ) -> tuple[Hold, T]:
        """The same with what is to be done first, in one transaction where that is possible."""
        ...

    def release_all(self) -> None:
        """When the database is closed."""
        ...


class FileHolds:
    """On SQLite. A name is part of the name of a file."""

    def __init__(self, database: Database, presence: FilePresence, *, locks: Path) -> None:
        self._database = database
        self._presence = presence
        self._locks = locks
        self._held: list[HeldLock] = []

    async def take(self, name: str, *, patience_s: float = 0.0) -> Hold:
        del patience_s  # a lock of the dead is free at once
        try:
            lock = HeldLock(self._locks / name)
        except Timeout as timeout:
            raise Held from timeout
        try:
            await self._presence.register()
        except BaseException:
            lock.release()
            raise
        self._held = [held for held in self._held if not held.released]
        self._held.append(lock)
        return lock

    async def take_for(
        self, name: str, work: Work[T], *, patience_s: float = 0.0
    ) -> tuple[Hold, T]:
        hold = await self.take(name, patience_s=patience_s)
        try:
            return hold, await self._database.write(work)
        except BaseException:
            hold.release()
            raise

    def release_all(self) -> None:
        for lock in self._held:
            lock.release()


_TAKE = insert_or_ignore(holds).returning(holds.c.name)


class RowHolds:
    """On PostgreSQL."""

    def __init__(self, database: Database, presence: BeatingPresence) -> None:
        self._database = database
        self._presence = presence
        self._releasing: dict[str, Future[object]] = {}

    async def take(self, name: str, *, patience_s: float = 0.0) -> Hold:
        hold, _ = await self.take_for(name, lambda _: None, patience_s=patience_s)
        return hold

    async def take_for(
        self, name: str, work: Work[T], *, patience_s: float = 0.0
    ) -> tuple[Hold, T]:
        def take(connection: Connection) -> Holder | tuple[T]:
            holder = self._take(connection, name)
            return (work(connection),) if holder is None else holder

        if releasing := self._releasing.get(name):
            await asyncio.wait([asyncio.wrap_future(releasing)])
        until = time.monotonic() + patience_s
        while True:
            if self._presence.lost:
                raise _declared_dead()
            taken = await self._database.write(take)
            if isinstance(taken, tuple):
                return _RowHold(self, name), taken[0]
            if taken.worker == self._presence.id or patience_s == 0:
                raise Held(taken)
            if not await self._has_died(taken, until=until):
                raise Held(taken)

    def release_all(self) -> None:
        """Nothing: `Presence.end` has deleted the rows."""

    def check(self) -> None:
        if self._presence.lost:
            raise _declared_dead()

    def drop(self, connection: Connection, name: str) -> None:
        mine = holds.c.name == name, holds.c.worker == self._presence.id
        connection.execute(delete(holds).where(*mine))

    def release(self, name: str) -> None:
        try:
            future = self._database.write_later(lambda connection: self.drop(connection, name))
        except RuntimeError:  # the database is closed, and with that all was released
            return
        self._releasing[name] = future
        future.add_done_callback(lambda done: self._released(name, done))

    def _released(self, name: str, done: Future[object]) -> None:
        if self._releasing.get(name) is done:
            del self._releasing[name]
        if not done.cancelled() and (error := done.exception()):
            log.warning("%s is still held, until this process ends: %s", name, error)

    def _take(self, connection: Connection, name: str) -> Holder | None:
        """Take it if it is free or its holder is not alive; else tell who has it."""
        mine = {"worker": self._presence.id, "taken_at": datetime.now(UTC)}
        while connection.execute(_TAKE, {"name": name, **mine}).first() is None:
            held = select(holds.c.worker).where(holds.c.name == name).with_for_update()
            worker = connection.scalar(held)
            if worker is None:  # released a moment ago
                continue
            holder = _worker(connection, worker)
            if holder is not None and holder.alive:
                return holder
            connection.execute(update(holds).where(holds.c.name == name).values(mine))
            break
        return None

    async def _has_died(self, holder: Holder, *, until: float) -> bool:
        """Watch a holder, until it is seen to live or to have died."""
        watch = Watch(self._presence.pace)
        said = False
        while True:
            now = time.monotonic()
            if watch.look({holder.worker: holder.beats}, now=now):
                await self._presence.declare_dead(holder.worker, beats=holder.beats)
                return True
            if now >= until:
                return False
            await asyncio.sleep(_LOOK_EVERY_S)
            later = await self._database.read(lambda c: _worker(c, holder.worker))
            if later is None or not later.alive:
                return True
            if later.beats != holder.beats:
                return False
            if not said:
                log.info("%s may have died: it is watched for up to %.0f s.", holder, PATIENCE_S)
                said = True


class _RowHold:
    def __init__(self, holds: RowHolds, name: str) -> None:
        self._holds = holds
        self._name = name
        self._released = False

    def check(self) -> None:
        self._holds.check()

    def release(self) -> None:
        if not self._released:
            self._released = True
            self._holds.release(self._name)

    def drop(self, connection: Connection) -> None:
        self._holds.drop(connection, self._name)

    def dropped(self) -> None:
        self._released = True


def _worker(connection: Connection, worker: str) -> Holder | None:
    row = connection.execute(select(workers).where(workers.c.id == worker)).first()
    if row is None:
        return None
    return Holder(row.id, row.host, row.pid, row.beats, row.state == ALIVE)


def _declared_dead() -> RunTaken:
    return RunTaken(
        "this process was silent for so long that the others hold it for dead, and may have taken "
        "its work. Start it again: it goes on where it stopped."
    )
