"""The media that are known, and the files in which they were seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import cast

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    bindparam,
    delete,
    func,
    select,
    update,
)

from sightline.errors import InputError
from sightline.store import coding, shown
from sightline.store.columns import FilePath
from sightline.store.records import Erased, LibraryItem
from sightline.store.statements import batches, insert_or_ignore
from sightline.store.tables import (
    calls,
    facts,
    findings,
    frame_indexes,
    media,
    media_files,
    questions,
    runs,
)
from sightline.values import Clock, FrameIndex, Media, MediaKind, SeenFile

SHORTEST_DIGEST = 6
"""Digits of a digest that name a media: fewer would too often be a mistyped path."""


# Made once: to build a statement costs as much as to have it done.
_NEW_MEDIA = insert_or_ignore(media).returning(media.c.id)
_INSERT_INDEX, _INSERT_FILE = frame_indexes.insert(), media_files.insert()
_FORGET_FILE = delete(media_files).where(
    media_files.c.path == bindparam("the_path", type_=FilePath)
)
_ID_OF = select(media.c.id).where(media.c.digest == bindparam("the_digest"))
_OF_FILE = (
    select(media, frame_indexes)
    .join(media_files, media_files.c.media_id == media.c.id)
    .join(frame_indexes, frame_indexes.c.media_id == media.c.id)
    .where(
        media_files.c.path == bindparam("the_path", type_=FilePath),
        media_files.c.inode == bindparam("the_inode"),
        media_files.c.size_bytes == bindparam("the_size"),
        media_files.c.mtime_ns == bindparam("the_mtime"),
        media_files.c.ctime_ns == bindparam("the_ctime"),
        frame_indexes.c.version == coding.VERSION,
    )
)

_SEEN_IN = (
    select(media_files.c.path, media.c.digest)
    .join(media, media.c.id == media_files.c.media_id)
    .where(media_files.c.path.in_(bindparam("the_paths", expanding=True, type_=FilePath)))
)


def remember(connection: Connection, known: Media, *, frames: FrameIndex, file: SeenFile) -> None:
    """Keep a media as it was read just now, and where. Replaces what an older look had found."""
    row = {
        "kind": known.kind,
        "time_base_num": known.clock.time_base.numerator,
        "time_base_den": known.clock.time_base.denominator,
        "start": known.clock.start,
        "end": known.end,
        "declared_end": known.declared_end,
        "width": known.width,
        "height": known.height,
        "container": known.container,
        "codec": known.codec,
        "frame_count": known.frame_count,
        "size_bytes": known.size_bytes,
        "taken_at": known.taken_at,
    }
    new = {"digest": known.digest, "title": file.path.stem, "added_at": datetime.now(UTC)}
    media_id = connection.execute(_NEW_MEDIA, row | new).scalar()
    if media_id is None:
        connection.execute(update(media).where(media.c.digest == known.digest).values(row))
        media_id = id_of(connection, known.digest)
        connection.execute(delete(frame_indexes).where(frame_indexes.c.media_id == media_id))
        shown.change_known(connection, known.digest)
    connection.execute(
        _INSERT_INDEX,
        {
            "media_id": media_id,
            "version": coding.VERSION,
            "pts": coding.pack(frames.pts),
            "keyframes": coding.pack(frames.keyframes),
            "end": frames.end,
            "names": list(frames.names) or None,
        },
    )
    forget_file(connection, file.path)
    seen = {"path": file.path.absolute(), "inode": str(file.inode), "media_id": media_id}
    times = {"mtime_ns": file.mtime_ns, "ctime_ns": file.ctime_ns}
    connection.execute(_INSERT_FILE, {**seen, **times, "size_bytes": file.size_bytes})


def find_file(connection: Connection, file: SeenFile) -> tuple[Media, FrameIndex] | None:
    """The media in a file that has not changed since it was read; None: it must be read.

    The device is no part of it: systems number devices anew at each start.
    """
    seen = {"the_path": file.path.absolute(), "the_inode": str(file.inode)}
    times = {"the_mtime": file.mtime_ns, "the_ctime": file.ctime_ns}
    found = connection.execute(_OF_FILE, {**seen, **times, "the_size": file.size_bytes})
    of = found.mappings().first()
    if of is None:
        return None
    return media_of(of), index_in(of)


def seen_in(connection: Connection, paths: Iterable[Path]) -> dict[Path, str]:
    """The digests of what was last seen in these files, as far as anything was."""
    found: dict[Path, str] = {}
    for batch in batches(paths):
        rows = connection.execute(_SEEN_IN, {"the_paths": batch})
        found |= {path: digest for path, digest in rows}  # noqa: C416  (a row is no pair)
    return found


def find(connection: Connection, name: str | Path) -> LibraryItem | None:
    """By the path of a file, or by the digest or the beginning of it (`SHORTEST_DIGEST`).

    Raises `InputError` when several media begin so.
    """
    at = select(media_files.c.media_id).where(media_files.c.path == Path(name).absolute())
    found = _items(connection, select(media).where(media.c.id.in_(at)))
    if not found and len(str(name)) >= SHORTEST_DIGEST:
        start = str(name).lower()
        matches = func.substr(media.c.digest, 1, len(start)) == start
        found = _items(connection, select(media).where(matches))
    if len(found) > 1:
        listed = ", ".join(f"{item.media.digest[:16]} ({item.title})" for item in found[:5])
        raise InputError(f"{name}: {len(found)} media begin so: {listed}. Give more of the digest.")
    return found[0] if found else None


def listing(connection: Connection) -> tuple[LibraryItem, ...]:
    return _items(connection, select(media))


def forget_file(connection: Connection, path: Path) -> bool:
    """Forget that a media was seen there; True when that was known."""
    return connection.execute(_FORGET_FILE, {"the_path": path.absolute()}).rowcount > 0


def erase(connection: Connection, digest: str) -> Erased:
    """Delete a media and all that hangs on it; all zeros when it is not known."""
    media_id = id_of(connection, digest)
    if media_id is None:
        return Erased()

    concluded = select(func.count()).select_from(findings).join(runs)
    erased = Erased(
        files=_count(connection, select(func.count()).where(media_files.c.media_id == media_id)),
        runs=_count(connection, select(func.count()).where(runs.c.media_id == media_id)),
        findings=_count(connection, concluded.where(runs.c.media_id == media_id)),
        answers=_count(connection, select(func.count()).where(facts.c.media_id == media_id)),
        calls=_count(connection, select(func.count()).where(calls.c.media_id == media_id)),
    )
    connection.execute(delete(media).where(media.c.id == media_id))
    asked = select(facts.c.id).where(facts.c.question_id == questions.c.id)
    orphans = connection.execute(delete(questions).where(~asked.exists())).rowcount
    return replace(erased, questions=orphans)


def id_of(connection: Connection, digest: str) -> int | None:
    """The key of the row of a media."""
    return connection.scalar(_ID_OF, {"the_digest": digest})


def _count(connection: Connection, query: Select[int]) -> int:
    return connection.scalar(query) or 0


def _items(connection: Connection, query: Select[*tuple[object, ...]]) -> tuple[LibraryItem, ...]:
    """The media that a query on their table finds, in the order in which they were added."""
    wanted = query.with_only_columns(media.c.id)
    seen = select(media_files.c.media_id, media_files.c.path).order_by(media_files.c.path)
    paths: dict[int, list[Path]] = defaultdict(list)
    for media_id, path in connection.execute(seen.where(media_files.c.media_id.in_(wanted))):
        paths[media_id].append(path)
    return tuple(
        LibraryItem(
            media_of(of), of[media.c.title], of[media.c.added_at], tuple(paths[of[media.c.id]])
        )
        for of in connection.execute(query.order_by(media.c.added_at, media.c.id)).mappings()
    )


def index_in(of: RowMapping) -> FrameIndex:
    """The frame index in a row."""
    return FrameIndex(
        coding.unpack(of[frame_indexes.c.pts]),
        coding.unpack(of[frame_indexes.c.keyframes]),
        of[frame_indexes.c.end],
        tuple(cast("list[str]", of[frame_indexes.c.names] or ())),
    )


def media_of(of: RowMapping) -> Media:
    """The media in a row."""
    return Media(
        digest=of[media.c.digest],
        kind=MediaKind(of[media.c.kind]),
        clock=Clock(
            Fraction(of[media.c.time_base_num], of[media.c.time_base_den]), of[media.c.start]
        ),
        end=of[media.c.end],
        declared_end=of[media.c.declared_end],
        width=of[media.c.width],
        height=of[media.c.height],
        container=of[media.c.container],
        codec=of[media.c.codec],
        frame_count=of[media.c.frame_count],
        size_bytes=of[media.c.size_bytes],
        taken_at=of[media.c.taken_at],
    )
