"""Tag sets by name, as documents: what they mean is read elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import Connection, RowMapping, delete, func, select, update

from sightline.store.statements import insert_or_ignore
from sightline.store.worktables import tag_sets

_mine = tag_sets.c


@dataclass(frozen=True, slots=True)
class StoredTagSet:
    """A named document."""

    name: str
    document: Mapping[str, object]
    changed_at: datetime


def listing(
    connection: Connection, *, offset: int, limit: int
) -> tuple[Sequence[StoredTagSet], int]:
    """By name, and how many there are."""
    page = select(tag_sets).order_by(_mine.name).offset(offset).limit(limit)
    total = connection.scalar(select(func.count()).select_from(tag_sets)) or 0
    return [_read(row) for row in connection.execute(page).mappings()], total


def get(connection: Connection, name: str) -> StoredTagSet | None:
    row = connection.execute(select(tag_sets).where(_mine.name == name)).mappings().first()
    return _read(row) if row else None


def put(connection: Connection, name: str, document: Mapping[str, object]) -> bool:
    """Keep it, in place of one of that name; True when there was none."""
    values = {"document": dict(document), "changed_at": datetime.now(UTC)}
    change = update(tag_sets).where(_mine.name == name).values(**values)
    if connection.execute(change).rowcount:
        return False
    connection.execute(insert_or_ignore(tag_sets).values(name=name, **values))
    connection.execute(change)  # somebody else may have been quicker: the later one counts
    return True


def remove(connection: Connection, name: str) -> bool:
    """False when there is none of that name."""
    return connection.execute(delete(tag_sets).where(_mine.name == name)).rowcount > 0


def _read(row: RowMapping) -> StoredTagSet:
    document = cast("dict[str, object]", row[_mine.document])
    return StoredTagSet(row[_mine.name], document, row[_mine.changed_at])
