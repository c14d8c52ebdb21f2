"""The media that are known, and how one is forgotten or erased."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sightline.errors import InputError, NotFound
from sightline.services.measures import ALL, SAMPLED
from sightline.store import Erased, LibraryItem, Store, shelf
from sightline.store.shelf import Order
from sightline.values import FrameIndex, Signals
from sightline.values.text import plain_line


class Library:
    """The media in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(self) -> tuple[LibraryItem, ...]:
        """All media, in the order in which they were added; one that was forgotten has no path."""
        return await self._store.list_media()

    async def page(
        self, words: Sequence[str] = (), *, order: Order = Order.ADDED, offset: int, limit: int
    ) -> tuple[Sequence[LibraryItem], int]:
        """Media whose title has all the words in it, and how many such there are."""
        wanted = partial(shelf.page, words=words, order=order, offset=offset, limit=limit)
        return await self._store.database.read(wanted)

    async def get(self, digest: str) -> LibraryItem:
        """By a digest or the beginning of one, never by a path.

        Raises `NotFound`, and `InputError` when several begin so.
        """
        found = await self._store.database.read(partial(shelf.beginning, digest=digest))
        if len(found) > 1:
            listed = ", ".join(f"{item.media.digest[:16]} ({item.title})" for item in found)
            raise InputError(f"Several media begin with {digest}: {listed}. Give more of it.")
        if not found:
            raise NotFound(
                f"There is no media '{plain_line(digest[:64])}' in the library: "
                "GET /api/v1/media lists what there is."
            )
        return found[0]

    async def frames(self, item: LibraryItem) -> FrameIndex:
        """Raises `NotFound` where an older version has read it, which kept less."""
        found = await self._store.database.read(partial(shelf.index_of, digest=item.media.digest))
        if found is None:
            raise NotFound(f"The frames of '{item.title}' are not known: add its file again.")
        return found

    async def signals(self, item: LibraryItem) -> Signals | None:
        """What runs have measured of its frames: of all of them, else of those they sampled."""
        for part in (ALL, SAMPLED):
            if found := await self._store.find_signals(item.media, part=part):
                return found
        return None

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
