"""Other numbers by which a person has a media's answers read, tag by tag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from sightline.errors import NotFound
from sightline.store import shown
from sightline.store.library import id_of
from sightline.store.tables import media, readings


@dataclass(frozen=True, slots=True)
class Reading:
    """Three numbers of a tag that can be changed without asking anything."""

    threshold: float
    max_gap_s: float
    min_length_s: float


def of(connection: Connection, digest: str) -> Mapping[str, Reading]:
    """All of a media, by tag."""
    query = (
        select(readings.c.tag, readings.c.threshold, readings.c.max_gap_s, readings.c.min_length_s)
        .join(media, media.c.id == readings.c.media_id)
        .where(media.c.digest == digest)
    )
    return {tag: Reading(*numbers) for tag, *numbers in connection.execute(query)}


def keep(connection: Connection, digest: str, *, tag: str, reading: Reading) -> None:
    """In place of what there was. Raises `NotFound` for a media that was erased meanwhile."""
    media_id = id_of(connection, digest)
    if media_id is None:
        raise NotFound(f"The media {digest[:16]} was erased: there is nothing left to read.")
    numbers = asdict(reading)
    # The words are PostgreSQL's, which are also SQLite's.
    put = insert(readings).values({"media_id": media_id, "tag": tag, **numbers})
    connection.execute(
        put.on_conflict_do_update(
            index_elements=[readings.c.media_id, readings.c.tag], set_=numbers
        )
    )
    shown.change(connection, digest)


def drop(connection: Connection, digest: str, *, tag: str) -> bool:
    """True when there was one."""
    mine = select(media.c.id).where(media.c.digest == digest).scalar_subquery()
    gone = delete(readings).where(readings.c.media_id == mine, readings.c.tag == tag)
    was_there = connection.execute(gone).rowcount > 0
    if was_there:
        shown.change(connection, digest)
    return was_there
