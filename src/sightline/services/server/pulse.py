"""Whether the database is there, asked seldom, for a server that is asked often.

Work that was begun waits for a database that is away, which is right for a run and wrong for a
person in front of a page: a request is refused at once instead, and may come again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from sightline.errors import StoreError
from sightline.store.database import Database

FRESH_S = 2.0
"""How long a good look counts."""
PATIENCE_S = 2.0
"""How long one is waited for."""
_STEP_S = 0.1
WATCH_EVERY_S = 1.0
"""How often it is asked, while somebody waits, whether the database went away meanwhile."""


class Pulse:
    """Looks at the database when somebody asks, and at most once in `FRESH_S`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._good_at = float("-inf")
        self._looking: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._under_way: set[_UnderWay] = set()

    async def check(self) -> None:
        """Raises `StoreError` while the database is away."""
        if not self._database.away and time.monotonic() - self._good_at < FRESH_S:
            return
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        until = time.monotonic() + PATIENCE_S
        while not (self._database.away or self._looking.done()) and time.monotonic() < until:
            await asyncio.wait([self._looking], timeout=_STEP_S)
        if self._database.away:
            raise self._away()

    async def heed(self, work: Awaitable[None], *, answered: Callable[[], bool]) -> None:
        """Do work for somebody who waits. Raises `StoreError` when the database goes away first.

        What is `answered` by then goes on.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("work is done in a task")
        mine = _UnderWay(task, answered)
        self._under_way.add(mine)
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch())
        try:
            await work
        except asyncio.CancelledError:
            if not mine.given_up:
                raise
            task.uncancel()
            raise self._away() from None
        finally:
            self._under_way.discard(mine)

    async def is_good(self) -> bool:
        """Whether it answers, and soon."""
        try:
            await self.check()
        except StoreError:
            return False
        return time.monotonic() - self._good_at < FRESH_S + PATIENCE_S

    async def _look(self) -> None:
        with suppress(StoreError):
            await self._database.read(_nothing)
            self._good_at = time.monotonic()

    async def _watch(self) -> None:
        """While anything is under way."""
        while self._under_way:
            await asyncio.sleep(WATCH_EVERY_S)
            if not self._database.away:
                continue
            self._good_at = float("-inf")
            for one in tuple(self._under_way):
                if not one.given_up and not one.answered():
                    one.given_up = True
                    one.task.cancel()

    def _away(self) -> StoreError:
        return StoreError(f"{self._database.where}: it cannot be reached just now.")

    async def aclose(self) -> None:
        """Look no more."""
        tasks = [task for task in (self._looking, self._watching) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(eq=False, slots=True)
class _UnderWay:
    task: asyncio.Task[Any]
    answered: Callable[[], bool]
    given_up: bool = False


def _nothing(connection: Connection) -> None:
    connection.execute(select(1))
