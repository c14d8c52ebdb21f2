"""Who uses a library, and which of them has died.

On PostgreSQL each process beats: it counts up a number in a row of its own. A process is dead when
another one has watched that number stand still for `Pace.dead_after_s`, by the clock of the one
that watches: clocks of different machines are never compared. Being dead is final, so a process
that was only stopped, or cut off, learns of it with its next beat (`lost`). Already before, as
soon as it cannot know any more whether it is still held for alive, it is not `sure`, and sends
nothing.

On SQLite all processes are on one machine: each locks a file while it lives, and nobody beats.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from filelock import Timeout
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from sightline.errors import StoreError
from sightline.store.locks import HeldLock
from sightline.store.records import WorkerRecord
from sightline.store.worktables import holds, workers
from sightline.version import __version__

if TYPE_CHECKING:
    from sightline.store.database import Database

log = logging.getLogger(__name__)

ALIVE, GONE, DEAD = "alive", "gone", "dead"
"""What becomes of a worker: it said good-bye, or it fell silent."""

_KEPT = timedelta(days=2)
"""How long those that are not alive stay on the list."""


_FAREWELL_S = 2.0
"""How long to wait for a beat that is on its way, when the process ends."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often processes beat, and what follows when they do not."""

    beat_s: float = 2.0
    unsure_after_s: float = 8.0
    """Less than the next, by more than a request takes on its way out."""
    dead_after_s: float = 10.0
    blink_s: float = 4.5
    """After a longer time without looking, a watcher has seen nobody stand still."""


PACE = Pace()


class Presence(Protocol):
    """This process among those that use a library."""

    @property
    def id(self) -> str:
        """Unique among all processes, ever."""
        ...

    @property
    def sure(self) -> bool:
        """Whether no other process can hold this one for dead by now."""
        ...

    @property
    def lost(self) -> bool:
        """Whether this process was declared dead. For good: all it held may be another's."""
        ...

    async def begin(self) -> None: ...

    async def register(self) -> None:
        """Be on the list of workers; again, this changes nothing."""
        ...

    async def look(self) -> Sequence[str]:
        """Look at all others once: the ids of the dead that were not told of before.

        They are told of whoever found them dead. To find some, call it about every `beat_s`.
        """
        ...

    async def end(self) -> None:
        """Say good-bye, as well as that can be done."""
        ...


class Watch:
    """Tells from numbers that should grow which of them stand still. Does no I/O."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._looked_at: float | None = None
        self._seen: dict[str, tuple[int, float]] = {}
        """By worker: its number, and when it was first seen."""

    def look(self, beats: Mapping[str, int], *, now: float) -> list[str]:
        """Those that have stood still for too long, at a moment of this process's clock."""
        if self._looked_at is None or now - self._looked_at > self._pace.blink_s:
            # As after an outage of the database: they could not beat, or were not seen to.
            self._seen.clear()
        self._looked_at = now
        before, self._seen = self._seen, {}
        for worker, number in beats.items():
            seen = before.get(worker)
            self._seen[worker] = seen if seen and seen[0] == number else (number, now)
        return [
            worker
            for worker, (_, since) in self._seen.items()
            if now - since >= self._pace.dead_after_s
        ]


class _Registered:
    """What both kinds have in common: a row, and those of others."""

    lost = False

    def __init__(self, database: Database, *, roles: Sequence[str]) -> None:
        self.id = _new_id()
        self._database = database
        self._roles = ",".join(roles)
        self._told: set[str] = set()

    async def _enter(self) -> None:
        await self._database.write_once(self._insert)

    def _insert(self, connection: Connection) -> None:
        now = datetime.now(UTC)
        connection.execute(
            delete(workers).where(workers.c.state != ALIVE, workers.c.seen_at < now - _KEPT)
        )
        connection.execute(
            workers.insert().values(
                id=self.id,
                host=socket.gethostname(),
                pid=os.getpid(),
                version=__version__,
                roles=self._roles,
                state=ALIVE,
                beats=0,
                started_at=now,
                seen_at=now,
            )
        )

    async def _leave(self) -> None:
        def work(connection: Connection) -> None:
            connection.execute(delete(holds).where(holds.c.worker == self.id))
            mine = workers.c.id == self.id, workers.c.state == ALIVE
            gone = {"state": GONE, "seen_at": datetime.now(UTC)}
            connection.execute(update(workers).where(*mine).values(gone))

        with suppress(StoreError):  # the others will find out
            await self._database.write_once(work)

    def _not_told(self, dead: Sequence[str]) -> Sequence[str]:
        new = [worker for worker in dead if worker not in self._told]
        self._told.update(new)
        return new


