"""Files on their way in, and those that came that way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, RowMapping, Select, delete, select, update

from sightline.store.statements import total
from sightline.store.worktables import uploads

_mine = uploads.c


@dataclass(frozen=True, slots=True)
class UploadRecord:
    """An upload as it is kept; how much of it has come, its file tells."""

    id: str
    name: str
    """As whoever sends it calls the file."""
    path: Path
    size_bytes: int | None
    """Of the whole file; None where nobody has said."""
    owner: str
    media: str | None
    """Digest of what it turned out to be."""
    created_at: datetime
    ended_at: datetime | None


_UNSAID = -1


def add(connection: Connection, upload: UploadRecord) -> None:
    size = _UNSAID if upload.size_bytes is None else upload.size_bytes
    connection.execute(
        uploads.insert().values(
            id=upload.id,
            name=upload.name,
            path=upload.path,
            size_bytes=size,
            owner=upload.owner,
            media=upload.media,
            created_at=upload.created_at,
            ended_at=upload.ended_at,
        )
    )


def find(connection: Connection, id: str) -> UploadRecord | None:  # noqa: A002
    return next(iter(_read(connection, select(uploads).where(_mine.id == id))), None)


def listing(connection: Connection) -> Sequence[UploadRecord]:
    """All of them, oldest first."""
    return _read(connection, select(uploads).order_by(_mine.created_at, _mine.id))


def ended(connection: Connection, owner: str | None, *, limit: int) -> Sequence[UploadRecord]:
    """Those that are in the library, the latest first; with None those of everybody."""
    query = select(uploads).where(_mine.media.is_not(None))
    if owner is not None:
        query = query.where(_mine.owner == owner)
    query = query.order_by(_mine.ended_at.desc(), _mine.created_at.desc(), _mine.id)
    return _read(connection, query.limit(limit))


def resize(connection: Connection, id: str, size_bytes: int) -> None:  # noqa: A002
    connection.execute(update(uploads).where(_mine.id == id).values(size_bytes=size_bytes))


def end(connection: Connection, id: str, media: str) -> None:  # noqa: A002
    """It is complete, and this media."""
    connection.execute(
        update(uploads).where(_mine.id == id).values(media=media, ended_at=datetime.now(UTC))
    )


def of_media(connection: Connection, media: str) -> Sequence[UploadRecord]:
    return _read(connection, select(uploads).where(_mine.media == media))


def remove(connection: Connection, id: str) -> bool:  # noqa: A002
    """False when there is none."""
    return connection.execute(delete(uploads).where(_mine.id == id)).rowcount > 0


def promised(connection: Connection) -> int:
    """Bytes of all uploads, as their senders have announced them."""
    return connection.scalar(select(total(_mine.size_bytes)).where(_mine.size_bytes > 0)) or 0


def _read(connection: Connection, query: Select[*tuple[object, ...]]) -> Sequence[UploadRecord]:
    return [_record(row) for row in connection.execute(query).mappings()]


def _record(row: RowMapping) -> UploadRecord:
    size = row[_mine.size_bytes]
    return UploadRecord(
        id=row[_mine.id],
        name=row[_mine.name],
        path=row[_mine.path],
        size_bytes=None if size == _UNSAID else size,
        owner=row[_mine.owner],
        media=row[_mine.media],
        created_at=row[_mine.created_at],
        ended_at=row[_mine.ended_at],
    )
