"""The children of one source: started when needed, some kept warm, none left behind.

To start one costs about a quarter of a second of a core, so the one that has probed a file also
reads it, and then the next file. Where as many as there are cores are busy, one more is started
only when none of them comes free about as soon.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress

from sightline.errors import MediaError
from sightline.media.child import Child
from sightline.media.wire import Close

_MOST_KEPT = 8
"""Warm ones, of 40 MB each."""
_STARTS_WITHIN_S = 0.25
_SETTLES_WITHIN_S = 1.0
"""A child that takes longer to come to an end is not waited for."""


class Children:
    """Gives out children, each to one taker at a time."""

    def __init__(
        self, command: Sequence[str], *, memory_mb: int, stall_s: float, cores: int
    ) -> None:
        self._command = command
        self._memory_mb = memory_mb
        self._stall_s = stall_s
        self._cores = cores
        self._kept = min(max(2, cores), _MOST_KEPT)
        self._idle: list[Child] = []
        self._returned = asyncio.Condition()
        self._taken = 0
        self._waiting = 0
        self._all: set[Child] = set()
        self.readers = 0
        """How many share the cores."""

    @property
    def cores_each(self) -> int:
        return max(1, self._cores // max(1, self.readers))

    async def take(self) -> Child:
        """Raises `MediaError` when there can be no further process."""
        if not self._idle and self._taken >= self._kept:
            await self._wait_for_one()
        self._taken += 1
        try:
            while self._idle:
                child = self._idle.pop()
                if child.is_fit:
                    return child
            return await self._start()
        except BaseException:
            self._taken -= 1
            raise

    async def _wait_for_one(self) -> None:
        """As long as it takes to start one for each that waits."""
        self._waiting += 1
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_STARTS_WITHIN_S * self._waiting), self._returned:
                    await self._returned.wait_for(lambda: bool(self._idle))
        finally:
            self._waiting -= 1

    async def _start(self) -> Child:
        child = await Child.start(self._command, memory_mb=self._memory_mb, stall_s=self._stall_s)
        self._all = {one for one in self._all if not one.is_gone} | {child}
        return child

    async def give_back(self, child: Child) -> None:
        """For the next one to take, where it is fit for that; else it ends here."""
        kept = False
        try:
            if child.is_fit and len(self._idle) < self._kept:
                child.ask(Close())
                settled = await child.settle(within_s=_SETTLES_WITHIN_S)
                kept = settled and len(self._idle) < self._kept
        finally:
            self._taken -= 1
            if not kept:
                child.kill()
        if not kept:
            await child.gone()
            return
        self._idle.append(child)
        async with self._returned:
            self._returned.notify()

    @asynccontextmanager
    async def one(self) -> AsyncGenerator[Child]:
        """One for the length of a block."""
        child = await self.take()
        try:
            yield child
        except MediaError:
            raise
        except BaseException:
            child.kill()  # it may be in the middle of something
            raise
        finally:
            await self.give_back(child)

    async def aclose(self) -> None:
        """Ends all of them, also those that were taken."""
        self._idle.clear()
        children = list(self._all)
        for child in children:
            child.kill()
        for child in children:
            await child.gone()
