"""Jobs in rows: made, found, ended, and all that a person may wish in between.

What workers do with them is in `claims`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    delete,
    func,
    select,
    update,
)

from sightline.errors import NotFound
from sightline.store.columns import Instant, Words
from sightline.store.jobrows import job_of, longer, member_of, packed, told, written
from sightline.store.library import seen_in
from sightline.store.worktables import job_members, jobs
from sightline.values import Job, JobState, Member, Progress, Stage, Wish

COUNTED = 10_000
"""A list is counted exactly up to here."""

_LIVING = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)

# Made once: to build a statement costs as much as to have it done.
_SAME = (
    select(jobs)
    .where(jobs.c.digest == bindparam("same"), jobs.c.state.in_(_LIVING))
    .order_by(jobs.c.number)
    .limit(1)
)
_BY_NUMBER = select(jobs).where(jobs.c.number == bindparam("the_number"))
_BY_ID = select(jobs).where(jobs.c.id == bindparam("the_id"))
_LOCKED_BY_NUMBER, _LOCKED_BY_ID = _BY_NUMBER.with_for_update(), _BY_ID.with_for_update()
_END = (
    update(jobs)
    .where(jobs.c.number == bindparam("the_number"))
    .values(
        state=bindparam("to_state"),
        wish=None,
        worker=None,
        note=bindparam("to_note", type_=Words),
        progress=bindparam("to_progress", type_=JSON),
        story=bindparam("to_story", type_=JSON),
        ended_at=bindparam("to_ended_at", type_=Instant),
    )
)
_INSERT = jobs.insert().returning(jobs.c.number)
_INSERT_MEMBERS = job_members.insert()
_ALL_MEMBERS = (
    select(job_members)
    .where(job_members.c.job == bindparam("the_job"))
    .order_by(job_members.c.ordinal)
)


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job that is to be."""

    title: str
    source: str
    spec: Mapping[str, object]
    digest: str
    priority: int
    members: Sequence[tuple[Path, str]]
    """Path and title of each."""
    webhook: str | None = None
    start_after_s: float = 0.0
    again: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which jobs a list has."""

    states: Sequence[JobState] = ()
    sources: Sequence[str] = ()
    media: str | None = None


# ---------------------------------------------------------------------------------- made, found


def make(connection: Connection, new: NewJob) -> tuple[Job, bool]:
    """The new job and True, or the living one of the same digest and False."""
    if not new.again:
        same = connection.execute(_SAME, {"same": new.digest}).mappings().first()
        if same is not None:
            return job_of(same), False
    job = _made(new)
    number = connection.execute(_INSERT, _values(job, digest=new.digest)).scalar_one()
    known = seen_in(connection, (path for path, _ in new.members))  # a worker looks again
    connection.execute(
        _INSERT_MEMBERS,
        [
            {
                "job": number,
                "ordinal": n,
                "path": path,
                "media": known.get(path),
                "title": title,
                "state": JobState.QUEUED,
                "note": "",
                "counts": None,
                "ended_at": None,
            }
            for n, (path, title) in enumerate(new.members)
        ],
    )
    return replace(job, number=number), True


def _made(new: NewJob) -> Job:
    """Without its number, which its row gives it."""
    now = datetime.now(UTC)
    delay = timedelta(seconds=new.start_after_s)
    return Job(
        id=str(uuid4()),
        number=0,
        title=new.title,
        source=new.source,
        spec=dict(new.spec),
        state=JobState.QUEUED,
        priority=new.priority,
        members=len(new.members),
        progress=Progress(members=len(new.members)),
        note="",
        story=(),
        created_at=now,
        start_after=now + delay if delay else None,
        webhook=new.webhook,
    )


def _values(job: Job, *, digest: str) -> dict[str, object]:
    """Of a job's first row."""
    as_they_are = ("id", "title", "source", "spec", "state", "wish", "priority", "turn", "attempt")
    later = ("rescues", "worker", "note", "members", "webhook", "created_at", "start_after")
    values: dict[str, object] = {name: getattr(job, name) for name in (*as_they_are, *later)}
    values |= {"story": [], "queued_at": None, "started_at": None, "ended_at": None}
    return values | {"digest": digest, "progress": packed(job.progress)}


def get(connection: Connection, name: str | int, *, lock: bool = False) -> Job:
    """By id or number. Raises `NotFound`."""
    row = connection.execute(*_of_name(name, lock=lock)).mappings().first()
    if row is None:
        raise NotFound(f"there is no run {name}.")
    return job_of(row)


def listing(
    connection: Connection, wanted: Wanted, *, offset: int, limit: int
) -> tuple[tuple[Job, ...], int, bool]:
    """Newest first; with how many there are, and whether these were counted to the end."""
    where = _where(wanted)
    query = select(jobs).where(*where).order_by(jobs.c.number.desc()).offset(offset).limit(limit)
    found = tuple(job_of(row) for row in connection.execute(query).mappings())
    if offset == 0 and len(found) < limit:
        return found, len(found), True
    some = select(jobs.c.number).where(*where).limit(COUNTED + 1).subquery()
    total = connection.scalar(select(func.count()).select_from(some)) or 0
    return found, total, total <= COUNTED


def count(connection: Connection, wanted: Wanted) -> int:
    """All of a list, however long."""
    return connection.scalar(select(func.count()).select_from(jobs).where(*_where(wanted))) or 0


def counts(connection: Connection) -> dict[JobState, int]:
    """How many there are in each state that is not an end."""
    query = select(jobs.c.state, func.count()).where(jobs.c.state.in_(_LIVING))
    rows = connection.execute(query.group_by(jobs.c.state))
    return {JobState(state): number for state, number in rows}


