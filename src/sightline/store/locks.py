"""Locks between processes, which the operating system frees when their holder dies."""

from __future__ import annotations

import contextlib
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Connection


class HeldLock:
    """A lock that this process holds. Its file exists only while somebody holds or wants it."""

    def __init__(self, file: Path, *, timeout_s: float = 0.0) -> None:
        """Raises `filelock.Timeout` when another holder keeps it longer than this."""
        self._file = file
        self._lock = FileLock(file, mode=0o600, thread_local=False)
        self._lock.acquire(timeout=timeout_s)
        self.released = False

    def check(self) -> None:
        """Nothing: while this process lives, so does the lock."""

    def drop(self, connection: Connection) -> None:
        """Nothing: it is no part of the database."""

    def dropped(self) -> None:
        """Nothing: it is held until it is released."""

    def release(self) -> None:
        if self.released:
            return
        self.released = True
        # Unlinked first: whoever has opened the file by then sees, once he gets the lock, that it
        # has no name any more, and tries again with a new one.
        with contextlib.suppress(OSError):  # Windows unlinks no open file: it stays, harmlessly
            self._file.unlink()
        self._lock.release()
