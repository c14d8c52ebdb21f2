"""How an installation is: what it runs on, what it holds, what has gone wrong of late."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sightline.store import Store
from sightline.store.extent import Extent, measure
from sightline.store.records import WorkerRecord
from sightline.values.text import plain

RECENT = 50
"""Problems that are kept."""
_FRESH_S = 30.0
"""How long what takes long to find out counts."""
_NVIDIA_WAIT_S = 3.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """One line of the log that is a warning or worse."""

    at: datetime
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Condition:
    """An installation at one moment."""

    where: str
    """The database, for a person."""
    extent: Extent
    usage: Mapping[str, int]
    """Bytes below the data folder, by the first name there; what lies in it itself is `library`."""
    free_bytes: int
    """Of the disk on which the data folder is."""
    total_bytes: int
    workers: tuple[WorkerRecord, ...]
    gpus: tuple[str, ...]


class RecentTroubles(logging.Handler):
    """Keeps the last warnings of this process, for whoever looks after it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kept: deque[Trouble] = deque(maxlen=RECENT)

    def emit(self, record: logging.LogRecord) -> None:
        at = datetime.fromtimestamp(record.created, UTC)
        self._kept.append(Trouble(at, record.levelname.lower(), plain(record.getMessage())))

    @property
    def kept(self) -> Sequence[Trouble]:
        """The newest first."""
        return tuple(reversed(self._kept))


class Surveyor:
    """Finds out how the installation is; what takes long, seldom."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._measured: tuple[float, Mapping[str, int], Extent] | None = None
        self._gpus: tuple[str, ...] | None = None
        self._lock = asyncio.Lock()

    async def survey(self, data_dir: Path) -> Condition:
        async with self._lock:
            usage, extent = await self._measure(data_dir)
            if self._gpus is None:
                self._gpus = await _gpus()
        disk = await asyncio.to_thread(_disk, data_dir)
        workers = await self._store.workers()
        return Condition(self._store.where, extent, usage, disk[0], disk[1], workers, self._gpus)

    async def _measure(self, data_dir: Path) -> tuple[Mapping[str, int], Extent]:
        if self._measured is None or time.monotonic() - self._measured[0] > _FRESH_S:
            usage = await asyncio.to_thread(_usage, data_dir)
            found = await self._store.database.read(measure)
            self._measured = time.monotonic(), usage, found
        return self._measured[1:]


def _disk(folder: Path) -> tuple[int, int]:
    """Free bytes, and all there are."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    return usage.free, usage.total


def _usage(folder: Path) -> Mapping[str, int]:
    found = {"library": 0}
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return found
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            found[plain(entry.name)] = _size_below(entry.path)
        else:
            found["library"] += _size_of(entry)
    return found


def _size_below(folder: str) -> int:
    try:
        with os.scandir(folder) as entries:
            return sum(
                _size_below(entry.path) if entry.is_dir(follow_symlinks=False) else _size_of(entry)
                for entry in entries
            )
    except OSError:  # removed meanwhile, or not ours to read
        return 0


def _size_of(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:
        return 0


async def _gpus() -> tuple[str, ...]:
    """Names of NVIDIA's cards; nothing where its tool is not there or does not answer."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    try:
        asked = await asyncio.create_subprocess_exec(
            tool,
            "--query-gpu=name",
            "--format=csv,noheader",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return ()
    try:
        told, _ = await asyncio.wait_for(asked.communicate(), _NVIDIA_WAIT_S)
    except TimeoutError:
        asked.kill()
        await asked.wait()
        return ()
    if asked.returncode:
        return ()
    return tuple(plain(line) for line in told.decode("utf-8", "replace").splitlines() if line)
