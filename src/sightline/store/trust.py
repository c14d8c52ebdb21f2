"""Answers that are not to be used, because of who gave them and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, Select, func, select, update

from sightline.store import tables
from sightline.store.tables import facts

_AT_ONCE = 5000
"""Ids in one statement: well under any database's limit of parameters."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Those of one endpoint that began in [since, until)."""

    endpoint: str
    since: datetime
    until: datetime | None = None
    """None for all since then."""

    @property
    def answers(self) -> ColumnElement[bool]:
        made = tables.calls.c
        mine = select(made.id).where(made.endpoint == self.endpoint, made.started_at >= self.since)
        if self.until is not None:
            mine = mine.where(made.started_at < self.until)
        return facts.c.call_id.in_(mine)


def distrust(connection: Connection, calls: Calls) -> int:
    """How many answers are out of use now that were in use before."""
    change = update(facts).where(calls.answers, facts.c.distrusted_at.is_(None))
    return connection.execute(change.values(distrusted_at=datetime.now(UTC))).rowcount


def trust(connection: Connection, calls: Calls) -> int:
    """How many answers are in use again.

    A model has one answer in use to each question: one that it gave since stays, and of several
    that are distrusted the latest comes back.
    """
    ids = connection.scalars(_returning(calls)).all()
    for start in range(0, len(ids), _AT_ONCE):
        batch = ids[start : start + _AT_ONCE]
        connection.execute(update(facts).where(facts.c.id.in_(batch)).values(distrusted_at=None))
    return len(ids)


def count(connection: Connection, calls: Calls, *, undo: bool) -> int:
    """How many answers `distrust`, or with `undo` `trust`, would change."""
    change = _returning(calls)
    if not undo:
        change = select(facts.c.id).where(calls.answers, facts.c.distrusted_at.is_(None))
    return connection.scalar(select(func.count()).select_from(change.subquery())) or 0


def _returning(calls: Calls) -> Select[int]:
    """The ids of what `trust` brings back."""
    out_of_use = facts.c.distrusted_at.is_not(None)
    other = facts.alias()
    in_use = select(other.c.id).where(
        other.c.key == facts.c.key,
        other.c.model == facts.c.model,
        other.c.distrusted_at.is_(None),
    )
    latest = (
        select(func.max(facts.c.id))
        .where(calls.answers, out_of_use)
        .group_by(facts.c.key, facts.c.model)
    )
    return select(facts.c.id).where(facts.c.id.in_(latest), ~in_use.exists())
