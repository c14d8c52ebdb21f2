"""Texts while models give them: from the work of a job in this process to whoever reads along.

What is passed on here is not kept. The answer itself is a fact of the store like any other, and
whoever comes too late, or reads in another process, has it whole when the job has ended.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

EXPECTING_S = 5.0
"""How long after `expect` every text is told, as its listener may be a moment behind it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece of a text."""

    piece: str
    anew: bool = False
    """A model begins here; what was heard before does not count."""
    model: str = ""
    """The one that begins."""


@dataclass(eq=False, slots=True)
class Ear:
    """One reader: pieces come in order, in the reader's own event loop."""

    pieces: asyncio.Queue[Heard] = field(default_factory=asyncio.Queue[Heard])
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)


class Teller:
    """`ports.Listener` of one job: tells all its readers, and those who come later as well."""

    def __init__(self, live: LiveTexts) -> None:
        self._live = live
        self._lock = threading.Lock()
        self._ears: list[Ear] = []
        self._told: list[Heard] = []

    @property
    def wanted(self) -> bool:
        return bool(self._ears) or self._live.expecting

    def begin(self, model: str) -> None:
        with self._lock:
            self._told.clear()
        self._tell(Heard("", anew=True, model=model))

    def hear(self, piece: str) -> None:
        self._tell(Heard(piece))

    def add(self, ear: Ear) -> None:
        with self._lock:
            self._ears.append(ear)
            for heard in self._told:
                ear.pieces.put_nowait(heard)

    def remove(self, ear: Ear) -> None:
        with self._lock:
            self._ears.remove(ear)

    def _tell(self, heard: Heard) -> None:
        with self._lock:
            self._told.append(heard)
            for ear in self._ears:
                # Work may be done in another thread's event loop.
                ear.loop.call_soon_threadsafe(ear.pieces.put_nowait, heard)


class LiveTexts:
    """The texts of this process's jobs."""

    def __init__(self) -> None:
        self._tellers: dict[str, Teller] = {}
        self._users: defaultdict[str, int] = defaultdict(int)
        self._expecting_until = float("-inf")

    def expect(self) -> None:
        """Somebody is about to listen to a job that is yet to be made."""
        self._expecting_until = time.monotonic() + EXPECTING_S

    @property
    def expecting(self) -> bool:
        return time.monotonic() < self._expecting_until

    @contextmanager
    def telling(self, job: str) -> Generator[Teller]:
        """For whoever works on this job: the listener of its runs."""
        with self._used(job) as teller:
            yield teller

    @contextmanager
    def listening(self, job: str) -> Generator[asyncio.Queue[Heard]]:
        """What is told of this job, from the beginning of the answer that is being given."""
        with self._used(job) as teller:
            ear = Ear()
            teller.add(ear)
            try:
                yield ear.pieces
            finally:
                teller.remove(ear)

    @contextmanager
    def _used(self, job: str) -> Generator[Teller]:
        self._users[job] += 1
        teller = self._tellers.setdefault(job, Teller(self))
        try:
            yield teller
        finally:
            self._users[job] -= 1
            if not self._users[job]:
                del self._users[job], self._tellers[job]
