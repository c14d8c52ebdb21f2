"""A job and its members as their rows have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import RowMapping

from sightline.store.worktables import job_members, jobs
from sightline.values import Happening, Job, JobState, Member, Progress, Stage, Wish

LONGEST_STORY = 40
"""Lines that are kept of what happened to a job: the first, and the latest of the others."""

_PROGRESS = tuple(field.name for field in fields(Progress))


def packed(progress: Progress) -> dict[str, object]:
    return asdict(progress)


def unpacked(kept: object) -> Progress:
    """Of whatever version wrote it: what it did not know is as at the beginning."""
    values = cast("dict[str, Any]", kept or {})
    known: dict[str, Any] = {name: values[name] for name in _PROGRESS if name in values}
    known["stage"] = Stage(known.get("stage", Stage.WAITING))
    return Progress(**known)


def longer(job: Job, what: str) -> tuple[Happening, ...]:
    """Its story and one more line."""
    lines = (*job.story, Happening(datetime.now(UTC), what))
    return lines if len(lines) <= LONGEST_STORY else (lines[0], *lines[-LONGEST_STORY + 1 :])


def written(story: Sequence[Happening]) -> list[dict[str, str]]:
    return [{"at": line.at.isoformat(), "what": line.what} for line in story]


def told(job: Job, what: str) -> list[dict[str, str]]:
    return written(longer(job, what))


def job_of(of: RowMapping) -> Job:
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


def member_of(of: RowMapping) -> Member:
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
