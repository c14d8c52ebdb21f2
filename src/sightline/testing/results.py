"""Results made by hand, for tests of what is written and drawn from them.

All are about one minute of film, whose first frame is not at tick 0; times are in milliseconds
from that frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from sightline.exports.result import Result, to_result
from sightline.values import (
    Accounting,
    Analysis,
    Clock,
    Conclusion,
    Description,
    Finding,
    Media,
    MediaKind,
    Run,
    RunReport,
    RunState,
    Span,
    Unknown,
    UnknownReason,
)

MEDIA = Media(
    digest="d1" * 32,
    kind=MediaKind.VIDEO,
    clock=Clock(Fraction(1, 1000), start=5000),
    end=65_000,
    declared_end=65_000,
    width=1920,
    height=1080,
    container="mp4",
    codec="h264",
    frame_count=1500,
    size_bytes=12_345,
)
"""A minute, whose first frame is at pts 5000."""


def span(start: int, end: int, *, doubt: int = 0, confidence: float = 0.75) -> Span:
    """In ms from the first frame."""
    edges = 5000 + start, 5000 + end
    return Span(
        *edges,
        start_earliest=edges[0] - doubt,
        start_latest=edges[0] + doubt,
        end_earliest=edges[1] - doubt,
        end_latest=edges[1] + doubt,
        confidence=confidence,
    )


def unknown(
    start: int, end: int, *, reason: UnknownReason = UnknownReason.FAILED, detail: str = "it broke"
) -> Unknown:
    return Unknown(5000 + start, 5000 + end, reason, detail)


def description(start: int, end: int, text: str | None, *, prompt: str = "") -> Description:
    why = unknown(start, end) if text is None else None
    return Description(5000 + start, 5000 + end, (5000 + start,), prompt, text, unknown=why)


def report(
    findings: Sequence[Finding],
    *,
    state: RunState = RunState.COMPLETE,
    recipe: str = "tagging",
    note: str = "",
) -> RunReport:
    run = Run("r1", MEDIA.digest, recipe, "q1", ("vl-3b",), RunState.RUNNING, 1)
    accounting = Accounting(planned=9, frames_sampled=4, asked=9, answered=8, failed=1, calls=3)
    return RunReport(run, ("desk",), Conclusion(state, tuple(findings), note), accounting, 1.23456)


def result(
    *findings: Finding,
    state: RunState = RunState.COMPLETE,
    note: str = "",
    kind: MediaKind = MediaKind.VIDEO,
    declared_end: int = 65_000,
    path: str = "film.mp4",
) -> Result:
    media = replace(MEDIA, kind=kind, declared_end=declared_end)
    return to_result(Analysis(media, path, (report(findings, state=state, note=note),)))
