"""Answers that are not to be used, because of who gave them and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, Select, func, select, update

from sightline.store import tables
from sightline.store.statements import batches
from sightline.store.tables import facts, media, run_ledger

_OUT_OF_USE = facts.c.distrusted_at.is_not(None)
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


def distrust(connection: Connection, calls: Calls, *, at: datetime | None = None) -> int:
    """How many answers are out of use now that were in use before.

    `at` is the moment that goes on record with them, for `trust`; None for now.
    """
    change = update(facts).where(calls.answers, facts.c.distrusted_at.is_(None))
    return connection.execute(change.values(distrusted_at=at or datetime.now(UTC))).rowcount


def trust(connection: Connection, calls: Calls, *, at: datetime | None = None) -> int:
    """How many answers are in use again: of those distrusted at this moment, or ever.

    A model has one answer in use to each question: one that it gave since stays, and of several
    that are distrusted the latest comes back.
    """
    ids = connection.scalars(_returning(calls, at)).all()
    for start in range(0, len(ids), _AT_ONCE):
        batch = ids[start : start + _AT_ONCE]
        connection.execute(update(facts).where(facts.c.id.in_(batch)).values(distrusted_at=None))
    return len(ids)


def count(connection: Connection, calls: Calls, *, undo: bool, at: datetime | None = None) -> int:
    """How many answers `distrust`, or with `undo` `trust`, would change."""
    change = _returning(calls, at)
    if not undo:
        change = select(facts.c.id).where(calls.answers, facts.c.distrusted_at.is_(None))
    return connection.scalar(select(func.count()).select_from(change.subquery())) or 0


def by_run(connection: Connection, digest: str, run_ids: Iterable[str]) -> dict[str, int]:
    """How many of the answers that each of these runs on a media rests on are distrusted.

    An answer that frames share counts once. Runs that rest on none are left out.
    """
    about = select(media.c.id).where(media.c.digest == digest).scalar_subquery()
    any_ = select(facts.c.id).where(facts.c.media_id == about, _OUT_OF_USE).limit(1)
    if connection.scalar(any_) is None:  # as nearly always: then no ledger is looked at
        return {}
    each = (
        select(run_ledger.c.run_id, func.count(func.distinct(run_ledger.c.fact_id)))
        .join(facts, facts.c.id == run_ledger.c.fact_id)
        .where(_OUT_OF_USE)
        .group_by(run_ledger.c.run_id)
    )
    found: dict[str, int] = {}
    for batch in batches(run_ids):
        rows = connection.execute(each.where(run_ledger.c.run_id.in_(batch)))
        found.update((run, number) for run, number in rows)
    return found


def _returning(calls: Calls, at: datetime | None) -> Select[int]:
    """The ids of what `trust` brings back."""
    out_of_use = _OUT_OF_USE if at is None else facts.c.distrusted_at == at
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
