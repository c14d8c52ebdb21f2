"""The media that are known, and how one is forgotten or erased."""

from __future__ import annotations

from sightline.errors import InputError
from sightline.store import Erased, LibraryItem, Store


class Library:
    """The media in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(self) -> tuple[LibraryItem, ...]:
        """All media, in the order in which they were added; one that was forgotten has no path."""
        return await self._store.list_media()

    async def find(self, name: str) -> LibraryItem:
        """By path, by digest, or by the beginning of a digest. Raises `InputError`."""
        if item := await self._store.find_media(name):
            return item
        raise InputError(
            f"{name} is not in the library. `sightline library list` shows what is: "
            "name a media by its path or the beginning of its id."
        )

    async def forget(self, item: LibraryItem) -> None:
        """Take its files off the list. Its answers stay, should the media come back."""
        for path in item.paths:
            await self._store.forget_file(path)

    async def erase(self, item: LibraryItem) -> Erased:
        """Delete everything derived from it. Its own file, and files exported, are not touched."""
        return await self._store.erase_media(item.media.digest)
