"""Tag sets by name, kept in the database for whoever asks for a run over the API."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sightline.errors import InputError, NotFound
from sightline.services.runs.jobs import Page
from sightline.services.tags.tagfile import TagSetFile, to_toml, validated
from sightline.services.tags.tagsets import read_text, unique
from sightline.store import Store, tagsets
from sightline.store.tagsets import StoredTagSet

if TYPE_CHECKING:
    from sightline.services.runs.events import Events

LONGEST_NAME = 100
_NAME = re.compile(r"[^\W_][\w .()+-]*")
_SUFFIXES = {".toml", ".json", ".csv", ".txt"}


@dataclass(frozen=True, slots=True)
class TagSet:
    """A named set."""

    name: str
    file: TagSetFile
    changed_at: datetime


class TagShelf:
    """The tag sets of an installation."""

    def __init__(self, store: Store, *, events: Events | None = None) -> None:
        self._store = store
        self._events = events

    async def list(self, *, offset: int = 0, limit: int = 50) -> Page[TagSet]:
        """By name."""
        read = partial(tagsets.listing, offset=offset, limit=limit)
        found, total = await self._store.database.read(read)
        return Page(tuple(map(_read, found)), total)

    async def get(self, name: str) -> TagSet:
        """Raises `NotFound`."""
        found = await self._store.database.read(partial(tagsets.get, name=_sound(name)))
        if found is None:
            raise _unknown(name)
        return _read(found)

    async def put(self, name: str, file: TagSetFile) -> tuple[TagSet, bool]:
        """Keep a set, in place of one of that name; and whether it is new.

        Raises `InputError` for a name or for tags that cannot be used.
        """
        if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME or name != name.strip():
            raise InputError(
                f"'{_shown(name)}' cannot name a tag set: begin with a letter or digit, then use "
                f"letters, digits, spaces and . _ - + ( ), {LONGEST_NAME} at most."
            )
        unique(file.to_tags(), f"the tag set '{name}'")
        document = file.model_dump(mode="json", exclude_defaults=True)
        keep = partial(tagsets.put, name=name, document=document)
        is_new = await self._store.database.write(keep)
        await self._tell(name)
        return TagSet(name, file, datetime.now(UTC)), is_new

    async def remove(self, name: str) -> None:
        """Runs that were asked for with it keep its tags. Raises `NotFound`."""
        if not await self._store.database.write(partial(tagsets.remove, name=_sound(name))):
            raise _unknown(name)
        await self._tell(name)

    async def take_in(self, name: str, text: str, *, file_name: str) -> tuple[TagSet, bool]:
        """Keep the tags of a file, of ours or of a source system (`services.tags.tagimports`).

        Raises `InputError` naming the file and the field.
        """
        path = Path(Path(_shown(file_name)).name)
        if path.suffix not in _SUFFIXES:
            raise InputError(
                f"{path or 'a file without a name'} is no tag set: its name must end in "
                f"{', '.join(sorted(_SUFFIXES))}, which tells how it is read."
            )
        return await self.put(name, read_text(text.removeprefix("\ufeff"), path))

    async def to_toml(self, name: str) -> str:
        """As a file that reads back equal. Raises `NotFound`."""
        return to_toml((await self.get(name)).file)

    async def _tell(self, name: str) -> None:
        if self._events is not None:
            await self._events.tell("tag-sets", {"tag_set": name})


def _read(stored: StoredTagSet) -> TagSet:
    where = Path(f"'{stored.name}' in the database")
    return TagSet(stored.name, validated(stored.document, where), stored.changed_at)


def _sound(name: str) -> str:
    """What no database would take is no name of anything."""
    if "\0" in name or any("\ud800" <= c <= "\udfff" for c in name):
        raise _unknown(name)
    return name


def _shown(text: str) -> str:
    short = text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"
    return short.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _unknown(name: str) -> NotFound:
    return NotFound(f"There is no tag set '{_shown(name)}'. GET /api/v1/tag-sets lists them.")
