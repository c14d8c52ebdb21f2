"""Jobs in rows: made, found, ended, and all that a person may wish in between.

What workers do with them is in `claims`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    bindparam,
    delete,
    func,
    select,
    update,
)

from sightline.errors import NotFound
from sightline.store.columns import Instant, Words
from sightline.store.library import seen_in
from sightline.store.worktables import job_members, jobs
from sightline.values import Happening, Job, JobState, Member, Progress, Stage, Wish

LONGEST_STORY = 40
"""Lines that are kept of what happened to a job: the first, and the latest of the others."""

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
_QUEUED = (
    update(jobs)
    .where(jobs.c.id == bindparam("the_job"), jobs.c.turn == bindparam("the_turn"))
    .values(queued_at=bindparam("now", type_=Instant))
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
            return _job(same), False
    now = datetime.now(UTC)
    delay = timedelta(seconds=new.start_after_s)
    start_after = now + delay if delay else None
    progress = Progress(members=len(new.members))
    values: dict[str, object] = {
        "id": (name := str(uuid4())),
        "title": new.title,
        "source": new.source,
        "spec": dict(new.spec),
        "digest": new.digest,
        "state": JobState.QUEUED,
        "wish": None,
        "priority": new.priority,
        "turn": 1,
        "attempt": 0,
        "rescues": 0,
        "worker": None,
        "note": "",
        "story": [],
        "progress": packed(progress),
        "members": len(new.members),
        "webhook": new.webhook,
        "created_at": now,
        "start_after": start_after,
        "queued_at": None,
        "started_at": None,
        "ended_at": None,
    }
    number = connection.execute(_INSERT, values).scalar_one()
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
    job = Job(
        id=name,
        number=number,
        title=new.title,
        source=new.source,
        spec=dict(new.spec),
        state=JobState.QUEUED,
        priority=new.priority,
        members=len(new.members),
        progress=progress,
        note="",
        story=(),
        created_at=now,
        start_after=start_after,
        webhook=new.webhook,
    )
    return job, True


def get(connection: Connection, name: str | int, *, lock: bool = False) -> Job:
    """By id or number. Raises `NotFound`."""
    row = connection.execute(*_of_name(name, lock=lock)).mappings().first()
    if row is None:
        raise NotFound(f"there is no run {name}.")
    return _job(row)


def listing(
    connection: Connection, wanted: Wanted, *, offset: int, limit: int
) -> tuple[tuple[Job, ...], int, bool]:
    """Newest first; with how many there are, and whether these were counted to the end."""
    where = _where(wanted)
    query = select(jobs).where(*where).order_by(jobs.c.number.desc()).offset(offset).limit(limit)
    found = tuple(_job(row) for row in connection.execute(query).mappings())
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
        return tuple(_member(row) for row in rows.mappings())
    query = select(job_members).where(job_members.c.job == number)
    if states:
        query = query.where(job_members.c.state.in_(states))
    query = query.order_by(job_members.c.ordinal).offset(offset).limit(limit)
    return tuple(_member(row) for row in connection.execute(query).mappings())


# ------------------------------------------------------------------------------------ the queue


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
    return [_job(row) for row in rows]


def next_in_line(connection: Connection, *, older_than_s: float, most: int = 500) -> list[Job]:
    """The oldest that wait in the queue and might have begun, had it not lost them."""
    before = datetime.now(UTC) - timedelta(seconds=older_than_s)
    query = select(jobs).where(jobs.c.state == JobState.QUEUED, jobs.c.queued_at < before)
    rows = connection.execute(query.order_by(jobs.c.number).limit(most)).mappings()
    return [_job(row) for row in rows]


def of_workers(connection: Connection, workers: Sequence[str]) -> list[Job]:
    """What these are said to work on."""
    query = select(jobs).where(jobs.c.worker.in_(workers), jobs.c.state == JobState.RUNNING)
    return [_job(row) for row in connection.execute(query).mappings()]


def working(connection: Connection) -> list[str]:
    """Every worker that is said to work on something."""
    query = select(jobs.c.worker).where(jobs.c.state == JobState.RUNNING).distinct()
    return [worker for worker in connection.scalars(query) if worker]


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
        story=_longer(job, state.value),
        ended_at=ended_at,
    )
    connection.execute(
        _END,
        {
            "the_number": job.number,
            "to_state": state,
            "to_note": note,
            "to_progress": packed(now_at),
            "to_story": _written(ended.story),
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
    old = [_job(row) for row in connection.execute(query.limit(most)).mappings()]
    if old:
        connection.execute(delete(jobs).where(jobs.c.number.in_([job.number for job in old])))
    return old


# -------------------------------------------------------------------------------------- in rows

ENDS = {Wish.CANCEL: JobState.CANCELLED, Wish.PAUSE: JobState.PAUSED}


_PROGRESS = tuple(field.name for field in fields(Progress))


def packed(progress: Progress) -> dict[str, object]:
    return asdict(progress)


def unpacked(kept: object) -> Progress:
    """Of whatever version wrote it: what it did not know is as at the beginning."""
    values = cast("dict[str, Any]", kept or {})
    known: dict[str, Any] = {name: values[name] for name in _PROGRESS if name in values}
    known["stage"] = Stage(known.get("stage", Stage.WAITING))
    return Progress(**known)


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


def _longer(job: Job, what: str) -> tuple[Happening, ...]:
    """Its story and one more line."""
    lines = (*job.story, Happening(datetime.now(UTC), what))
    return lines if len(lines) <= LONGEST_STORY else (lines[0], *lines[-LONGEST_STORY + 1 :])


def _written(story: Sequence[Happening]) -> list[dict[str, str]]:
    return [{"at": line.at.isoformat(), "what": line.what} for line in story]


def told(job: Job, what: str) -> list[dict[str, str]]:
    return _written(_longer(job, what))


def _job(of: RowMapping) -> Job:
    story = cast("list[dict[str, str]]", of[jobs.c.story])
    wish = of[jobs.c.wish]
    return Job(
        id=of[jobs.c.id],
        number=of[jobs.c.number],
        title=of[jobs.c.title],
        source=of[jobs.c.source],
        spec=cast("dict[str, object]", of[jobs.c.spec]),
        state=JobState(of[jobs.c.state]),
        priority=of[jobs.c.priority],
        members=of[jobs.c.members],
        progress=unpacked(of[jobs.c.progress]),
        note=of[jobs.c.note],
        story=tuple(Happening(datetime.fromisoformat(line["at"]), line["what"]) for line in story),
        created_at=of[jobs.c.created_at],
        start_after=of[jobs.c.start_after],
        started_at=of[jobs.c.started_at],
        ended_at=of[jobs.c.ended_at],
        wish=Wish(wish) if wish else None,
        attempt=of[jobs.c.attempt],
        rescues=of[jobs.c.rescues],
        worker=of[jobs.c.worker],
        webhook=of[jobs.c.webhook],
        turn=of[jobs.c.turn],
    )


def _member(of: RowMapping) -> Member:
    return Member(
        ordinal=of[job_members.c.ordinal],
        path=of[job_members.c.path],
        title=of[job_members.c.title],
        media=of[job_members.c.media],
        state=JobState(of[job_members.c.state]),
        note=of[job_members.c.note],
        counts=cast("dict[str, int]", of[job_members.c.counts] or {}),
        ended_at=of[job_members.c.ended_at],
    )
