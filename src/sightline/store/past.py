"""What is kept of the runs of a media, as its timeline is told from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, RowMapping, bindparam, func, select

from sightline.store import coding
from sightline.store.facts import ANSWER_COLUMNS, answer_of, unpack_frames
from sightline.store.presence import ALIVE
from sightline.store.runs import name_of
from sightline.store.statements import batches
from sightline.store.tables import (
    calls,
    descriptions,
    facts,
    findings,
    media,
    questions,
    run_ledger,
    runs,
    spans,
    unknown_stretches,
)
from sightline.store.worktables import jobs, workers
from sightline.values import (
    Answer,
    AskFailed,
    AskId,
    JobState,
    LedgerEntry,
    RunState,
    UnknownReason,
)

PAGE = 10_000
"""Entries read at once: a long run's ledger is read in several transactions."""


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run, over or not, without what it was told."""

    id: str
    job: str | None
    number: int | None
    """Of its job; None where that was deleted, or never was."""
    recipe: str
    state: RunState
    """`RUNNING` only while somebody is at it, as far as its job or process tells."""
    note: str
    models: tuple[str, ...]
    began_at: datetime
    started_at: datetime
    """When the latest attempt began."""
    ended_at: datetime | None
    counts: Mapping[str, int]
    """Its `values.Accounting`; empty before it ends."""
    uses: Sequence[Mapping[str, object]]
    attempt: int
    request: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What one ended run says of one tag, or of one prompt."""

    kind: str
    """`track` or `description`."""
    name: str
    """The tag, or the prompt; empty for plain descriptions."""
    unknown: int
    """Ticks of unknown time, all stretches together, of what can be read of the media."""
    found: bool
    """There is a span, or a text."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What a run was begun with, so that its ledger can be read again."""

    parameters: Mapping[str, object]
    request: str
    models: tuple[str, ...]
    sample: Sequence[int]
    """None in it: an older version began the run, and did not keep them."""
    hints: Sequence[int]


@dataclass(frozen=True, slots=True)
class Kept:
    """One entry of a ledger, and the fact behind it."""

    entry: LedgerEntry
    fact: int | None
    frames: tuple[int, ...]
    """That the fact is about: of a shared answer not those of the ask. None without a fact."""
    question: int
    """Key of the question of the fact; 0 without one."""


@dataclass(frozen=True, slots=True)
class Source:
    """An answer as it came."""

    answer: Answer
    raw: str
    latency_s: float
    tokens_in: int | None
    tokens_out: int | None
    asked_at: datetime
    distrusted: bool
    """It is not to be used any more: what rests on it stays until it is asked anew."""


_OF_MEDIA = (
    select(
        runs.c.id,
        runs.c.job,
        jobs.c.number,
        jobs.c.state,
        runs.c.recipe,
        runs.c.state,
        runs.c.worker,
        runs.c.note,
        runs.c.models,
        runs.c.created_at,
        runs.c.started_at,
        runs.c.ended_at,
        runs.c.counts,
        runs.c.uses,
        runs.c.attempt,
        runs.c.request,
    )
    .select_from(runs)
    .join(media, media.c.id == runs.c.media_id)
    .outerjoin(jobs, jobs.c.id == runs.c.job)
    .where(media.c.digest == bindparam("the_media"))
    .order_by(runs.c.created_at.desc(), runs.c.id)
)
_ALIVE = select(workers.c.pid, workers.c.host).where(workers.c.state == ALIVE)
_BEGUN = select(
    runs.c.parameters, runs.c.request, runs.c.models, runs.c.sample, runs.c.hints
).where(runs.c.id == bindparam("the_run"))
_ENTRIES = (
    select(
        run_ledger.c.seq,
        run_ledger.c.ask,
        run_ledger.c.reason,
        run_ledger.c.detail,
        run_ledger.c.shared,
        run_ledger.c.fact_id,
        facts.c.frames,
        facts.c.question_id,
        *ANSWER_COLUMNS,
    )
    .outerjoin(facts, facts.c.id == run_ledger.c.fact_id)
    .where(run_ledger.c.run_id == bindparam("the_run"), run_ledger.c.seq > bindparam("the_seq"))
    .order_by(run_ledger.c.seq)
    .limit(PAGE)
)


def about(connection: Connection, digest: str) -> tuple[PastRun, ...]:
    """All runs on a media, latest first."""
    found = connection.execute(_OF_MEDIA, {"the_media": digest}).mappings().all()
    alone = any(of[runs.c.state] == RunState.RUNNING and of[jobs.c.state] is None for of in found)
    alive = {name_of(*row) for row in connection.execute(_ALIVE)} if alone else set[str]()
    return tuple(_past(of, alive) for of in found)


