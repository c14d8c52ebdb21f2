"""The way of a file into the library, and back from the library to the file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sightline.errors import MediaError, NotFound
from sightline.ports import MediaSource
from sightline.services.runs.events import Events
from sightline.store import LibraryItem, Store, shelf
from sightline.values import FrameIndex, Media, SeenFile

Check = Callable[[SeenFile], Awaitable[None]]


async def _unchecked(file: SeenFile) -> None:
    del file


@dataclass(frozen=True, slots=True)
class Shelved:
    """A file, and what is in it."""

    file: SeenFile
    media: Media
    frames: FrameIndex
    is_new: bool
    """The library did not have this media until now."""


class Shelf:
    """Files that are, or come to be, in the library. Raises `MediaError` for what is no media."""

    def __init__(self, source: MediaSource, store: Store, events: Events | None = None) -> None:
        self._source = source
        self._store = store
        self._events = events

    async def add(self, path: Path, *, check: Check = _unchecked) -> Shelved:
        """What a file holds: from the store when it has not changed, else by reading it.

        `check` may refuse the file as it was seen, before it is opened.
        """
        file = await self._source.look(path)
        await check(file)
        if known := await self._store.find_file(file):
            return Shelved(file, *known, is_new=False)
        media, frames = await self._source.probe(file)
        had = await self._store.database.read(partial(shelf.knows, digest=media.digest))
        await self._store.remember_media(media, frames, file=file)
        if not had:
            await self.tell(media.digest)
        return Shelved(file, media, frames, is_new=not had)

    async def tell(self, digest: str) -> None:
        """Tell whoever listens that a media is new, or is called otherwise now."""
        if self._events:
            await self._events.tell("media", {"media": digest})

    async def open(self, item: LibraryItem) -> Shelved:
        """The first of its files that still holds it.

        Raises `NotFound` when none does, and for a media that was erased meanwhile: it is not to
        come back by itself.
        """
        file = await self.file_of(item)
        if known := await self._store.find_file(file):
            return Shelved(file, *known, is_new=False)
        raise _gone(item)

    async def file_of(self, item: LibraryItem) -> SeenFile:
        """As `open`, without what is in it."""
        digest = item.media.digest
        for path in item.paths:
            try:
                file = await self._source.look(path)
            except MediaError:
                continue
            if await self._store.database.read(partial(shelf.holds, file=file)) == digest:
                return file
        if not await self._store.database.read(partial(shelf.knows, digest=digest)):
            raise NotFound(f"'{item.title}' ({digest[:16]}) is not in the library any more.")
        for path in item.paths:
            # Touched, or moved to another disk: its bytes tell.
            try:
                shelved = await self.add(path)
            except MediaError:
                continue
            if shelved.media.digest == digest:
                return shelved.file
        raise _gone(item)


def _gone(item: LibraryItem) -> NotFound:
    return NotFound(
        f"The file of '{item.title}' ({item.media.digest[:16]}) is gone, or has other bytes by now:"
        " put it back, or add it again from where it is."
    )
