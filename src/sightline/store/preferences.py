"""Settings that people made over the API: one tree, and a version that tells when it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy import Connection, select, update

from sightline.store.statements import insert_or_ignore
from sightline.store.worktables import stored_settings

_mine = stored_settings.c
_ROW = 1


@dataclass(frozen=True, slots=True)
class Stored:
    """The tree as it stands. It holds secrets."""

    version: int = 0
    """0: nothing was ever set."""
    tree: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)


def version(connection: Connection) -> int:
    return connection.scalar(select(_mine.version).where(_mine.id == _ROW)) or 0


def read(connection: Connection) -> Stored:
    row = connection.execute(select(stored_settings).where(_mine.id == _ROW)).mappings().first()
    if row is None:
        return Stored()
    return Stored(row[_mine.version], cast("dict[str, object]", row[_mine.tree]))


def replace(connection: Connection, tree: Mapping[str, object], *, seen: int) -> bool:
    """Put a tree in the place of the one with the version `seen`; False when that is not there."""
    connection.execute(insert_or_ignore(stored_settings).values(id=_ROW, version=0, tree={}))
    changed = connection.execute(
        update(stored_settings)
        .where(_mine.id == _ROW, _mine.version == seen)
        .values(version=seen + 1, tree=dict(tree))
    )
    return changed.rowcount == 1