class FilePresence(_Registered):
    """On SQLite. It is on the list once it has roles or holds something."""

    sure = True

    def __init__(self, database: Database, *, roles: Sequence[str], locks: Path) -> None:
        super().__init__(database, roles=roles)
        self._locks = locks
        self._lock: HeldLock | None = None

    async def begin(self) -> None:
        if self._roles:
            await self.register()

    async def register(self) -> None:
        if self._lock is not None:
            return
        self._lock = HeldLock(self._file(self.id))
        try:
            await self._enter()
        except BaseException:
            self._lock.release()
            self._lock = None
            raise

    async def look(self) -> Sequence[str]:
        others = await self._database.read(_others)
        fallen = [worker for worker, beats in others.items() if beats is not None]
        fallen = [worker for worker in fallen if self._has_fallen(worker)]
        if fallen:
            await self._database.write(lambda connection: _bury(connection, fallen))
        return self._not_told([*(w for w, beats in others.items() if beats is None), *fallen])

    async def end(self) -> None:
        if self._lock is not None:
            await self._leave()
            self._lock.release()
            self._lock = None

    def _has_fallen(self, worker: str) -> bool:
        with suppress(Timeout):
            HeldLock(self._file(worker)).release()
            return True
        return False

    def _file(self, worker: str) -> Path:
        return self._locks / f"worker-{worker}"


class BeatingPresence(_Registered):
    """On PostgreSQL. Beats in a thread of its own, whatever else the process does."""

    def __init__(self, database: Database, *, roles: Sequence[str], pace: Pace = PACE) -> None:
        super().__init__(database, roles=roles)
        self.pace = pace
        self._watch = Watch(pace)
        self._confirmed = _now()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def sure(self) -> bool:
        """The moment that counts is that before a beat was sent which then was confirmed."""
        return not self.lost and _now() - self._confirmed < self.pace.unsure_after_s

    async def begin(self) -> None:
        await self.register()

    async def register(self) -> None:
        if self._thread is None:
            self._confirmed = _now()
            await self._enter()
            self._thread = threading.Thread(target=self._beat_on, name="store-beat", daemon=True)
            self._thread.start()

    async def look(self) -> Sequence[str]:
        others = await self._database.read(_others)
        beats = {worker: count for worker, count in others.items() if count is not None}
        dead = [worker for worker, count in others.items() if count is None]
        silent = self._watch.look(beats, now=time.monotonic())
        dead += [one for one in silent if await self.declare_dead(one, beats=beats[one])]
        return self._not_told(dead)

    async def declare_dead(self, worker: str, *, beats: int) -> bool:
        """Unless it has beaten since."""

        def work(connection: Connection) -> bool:
            still = workers.c.id == worker, workers.c.beats == beats, workers.c.state == ALIVE
            return connection.execute(update(workers).where(*still).values(state=DEAD)).rowcount > 0

        found = await self._database.write(work)
        if found:
            log.warning("worker %s has fallen silent: its work goes to others.", worker)
        return found

    async def end(self) -> None:
        self._ending.set()
        if self._thread is not None:
            thread, self._thread = self._thread, None
            await asyncio.to_thread(thread.join, _FAREWELL_S)
            await self._leave()

    def _beat_on(self) -> None:
        wait_s = self.pace.beat_s
        while not self._ending.wait(wait_s):
            sent = _now()
            try:
                alive = self._database.write_now(self._beat)
            except SQLAlchemyError:  # away: that is told by whoever has work for it
                wait_s = self.pace.beat_s / 4
                continue
            if not alive and not self._ending.is_set():
                self.lost = True
                log.error(
                    "this process (%s) was silent for so long that the others hold it for dead. "
                    "Its work goes to them; start it again to have it work on.",
                    self.id,
                )
                return
            self._confirmed = sent
            wait_s = self.pace.beat_s

    def _beat(self, connection: Connection) -> bool:
        mine = workers.c.id == self.id, workers.c.state == ALIVE
        beat = {"beats": workers.c.beats + 1, "seen_at": datetime.now(UTC)}
        return connection.execute(update(workers).where(*mine).values(beat)).rowcount > 0


def listing(connection: Connection) -> tuple[WorkerRecord, ...]:
    """All that are alive, and of late were, oldest first."""
    query = select(workers).order_by(workers.c.started_at, workers.c.id)
    return tuple(
        WorkerRecord(
            id=row.id,
            host=row.host,
            pid=row.pid,
            version=row.version,
            roles=tuple(filter(None, row.roles.split(","))),
            state=row.state,
            beats=row.beats,
            started_at=row.started_at,
            seen_at=row.seen_at,
        )
        for row in connection.execute(query)
    )


def _others(connection: Connection) -> dict[str, int | None]:
    """The beats of all that are alive, and None for the dead."""
    query = select(workers.c.id, workers.c.beats, workers.c.state)
    rows = connection.execute(query.where(workers.c.state.in_((ALIVE, DEAD))))
    return {row.id: row.beats if row.state == ALIVE else None for row in rows}


def _bury(connection: Connection, fallen: Sequence[str]) -> None:
    mine = workers.c.id.in_(fallen), workers.c.state == ALIVE
    connection.execute(update(workers).where(*mine).values(state=DEAD))


def _new_id() -> str:
    host = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())[:40]
    return f"{host}-{os.getpid()}-{secrets.token_hex(4)}"


def _now() -> float:
    """Seconds of a clock that also runs while the machine sleeps, where there is one."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)
