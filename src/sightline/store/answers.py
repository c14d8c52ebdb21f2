"""What a job's runs were answered, ask by ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Select, func, select

from sightline.store.facts import ANSWER_COLUMNS, answer_of, unpack_frames
from sightline.store.tables import calls, facts, media, questions, run_ledger, runs
from sightline.values import Answer, AskFailed, UnknownReason


@dataclass(frozen=True, slots=True)
class Answered:
    """One outcome of a run."""

    run: str
    recipe: str
    media: str
    """Digest."""
    seq: int
    """Its place in the run's ledger."""
    outcome: Answer | AskFailed
    shared: bool
    """The answer is about another frame, which looks alike."""
    frames: tuple[int, ...] = ()
    """The pts that were asked about; none where there is no answer."""
    question: str = ""
    """What was asked: the tag's wording, or the prompt."""
    template: str = ""
    raw: str = ""
    """The reply as it came."""
    latency_s: float | None = None


def listing(
    connection: Connection, job: str, *, media_digest: str | None, offset: int, limit: int
) -> tuple[Answered, ...]:
    """In the order in which the runs began and heard them."""
    query = _of(
        job,
        media_digest,
        runs.c.id,
        runs.c.recipe,
        media.c.digest,
        run_ledger.c.seq,
        run_ledger.c.reason,
        run_ledger.c.detail,
        run_ledger.c.shared,
        facts.c.frames,
        questions.c.template,
        questions.c.parameters,
        calls.c.raw,
        calls.c.latency_s,
        *ANSWER_COLUMNS,
    )
    query = query.order_by(runs.c.created_at, runs.c.id, run_ledger.c.seq)
    found: list[Answered] = []
    for row in connection.execute(query.offset(offset).limit(limit)):
        run, recipe, digest, seq, reason, detail, shared, frames, template, asked, raw, took = row[
            :12
        ]
        failed = AskFailed(UnknownReason(reason), detail or "") if reason else None
        found.append(
            Answered(
                run=run,
                recipe=recipe,
                media=digest,
                seq=seq,
                outcome=failed or answer_of(row),
                shared=shared,
                frames=unpack_frames(frames) if frames else (),
                question=_words(asked),
                template=template or "",
                raw=raw or "",
                latency_s=took,
            )
        )
    return tuple(found)


def count(connection: Connection, job: str, *, media_digest: str | None) -> int:
    return connection.scalar(_of(job, media_digest, func.count())) or 0


def _of(job: str, media_digest: str | None, *columns: Any) -> Select[*tuple[Any, ...]]:
    query = (
        select(*columns)
        .select_from(run_ledger)
        .join(runs, runs.c.id == run_ledger.c.run_id)
        .join(media, media.c.id == runs.c.media_id)
        .outerjoin(facts, facts.c.id == run_ledger.c.fact_id)
        .outerjoin(questions, questions.c.id == facts.c.question_id)
        .outerjoin(calls, calls.c.id == facts.c.call_id)
        .where(runs.c.job == job)
    )
    return query if media_digest is None else query.where(media.c.digest == media_digest)


def _words(parameters: object) -> str:
    """Of a question's parameters, those that are words."""
    values = cast("dict[str, object]", parameters or {}).values()
    return " ".join(value for value in values if isinstance(value, str))
