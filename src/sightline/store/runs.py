"""Runs: begun or taken over, and what they concluded."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, Select, bindparam, func, select, update

from sightline.errors import InputError, StoreError
from sightline.store import claims, coding, library
from sightline.store.findings import findings_of
from sightline.store.records import Results, RunRecord
from sightline.store.statements import total
from sightline.store.tables import calls, facts, media, run_ledger, runs
from sightline.values import (
    Accounting,
    Claim,
    Conclusion,
    EndpointUse,
    Media,
    Run,
    RunReport,
    RunState,
    UnknownReason,
    Usage,
)

_COUNTS = {field.name for field in fields(Accounting)}


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is begun with."""

    media: Media
    recipe: str
    parameters: Mapping[str, object]
    digest: str
    """Of all that decides what is asked and of whom."""
    models: Sequence[str]
    settings: Mapping[str, object]
    claim: Claim | None = None
    """The right to work on the job that it is part of; None: of no job."""
    sample: Sequence[int] = ()
    """The pts of its footage; none: they are not kept."""
    hints: Sequence[int] = ()


def _records() -> Select[*tuple[Any, ...]]:
    return select(runs, media.c.digest).join(media)


# Made once: to build a statement costs as much as to have it done.
_RECORD = _records().where(runs.c.id == bindparam("the_run"))
_LATEST = (
    _records()
    .where(runs.c.request == bindparam("the_request"), media.c.digest == bindparam("the_media"))
    .order_by(runs.c.created_at.desc())
    .limit(1)
)
_INSERT = runs.insert()


def begin(connection: Connection, request: Request) -> tuple[Run, int]:
    """The run to work on, and the key of its media. The caller holds the lock of the request.

    A run marked as running has lost its process, since the lock was free: it is taken over with
    its ledger. If answers in that have been distrusted since, or asks in it failed that may do
    better now, it is ended and begun afresh, which costs nothing: its answers are facts.
    """
    if request.claim:
        claims.check(connection, request.claim)
    media_id = library.id_of(connection, request.media.digest)
    if media_id is None:
        raise StoreError(f"media {request.media.digest[:16]} is not in the library: add it first.")
    latest = _latest(connection, request)
    if latest is None or latest.run.state != RunState.RUNNING:
        run_id = _insert(connection, request, media_id)
    elif _has_distrusted(connection, latest.run.id) or _has_failed(connection, latest.run.id):
        note = "Its process ended; it was begun afresh, for what had failed or was distrusted."
        _change(connection, latest.run.id, state=RunState.INTERRUPTED, note=note, ended_at=_now())
        run_id = _insert(connection, request, media_id)
    else:
        run_id = latest.run.id
        attempt = latest.run.attempt + 1
        job = request.claim and request.claim.job.id
        _change(connection, run_id, attempt=attempt, worker=_worker(), started_at=_now(), job=job)
    return record_of(connection, run_id).run, media_id


def worker_on(connection: Connection, request: Request) -> str:
    """Who works on this request, for a message: the lock itself does not tell."""
    latest = _latest(connection, request)
    if latest is None or latest.run.state != RunState.RUNNING:
        return "another process"
    return connection.scalars(select(runs.c.worker).where(runs.c.id == latest.run.id)).one()


def record_of(connection: Connection, run_id: str) -> RunRecord:
    """Raises `InputError` when there is no such run."""
    row = connection.execute(_RECORD, {"the_run": run_id}).mappings().first()
    if row is None:
        raise InputError(f"there is no run {run_id} in the library.")
    return _record(row)


def records_about(connection: Connection, digest: str) -> tuple[RunRecord, ...]:
    """All runs on a media, oldest first."""
    query = _records().where(media.c.digest == digest).order_by(runs.c.created_at)
    return tuple(_record(row) for row in connection.execute(query).mappings())


def results_of(connection: Connection, run_id: str) -> Results:
    """Raises `InputError` when there is no such run."""
    record = record_of(connection, run_id)
    mine = run_ledger.c.run_id == run_id
    paid_before = func.coalesce(calls.c.run_id, "") != run_id
    answered, reused, shared = connection.execute(
        select(
            func.count(),
            func.count().filter(paid_before, ~run_ledger.c.shared),
            func.count().filter(run_ledger.c.shared),
        )
        .select_from(run_ledger)
        .join(facts)
        .join(calls, calls.c.id == facts.c.call_id)
        .where(mine)
    ).one()
    reasons = connection.execute(
        select(run_ledger.c.reason, func.count())
        .where(mine, run_ledger.c.reason.is_not(None))
        .group_by(run_ledger.c.reason)
    )
    made, tokens_in, tokens_out = connection.execute(
        select(func.count(), total(calls.c.tokens_in), total(calls.c.tokens_out)).where(
            calls.c.run_id == run_id
        )
    ).one()
    return Results(
        record=record,
        findings=findings_of(connection, run_id),
        answered=answered,
        reused=reused,
        shared=shared,
        failed={UnknownReason(reason): count for reason, count in reasons},
        calls=made,
        usage=Usage(tokens_in, tokens_out),
    )


