"""What Haven Player's own routes keep: its list of videos, and moments marked on them.

What a run found of a video, or a file beside it told, has ids below zero, one block for each
video: it is replaced as a whole. What a person marked has those that the database counts up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, RowMapping, delete, func, select, update

from sightline.errors import Conflict, NotFound
from sightline.store.worktables import haven_timestamps, haven_videos

MOST_FOUND = 1 << 20
"""Moments of one video that can be told apart; more are left out."""

_videos, _marks = haven_videos.c, haven_timestamps.c


@dataclass(frozen=True, slots=True)
class HavenVideo:
    """One entry of its list."""

    id: int
    path: Path
    title: str
    duration_s: int
    position: int
    """The highest is shown first."""
    has_ai_data: bool
    thumbnail_path: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class HavenMark:
    """A tag over a stretch of a video."""

    tag: str
    start_s: float
    end_s: float | None
    confidence: float
    id: int = 0
    """0: not kept yet."""


def add(connection: Connection, new: HavenVideo, *, found: Sequence[HavenMark]) -> HavenVideo:
    """Put a video in front of the list. Raises `Conflict` when it is in it; `new.id` is ignored."""
    if connection.scalar(select(_videos.id).where(_videos.path == new.path)) is not None:
        raise Conflict(f"{new.path} is in the list already")
    position = _next_position(connection)
    made = connection.execute(
        haven_videos.insert()
        .values(
            path=new.path,
            title=new.title,
            duration_s=new.duration_s,
            position=position,
            has_ai_data=new.has_ai_data,
            thumbnail_path=new.thumbnail_path,
            created_at=new.created_at,
            updated_at=new.updated_at,
        )
        .returning(_videos.id)
    )
    _insert_found(connection, made.scalar_one(), found)
    return find(connection, new.path)


def listing(connection: Connection, *, offset: int, limit: int) -> tuple[HavenVideo, ...]:
    """By position, then the newest, first."""
    query = select(haven_videos).order_by(_videos.position.desc(), _videos.id.desc())
    rows = connection.execute(query.offset(offset).limit(limit)).mappings()
    return tuple(_video(row) for row in rows)


def find(connection: Connection, path: Path) -> HavenVideo:
    """Raises `NotFound`."""
    row = connection.execute(select(haven_videos).where(_videos.path == path)).mappings().first()
    if row is None:
        raise NotFound(f"there is no video {path} in the list; add it with POST /api/videos/")
    return _video(row)


def remove(connection: Connection, path: Path) -> None:
    """Take it off the list, with its moments. Raises `NotFound`."""
    video = find(connection, path)
    connection.execute(delete(haven_timestamps).where(_marks.video == video.id))
    connection.execute(delete(haven_videos).where(_videos.id == video.id))


def move_to_front(connection: Connection, path: Path) -> HavenVideo:
    """Raises `NotFound`."""
    video = find(connection, path)
    change = update(haven_videos).where(_videos.id == video.id)
    position, now = _next_position(connection), datetime.now(UTC)
    connection.execute(change.values(position=position, updated_at=now))
    return replace(video, position=position, updated_at=now)


def marks(connection: Connection, video: HavenVideo) -> tuple[HavenMark, ...]:
    """In the order of time."""
    query = select(haven_timestamps).where(_marks.video == video.id)
    rows = connection.execute(query.order_by(_marks.start_s, _marks.id)).mappings()
    return tuple(
        HavenMark(
            row[_marks.tag],
            row[_marks.start_s],
            row[_marks.end_s],
            row[_marks.confidence],
            row[_marks.id],
        )
        for row in rows
    )


def mark(connection: Connection, video: HavenVideo, new: HavenMark) -> HavenMark:
    """Keep what a person marked."""
    values = _row(video.id, new)
    if connection.dialect.name == "sqlite":
        # It counts on from the highest id, which may be one of those below zero.
        highest = connection.scalar(select(func.max(_marks.id))) or 0
        values["id"] = max(highest, 0) + 1
    made = connection.execute(haven_timestamps.insert().values(values).returning(_marks.id))
    return replace(new, id=made.scalar_one())


def replace_found(connection: Connection, video: HavenVideo, found: Iterable[HavenMark]) -> None:
    """These in place of what was found before; what a person marked stays."""
    # Two that do so at once take turns.
    connection.execute(select(_videos.id).where(_videos.id == video.id).with_for_update())
    connection.execute(delete(haven_timestamps).where(_marks.video == video.id, _marks.id < 0))
    _insert_found(connection, video.id, found)
    change = update(haven_videos).where(_videos.id == video.id)
    connection.execute(change.values(has_ai_data=True, updated_at=datetime.now(UTC)))


def _insert_found(connection: Connection, video: int, found: Iterable[HavenMark]) -> None:
    rows = [
        {"id": -(video * MOST_FOUND + place + 1), **_row(video, one)}
        for place, one in zip(range(MOST_FOUND), found, strict=False)
    ]
    if rows:
        connection.execute(haven_timestamps.insert(), rows)


def _row(video: int, new: HavenMark) -> dict[str, object]:
    return {
        "video": video,
        "tag": new.tag,
        "start_s": new.start_s,
        "end_s": new.end_s,
        "confidence": new.confidence,
    }


def _next_position(connection: Connection) -> int:
    highest = connection.scalar(select(func.max(_videos.position)))
    return 0 if highest is None else highest + 1


def _video(row: RowMapping) -> HavenVideo:
    return HavenVideo(
        row[_videos.id],
        row[_videos.path],
        row[_videos.title],
        row[_videos.duration_s],
        row[_videos.position],
        row[_videos.has_ai_data],
        row[_videos.thumbnail_path],
        row[_videos.created_at],
        row[_videos.updated_at],
    )
