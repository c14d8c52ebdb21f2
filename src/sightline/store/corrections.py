"""What people said of tags, by media."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, select

from sightline.store import shown
from sightline.store.tables import corrections, media
from sightline.values.corrections import Correction

_mine = corrections.c


def about(connection: Connection, digest: str) -> tuple[Correction, ...]:
    """All of a media, the latest last."""
    query = (
        select(corrections)
        .join(media, _mine.media_id == media.c.id)
        .where(media.c.digest == digest)
        .order_by(_mine.made_at, _mine.id)
    )
    return tuple(_read(row) for row in connection.execute(query).mappings())


def count(connection: Connection, digest: str) -> int:
    """How many a media has."""
    of = select(media.c.id).where(media.c.digest == digest)
    query = select(func.count()).select_from(corrections).where(_mine.media_id.in_(of))
    return connection.scalar(query) or 0


def add(connection: Connection, digest: str, *, said: Sequence[Correction]) -> bool:
    """False when there is no such media any more."""
    media_id = connection.scalar(select(media.c.id).where(media.c.digest == digest))
    if media_id is None:
        return False
    rows = [{"media_id": media_id, **_row(correction)} for correction in said]
    connection.execute(corrections.insert(), rows)
    shown.change(connection, digest)
    return True


def remove(connection: Connection, digest: str, *, correction: str) -> bool:
    """False when the media has none of that id."""
    of = select(media.c.id).where(media.c.digest == digest)
    gone = delete(corrections).where(_mine.id == correction, _mine.media_id.in_(of))
    was_there = connection.execute(gone).rowcount > 0
    if was_there:
        shown.change(connection, digest)
    return was_there


def _row(said: Correction) -> dict[str, object]:
    old = said.replaces or (None, None)
    return {
        "id": said.id,
        "tag": said.tag,
        "start_s": said.start_s,
        "end_s": said.end_s,
        "present": said.present,
        "replaces_start_s": old[0],
        "replaces_end_s": old[1],
        "note": said.note,
        "made_by": said.by,
        "made_at": said.at,
        "origin": said.origin,
    }


def _read(row: Mapping[Any, Any]) -> Correction:
    start_s, end_s = row[_mine.replaces_start_s], row[_mine.replaces_end_s]
    return Correction(
        id=row[_mine.id],
        tag=row[_mine.tag],
        start_s=row[_mine.start_s],
        end_s=row[_mine.end_s],
        present=row[_mine.present],
        replaces=None if start_s is None or end_s is None else (start_s, end_s),
        note=row[_mine.note],
        by=row[_mine.made_by],
        at=row[_mine.made_at],
        origin=row[_mine.origin],
    )