def reports_of_job(
    connection: Connection, job: str, *, media_digest: str | None = None
) -> tuple[RunReport, ...]:
    """What the runs of a job have concluded: of each recipe and media the latest, oldest first."""
    query = _records().where(runs.c.job == job)
    if media_digest is not None:
        query = query.where(media.c.digest == media_digest)
    latest: dict[tuple[str, str], RowMapping] = {}
    for row in connection.execute(query.order_by(runs.c.created_at)).mappings():
        key = row[media.c.digest], row[runs.c.recipe]
        latest.pop(key, None)
        latest[key] = row
    return tuple(_report(connection, row) for row in latest.values())


def _report(connection: Connection, of: RowMapping) -> RunReport:
    record = _record(of)
    counts = cast("dict[str, int]", of[runs.c.counts] or {})
    uses = cast("list[dict[str, Any]]", of[runs.c.uses] or [])
    ended = record.ended_at or datetime.now(UTC)
    return RunReport(
        record.run,
        tuple(use["endpoint"] for use in uses),
        Conclusion(record.run.state, findings_of(connection, record.run.id), record.note),
        Accounting(**{name: n for name, n in counts.items() if name in _COUNTS}),
        (ended - record.started_at).total_seconds(),
        tuple(EndpointUse(**use) for use in uses),
    )


def _latest(connection: Connection, request: Request) -> RunRecord | None:
    asked = {"the_request": request.digest, "the_media": request.media.digest}
    row = connection.execute(_LATEST, asked).mappings().first()
    return None if row is None else _record(row)


def _has_failed(connection: Connection, run_id: str) -> bool:
    failed = select(run_ledger.c.seq).where(
        run_ledger.c.run_id == run_id, run_ledger.c.reason == UnknownReason.FAILED
    )
    return connection.execute(failed.limit(1)).first() is not None


def _has_distrusted(connection: Connection, run_id: str) -> bool:
    query = (
        select(run_ledger.c.seq)
        .join(facts)
        .where(run_ledger.c.run_id == run_id, facts.c.distrusted_at.is_not(None))
        .limit(1)
    )
    return connection.scalar(query) is not None


def _insert(connection: Connection, request: Request, media_id: int) -> str:
    run_id = str(uuid4())
    connection.execute(
        _INSERT,
        {
            "id": run_id,
            "media_id": media_id,
            "recipe": request.recipe,
            "parameters": dict(request.parameters),
            "request": request.digest,
            "models": list(request.models),
            "settings": dict(request.settings),
            "state": RunState.RUNNING,
            "attempt": 1,
            "worker": _worker(),
            "note": "",
            "created_at": _now(),
            "started_at": _now(),
            "job": request.claim and request.claim.job.id,
            "sample": coding.pack(request.sample) if request.sample else None,
            "hints": coding.pack(request.hints) if request.sample else None,
        },
    )
    return run_id


def _change(connection: Connection, run_id: str, **values: object) -> None:
    connection.execute(update(runs).where(runs.c.id == run_id).values(values))


def _record(of: RowMapping) -> RunRecord:
    return RunRecord(
        run=Run(
            id=of[runs.c.id],
            media=of[media.c.digest],
            recipe=of[runs.c.recipe],
            request=of[runs.c.request],
            models=tuple(cast("list[str]", of[runs.c.models])),
            state=RunState(of[runs.c.state]),
            attempt=of[runs.c.attempt],
        ),
        parameters=cast("dict[str, object]", of[runs.c.parameters]),
        settings=cast("dict[str, object]", of[runs.c.settings]),
        note=of[runs.c.note],
        created_at=of[runs.c.created_at],
        started_at=of[runs.c.started_at],
        ended_at=of[runs.c.ended_at],
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _worker() -> str:
    return name_of(os.getpid(), socket.gethostname())


def name_of(pid: int, host: str) -> str:
    """A process, as runs name the one that works on them."""
    return f"process {pid} on {host}"
