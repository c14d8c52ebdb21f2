"""A timeline as one analysis, for the result document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, cast

from sightline.services.timelines.archive import Told
from sightline.services.timelines.told import Timeline
from sightline.values import (
    Accounting,
    Analysis,
    Conclusion,
    EndpointUse,
    Finding,
    Run,
    RunReport,
    Track,
)

_COUNTS = {field.name for field in fields(Accounting)}
_USE = {field.name for field in fields(EndpointUse)}


def as_analysis(timeline: Timeline) -> tuple[Analysis, Sequence[Track]]:
    """What the runs found, corrected; and the tags of which only people speak."""
    item = timeline.item
    findings: dict[str | None, list[Finding]] = defaultdict(list)
    for row in timeline.rows:
        findings[row.run].append(row.track)
    for run, description in timeline.descriptions:
        findings[run].append(description)
    reports = tuple(
        _report(told, item.media.digest, findings[told.run.id]) for told in reversed(timeline.runs)
    )
    path = str(item.paths[0]) if item.paths else item.title
    only_said = [row.track for row in timeline.rows if row.run is None]
    return Analysis(item.media, path, reports), only_said


def _report(told: Told, media: str, findings: Sequence[Finding]) -> RunReport:
    past = told.run
    ended = past.ended_at or datetime.now(UTC)
    run = Run(
        id=past.id,
        media=media,
        recipe=past.recipe,
        request=past.request,
        models=past.models,
        state=past.state,
        attempt=past.attempt,
    )
    return RunReport(
        run,
        tuple(sorted(told.heard.endpoints)),
        Conclusion(past.state, tuple(findings), past.note),
        _accounting(told),
        (ended - past.started_at).total_seconds(),
        tuple(_use(use) for use in past.uses),
        told.footage.unseen_s if told.footage else 0.0,
    )


def _accounting(told: Told) -> Accounting:
    counts = {name: n for name, n in told.run.counts.items() if name in _COUNTS}
    if counts:
        return Accounting(**counts)
    return Accounting(planned=told.planned, frames_sampled=told.frames_sampled)


def _use(kept: Mapping[str, object]) -> EndpointUse:
    known = {name: value for name, value in kept.items() if name in _USE}
    return EndpointUse(**cast("dict[str, Any]", known))
