"""Lets so many requests through at once and counts them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class Turnstile:
    """Counts requests in flight and at work; those above `slots` wait their turn."""

    def __init__(self, slots: int | None) -> None:
        self._slots = slots
        self._waiting: deque[asyncio.Future[None]] = deque()
        self.in_flight = 0
        """Arrived and not answered yet: waiting or at work."""
        self.peak_in_flight = 0
        self.working = 0
        """Holding a slot."""
        self.peak_working = 0

    def resize(self, slots: int | None) -> None:
        self._slots = slots
        self._admit()

    @asynccontextmanager
    async def arrival(self) -> AsyncGenerator[None]:
        """Around all of a request."""
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        try:
            yield
        finally:
            self.in_flight -= 1

    @asynccontextmanager
    async def slot(self) -> AsyncGenerator[None]:
        """Around the work of a request; first come, first served."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._admit()
        try:
            await turn
            yield
        finally:
            if turn.done() and not turn.cancelled():
                self.working -= 1
            self._admit()

    def _admit(self) -> None:
        while self._waiting and (self._slots is None or self.working < self._slots):
            turn = self._waiting.popleft()
            if not turn.done():
                self.working += 1
                self.peak_working = max(self.peak_working, self.working)
                turn.set_result(None)
