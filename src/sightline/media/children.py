"""The children of one source: started when needed, one kept warm, none left behind.

To start one costs about a quarter of a second of a core, so the one that has probed a file also
reads it, and then the next file.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from sightline.errors import MediaError
from sightline.media.child import Child
from sightline.media.wire import Close

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
        self._idle: Child | None = None
        self._all: set[Child] = set()
        self.readers = 0
        """How many share the cores."""

    @property
    def cores_each(self) -> int:
        return max(1, self._cores // max(1, self.readers))

    async def take(self) -> Child:
        """Raises `MediaError` when there can be no further process."""
        child, self._idle = self._idle, None
        if child is not None and child.is_fit:
            return child
        child = await Child.start(self._command, memory_mb=self._memory_mb, stall_s=self._stall_s)
        self._all = {one for one in self._all if not one.is_gone} | {child}
        return child

    async def give_back(self, child: Child) -> None:
        """For the next one to take, where it is fit for that; else it ends here."""
        try:
            if child.is_fit and self._idle is None:
                child.ask(Close())
                if await child.settle(within_s=_SETTLES_WITHIN_S) and self._idle is None:
                    self._idle = child
                    return
        finally:
            if self._idle is not child:
                child.kill()
        await child.gone()

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
        self._idle = None
        children = list(self._all)
        for child in children:
            child.kill()
        for child in children:
            await child.gone()