def members(
    connection: Connection,
    number: int,
    *,
    offset: int = 0,
    limit: int | None = None,
    states: Sequence[JobState] = (),
) -> tuple[Member, ...]:
    """In order."""
    if not (offset or states or limit is not None):
        rows = connection.execute(_ALL_MEMBERS, {"the_job": number})
        return tuple(member_of(row) for row in rows.mappings())
    query = select(job_members).where(job_members.c.job == number)
    if states:
        query = query.where(job_members.c.state.in_(states))
    query = query.order_by(job_members.c.ordinal).offset(offset).limit(limit)
    return tuple(member_of(row) for row in connection.execute(query).mappings())


# ---------------------------------------------------------------------------------- at their end


def end(
    connection: Connection,
    job: Job,
    state: JobState,
    note: str,
    *,
    progress: Progress | None = None,
) -> Job:
    """Keep how a job ended, or paused. The caller has made sure that it may."""
    now = datetime.now(UTC)
    ended_at = now if state.ended else None
    now_at = progress or replace(job.progress, stage=Stage.ENDED, rate=None, eta_s=None)
    if not state.ended:
        now_at = replace(now_at, stage=Stage.WAITING, rate=None, eta_s=None)
    ended = replace(
        job,
        state=state,
        wish=None,
        worker=None,
        note=note,
        progress=now_at,
        story=longer(job, state.value),
        ended_at=ended_at,
    )
    connection.execute(
        _END,
        {
            "the_number": job.number,
            "to_state": state,
            "to_note": note,
            "to_progress": packed(now_at),
            "to_story": written(ended.story),
            "to_ended_at": ended_at,
        },
    )
    left = {JobState.CANCELLED: JobState.CANCELLED, JobState.FAILED: JobState.FAILED}.get(state)
    if left:
        connection.execute(
            update(job_members)
            .where(job_members.c.job == job.number, job_members.c.state.in_(_LIVING))
            .values(state=left, ended_at=now)
        )
    return ended


# ----------------------------------------------------------------------------------- the person


def again(connection: Connection, job: Job, what: str, *, anew: bool = False) -> Job:
    """Another turn. `anew`: those of its members that did not end well are done again."""
    values: dict[str, object] = {
        "state": JobState.QUEUED,
        "turn": job.turn + 1,
        "wish": None,
        "worker": None,
        "queued_at": None,
        "start_after": None,
        "ended_at": None,
        "story": told(job, what),
    }
    if anew:
        values |= {"rescues": 0, "note": ""}
        connection.execute(
            update(job_members)
            .where(job_members.c.job == job.number, job_members.c.state != JobState.COMPLETE)
            .values(state=JobState.QUEUED, note="", ended_at=None)
        )
        done = func.count().filter(job_members.c.state == JobState.COMPLETE)
        kept = connection.scalar(select(done).where(job_members.c.job == job.number)) or 0
        values["progress"] = packed(Progress(members=job.members, members_done=kept))
    connection.execute(update(jobs).where(jobs.c.number == job.number).values(values))
    return get(connection, job.number)


def wish(connection: Connection, job: Job, wanted: Wish) -> Job:
    """Tell the worker of a running job; one that waits is ended, or paused, at once."""
    if job.state is JobState.RUNNING:
        connection.execute(update(jobs).where(jobs.c.number == job.number).values(wish=wanted))
        return get(connection, job.number)
    return end(connection, job, ENDS[wanted], job.note)


def prioritise(connection: Connection, job: Job, priority: int) -> Job:
    connection.execute(update(jobs).where(jobs.c.number == job.number).values(priority=priority))
    return get(connection, job.number)


def note(connection: Connection, job: Job, text: str) -> None:
    """Add a line to what a person reads about a job."""
    both = "\n".join(filter(None, (job.note, text)))
    connection.execute(update(jobs).where(jobs.c.number == job.number).values(note=both))


def forget_ended(connection: Connection, *, before: datetime, most: int = 500) -> list[Job]:
    """Delete jobs that ended before then; their answers stay. Returns those that went."""
    ended = tuple(state for state in JobState if state.ended)
    query = select(jobs).where(jobs.c.state.in_(ended), jobs.c.ended_at < before)
    old = [job_of(row) for row in connection.execute(query.limit(most)).mappings()]
    if old:
        connection.execute(delete(jobs).where(jobs.c.number.in_([job.number for job in old])))
    return old


# -------------------------------------------------------------------------------------- in rows

ENDS = {Wish.CANCEL: JobState.CANCELLED, Wish.PAUSE: JobState.PAUSED}


def _of_name(name: str | int, *, lock: bool) -> tuple[Select[*tuple[Any, ...]], dict[str, Any]]:
    """The query for a job, and what it is to be given."""
    if isinstance(name, str) and name.isascii() and name.isdecimal() and len(name) < 20:
        name = int(name)  # as people write it in a URL; an id has more than digits
    if isinstance(name, int):
        number = name if 0 < name < 1 << 63 else 0  # which none has
        return (_LOCKED_BY_NUMBER if lock else _BY_NUMBER), {"the_number": number}
    return (_LOCKED_BY_ID if lock else _BY_ID), {"the_id": name.replace("\0", "\ufffd")}


def _where(wanted: Wanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.states:
        where.append(jobs.c.state.in_(wanted.states))
    if wanted.sources:
        where.append(jobs.c.source.in_(wanted.sources))
    if wanted.media is not None:
        about = select(job_members.c.job).where(job_members.c.media == wanted.media)
        where.append(jobs.c.number.in_(about))
    return where
