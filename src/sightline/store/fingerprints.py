"""By what the same pictures are known in another file, and what people said of them there.

A media has a fingerprint since it first had corrections. So one that has a fingerprint and no
corrections had some that were taken back, and is given none again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from sqlalchemy import Connection, Double, cast, func, select, update

from sightline.store import corrections as said
from sightline.store.library import id_of
from sightline.store.statements import insert_or_ignore
from sightline.store.tables import corrections, fingerprints, media

NEAR_S, NEAR_SHARE = 1.0, 0.01
"""Two files of the same pictures differ in length by no more than one of these."""
_mine = fingerprints.c


def find(connection: Connection, digest: str, *, version: int) -> bytes | None:
    """The fingerprint of a media; None where there is none of this version."""
    query = (
        select(_mine.prints)
        .join(media, _mine.media_id == media.c.id)
        .where(media.c.digest == digest, _mine.version == version)
    )
    return connection.scalar(query)


def keep(connection: Connection, digest: str, *, version: int, prints: bytes) -> None:
    """In place of the one there was; nothing where the media was erased."""
    if (media_id := id_of(connection, digest)) is None:
        return
    new = {"version": version, "prints": prints}
    change = update(fingerprints).where(_mine.media_id == media_id).values(**new)
    if not connection.execute(change).rowcount:
        connection.execute(insert_or_ignore(fingerprints).values(media_id=media_id, **new))


def givers(connection: Connection, digest: str, *, most: int) -> Sequence[str]:
    """Digests of media that have corrections and are about as long as this one, nearest first.

    None when it has corrections, or had some.
    """
    media_id = id_of(connection, digest)
    if media_id is None or not _may_be_given(connection, media_id):
        return []
    length = (
        cast(media.c.end - media.c.start, Double[float]())
        * media.c.time_base_num
        / media.c.time_base_den
    )
    mine = connection.scalar(select(length).where(media.c.id == media_id)) or 0.0
    apart = func.abs(length - mine)
    query = (
        select(media.c.digest)
        .where(
            media.c.id != media_id,
            media.c.id.in_(select(corrections.c.media_id)),
            apart <= max(NEAR_S, NEAR_SHARE * mine),
        )
        .order_by(apart, media.c.id)
        .limit(most)
    )
    return connection.scalars(query).all()


def give(connection: Connection, digest: str, *, giver: str, version: int, prints: bytes) -> int:
    """Give a media the corrections of another, and keep its fingerprint; how many there were.

    None when it has come to some in the meantime.
    """
    # One at a time: another server may have found the same.
    locked = select(media.c.id).where(media.c.digest == digest).with_for_update()
    media_id = connection.scalar(locked)
    if media_id is None or not _may_be_given(connection, media_id):
        return 0
    theirs = said.about(connection, giver)
    if not theirs:
        return 0
    copies = [replace(one, id=uuid4().hex, origin=one.origin or giver) for one in theirs]
    said.add(connection, digest, said=copies)
    keep(connection, digest, version=version, prints=prints)
    return len(copies)


def _may_be_given(connection: Connection, media_id: int) -> bool:
    has = select(corrections.c.id).where(corrections.c.media_id == media_id).exists()
    had = select(_mine.media_id).where(_mine.media_id == media_id).exists()
    return not connection.scalar(select(has | had))
