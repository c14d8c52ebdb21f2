"""Jobs in the hands of workers: claimed, worked on, handed back, rescued.

What a worker writes about a job is written only while its claim holds: each rescue and each new
claim raises the job's attempt, and a write under an older one is refused in its own transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import JSON, Connection, bindparam, select, update

from sightline.errors import RunTaken
from sightline.store.columns import Instant, Words
from sightline.store.jobrows import packed, told
from sightline.store.jobs import ENDS, again, end, get, members
from sightline.store.worktables import job_members, jobs
from sightline.values import Claim, Job, JobState, Member, Progress, Wish

# Made once: to build a statement costs as much as to have it done.
_WHILE_HELD = (
    jobs.c.number == bindparam("the_number"),
    jobs.c.attempt == bindparam("the_attempt"),
    jobs.c.state == JobState.RUNNING,
)
_LOCKED = select(jobs.c.number).where(*_WHILE_HELD).with_for_update()
_HELD = select(jobs.c.number).where(*_WHILE_HELD).with_for_update(read=True)
_REPORT = update(jobs).where(*_WHILE_HELD).values(progress=bindparam("to_progress", type_=JSON))
_CLAIM = (
    update(jobs)
    .where(jobs.c.number == bindparam("the_number"))
    .values(
        state=JobState.RUNNING,
        attempt=bindparam("to_attempt"),
        worker=bindparam("to_worker"),
        started_at=bindparam("now", type_=Instant),
        story=bindparam("to_story", type_=JSON),
    )
)
_KEEP_MEMBER = (
    update(job_members)
    .where(
        job_members.c.job == bindparam("the_job"),
        job_members.c.ordinal == bindparam("the_ordinal"),
    )
    .values(
        state=bindparam("to_state"),
        note=bindparam("to_note", type_=Words),
        media=bindparam("to_media"),
        counts=bindparam("to_counts", type_=JSON),
        ended_at=bindparam("now", type_=Instant),
    )
)


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker tells of a job while it is at it."""

    claim: Claim
    progress: Progress
    known: tuple[tuple[int, str], ...] = ()
    """Ordinal and digest of members of which it is now known which media they are."""


def claim(
    connection: Connection, name: str, *, turn: int, worker: str
) -> tuple[Claim, tuple[Member, ...]] | None:
    """The right to work on a job now, and its members; None when this turn is not to be done."""
    job = get(connection, name, lock=True)
    if job.turn != turn or job.state is not JobState.QUEUED:
        return None
    attempt = job.attempt + 1
    now = datetime.now(UTC)
    what = f"begun by {worker}" if attempt == 1 else f"taken up by {worker}"
    taken = {"the_number": job.number, "to_attempt": attempt, "to_worker": worker, "now": now}
    connection.execute(_CLAIM, taken | {"to_story": told(job, what)})
    job = replace(job, state=JobState.RUNNING, attempt=attempt, worker=worker, started_at=now)
    return Claim(job, attempt, worker), members(connection, job.number)


def report(connection: Connection, reports: Sequence[Report]) -> None:
    """Keep how far jobs are, of those that are still held."""
    for one in reports:
        connection.execute(_REPORT, _of(one.claim) | {"to_progress": packed(one.progress)})
        for ordinal, digest in one.known:
            mine = job_members.c.job == one.claim.job.number, job_members.c.ordinal == ordinal
            connection.execute(update(job_members).where(*mine).values(media=digest))


def wishes(connection: Connection, claims: Sequence[Claim]) -> dict[str, Wish | None]:
    """What is wished of each of these that is still held; the others are left out."""
    attempts = {claim.job.number: claim.attempt for claim in claims}
    query = select(jobs.c.number, jobs.c.id, jobs.c.attempt, jobs.c.wish, jobs.c.state)
    rows = connection.execute(query.where(jobs.c.number.in_(attempts)))
    return {
        name: Wish(wish) if wish else None
        for number, name, attempt, wish, state in rows
        if attempts[number] == attempt and state == JobState.RUNNING
    }


def check(connection: Connection, claim: Claim) -> None:
    """Lock the job for the rest of the transaction. Raises `RunTaken` when the claim is gone."""
    if connection.execute(_LOCKED, _of(claim)).first() is None:
        raise taken(claim)


def holds(connection: Connection, claim: Claim) -> bool:
    """Whether it is still good; a rescue that comes now waits for the end of the transaction."""
    return connection.execute(_HELD, _of(claim)).first() is not None


def taken(claim: Claim) -> RunTaken:
    return RunTaken(
        f"run {claim.job.id} is not this worker's any more: another one has taken it up, or it was "
        "ended. What was answered is kept."
    )


def end_member(connection: Connection, claim: Claim, member: Member) -> None:
    """Keep how a member ended. Raises `RunTaken`."""
    check(connection, claim)
    keep_member(connection, claim, member)


def keep_member(connection: Connection, claim: Claim, member: Member) -> None:
    """The same, where the claim has been checked in this transaction."""
    connection.execute(
        _KEEP_MEMBER,
        {
            "the_job": claim.job.number,
            "the_ordinal": member.ordinal,
            "to_state": member.state,
            "to_note": member.note,
            "to_media": member.media,
            "to_counts": dict(member.counts),
            "now": datetime.now(UTC),
        },
    )


def finish(
    connection: Connection, claim: Claim, state: JobState, note: str, progress: Progress
) -> Job:
    """The same for a worker. Raises `RunTaken`."""
    job = get(connection, claim.job.number, lock=True)
    if job.attempt != claim.attempt or job.state is not JobState.RUNNING:
        raise taken(claim)
    if job.wish is Wish.CANCEL:
        state = JobState.CANCELLED
    return end(connection, job, state, note, progress=progress)


def hand_back(connection: Connection, claim: Claim, why: str) -> Job | None:
    """A worker leaves before it is done: the job waits for another turn."""
    job = get(connection, claim.job.number, lock=True)
    if job.attempt != claim.attempt or job.state is not JobState.RUNNING:
        return None
    if job.wish:
        return end(connection, job, ENDS[job.wish], job.note)
    return again(connection, job, why)


def rescue(connection: Connection, job: Job, *, most: int) -> Job:
    """A job's worker has died: it may be taken up again, unless that has happened too often.

    Its attempt is raised at once, so that nothing the dead one may still write is taken.
    """
    now = get(connection, job.number, lock=True)
    if now.worker != job.worker or now.state is not JobState.RUNNING:
        return now
    what = f"{job.worker} fell silent"
    values: dict[str, object] = {"attempt": now.attempt + 1, "rescues": now.rescues + 1}
    connection.execute(
        update(jobs)
        .where(jobs.c.number == now.number)
        .values(**values, worker=None, story=told(now, what))
    )
    now = get(connection, job.number)
    if now.wish:
        return end(connection, now, ENDS[now.wish], now.note)
    if now.rescues > most:
        silent = [line.what for line in now.story if line.what.endswith("fell silent")]
        note = (
            f"Its worker died {now.rescues} times while working on it: {'; '.join(silent)}. "
            "One of its files may be too much for the machine. Retry begins it afresh."
        )
        return end(connection, now, JobState.FAILED, note)
    connection.execute(
        update(jobs).where(jobs.c.number == now.number).values(state=JobState.QUEUED)
    )
    return get(connection, job.number)


def _of(claim: Claim) -> dict[str, object]:
    return {"the_number": claim.job.number, "the_attempt": claim.attempt}
