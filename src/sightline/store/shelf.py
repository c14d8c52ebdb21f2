"""The library in pages, and which media a file holds: what a server asks time and again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    RowMapping,
    Select,
    func,
    select,
    update,
)
from sqlalchemy import cast as as_type

from sightline.store import coding, standings, tagged
from sightline.store.library import SHORTEST_DIGEST, index_in, media_of
from sightline.store.records import LibraryItem
from sightline.store.tables import frame_indexes, media, media_files
from sightline.values import FrameIndex, MediaKind, SeenFile

_mine = media.c
_HEX = frozenset("0123456789abcdef")
_TOTAL = "total"
_Query = Select[*tuple[object, ...]]


class Order(StrEnum):
    """By what the library is sorted."""

    ADDED = "added"
    """Newest first."""
    OLDEST = "oldest"
    TITLE = "title"
    LARGEST = "largest"
    """By their size on disk."""
    LONGEST = "longest"
    """By how long they last."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which media are meant; all of what is said must be true of one."""

    words: Sequence[str] = ()
    """Each in its title, or in the name of a tag that was found in it."""
    tags: Sequence[str] = ()
    """All of them were found in it."""
    states: Sequence[str] = ()
    """It is in one of these states, as `standings` knows them; none: in any."""
    kinds: Sequence[MediaKind] = ()
    """It is one of these; none: anything."""
    added_until: datetime | None = None
    """It was added then or before: what came later moves nothing in the pages of a list."""


_ALL = Sought()


def page(
    connection: Connection, sought: Sought = _ALL, *, order: Order, offset: int, limit: int
) -> tuple[Sequence[LibraryItem], int]:
    """Part of the media that are sought, and how many such there are."""
    wanted = list(_conditions(sought))
    query = _sorted(select(media).where(*wanted), order).offset(offset).limit(limit)
    if wanted:  # looked for and counted in one go
        query = query.add_columns(func.count().over().label(_TOTAL))
    rows = connection.execute(query).mappings().all()
    if wanted and (rows or not offset):
        total = cast("int", rows[0][_TOTAL]) if rows else 0
    else:
        total = connection.scalar(select(func.count()).select_from(media).where(*wanted)) or 0
    return _items(connection, rows), total


def _conditions(sought: Sought) -> Iterator[ColumnElement[bool]]:
    for word in sought.words:
        named = tagged.having(lambda tag, word=word: tag.icontains(word, autoescape=True))
        yield _mine.title.icontains(word, autoescape=True) | _mine.id.in_(named)
    for tag in sought.tags:
        yield _mine.id.in_(tagged.having(lambda name, tag=tag: name == tag))
    if sought.states:
        yield _mine.id.in_(standings.in_state(sought.states))
    if sought.kinds:
        yield _mine.kind.in_(sought.kinds)
    if sought.added_until is not None:
        yield _mine.added_at <= sought.added_until


def beginning(connection: Connection, digest: str) -> Sequence[LibraryItem]:
    """Those whose digest is this one or begins so, five at most; none for what is too short."""
    start = digest.lower()
    if len(start) < SHORTEST_DIGEST or not set(start) <= _HEX:
        return []
    begins = func.substr(_mine.digest, 1, len(start)) == start
    exact = _mine.digest == start
    found = connection.execute(select(media).where(exact if len(start) >= 64 else begins).limit(5))
    return _items(connection, found.mappings().all())


def holds(connection: Connection, file: SeenFile) -> str | None:
    """The digest of the media that was read in this file, when nothing has happened to it since."""
    files = media_files.c
    return connection.scalar(
        select(_mine.digest)
        .join(media_files, files.media_id == _mine.id)
        .where(
            files.path == file.path.absolute(),
            files.inode == str(file.inode),
            files.size_bytes == file.size_bytes,
            files.mtime_ns == file.mtime_ns,
            files.ctime_ns == file.ctime_ns,
        )
    )


def index_of(connection: Connection, digest: str) -> FrameIndex | None:
    """Its frames, wherever its file is; None where they are to be read anew."""
    found = connection.execute(
        select(frame_indexes)
        .join(media, frame_indexes.c.media_id == _mine.id)
        .where(_mine.digest == digest, frame_indexes.c.version == coding.VERSION)
    )
    row = found.mappings().first()
    return None if row is None else index_in(row)


def knows(connection: Connection, digest: str) -> bool:
    return connection.scalar(select(_mine.id).where(_mine.digest == digest)) is not None


def entitle(connection: Connection, digest: str, title: str) -> None:
    connection.execute(update(media).where(_mine.digest == digest).values(title=title))


def _sorted(query: _Query, order: Order) -> _Query:
    match order:
        case Order.ADDED:
            return query.order_by(_mine.added_at.desc(), _mine.id.desc())
        case Order.OLDEST:
            return query.order_by(_mine.added_at, _mine.id)
        case Order.TITLE:
            return query.order_by(func.lower(_mine.title), _mine.id)
        case Order.LARGEST:
            return query.order_by(_mine.size_bytes.desc(), _mine.id)
        case Order.LONGEST:
            ticks = as_type(_mine.end - _mine.start, Double)
            seconds = ticks * _mine.time_base_num / _mine.time_base_den
            return query.order_by(seconds.desc(), _mine.id)


def _items(connection: Connection, rows: Sequence[RowMapping]) -> Sequence[LibraryItem]:
    ids = [row[_mine.id] for row in rows]
    paths: dict[int, list[Path]] = defaultdict(list)
    found = select(media_files.c.media_id, media_files.c.path).where(
        media_files.c.media_id.in_(ids)
    )
    for media_id, path in connection.execute(found.order_by(media_files.c.path)):
        paths[media_id].append(path)
    return [
        LibraryItem(
            media_of(row), row[_mine.title], row[_mine.added_at], tuple(paths[row[_mine.id]])
        )
        for row in rows
    ]
