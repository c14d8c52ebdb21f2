"""What happens, told to whoever listens, in this process and in others, in one order for all.

Events are rows, so a listener that was away hears what it missed, and one server hears of another's
work. One reader a process follows the rows while anybody listens; each listener has a bounded
queue, and one that does not keep up is sent away to come again from where it was.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from sightline.errors import StoreError
from sightline.store import Store, events
from sightline.store.events import Happened
from sightline.values import JobEvent

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.25
"""For events of other processes, while somebody listens; our own are looked for at once."""
_AT_ONCE = 1000
_BEHIND = 10_000
"""Events that a listener may be behind before it is sent away."""
_WAIT_S = 5.0
"""Before looking again after the database failed."""


@dataclass(eq=False)
class _Listener:
    after: int
    queue: asyncio.Queue[JobEvent | None] = field(
        default_factory=lambda: asyncio.Queue[JobEvent | None](_BEHIND + 1)
    )

    def hear(self, event: JobEvent) -> None:
        if event.id <= self.after or self.queue.full():
            return
        self.after = event.id
        self.queue.put_nowait(event if self.queue.qsize() < _BEHIND else None)


class Events:
    """The live events of an installation. `aclose` it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._listeners: set[_Listener] = set()
        self._told: list[tuple[Happened, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._last = 0

    async def aclose(self) -> None:
        """Ends all listening."""
        if self._writing:
            await asyncio.gather(self._writing, return_exceptions=True)
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        for listener in self._listeners:
            with suppress(asyncio.QueueFull):
                listener.queue.put_nowait(None)

    async def tell(self, kind: str, data: Mapping[str, object], *, job: str | None = None) -> None:
        """Returns when it is stored; many that are told at once share one transaction."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._told.append((Happened(kind, data, job), stored))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await stored

    async def _write(self) -> None:
        while self._told:
            batch, self._told = self._told[:_AT_ONCE], self._told[_AT_ONCE:]
            happened = [one for one, _ in batch]
            try:
                await self._store.database.write(partial(events.keep, happened=happened))
            except BaseException as error:
                for _, stored in batch:
                    if not stored.done():
                        stored.set_exception(error)
                if not isinstance(error, Exception):
                    raise
            else:
                for _, stored in batch:
                    if not stored.done():
                        stored.set_result(None)
                self._news.set()

    # -------------------------------------------------------------------------------- listening

    async def listen(self, *, after: int | None = None) -> AsyncGenerator[JobEvent, None]:
        """Every event from now on, or all those after the one with this id that are still kept.

        Ends when the listener has fallen too far behind, or the server stops.
        """
        last = await self._store.database.read(events.last)
        if self._reading is None or self._reading.done():
            self._last = last
        read_to = self._last
        # An id that was never given comes from another database: begin with what is new.
        begin = last if after is None or after > last else after
        listener = _Listener(after=max(begin, read_to))
        self._listeners.add(listener)
        try:
            if self._reading is None or self._reading.done():
                self._reading = asyncio.create_task(self._read())
            async for event in self._between(begin, read_to):
                yield event
            while event := await listener.queue.get():
                yield event
        finally:
            self._listeners.discard(listener)

    async def _between(self, at: int, up_to: int) -> AsyncGenerator[JobEvent, None]:
        """What was told before the reader's time; what it reads meanwhile waits in the queue."""
        while at < up_to:
            read = partial(events.after, event_id=at, most=_AT_ONCE)
            found = [event for event in await self._store.database.read(read) if event.id <= up_to]
            if not found:
                return
            for event in found:
                yield event
            at = found[-1].id

    async def _read(self) -> None:
        while self._listeners:
            try:
                read = partial(events.after, event_id=self._last, most=_AT_ONCE)
                found = await self._store.database.read(read)
            except StoreError as error:
                log.warning("Live events wait for the database: %s", error)
                await asyncio.sleep(_WAIT_S)
                continue
            for event in found:
                self._last = event.id
                for listener in self._listeners:
                    listener.hear(event)
            if len(found) == _AT_ONCE:
                continue
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._news.wait()
