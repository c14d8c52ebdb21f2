"""How each media stands: what was last done with it, what was found in it, and how much is known.

A media stands as its latest job left it; where no job knows it, as its latest run did (a command
line's, or one whose job was deleted since). What was found is for `tagged` to say.

For a page of a library: the number of statements does not grow with the number of media.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    distinct,
    func,
    literal,
    select,
)

from sightline.store import shown, tagged
from sightline.store.jobrows import unpacked
from sightline.store.tables import (
    corrections,
    descriptions,
    findings,
    media,
    runs,
    shown_media,
)
from sightline.store.worktables import job_members, jobs
from sightline.values import JobState, RunState

NEW = "new"
"""The state of a media with which nothing was ever done."""
MOST_TAGS = 12
"""That are told of one media."""
_ENDED = tuple(state for state in JobState if state.ended)
_CANCELLED = literal(JobState.CANCELLED.value)
_DESCRIBING = "describing"
"""The recipe of which each answer is one description."""
_ANSWERING = "answering"
"""The recipe that puts one question about a few frames of the whole."""


@dataclass(frozen=True, slots=True)
class TagShare:
    """A tag that was found in a media."""

    tag: str
    seconds: float
    spans: int


@dataclass(frozen=True, slots=True)
class CoverageShares:
    """Parts of a media, 0.0 to 1.0; what is left was not asked."""

    asked: float
    shared: float
    unknown: float


@dataclass(frozen=True, slots=True)
class MediaStanding:
    """How a media stands."""

    state: str = NEW
    """A `values.JobState`, or `NEW`."""
    run: str | None = None
    """The id of its latest job."""
    fraction: float | None = None
    """How far that is, while it runs and is about this media alone."""
    note: str = ""
    tags: tuple[TagShare, ...] = ()
    """Those that take most of it, those first; `MOST_TAGS` at most."""
    tags_total: int = 0
    texts: int = 0
    corrections: int = 0
    coverage: CoverageShares | None = None
    behind: bool = False
    """Its tags are those of before its latest change: see `shown`."""


# ----------------------------------------------------------------------------------- all of them


def in_state(states: Sequence[str]) -> Select[int]:
    """The keys of media in one of these states."""
    member = job_members.c
    jobs_place = func.row_number().over(
        partition_by=member.media, order_by=(member.job.desc(), member.ordinal.desc())
    )
    its_own = case((member.state.in_(_ENDED), member.state), else_=jobs.c.state)
    by_job = (
        select(member.media, its_own.label("state"), jobs_place.label("place"))
        .join(jobs, jobs.c.number == member.job)
        .where(member.media.is_not(None))
        .subquery()
    )
    runs_place = func.row_number().over(
        partition_by=runs.c.media_id, order_by=(runs.c.created_at.desc(), runs.c.id)
    )
    stopped = case((runs.c.state == RunState.INTERRUPTED, _CANCELLED), else_=runs.c.state)
    by_run = select(runs.c.media_id, stopped.label("state"), runs_place.label("place")).subquery()
    return (
        select(media.c.id)
        .outerjoin(by_job, (by_job.c.media == media.c.digest) & (by_job.c.place == 1))
        .outerjoin(by_run, (by_run.c.media_id == media.c.id) & (by_run.c.place == 1))
        .where(func.coalesce(by_job.c.state, by_run.c.state, NEW).in_(states))
    )


# ------------------------------------------------------------------------------- those of a page


def of(connection: Connection, digests: Sequence[str]) -> Mapping[str, MediaStanding]:
    """How each of these stands; what is not in the library is left out."""
    rows = connection.execute(_HEADS, {"the_digests": list(digests)}).all()
    ids = {media_id: digest for media_id, digest, *_ in rows}
    clocks = {media_id: (num, den) for media_id, _, num, den, *_ in rows}
    told = {
        media_id: MediaStanding(corrections=said or 0, behind=bool(behind))
        for media_id, *_, said, behind in rows
    }
    _add_runs(connection, told)
    _add_jobs(connection, told, ids)
    _add_tags(connection, told, clocks)
    _add_texts(connection, told)
    return {ids[media_id]: standing for media_id, standing in told.items()}


_SAID = (
    select(func.count())
    .where(corrections.c.media_id == media.c.id)
    .correlate(media)
    .scalar_subquery()
)
_HEADS = (
    select(
        media.c.id,
        media.c.digest,
        media.c.time_base_num,
        media.c.time_base_den,
        _SAID,
        shown.is_behind(),
    )
    .outerjoin(shown_media, shown_media.c.media_id == media.c.id)
    .where(media.c.digest.in_(bindparam("the_digests", expanding=True)))
)
_MINE = runs.c.media_id.in_(bindparam("the_media", expanding=True))


def _first_runs(*wanted: ColumnElement[bool], by: Sequence[ColumnElement[Any]] = ()) -> Select[str]:
    """Ids: of each media the first of its runs in this order, else the latest."""
    order = (*by, runs.c.created_at.desc(), runs.c.id)
    place = func.row_number().over(partition_by=runs.c.media_id, order_by=order)
    ranked = select(runs.c.id, place.label("place")).where(_MINE, *wanted).subquery()
    return select(ranked.c.id).where(ranked.c.place == 1)


_RUNS = select(runs.c.media_id, runs.c.state, runs.c.note).where(runs.c.id.in_(_first_runs()))
# A question about a few frames covers a media only where nothing else was asked.
_BY_COVERAGE = runs.c.state == RunState.FAILED, runs.c.recipe == _ANSWERING
_COVERING = select(runs.c.media_id, runs.c.counts).where(
    runs.c.id.in_(_first_runs(runs.c.ended_at.is_not(None), by=_BY_COVERAGE))
)


def _add_runs(connection: Connection, told: dict[int, MediaStanding]) -> None:
    mine = {"the_media": list(told)}
    for media_id, run_state, note in connection.execute(_RUNS, mine):
        now = JobState.of(RunState(run_state))
        told[media_id] = replace(told[media_id], state=now.value, note=note)
    for media_id, counts in connection.execute(_COVERING, mine):
        shares = coverage(cast("Mapping[str, int]", counts or {}))
        told[media_id] = replace(told[media_id], coverage=shares)


def coverage(counts: Mapping[str, int]) -> CoverageShares | None:
    """Of a run with this `values.Accounting`; None where that does not tell.

    Questions are counted by frame where all of a frame's are alike, and failures by question: the
    share that was asked in vain is told of all that were asked.
    """
    frames = max(counts.get("frames_sampled", 0), counts.get("frames_covered", 0))
    vain = counts.get("failed", 0) + counts.get("unsupported", 0)
    done = vain + sum(counts.get(name, 0) for name in ("answered", "reused", "shared"))
    if not frames or not done:
        return None
    settled = min(1.0, counts.get("frames_covered", 0) / frames)
    known = settled * (1 - vain / done)
    shared = min(known, counts.get("frames_shared", 0) / frames)
    return CoverageShares(asked=known - shared, shared=shared, unknown=settled - known)


def _latest_members() -> Select[str | None, str, str, str, str, str, object, int]:
    place = func.row_number().over(
        partition_by=job_members.c.media,
        order_by=(job_members.c.job.desc(), job_members.c.ordinal.desc()),
    )
    ranked = (
        select(job_members.c.job, job_members.c.ordinal, place.label("place"))
        .where(job_members.c.media.in_(bindparam("the_digests", expanding=True)))
        .subquery()
    )
    member = job_members.c
    return (
        select(
            member.media,
            member.state,
            member.note,
            jobs.c.id,
            jobs.c.state,
            jobs.c.note,
            jobs.c.progress,
            jobs.c.members,
        )
        .join(ranked, (ranked.c.job == member.job) & (ranked.c.ordinal == member.ordinal))
        .join(jobs, jobs.c.number == member.job)
        .where(ranked.c.place == 1)
    )


_MEMBERS = _latest_members()


def _add_jobs(
    connection: Connection, told: dict[int, MediaStanding], ids: Mapping[int, str]
) -> None:
    by_digest = {digest: media_id for media_id, digest in ids.items()}
    for row in connection.execute(_MEMBERS, {"the_digests": list(by_digest)}):
        digest, state_, note, job, job_state, job_note, progress, members = row
        ended = JobState(state_).ended
        running = not ended and job_state == JobState.RUNNING and members == 1
        media_id = by_digest[digest or ""]
        told[media_id] = replace(
            told[media_id],
            state=state_ if ended else job_state,
            run=job,
            note=note if ended else job_note,
            fraction=unpacked(progress).fraction if running else None,
        )


_SUMS = tagged.sums()


def _add_tags(
    connection: Connection,
    told: dict[int, MediaStanding],
    clocks: Mapping[int, tuple[int, int]],
) -> None:
    found: defaultdict[int, list[tuple[int, str, int]]] = defaultdict(list)
    for media_id, tag, ticks, number in connection.execute(_SUMS, {"the_media": list(told)}):
        found[media_id].append((-(ticks or 0), tag, number))
    for media_id, shares in found.items():
        num, den = clocks[media_id]
        longest = tuple(
            TagShare(tag, round(-ticks * num / den, 6), number)
            for ticks, tag, number in sorted(shares)[:MOST_TAGS]
        )
        told[media_id] = replace(told[media_id], tags=longest, tags_total=len(shares))


def _described() -> Select[int, object]:
    """The counts of the latest run that describes each media and was answered something."""
    text = (
        select(descriptions.c.finding_id)
        .join(findings, findings.c.id == descriptions.c.finding_id)
        .where(findings.c.run_id == runs.c.id, descriptions.c.text.is_not(None))
        .correlate(runs)
    )
    wanted = runs.c.recipe == _DESCRIBING, runs.c.ended_at.is_not(None), text.exists()
    return select(runs.c.media_id, runs.c.counts).where(runs.c.id.in_(_first_runs(*wanted)))


_DESCRIBED = _described()
_ANSWERED = (
    select(runs.c.media_id, func.count(distinct(findings.c.subject)))
    .select_from(runs)
    .join(findings, findings.c.run_id == runs.c.id)
    .join(descriptions, descriptions.c.finding_id == findings.c.id)
    .where(_MINE, runs.c.recipe != _DESCRIBING, descriptions.c.text.is_not(None))
    .group_by(runs.c.media_id)
)


def _add_texts(connection: Connection, told: dict[int, MediaStanding]) -> None:
    """Descriptions as they were counted, since there may be thousands; and questions answered."""
    mine = {"the_media": list(told)}
    texts: Counter[int] = Counter()
    for media_id, kept in connection.execute(_DESCRIBED, mine):
        counts = cast("Mapping[str, int]", kept or {})
        texts[media_id] += sum(counts.get(name, 0) for name in ("answered", "reused", "shared"))
    for media_id, number in connection.execute(_ANSWERED, mine):
        texts[media_id] += number
    for media_id, number in texts.items():
        told[media_id] = replace(told[media_id], texts=number)
