"""The media that are known, and how one is forgotten or erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from sightline.errors import InputError, NotFound
from sightline.services.library.measures import ALL, SAMPLED
from sightline.services.runs.events import Events
from sightline.services.timelines.totals import Totals
from sightline.store import Erased, LibraryItem, Store, library, shelf, standings, tagged
from sightline.store.shelf import Order, Sought
from sightline.store.standings import MediaStanding
from sightline.values import FrameIndex, Signals
from sightline.values.text import plain_line

_ALL = Sought()
_WHOLE = 64
"""Digits of a digest."""


class Library:
    """The media in the store.

    `totals` are what timelines tell of their tags; None: tags are as they were when those were
    last made.
    """

    def __init__(
        self, store: Store, events: Events | None = None, *, totals: Totals | None = None
    ) -> None:
        self._store = store
        self._events = events
        self._totals = totals

    async def list(self) -> tuple[LibraryItem, ...]:
        """All media, in the order in which they were added; one that was forgotten has no path."""
        return await self._store.list_media()

    async def page(
        self, sought: Sought = _ALL, *, order: Order = Order.ADDED, offset: int, limit: int
    ) -> tuple[Sequence[LibraryItem], int]:
        """Part of the media that are sought, and how many such there are."""
        if self._totals and (sought.tags or sought.words):
            await self._totals.fresh()
        wanted = partial(shelf.page, sought=sought, order=order, offset=offset, limit=limit)
        return await self._store.database.read(wanted)

    async def standings(self, items: Sequence[LibraryItem]) -> Mapping[str, MediaStanding]:
        """How these stand, by digest; one that was erased meanwhile is left out."""
        read = partial(standings.of, digests=[item.media.digest for item in items])
        told = await self._store.database.read(read)
        is_behind = any(one.behind for one in told.values())
        if self._totals and is_behind and await self._totals.fresh():
            told = await self._store.database.read(read)
        return told

    async def tags(
        self, words: Sequence[str] = (), *, limit: int
    ) -> tuple[Sequence[tuple[str, int]], int]:
        """Tags that were found and in how many media, most frequent first; how many there are.

        Those with all of the words in their name.
        """
        if self._totals:
            await self._totals.fresh()
        return await self._store.database.read(partial(tagged.tags, words=words, limit=limit))

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

    async def digest(self, name: str) -> str:
        """Of a media, by its digest or the beginning of one. Raises as `get`.

        A whole one is taken at its word.
        """
        return name.lower() if len(name) == _WHOLE else (await self.get(name)).media.digest

    async def seen_in(self, paths: Sequence[Path]) -> Mapping[Path, str]:
        """The digests of what was last seen in these files, as far as anything was."""
        return await self._store.database.read(partial(library.seen_in, paths=paths))

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
        erased = await self._store.erase_media(item.media.digest)
        if self._events:
            await self._events.tell("media", {"media": item.media.digest})
        return erased
