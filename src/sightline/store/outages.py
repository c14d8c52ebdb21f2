"""Telling of a server that went away, once for all who wait for it."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Generator

log = logging.getLogger(__name__)


class Outages:
    """Logs the beginning and the end of an outage. May be used from several threads."""

    def __init__(self, where: str, *, patience_s: float) -> None:
        self._where = where
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._waiting = 0
        self._since: float | None = None

    @contextlib.contextmanager
    def wait(self) -> Generator[Wait]:
        """For the time of one piece of work, which may have to be tried again."""
        wait = Wait(self)
        try:
            yield wait
        except BaseException:
            if wait.began is not None:
                self._leave(through=False)
            raise
        if wait.began is not None:
            self._leave(through=True)

    @property
    def going_on(self) -> bool:
        return self._since is not None

    def enter(self, reason: str) -> None:
        with self._lock:
            self._waiting += 1
            if self._since is not None:
                return
            self._since = time.monotonic()
        log.warning(
            "%s: the connection was lost (%s). Trying again for up to %.0f s; nothing that was "
            "recorded is lost.",
            self._where,
            reason,
            self._patience_s,
        )

    def _leave(self, *, through: bool) -> None:
        with self._lock:
            self._waiting -= 1
            since = self._since
            if through or not self._waiting:
                self._since = None
        if through and since is not None:
            log.warning("%s: it is back after %.0f s.", self._where, time.monotonic() - since)


class Wait:
    """How long one caller has waited for the server."""

    def __init__(self, outages: Outages) -> None:
        self._outages = outages
        self.began: float | None = None

    def met(self, reason: str) -> float:
        """The server is away, still or again: the seconds since that was first met."""
        if self.began is None:
            self.began = time.monotonic()
            self._outages.enter(reason)
        return time.monotonic() - self.began
