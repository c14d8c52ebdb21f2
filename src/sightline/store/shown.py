"""What the timeline of a media tells of its tags, in sums, for whoever looks for media by tag.

Kept only of media of which people have said something, or had answers read by other numbers: of
all others the spans that their runs found tell the same. Whatever changes what such a timeline is
told from says so here in the same transaction, by `change` or `change_known`; so sums that are
behind are known for it, whoever dies in between, and are made anew by who looks next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from sightline.store import coding
from sightline.store.tables import (
    frame_indexes,
    media,
    shown_media,
    shown_tags,
)

VERSION = 1
"""Of the sums: one more whenever other code would make others from the same."""
_of = shown_media.c


@dataclass(frozen=True, slots=True)
class Due:
    """The sums of a media that are to be made."""

    digest: str
    change: int
    """Up to which change they will hold."""


@dataclass(frozen=True, slots=True)
class ShownTag:
    """A tag that has spans on a timeline."""

    tag: str
    ticks: int
    """All spans together."""
    spans: int


# -------------------------------------------------------------------------------- what changed

# Made once: to build a statement costs as much as to have it done.
_NEW = insert(shown_media).from_select(
    ["media_id", "due", "made", "version"],
    select(media.c.id, literal(1), literal(0), literal(VERSION)).where(
        media.c.digest == bindparam("the_digest")
    ),
)
# The words are PostgreSQL's, which are also SQLite's.
_CHANGE = _NEW.on_conflict_do_update(index_elements=[_of.media_id], set_={"due": _of.due + 1})
_CHANGE_KNOWN = (
    update(shown_media)
    .where(_of.media_id.in_(select(media.c.id).where(media.c.digest == bindparam("the_digest"))))
    .values(due=_of.due + 1)
)


def change(connection: Connection, digest: str) -> None:
    """People say something else of this media, or have it read by other numbers."""
    connection.execute(_CHANGE, {"the_digest": digest})


def change_known(connection: Connection, digest: str) -> None:
    """Its runs know more, or its frames were read anew: of matter where people say something."""
    connection.execute(_CHANGE_KNOWN, {"the_digest": digest})


# ------------------------------------------------------------------------------------ the sums


def is_behind() -> ColumnElement[bool]:
    """Whether a row of `shown_media` is to be made, and can be."""
    known = select(frame_indexes.c.media_id).where(
        frame_indexes.c.media_id == _of.media_id, frame_indexes.c.version == coding.VERSION
    )
    return and_(or_(_of.made < _of.due, _of.version != VERSION), known.exists())


_DUE = (
    select(media.c.digest, _of.due)
    .join(media, media.c.id == _of.media_id)
    .where(is_behind())
    .order_by(_of.media_id.desc())
)
_CLAIM = (
    select(_of.media_id)
    .join(media, media.c.id == _of.media_id)
    .where(
        media.c.digest == bindparam("the_digest"),
        or_(_of.made < bindparam("the_change"), _of.version != VERSION),
    )
    .with_for_update(of=shown_media)
)
_FORGET_TAGS = delete(shown_tags).where(shown_tags.c.media_id == bindparam("the_media"))
_MADE = (
    update(shown_media)
    .where(_of.media_id == bindparam("the_media"))
    .values(made=bindparam("the_change"), version=VERSION)
)


def due(connection: Connection) -> Sequence[Due]:
    """All that are to be made, the latest media first; not those whose frames are not known."""
    return [Due(*row) for row in connection.execute(_DUE)]


def keep(connection: Connection, made: Due, tags: Sequence[ShownTag]) -> None:
    """In place of what there was; nothing where the media is gone, or another was quicker.

    They stay where nobody says anything any more: a row that went and came again would begin to
    count anew, and sums of before could be taken for those of now.
    """
    asked = {"the_digest": made.digest, "the_change": made.change}
    media_id = connection.scalar(_CLAIM, asked)
    if media_id is None:
        return
    mine = {"the_media": media_id}
    connection.execute(_FORGET_TAGS, mine)
    if tags:
        rows = [
            {"media_id": media_id, "tag": one.tag, "ticks": one.ticks, "spans": one.spans}
            for one in tags
        ]
        connection.execute(shown_tags.insert(), rows)
    connection.execute(_MADE, {**mine, "the_change": made.change})
