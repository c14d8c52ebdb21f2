"""Live events in rows, in an order that every reader sees alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import Connection, delete, func, select, text

from sightline.store.worktables import job_events
from sightline.values import JobEvent

_IN_ORDER = 5_150_470_001
"""Name of the lock that lets one writer at a time number its events: a reader that has seen an id
will then never see a smaller one appear."""


@dataclass(frozen=True, slots=True)
class Happened:
    """An event that is to be kept."""

    kind: str
    data: Mapping[str, object]
    job: str | None = None


def keep(connection: Connection, happened: Sequence[Happened]) -> None:
    """Store them with the next ids. The transaction should hold nothing else."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": _IN_ORDER})
    now = datetime.now(UTC)
    connection.execute(
        job_events.insert(),
        [{"at": now, "job": one.job, "kind": one.kind, "data": dict(one.data)} for one in happened],
    )


def after(connection: Connection, event_id: int, *, most: int) -> list[JobEvent]:
    """In order."""
    query = select(job_events).where(job_events.c.id > event_id)
    rows = connection.execute(query.order_by(job_events.c.id).limit(most))
    return [
        JobEvent(id=number, at=at, kind=kind, job=job, data=cast("dict[str, object]", data))
        for number, at, job, kind, data in rows
    ]


def last(connection: Connection) -> int:
    """The id of the latest; 0 when there is none."""
    return connection.scalar(select(func.max(job_events.c.id))) or 0


def first(connection: Connection) -> int:
    """The id of the earliest that is kept; 0 when there is none."""
    return connection.scalar(select(func.min(job_events.c.id))) or 0


def forget(connection: Connection, *, before: datetime) -> int:
    """Delete older ones; returns how many."""
    return connection.execute(delete(job_events).where(job_events.c.at < before)).rowcount
