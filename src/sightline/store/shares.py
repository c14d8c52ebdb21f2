"""Slots and trouble of endpoints, which all processes that use a library have in common.

Each process that is alive holds a share of an endpoint's slots, and together they never hold more
than there are. Who wants slots gives up what is more than a fair part, as soon as calls end, and
takes only what is free: `settle` is one transaction, with the endpoint's row locked. A share of a
process that is not alive is nobody's. (What such a process had sent may still be at work in the
endpoint. Nobody can take that back.)

Times are told as seconds left, by the database's clock: no two machines compare theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, func, select, text, type_coerce, update

from sightline.store.columns import Instant
from sightline.store.presence import ALIVE
from sightline.store.statements import insert_or_ignore
from sightline.store.worktables import endpoint_shares, endpoint_states, workers

TURN_S = 5
"""Where more want a slot than there are, it goes round: so long is each one's turn."""


_LONGEST_TROUBLE_S = 600.0
"""No endpoint is left alone for so long."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """An endpoint that had better be left alone."""

    for_s: float
    """Seconds that are left of it; 0.0: it may be tried, but nobody was answered yet."""
    reason: str
    until: datetime | None = None
    """By the database's clock: good for telling one trouble from another, and nothing else."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a process wants of an endpoint, and what it has to tell of it."""

    endpoint: str
    """What it is to all processes alike."""
    worker: str
    wanted: int
    """Calls that it could have in flight."""
    keeps: int
    """Calls that it has in flight, or may begin before it hears the outcome."""
    slots: int
    """Of the endpoint, as this process's settings say."""
    slots_are_news: bool = False
    """The settings were read since they were last told: all take the newest number."""
    trouble: Trouble | None = None
    """Found by this process, and not told yet."""
    answered: bool = False
    """The endpoint has answered since trouble was told of."""


@dataclass(frozen=True, slots=True)
class Share:
    """Where a process stands with an endpoint."""

    held: int
    """Slots that are its own."""
    target: int
    """Slots that would be fair now. When that is less, no call may begin beyond it."""
    trouble: Trouble | None
    due: bool = False
    """Of a look: whether to settle would change anything."""


@dataclass(frozen=True, slots=True)
class _Row:
    worker: str
    held: int
    wanted: int
    alive: bool


@dataclass(frozen=True, slots=True)
class _Books:
    """What the database has of one endpoint."""

    now: datetime
    slots: int | None
    """None before anybody asked it."""
    trouble: Trouble | None
    rows: Sequence[_Row]
    alive: bool
    """Whether the one who asks is."""


