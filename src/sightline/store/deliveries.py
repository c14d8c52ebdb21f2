"""Messages on their way out: kept with what they tell of, claimed to be sent, and their tries.

Each is sent at least once. A sender claims a message by moving its next try ahead of its own: when
it dies, the message is due again, under the same id, when that time has come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, delete, func, select, update

from sightline.store.worktables import deliveries

KEPT_TRIES = 100
"""That are listed of one message; the earliest are dropped."""
_mine = deliveries.c


class DeliveryState(StrEnum):
    """How far a message is."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Try:
    """One try to deliver it."""

    at: str
    """When it began: RFC 3339, UTC."""
    status: int | None
    """Of HTTP; None when there was no reply."""
    said: str
    """The beginning of the reply, or why there was none."""
    took_s: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message and what became of it."""

    id: str
    job: str
    event: str
    url: str
    """With `node+` before it where the receiver expects VLM Node's body."""
    body: str
    state: DeliveryState
    attempts: int
    """Tries begun since it was made or sent again by hand."""
    log: tuple[Try, ...]
    next_at: datetime
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a sender says of the try that it made."""

    delivery: str
    attempt: int
    tried: Try
    state: DeliveryState
    next_at: datetime


def add(connection: Connection, job: str, *, event: str, url: str, body: str) -> str:
    """Keep a message to be sent; returns its id. Part of the transaction that ends a job."""
    now = datetime.now(UTC)
    delivery = f"msg_{uuid4().hex}"
    connection.execute(
        deliveries.insert().values(
            id=delivery,
            job=job,
            event=event,
            url=url,
            body=body,
            state=DeliveryState.WAITING,
            attempts=0,
            log=[],
            next_at=now,
            created_at=now,
            ended_at=None,
        )
    )
    return delivery


def claim(connection: Connection, *, lease_s: float, most: int) -> tuple[Delivery, ...]:
    """Messages that are due, for one sender to send within the lease."""
    now = datetime.now(UTC)
    due = (
        select(_mine.id)
        .where(_mine.state == DeliveryState.WAITING, _mine.next_at <= now)
        .order_by(_mine.next_at)
        .limit(most)
        .with_for_update(skip_locked=True)  # SQLite has one writer, and no words for this
    )
    ids = connection.scalars(due).all()
    if not ids:
        return ()
    connection.execute(
        update(deliveries)
        .where(_mine.id.in_(ids))
        .values(next_at=now + timedelta(seconds=lease_s), attempts=_mine.attempts + 1)
    )
    claimed = select(deliveries).where(_mine.id.in_(ids)).order_by(_mine.created_at, _mine.id)
    return tuple(map(_read, connection.execute(claimed).mappings()))


def record(connection: Connection, outcome: Outcome) -> None:
    """Keep what came of a try. One that was taken counts whenever it is told; of others only the
    latest decides what is next."""
    query = select(deliveries).where(_mine.id == outcome.delivery).with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None:
        return
    known = _read(row)
    values: dict[str, Any] = {"log": _log((*known.log, outcome.tried))}
    is_sent = outcome.state is DeliveryState.SENT
    if known.state is DeliveryState.WAITING and (is_sent or known.attempts == outcome.attempt):
        is_over = outcome.state is not DeliveryState.WAITING
        values |= {
            "state": outcome.state,
            "next_at": outcome.next_at,
            "ended_at": datetime.now(UTC) if is_over else None,
        }
    connection.execute(update(deliveries).where(_mine.id == outcome.delivery).values(**values))


def again(connection: Connection, delivery: str) -> Delivery | None:
    """Have it sent once more, now; None when there is none of that id."""
    connection.execute(
        update(deliveries)
        .where(_mine.id == delivery)
        .values(state=DeliveryState.WAITING, attempts=0, next_at=datetime.now(UTC), ended_at=None)
    )
    return get(connection, delivery)


def get(connection: Connection, delivery: str) -> Delivery | None:
    row = connection.execute(select(deliveries).where(_mine.id == delivery)).mappings().first()
    return _read(row) if row else None


def listing(
    connection: Connection, job: str, *, offset: int, limit: int
) -> tuple[Sequence[Delivery], int]:
    """Those of one job, the newest first, and how many there are."""
    of_job = select(deliveries).where(_mine.job == job)
    page = of_job.order_by(_mine.created_at.desc(), _mine.id).offset(offset).limit(limit)
    total = connection.scalar(select(func.count()).select_from(of_job.subquery())) or 0
    return [_read(row) for row in connection.execute(page).mappings()], total


def next_due(connection: Connection) -> datetime | None:
    """When the next one is to be sent; None when none waits."""
    waiting = select(func.min(_mine.next_at)).where(_mine.state == DeliveryState.WAITING)
    return connection.scalar(waiting)


def forget_ended(connection: Connection, *, before: datetime) -> int:
    """Delete those that ended before then; returns how many."""
    old = _mine.ended_at < before
    return connection.execute(delete(deliveries).where(old)).rowcount


def _log(tries: Sequence[Try]) -> list[dict[str, object]]:
    return [asdict(one) for one in tries[-KEPT_TRIES:]]


def _read(row: RowMapping) -> Delivery:
    tries = cast("list[dict[str, Any]]", row[_mine.log])
    return Delivery(
        id=row[_mine.id],
        job=row[_mine.job],
        event=row[_mine.event],
        url=row[_mine.url],
        body=row[_mine.body],
        state=DeliveryState(row[_mine.state]),
        attempts=row[_mine.attempts],
        log=tuple(Try(**one) for one in tries),
        next_at=row[_mine.next_at],
        created_at=row[_mine.created_at],
        ended_at=row[_mine.ended_at],
    )
