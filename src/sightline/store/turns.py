"""Jobs that wait for their turn in the queue, and those whose turn a worker has.

The queue itself is elsewhere, and may lose what it was given: this tells what it should have.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from sightline.store.columns import Instant
from sightline.store.jobrows import job_of
from sightline.store.worktables import jobs
from sightline.values import Job, JobState

_QUEUED = (
    update(jobs)
    .where(jobs.c.id == bindparam("the_job"), jobs.c.turn == bindparam("the_turn"))
    .values(queued_at=bindparam("now", type_=Instant))
)


def queued(connection: Connection, turns: Iterable[tuple[str, int]]) -> None:
    """The queue has taken these turns."""
    now = datetime.now(UTC)
    taken = [{"the_job": name, "the_turn": turn, "now": now} for name, turn in turns]
    if taken:
        connection.execute(_QUEUED, taken)


def unqueued(connection: Connection, *, older_than_s: float, most: int = 1000) -> list[Job]:
    """Those that wait although no queue has taken them: whoever made them has died."""
    before = datetime.now(UTC) - timedelta(seconds=older_than_s)
    query = select(jobs).where(
        jobs.c.state == JobState.QUEUED, jobs.c.queued_at.is_(None), jobs.c.created_at < before
    )
    rows = connection.execute(query.order_by(jobs.c.number).limit(most)).mappings()
    return [job_of(row) for row in rows]


def next_in_line(connection: Connection, *, older_than_s: float, most: int = 500) -> list[Job]:
    """The oldest that wait in the queue and might have begun, had it not lost them."""
    before = datetime.now(UTC) - timedelta(seconds=older_than_s)
    query = select(jobs).where(jobs.c.state == JobState.QUEUED, jobs.c.queued_at < before)
    rows = connection.execute(query.order_by(jobs.c.number).limit(most)).mappings()
    return [job_of(row) for row in rows]


def of_workers(connection: Connection, workers: Sequence[str]) -> list[Job]:
    """What these are said to work on."""
    query = select(jobs).where(jobs.c.worker.in_(workers), jobs.c.state == JobState.RUNNING)
    return [job_of(row) for row in connection.execute(query).mappings()]


def working(connection: Connection) -> list[str]:
    """Every worker that is said to work on something."""
    query = select(jobs.c.worker).where(jobs.c.state == JobState.RUNNING).distinct()
    return [worker for worker in connection.scalars(query) if worker]