def divide(slots: int, wanted: Mapping[str, int], *, turn: int = 0) -> dict[str, int]:
    """Fair parts, the same wherever it is worked out: max-min fairness in whole numbers.

    Nobody gets more than it wants, nothing that is wanted is left over, and nobody gets less than
    another but for want of more, or by one slot. Where not even one is left for each, `turn` says
    with whom to begin.
    """
    parts = dict.fromkeys(wanted, 0)
    hungry: list[str] = sorted(worker for worker in wanted if wanted[worker] > 0)
    if len(hungry) > slots > 0:
        first = turn % len(hungry)
        hungry = hungry[first:] + hungry[:first]
    left = max(0, slots)
    while hungry and left:
        each = max(1, left // len(hungry))
        for worker in hungry:
            more = min(each, wanted[worker] - parts[worker], left)
            parts[worker] += more
            left -= more
        hungry = [worker for worker in hungry if parts[worker] < wanted[worker]]
    return parts


def look(connection: Connection, claim: Claim) -> Share:
    """Where this claim stands; changes nothing."""
    books = _read(connection, claim)
    share = _weigh(books, claim)
    mine = _of(books.rows, claim.worker)
    told = _Row(claim.worker, share.held, claim.wanted, alive=True)
    due = books.alive and (
        (told != mine if mine else bool(claim.wanted))
        or (books.slots is not None and claim.slots_are_news and books.slots != claim.slots)
        or claim.trouble is not None
        or (claim.answered and books.trouble is not None)
    )
    return replace(share, held=mine.held if mine else 0, due=due)


def settle(connection: Connection, claim: Claim) -> Share | None:
    """Take and give what is fair. None while another settles: try again in a moment."""
    if not _lock(connection, claim):
        return None
    books = _read(connection, claim)
    if books.slots is None or not books.alive:
        return Share(0, 0, books.trouble)
    books = _tell(connection, books, claim)
    dead = [row.worker for row in books.rows if not row.alive]
    share = _weigh(books, claim)
    ours = endpoint_shares.c.endpoint == claim.endpoint
    if not (share.held or claim.wanted):
        dead.append(claim.worker)
    if dead:
        connection.execute(delete(endpoint_shares).where(ours, endpoint_shares.c.worker.in_(dead)))
    if share.held or claim.wanted:
        values = {"held": share.held, "wanted": claim.wanted}
        mine = endpoint_shares.c.worker == claim.worker
        if (
            connection.execute(update(endpoint_shares).where(ours, mine).values(values)).rowcount
            == 0
        ):
            whose = {"endpoint": claim.endpoint, "worker": claim.worker}
            connection.execute(endpoint_shares.insert().values(whose | values))
    return share


def _lock(connection: Connection, claim: Claim) -> bool:
    """Have the endpoint's row for this transaction. A stopped process must hold up nobody."""
    row = select(endpoint_states.c.slots).where(endpoint_states.c.endpoint == claim.endpoint)
    row = row.with_for_update(skip_locked=True)
    if connection.execute(row).first():
        return True
    state = {"slots": claim.slots, "reason": "", "changed_at": _now(connection)}
    made = insert_or_ignore(endpoint_states).values(endpoint=claim.endpoint, **state)
    connection.execute(made)
    return connection.execute(row).first() is not None


def _read(connection: Connection, claim: Claim) -> _Books:
    now = _now(connection)
    mine = endpoint_states.c.endpoint == claim.endpoint
    state = connection.execute(select(endpoint_states).where(mine)).first()
    own = select(workers.c.state).where(workers.c.id == claim.worker)
    alive = connection.scalar(own) == ALIVE
    if state is None:
        return _Books(now, None, None, (), alive)
    shares = endpoint_shares.c
    query = (
        select(shares.worker, shares.held, shares.wanted, workers.c.state)
        .join_from(endpoint_shares, workers, workers.c.id == shares.worker)
        .where(shares.endpoint == claim.endpoint)
    )
    rows = [
        _Row(row.worker, row.held, row.wanted, row.state == ALIVE)
        for row in connection.execute(query)
    ]
    trouble = None
    if state.open_until is not None:
        left = (state.open_until - now).total_seconds()
        if left > _LONGEST_TROUBLE_S:  # the database's clock was set back
            left = 0.0
        trouble = Trouble(max(0.0, left), state.reason, state.open_until)
    return _Books(now, state.slots, trouble, rows, alive)


def _tell(connection: Connection, books: _Books, claim: Claim) -> _Books:
    """Write down what this process has found out, and the number of slots where it is newer."""
    changes: dict[str, object] = {}
    if claim.slots_are_news and claim.slots != books.slots:
        changes["slots"] = claim.slots
        books = replace(books, slots=claim.slots)
    known = books.trouble
    if claim.trouble is not None:
        until = books.now + timedelta(seconds=claim.trouble.for_s)
        if known is None or known.until is None or until > known.until:
            changes |= {"open_until": until, "reason": claim.trouble.reason}
            books = replace(books, trouble=replace(claim.trouble, until=until))
    elif claim.answered and known is not None:
        changes |= {"open_until": None, "reason": ""}
        books = replace(books, trouble=None)
    if changes:
        changes["changed_at"] = books.now
        mine = endpoint_states.c.endpoint == claim.endpoint
        connection.execute(update(endpoint_states).where(mine).values(changes))
    return books


def _weigh(books: _Books, claim: Claim) -> Share:
    """What this claim comes to hold, and what would be fair."""
    slots = claim.slots if books.slots is None else books.slots
    others = [row for row in books.rows if row.alive and row.worker != claim.worker]
    mine = _of(books.rows, claim.worker)
    held = mine.held if mine else 0
    wanted = {row.worker: row.wanted for row in others} | {claim.worker: claim.wanted}
    target = divide(slots, wanted, turn=int(books.now.timestamp()) // TURN_S)[claim.worker]
    if target < held:
        return Share(max(target, min(held, claim.keeps)), target, books.trouble)
    free = max(0, slots - held - sum(row.held for row in others))
    return Share(min(target, held + free), target, books.trouble)


def _of(rows: Sequence[_Row], worker: str) -> _Row | None:
    return next((row for row in rows if row.worker == worker and row.alive), None)


def _now(connection: Connection) -> datetime:
    """By the database's clock."""
    if connection.dialect.name == "sqlite":  # whose own word for it counts whole seconds
        said = connection.scalar(text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"))
        return datetime.fromisoformat(str(said)).replace(tzinfo=UTC)
    now = connection.scalar(select(type_coerce(func.now(), Instant)))
    assert now is not None  # noqa: S101
    return now