def _past(of: RowMapping, alive: Container[str]) -> PastRun:
    """Of a process that was killed the run says for ever that it is running."""
    state, job_state = RunState(of[runs.c.state]), of[jobs.c.state]
    at_work = of[runs.c.worker] in alive if job_state is None else job_state == JobState.RUNNING
    return PastRun(
        id=of[runs.c.id],
        job=of[runs.c.job],
        number=of[jobs.c.number],
        recipe=of[runs.c.recipe],
        state=RunState.INTERRUPTED if state is RunState.RUNNING and not at_work else state,
        note=of[runs.c.note],
        models=tuple(cast("list[str]", of[runs.c.models])),
        began_at=of[runs.c.created_at],
        started_at=of[runs.c.started_at],
        ended_at=of[runs.c.ended_at],
        counts=cast("dict[str, int]", of[runs.c.counts] or {}),
        uses=cast("list[dict[str, object]]", of[runs.c.uses] or []),
        attempt=of[runs.c.attempt],
        request=of[runs.c.request],
    )


def subjects(connection: Connection, run_ids: Iterable[str]) -> dict[str, tuple[Subject, ...]]:
    """What each of these runs says something of, in the order in which it does."""
    wanted = list(run_ids)
    mine = findings.c.id
    has_span = select(spans.c.finding_id).where(spans.c.finding_id == mine).exists()
    unknown = (
        select(func.sum(unknown_stretches.c.end - unknown_stretches.c.start))
        .where(unknown_stretches.c.finding_id == mine, unknown_stretches.c.start < media.c.end)
        .correlate(findings, media)
        .scalar_subquery()
    )
    each = (
        select(
            findings.c.run_id,
            findings.c.kind,
            findings.c.subject,
            findings.c.ordinal,
            func.coalesce(unknown, 0),
            has_span | descriptions.c.text.is_not(None),
        )
        .select_from(findings)
        .join(runs, runs.c.id == findings.c.run_id)
        .join(media, media.c.id == runs.c.media_id)
        .outerjoin(descriptions, descriptions.c.finding_id == mine)
        .order_by(findings.c.run_id, findings.c.ordinal)
    )
    told: dict[str, dict[tuple[str, str], Subject]] = {run: {} for run in wanted}
    for batch in batches(wanted):
        for run, kind, name, _, lost, found in connection.execute(
            each.where(findings.c.run_id.in_(batch))
        ):
            so_far = told[run].get((kind, name))
            more = Subject(kind, name, int(lost), bool(found))
            if so_far is not None:
                both = so_far.unknown + more.unknown, so_far.found or more.found
                more = Subject(kind, name, *both)
            told[run][kind, name] = more
    return {run: tuple(of.values()) for run, of in told.items()}


def begun(connection: Connection, run_id: str) -> Begun | None:
    """None where it is gone."""
    of = connection.execute(_BEGUN, {"the_run": run_id}).mappings().one_or_none()
    if of is None:
        return None
    sample, hints = of[runs.c.sample], of[runs.c.hints]
    return Begun(
        parameters=cast("dict[str, object]", of[runs.c.parameters]),
        request=of[runs.c.request],
        models=tuple(cast("list[str]", of[runs.c.models])),
        sample=coding.unpack(sample) if sample else (),
        hints=coding.unpack(hints) if hints else (),
    )


def entries(connection: Connection, run_id: str, *, after: int = 0) -> list[Kept]:
    """What a run was told, in order: `PAGE` of what follows `after`, none at the end."""
    found: list[Kept] = []
    for row in connection.execute(_ENTRIES, {"the_run": run_id, "the_seq": after}):
        seq, ask, reason, detail, shared, fact, frames, question = row[:8]
        failed = AskFailed(UnknownReason(reason), detail or "") if reason else None
        entry = LedgerEntry(seq, AskId(ask), failed or answer_of(row), shared)
        found.append(Kept(entry, fact, unpack_frames(frames) if frames else (), question or 0))
    return found


def wordings(connection: Connection, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Template and words of questions, by key."""
    found: dict[int, tuple[str, str]] = {}
    query = select(questions.c.id, questions.c.template, questions.c.parameters)
    for batch in batches(ids):
        for key, template, parameters in connection.execute(query.where(questions.c.id.in_(batch))):
            said = cast("dict[str, object]", parameters)
            words = [value for value in said.values() if isinstance(value, str)]
            found[key] = template, " ".join(words)
    return found


def sources(connection: Connection, fact_ids: Iterable[int]) -> dict[int, Source]:
    """The answers of these facts as they came."""
    query = select(
        facts.c.id,
        calls.c.raw,
        calls.c.latency_s,
        calls.c.tokens_in,
        calls.c.tokens_out,
        calls.c.started_at,
        facts.c.distrusted_at.is_not(None),
        *ANSWER_COLUMNS,
    ).join(calls, calls.c.id == facts.c.call_id)
    found: dict[int, Source] = {}
    for batch in batches(dict.fromkeys(fact_ids)):
        for row in connection.execute(query.where(facts.c.id.in_(batch))):
            found[row[0]] = Source(answer_of(row), *row[1:7])
    return found


def frames_of(connection: Connection, fact_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """What each of these facts is about."""
    found: dict[int, tuple[int, ...]] = defaultdict(tuple)
    query = select(facts.c.id, facts.c.frames)
    for batch in batches(dict.fromkeys(fact_ids)):
        for fact, frames in connection.execute(query.where(facts.c.id.in_(batch))):
            found[fact] = unpack_frames(frames)
    return found
