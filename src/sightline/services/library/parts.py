"""Parts of files on the disk: how they are called, grow, and go. And who may write to one."""

from __future__ import annotations

import asyncio
import re
import shutil
import unicodedata
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import FileIO
from pathlib import Path
from typing import TypeVar

_NAME_BYTES = 150
_UNFIT = re.compile(
    '[\\x00-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff/\\\\:*?"<>|]'
)
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
"""Names that mean something else on Windows."""
_ID = re.compile("[0-9a-f]{32}")

T = TypeVar("T")


class Writer:
    """Whoever writes to a file just now."""

    def __init__(self) -> None:
        self._patience: asyncio.Timeout | None = None
        self._is_unwanted = False
        self.gone = asyncio.Event()

    def wait(self, patience: asyncio.Timeout) -> None:
        """What it does from here on ends when its patience does."""
        self._patience = patience
        if self._is_unwanted:
            self.leave()

    def leave(self) -> None:
        self._is_unwanted = True
        if self._patience is not None:
            with suppress(RuntimeError):  # it is leaving
                self._patience.reschedule(asyncio.get_running_loop().time())


def safe_name(name: str) -> str:
    """A name for a file on any disk, as much like this one as can be; its ending is kept."""
    last = re.split(r"[/\\]", name)[-1]
    text = _UNFIT.sub("_", unicodedata.normalize("NFC", last)).strip(" .")
    stem, dot, suffix = text.rpartition(".")
    if not dot:
        stem, suffix = text, ""
    ending = f".{suffix}" if suffix and len(suffix.encode()) <= 10 else ""
    stem = stem if ending or not suffix else text
    stem = stem.encode()[: _NAME_BYTES - len(ending)].decode(errors="ignore").strip(" .")
    safe = f"{stem or 'upload'}{ending}"
    return f"_{safe}" if _DEVICES.fullmatch(safe) else safe


def is_id(text: str) -> bool:
    """Whether it may name an upload, and its folder."""
    return _ID.fullmatch(text) is not None


def swept(folder: Path, known: Collection[str], *, older_than: timedelta) -> int:
    """Delete folders of uploads that are not known any more; how many went."""
    gone = 0
    with suppress(OSError):
        for found in list(folder.iterdir()):
            age = datetime.now(UTC) - datetime.fromtimestamp(found.stat().st_mtime, UTC)
            if is_id(found.name) and found.name not in known and age > older_than:
                shutil.rmtree(found, ignore_errors=True)
                gone += 1
    return gone


def add(path: Path, block: bytearray) -> None:
    """Put it at the end of a file. Raises `OSError` when not all of it fits; what does is there."""
    left = memoryview(block)
    if left:
        # Opened each time: an open file would have to be closed by whoever is cancelled.
        with FileIO(path, "a") as file:
            while left:
                left = left[file.write(left) :]


async def to_the_end(work: Callable[[], T]) -> T:
    """Do it in a thread, and wait for its end also when the caller is cancelled."""
    doing = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing])
        if not doing.cancelled():
            doing.exception()
        raise
