"""How often the queue is looked at: often while there is work, seldom or never without."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeVar

from sightline.errors import StoreError
from sightline.ports import JobQueue

log = logging.getLogger(__name__)
T = TypeVar("T")

_LOOK_EVERY_S = 0.5
_IDLE_AFTER_S = 5.0
"""Work often comes in bursts."""
_SAY_AGAIN_S = 10.0
"""Another worker that has fallen idle may have said otherwise."""


async def keep_pace(queue: JobQueue, busy: Callable[[], int]) -> None:
    """Goes on until it is cancelled; `busy` tells how much this process is working on."""
    loop = asyncio.get_running_loop()
    hurried, said_at, busy_at = True, loop.time(), loop.time()
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        now = loop.time()
        if busy():
            busy_at = now
        wanted = now - busy_at < _IDLE_AFTER_S
        if wanted == hurried and (not wanted or now - said_at < _SAY_AGAIN_S):
            continue
        try:
            await queue.hurry(busy=wanted)
        except StoreError as error:
            log.info("The queue keeps its pace for now: %s", error)
            continue
        hurried, said_at = wanted, now


REST_AFTER_S = 30.0
"""Without anything to do."""


class Shift(Generic[T]):
    """Somebody who takes turns, and is there only while there are any.

    Where this process alone puts turns into the queue, as on SQLite, nobody need look for them
    while none waits: an idle server rests. A turn that is queued as the shift ends is durable, and
    begins the next one.
    """

    def __init__(
        self,
        *,
        begin: Callable[[], Awaitable[T]],
        end: Callable[[T], Awaitable[None]],
        needed: Callable[[], Awaitable[bool]],
    ) -> None:
        """`needed` tells whether anything waits or is being worked on."""
        self._begin = begin
        self._end = end
        self._needed = needed
        self._wanted = asyncio.Event()
        self._there: T | None = None

    def wake(self) -> None:
        """A turn was queued."""
        self._wanted.set()

    async def aclose(self) -> None:
        """Once `run` was cancelled."""
        if self._there is not None:
            there, self._there = self._there, None
            await self._end(there)

    async def run(self) -> None:
        """Goes on until it is cancelled."""
        while True:
            await self._wanted.wait()
            beginning = asyncio.ensure_future(self._begin())
            try:
                self._there = await asyncio.shield(beginning)
            except asyncio.CancelledError:
                with suppress(StoreError):
                    self._there = await beginning  # so that there is somebody to end
                raise
            except StoreError as error:
                log.warning("Runs wait: %s", error)
                await asyncio.sleep(_SAY_AGAIN_S)
                continue
            await self._while_needed()
            await self.aclose()

    async def _while_needed(self) -> None:
        while True:
            self._wanted.clear()
            try:
                async with asyncio.timeout(REST_AFTER_S):
                    await self._wanted.wait()
            except TimeoutError:
                try:
                    if not await self._needed():
                        return
                except StoreError as error:
                    log.info("The queue is looked at for now: %s", error)
