"""The folders from which media may be added by their path, and how a path is held against them.

A path is never opened because a request named it. What it really leads to, all links followed, must
lie in a folder that the settings allow or among our own uploads. Of what lies outside nothing is
told, not even whether it is there.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sightline.errors import InputError, MediaError, NotFound, Refused
from sightline.media.finding import found_in
from sightline.media.sets import is_set
from sightline.services.library.shelf import Shelf, Shelved
from sightline.settings import Settings
from sightline.values import SeenFile
from sightline.values.text import plain_line

UPLOADS = "uploads"
"""Folder for uploads, in the data folder."""
MOST_NEW = 10_000
"""Files that one scan reads for the first time."""
_LONGEST = 4096
_AT_ONCE = 256
"""Files that are looked at before others have their turn."""
_MOST_REMEMBERED = 100_000
_MOST_TOLD = 1000


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that looks like media and could not be read."""

    path: Path
    reason: str


@dataclass(slots=True)
class Scan:
    """What came of looking through a folder."""

    added: int = 0
    known: int = 0
    """The library had them before, from there or from elsewhere."""
    failed: int = 0
    failures: list[Unread] = field(default_factory=list[Unread])
    """The first of them."""
    complete: bool = True
    """False: there are more new files than were to be read; the same scan again goes on."""


class Folders:
    """What may be added by its path."""

    def __init__(self, settings: Callable[[], Settings], shelf: Shelf) -> None:
        """`settings` gives those in force."""
        self._settings = settings
        self._shelf = shelf
        self._unreadable: OrderedDict[SeenFile, str] = OrderedDict()

    @property
    def roots(self) -> tuple[Path, ...]:
        """As the settings have them; our own uploads are allowed besides."""
        return self._settings().server.folders

    async def resolve(self, path: str) -> Path:
        """What a path really leads to: a file, or a folder.

        Raises `InputError` for what is no path, `Refused` for one that leads elsewhere, `NotFound`
        where there is nothing.
        """
        if not path or "\0" in path or len(path) > _LONGEST or not _is_text(path):
            raise InputError("This is not the path of a file: give one like /videos/day 1.mp4")
        if not Path(path).is_absolute() or ".." in Path(path).parts:
            raise InputError(
                f"{plain_line(path)} is not a whole path: begin with / (or a drive), without '..'"
            )
        return await asyncio.to_thread(self._resolved, path)

    async def check(self, file: SeenFile) -> None:
        """That a file which was resolved and then seen is still inside: no link was put in its way.

        Raises `Refused`.
        """

        def is_same() -> bool:
            real = Path(os.path.realpath(file.path))
            status = real.stat()
            same = (status.st_dev, status.st_ino) == (file.device, file.inode)
            return real == file.path and self._allows(real) and (same or is_set(real))

        try:
            same = await asyncio.to_thread(is_same)
        except OSError:
            same = False
        if not same:
            raise self._refused(str(file.path))

    async def add(self, path: str) -> Shelved:
        """Bring a file, a folder of pictures or a manifest into the library.

        Raises as `resolve`, and `MediaError` for what holds no picture.
        """
        return await self._shelf.add(await self.resolve(path), check=self.check)

    async def files(self, folder: str, *, recursive: bool = True) -> AsyncGenerator[Path, None]:
        """Files in a folder that look like media. Raises as `resolve`."""
        root = await self.resolve(folder)
        if not await asyncio.to_thread(root.is_dir):
            raise InputError(f"{plain_line(folder)} is a file: name a folder, or add it by itself")
        walk = found_in(str(root), recursive=recursive)
        while batch := await asyncio.to_thread(_next, walk):
            for path in batch:
                if path is not None:
                    yield path

    async def scan(self, folder: str, *, recursive: bool = True, most_new: int = MOST_NEW) -> Scan:
        """Add what a folder holds. Raises as `resolve`; what cannot be read is counted."""
        scan = Scan()
        read = 0
        async for path in self.files(folder, recursive=recursive):
            if read >= most_new:
                scan.complete = False
                break
            try:
                shelved = await self._add_found(path)
            except MediaError as error:
                scan.failed += 1
                if len(scan.failures) < _MOST_TOLD:
                    scan.failures.append(Unread(path, str(error)))
                read += not isinstance(error, _Again)
            except (InputError, OSError) as error:
                scan.failed += 1
                scan.failures.append(Unread(path, str(error)))
            else:
                scan.added += shelved.is_new
                scan.known += not shelved.is_new
                read += shelved.is_new
        return scan

    async def _add_found(self, path: Path) -> Shelved:
        real = await self.resolve(str(path)) if _is_text(str(path)) else path
        seen: list[SeenFile] = []

        async def check(file: SeenFile) -> None:
            await self.check(file)
            seen.append(file)
            if reason := self._unreadable.get(file):
                raise _Again(reason)

        try:
            return await self._shelf.add(real, check=check)
        except _Again:
            raise
        except MediaError as error:
            if seen:
                self._unreadable[seen[0]] = str(error)
                while len(self._unreadable) > _MOST_REMEMBERED:
                    self._unreadable.popitem(last=False)
            raise

    def _resolved(self, path: str) -> Path:
        try:
            real = Path(os.path.realpath(path))
        except (OSError, ValueError) as error:
            raise self._refused(path) from error
        if not self._allows(real):
            raise self._refused(path)
        try:
            mode = real.stat().st_mode
        except PermissionError as error:
            raise Refused(f"{plain_line(path)} may not be read by this server") from error
        except OSError as error:
            raise NotFound(f"{plain_line(path)}: there is no such file; check the name") from error
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise Refused(f"{plain_line(path)} is a device, pipe or socket: only files are opened")
        return real

    def _allows(self, real: Path) -> bool:
        """Whether it lies in an allowed folder, and is none of our own files but an upload."""
        data = _real(self._settings().data_dir)
        if real.is_relative_to(data):
            return (data / UPLOADS) in real.parents
        return any(real.is_relative_to(_real(root)) for root in self.roots)

    def _refused(self, path: str) -> Refused:
        allowed = ", ".join(map(str, self.roots)) or "none so far"
        return Refused(
            f"{plain_line(path)} is not in a folder from which media may be added ({allowed}). The"
            " setting server.folders lists them; or upload the file."
        )


class _Again(MediaError):
    """It could not be read before, and nothing has happened to it since."""


def _real(folder: Path) -> Path:
    return Path(os.path.realpath(folder))


def _is_text(path: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in path)


def _next(walk: Iterator[Path | None]) -> list[Path | None]:
    return list(islice(walk, _AT_ONCE))
