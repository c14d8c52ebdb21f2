"""Files made of media that can be made again: kept within a limit, those used longest ago go first.

A file appears as a whole or not at all. Several processes may share the folder: one finds what the
other has made, and a file that is deleted while it is sent is sent to its end.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock

_PART = ".part"
_ABANDONED_S = 24 * 3600.0
"""Nobody writes to a part for so long."""
_SHARE_LEFT = 0.9
"""Of the limit, when something has to go: so that not every new file costs a look around."""
_TOUCH_EVERY_S = 60.0


class Cache:
    """One folder of files, by names of one's own that have no need to be secret."""

    def __init__(self, folder: Path, most_bytes: Callable[[], int]) -> None:
        """`most_bytes` gives the limit in force."""
        self._folder = folder
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._bytes: int | None = None

    @property
    def most_bytes(self) -> int:
        return self._most_bytes()

    async def find(self, name: str) -> Path | None:
        """Where it is, if it is there; that counts as a use of it."""
        return await asyncio.to_thread(self._find, name)

    async def read(self, name: str) -> bytes | None:
        """All of it, if it is there; that counts as a use of it."""

        def read() -> bytes | None:
            path = self._find(name)
            try:
                return path and path.read_bytes()
            except OSError:
                return None

        return await asyncio.to_thread(read)

    async def put(self, name: str, content: bytes) -> None:
        """Keep it, where there is room; a full disk does no harm."""

        def put() -> None:
            part = None
            try:
                part = self._part(name)
                part.write_bytes(content)
                self._keep(part, name)
            except OSError:
                with suppress(OSError):
                    if part is not None:
                        part.unlink(missing_ok=True)

        if len(content) <= self.most_bytes:
            await asyncio.to_thread(put)

    async def part(self, name: str) -> Path:
        """Where to write a file before it is kept under its name; there is none there yet."""
        return await asyncio.to_thread(self._part, name)

    async def keep(self, part: Path, name: str) -> None:
        """A part is complete: from here on it is found."""
        await asyncio.to_thread(self._keep, part, name)

    async def drop(self, name: str) -> None:
        """Delete all whose names begin so."""

        def drop() -> None:
            path = self._folder / name
            for found in path.parent.glob(f"{path.name}*"):
                found.unlink(missing_ok=True)
            with self._lock:
                self._bytes = None

        await asyncio.to_thread(drop)

    async def used_bytes(self) -> int:
        def used() -> int:
            with self._lock:
                return sum(size for _, size, _ in self._files())

        return await asyncio.to_thread(used)

    async def trim(self, most_bytes: int | None = None) -> None:
        """Delete the oldest beyond this limit, or the usual one, and abandoned parts."""
        limit = self.most_bytes if most_bytes is None else most_bytes
        await asyncio.to_thread(self._trim, limit)

    def _find(self, name: str) -> Path | None:
        path = self._folder / name
        try:
            age_s = time.time() - path.stat().st_mtime
        except OSError:
            return None
        # Not each time: a use is a write, and a page of pictures is hundreds.
        if age_s > _TOUCH_EVERY_S:
            with suppress(OSError):  # a folder that cannot be written to still has the file
                os.utime(path)
        return path

    def _part(self, name: str) -> Path:
        path = self._folder / f"{name}.{secrets.token_hex(8)}{_PART}"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    def _keep(self, part: Path, name: str) -> None:
        path = self._folder / name
        size = part.stat().st_size
        part.replace(path)
        with self._lock:
            if self._bytes is not None:
                self._bytes += size
            full = self._bytes is None or self._bytes > self.most_bytes
        if full:
            self._trim(self.most_bytes, kept=path)

    def _trim(self, most_bytes: int, kept: Path | None = None) -> None:
        with self._lock:
            files = sorted(self._files(), key=lambda file: (file[2] == kept, file[0]))
            total = sum(size for _, size, _ in files)
            goal = most_bytes if total <= most_bytes else int(most_bytes * _SHARE_LEFT)
            for used_at, size, path in files:
                abandoned = path.suffix == _PART and time.time() - used_at > _ABANDONED_S
                over = total > goal and path.suffix != _PART
                if (over and (path != kept or total > most_bytes)) or abandoned:
                    path.unlink(missing_ok=True)
                    total -= size
            self._bytes = total

    def _files(self) -> list[tuple[float, int, Path]]:
        """When each was used, how large it is, and where."""
        found: list[tuple[float, int, Path]] = []
        for folder, _, names in os.walk(self._folder):
            for name in names:
                path = Path(folder, name)
                try:
                    status = path.stat()
                except OSError:
                    continue  # another process was faster
                found.append((status.st_mtime, status.st_size, path))
        return found
