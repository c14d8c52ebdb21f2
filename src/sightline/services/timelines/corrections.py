"""What people say of tags: kept by media, tag and time, beside what models answered.

It is changed by nothing that is asked later. How it shows in spans is `recipes.corrections`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Protocol
from uuid import uuid4

from sightline.errors import InputError, NotFound
from sightline.recipes.tags import check_line
from sightline.services.runs.events import Events
from sightline.store import LibraryItem, Store, corrections
from sightline.values.corrections import Correction
from sightline.values.text import plain, plain_line

MOST = 20_000
"""Of one media. An hour, every tenth second of which somebody corrects by hand, has 360."""
TOLD = "timeline"
"""The kind of event that tells of a change."""


class Twins(Protocol):
    """Who knows the same pictures in another file. Neither call waits for what it sets off."""

    def look_for(self, item: LibraryItem) -> None:
        """This one has no corrections: another file of the same pictures may have some."""
        ...

    def mark(self, item: LibraryItem) -> None:
        """This one has corrections now, which are to be found for other files of its pictures."""
        ...


class Corrections:
    """The corrections of an installation.

    `twins` finds them for other files of the same pictures; None: nobody does.
    """

    def __init__(self, store: Store, events: Events, *, twins: Twins | None = None) -> None:
        self._store = store
        self._events = events
        self._twins = twins

    async def of(self, item: LibraryItem) -> tuple[Correction, ...]:
        """All of a media, the latest last.

        Where it has none, those of another file of the same pictures may come to it a little
        later, and are told of as an event.
        """
        read = partial(corrections.about, digest=item.media.digest)
        found = await self._store.database.read(read)
        if not found and self._twins:
            self._twins.look_for(item)
        return found

    async def add(
        self,
        item: LibraryItem,
        *,
        tag: str,
        start_s: float,
        end_s: float,
        by: str,
        present: bool = True,
        replaces: tuple[float, float] | None = None,
        note: str = "",
    ) -> Correction:
        """Keep what somebody says. What reaches past the end of the media is cut there.

        Raises `InputError` for a tag that is none and for a time that the media does not have.
        """
        check_line("the tag of a correction", tag)
        start_s, end_s = _within(item, start_s, end_s)
        said = Correction(
            id=uuid4().hex,
            tag=tag,
            start_s=start_s,
            end_s=end_s,
            present=present,
            replaces=replaces,
            note=plain(note).strip(),
            by=by,
            at=datetime.now(UTC),
            origin=None,
        )
        had = await self._store.database.read(partial(corrections.count, digest=item.media.digest))
        if had >= MOST:
            raise InputError(
                f"'{item.title}' has {had:,} corrections, and can have no more: take some back."
            )
        await self._keep(item, [said])
        return said

    async def take_back(self, item: LibraryItem, correction: str) -> None:
        """Raises `NotFound` when the media has none of that id."""
        digest = item.media.digest
        gone = await self._store.database.write(
            partial(corrections.remove, digest=digest, correction=correction)
        )
        if not gone:
            raise NotFound(
                f"'{item.title}' has no correction '{plain_line(correction[:64])}': "
                f"GET /api/v1/media/{digest[:12]}/corrections lists what there is."
            )
        await self._events.tell(TOLD, {"media": digest})

    async def _keep(self, item: LibraryItem, said: Sequence[Correction]) -> None:
        digest = item.media.digest
        if not await self._store.database.write(partial(corrections.add, digest=digest, said=said)):
            raise NotFound(f"'{item.title}' is not in the library any more.")
        await self._events.tell(TOLD, {"media": digest})
        if self._twins:
            self._twins.mark(item)


def _within(item: LibraryItem, start_s: float, end_s: float) -> tuple[float, float]:
    longest = item.media.duration_s
    if not 0 <= start_s < longest:
        raise InputError(
            f"start: '{item.title}' has no second {start_s:g}; it lasts {longest:g} s, so say a "
            "time from 0 to before its end."
        )
    if end_s <= start_s:
        raise InputError("end: a correction ends later than it starts.")
    return start_s, min(end_s, longest)
