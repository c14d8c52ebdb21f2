"""What runs conclude, in rows and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TypeVar, assert_never

from sqlalchemy import Connection, Table, bindparam, delete, select

from sightline.store.facts import pack_frames, unpack_frames
from sightline.store.tables import descriptions, findings, spans, unknown_stretches
from sightline.values import Description, Finding, Span, Track, Unknown, UnknownReason

T = TypeVar("T")


_FORGET = delete(findings).where(findings.c.run_id == bindparam("the_run"))
_HEADS = select(findings.c.ordinal, findings.c.id).where(findings.c.run_id == bindparam("the_run"))


def replace_findings(connection: Connection, run_id: str, concluded: Sequence[Finding]) -> None:
    """Store a run's findings, in place of those it had."""
    mine = {"the_run": run_id}
    connection.execute(_FORGET, mine)
    _insert(connection, findings, [_head(run_id, n, f) for n, f in enumerate(concluded)])
    ids = {row.ordinal: row.id for row in connection.execute(_HEADS, mine)}
    _insert(
        connection,
        spans,
        [
            _span_row(ids[n], ordinal, span)
            for n, finding in enumerate(concluded)
            if isinstance(finding, Track)
            for ordinal, span in enumerate(finding.spans)
        ],
    )
    _insert(
        connection,
        descriptions,
        [
            _description_row(ids[n], finding)
            for n, finding in enumerate(concluded)
            if isinstance(finding, Description)
        ],
    )
    _insert(
        connection,
        unknown_stretches,
        [
            _unknown_row(ids[n], ordinal, unknown)
            for n, finding in enumerate(concluded)
            for ordinal, unknown in enumerate(_unknown_in(finding))
        ],
    )


def findings_of(connection: Connection, run_id: str) -> tuple[Finding, ...]:
    """In the order in which the recipe gave them."""
    mine = select(findings.c.id).where(findings.c.run_id == run_id)
    found_spans: dict[int, list[Span]] = defaultdict(list)
    for row in connection.execute(
        select(spans).where(spans.c.finding_id.in_(mine)).order_by(*spans.primary_key)
    ):
        finding_id, _, *values = row
        found_spans[finding_id].append(Span(*values))
    found_unknown: dict[int, list[Unknown]] = defaultdict(list)
    for row in connection.execute(
        select(unknown_stretches)
        .where(unknown_stretches.c.finding_id.in_(mine))
        .order_by(*unknown_stretches.primary_key)
    ):
        finding_id, _, start, end, reason, detail = row
        found_unknown[finding_id].append(Unknown(start, end, UnknownReason(reason), detail))
    heads = connection.execute(
        select(
            findings.c.id,
            findings.c.subject,
            findings.c.category,
            findings.c.threshold,
            findings.c.required,
            findings.c.markers,
            descriptions,
        )
        .outerjoin(descriptions)
        .where(findings.c.run_id == run_id)
        .order_by(findings.c.ordinal)
    )
    concluded: list[Finding] = []
    for finding_id, subject, *told, described, start, end, frames, text, cut in heads:
        unknown = tuple(found_unknown[finding_id])
        if described is None:
            concluded.append(Track(subject, tuple(found_spans[finding_id]), unknown, *told))
        else:
            why = unknown[0] if unknown else None
            shown = unpack_frames(frames)
            concluded.append(Description(start, end, shown, subject, text, cut, why))
    return tuple(concluded)


def _insert(connection: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    if rows:
        connection.execute(table.insert(), rows)


def _head(run_id: str, ordinal: int, finding: Finding) -> dict[str, object]:
    head: dict[str, object] = {"run_id": run_id, "ordinal": ordinal}
    match finding:
        case Track():
            return head | {
                "kind": "track",
                "subject": finding.tag,
                "category": finding.category,
                "threshold": finding.threshold,
                "required": finding.required,
                "markers": finding.markers,
            }
        case Description():
            return head | {
                "kind": "description",
                "subject": finding.prompt,
                "category": None,
                "threshold": None,
                "required": None,
                "markers": True,
            }
        case _:
            assert_never(finding)


def _unknown_in(finding: Finding) -> tuple[Unknown, ...]:
    if isinstance(finding, Track):
        return finding.unknown
    return () if finding.unknown is None else (finding.unknown,)


def _span_row(finding_id: int, ordinal: int, span: Span) -> dict[str, object]:
    return {
        "finding_id": finding_id,
        "ordinal": ordinal,
        "start": span.start,
        "end": span.end,
        "start_earliest": span.start_earliest,
        "start_latest": span.start_latest,
        "end_earliest": span.end_earliest,
        "end_latest": span.end_latest,
        "confidence": span.confidence,
    }


def _description_row(finding_id: int, description: Description) -> dict[str, object]:
    return {
        "finding_id": finding_id,
        "start": description.start,
        "end": description.end,
        "frames": pack_frames(description.frames),
        "text": description.text,
        "cut": description.cut,
    }


def _unknown_row(finding_id: int, ordinal: int, unknown: Unknown) -> dict[str, object]:
    return {
        "finding_id": finding_id,
        "ordinal": ordinal,
        "start": unknown.start,
        "end": unknown.end,
        "reason": unknown.reason,
        "detail": unknown.detail,
    }
