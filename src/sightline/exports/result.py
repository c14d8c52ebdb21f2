"""Sightline's own result document: `result.json`, and what the Python API returns.

Version 1. Within a version fields are only ever added. Times are seconds from the first frame,
rounded to the microsecond. What is not known is said as such, with its reason, and never left out.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sightline.values import (
    Analysis,
    Clock,
    Description,
    EndpointUse,
    Media,
    Required,
    RunReport,
    RunState,
    Span,
    Track,
    Unknown,
    UnknownReason,
)
from sightline.values.text import plain
from sightline.version import __version__

Seconds = Annotated[float, Field(ge=0, description="Seconds from the first frame.")]
Words = Annotated[str, AfterValidator(plain)]
"""Any text: most of it was written by others, and it must not break a file or a terminal."""


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True)


class UnknownDocument(_Document):
    """A stretch about which nothing may be concluded."""

    start: Seconds
    end: Seconds
    reason: UnknownReason
    detail: Words = Field(description="For a person: what happened, and to which endpoint or file.")


class SpanDocument(_Document):
    """A stretch [start, end) over which a tag holds."""

    start: Seconds
    end: Seconds
    start_range: tuple[float, float] = Field(description="[earliest, latest] second it can begin.")
    end_range: tuple[float, float] = Field(description="[earliest, latest] second it can end.")
    confidence: float = Field(ge=0, le=1)
    by: Literal["model", "person"] = Field(
        default="model", description="`person`: its edges are as somebody set them."
    )


class TagDocument(_Document):
    """One tag over the whole media. Where it is neither a span nor unknown, it is absent."""

    tag: Words
    spans: tuple[SpanDocument, ...]
    unknown: tuple[UnknownDocument, ...]
    category: Words | None = Field(default=None, description="What it is listed under.")
    threshold: float | None = Field(
        default=None, description="Frames of at least this probability were taken to show it."
    )
    required: Required | None = Field(
        default=None,
        description="Whether it is seen for as long as is required before the media as a whole "
        "gets the tag; `undecided`: unknown time could still make it; `off`: the media is not to "
        "get it; null: no length is required.",
    )
    markers: bool = Field(
        default=True, description="false: no markers are to be made of its spans."
    )


class DescriptionDocument(_Document):
    """A model's words about [start, end)."""

    start: Seconds
    end: Seconds
    frames: tuple[float, ...] = Field(description="Seconds of the frames shown to the model.")
    prompt: Words = Field(description="The question asked; empty for a plain description.")
    text: Words | None = Field(description="null exactly when `unknown` says why.")
    cut: bool = Field(description="The model ran into its token limit.")
    unknown: UnknownDocument | None


class MediaDocument(_Document):
    """The file that was watched."""

    path: Words = Field(
        description="As it was given; what JSON or a terminal cannot hold of it as U+FFFD."
    )
    digest: Words = Field(description="BLAKE2b-256 of its bytes, hex.")
    kind: Literal["video", "image", "image_set"]
    duration: Seconds
    width: int
    height: int
    frame_count: int
    container: Words
    codec: Words
    lost: Seconds = Field(description="Seconds that the container promises and does not hold.")
    taken_at: Words | None = Field(
        default=None, description="When its first frame was taken, ISO 8601; null: it does not say."
    )


class UseDocument(_Document):
    """What one run asked of one endpoint, and how it went."""

    endpoint: Words
    model: Words
    calls: int = Field(description="Calls begun, whatever came of them.")
    answered: int = Field(description="Asks.")
    retries: int = Field(description="Calls that repeated what had failed.")
    hedges: int = Field(description="Second calls for asks whose first one took long.")
    failures: dict[Words, int] = Field(description="Calls without a usable reply, by kind.")
    tokens_in: int
    tokens_out: int
    cost: float = Field(description="By the prices in the settings; 0 without one.")
    latency_p50: float | None = Field(description="Seconds, of calls with a usable reply.")
    latency_p95: float | None
    utilisation: float | None = Field(description="Share of its slots' time with a call in them.")


class RunDocument(_Document):
    """One recipe's work, with exact accounting."""

    id: Words
    recipe: Words
    state: RunState
    note: Words = Field(description="Why it is not complete; empty when it is.")
    endpoints: tuple[Words, ...] = Field(description="By name, those that could be asked.")
    uses: tuple[UseDocument, ...] = Field(default=(), description="What was asked of which.")
    models: tuple[Words, ...]
    unseen: float = Field(
        default=0.0,
        description="Seconds: an event no longer than this may lie unseen between sampled frames.",
    )
    frames_sampled: int
    frames_decoded: int
    planned: int = Field(description="Asks expected.")
    asked: int = Field(description="Asks sent to an endpoint.")
    calls: int = Field(description="Calls that brought a reply; one may carry several asks.")
    answered: int
    reused: int = Field(description="Asks answered from the store.")
    shared: int = Field(
        default=0, description="Asks answered by the answer about a frame that looks alike."
    )
    frames_shared: int = Field(default=0, description="Frames of which some ask was.")
    audited: int = Field(
        default=0, description="Asked although it could have been shared, and compared."
    )
    disagreed: int = Field(default=0, description="Those of them that were answered otherwise.")
    failed: int
    unsupported: int
    tokens_in: int
    tokens_out: int
    elapsed: float = Field(description="Wall-clock seconds of this attempt.")


class Result(_Document):
    """Everything that one request found out about one media."""

    format: Literal["sightline.result"] = "sightline.result"
    version: Literal[1] = 1
    made_by: Words
    made_at: datetime
    state: RunState
    media: MediaDocument
    tags: tuple[TagDocument, ...]
    descriptions: tuple[DescriptionDocument, ...]
    runs: tuple[RunDocument, ...]


def to_result(analysis: Analysis, *, said: Sequence[Track] = ()) -> Result:
    """`said` are tags of which only people speak: no run has looked for them."""
    clock = analysis.media.clock
    findings = [*(f for report in analysis.reports for f in report.conclusion.findings), *said]
    return Result(
        made_by=f"sightline {__version__}",
        made_at=datetime.now(UTC),
        state=analysis.state,
        media=_media(analysis.media, analysis.path),
        tags=tuple(_tag(finding, clock) for finding in findings if isinstance(finding, Track)),
        descriptions=_descriptions([f for f in findings if isinstance(f, Description)], clock),
        runs=tuple(_run(report) for report in analysis.reports),
    )


def to_json(result: Result) -> str:
    """The document as a file holds it: UTF-8 text, indented, with a final line end."""
    return result.model_dump_json(indent=2) + "\n"


def _second(clock: Clock, pts: int) -> float:
    return round(clock.seconds(pts), 6)


def _media(media: Media, path: str) -> MediaDocument:
    return MediaDocument(
        path=os.fsencode(path).decode(errors="replace"),
        digest=media.digest,
        kind=media.kind.value,
        duration=round(media.duration_s, 6),
        width=media.width,
        height=media.height,
        frame_count=media.frame_count,
        container=media.container,
        codec=media.codec,
        lost=round(media.lost_s, 6),
        taken_at=media.taken_at,
    )


def _tag(track: Track, clock: Clock) -> TagDocument:
    return TagDocument(
        tag=track.tag,
        spans=tuple(_span(span, clock) for span in track.spans),
        unknown=tuple(_unknown(stretch, clock) for stretch in track.unknown),
        category=track.category,
        threshold=track.threshold,
        required=track.required,
        markers=track.markers,
    )


def _span(span: Span, clock: Clock) -> SpanDocument:
    return SpanDocument(
        start=_second(clock, span.start),
        end=_second(clock, span.end),
        start_range=(_second(clock, span.start_earliest), _second(clock, span.start_latest)),
        end_range=(_second(clock, span.end_earliest), _second(clock, span.end_latest)),
        confidence=round(span.confidence, 6),
        by="model" if span.correction is None else "person",
    )


def _unknown(stretch: Unknown, clock: Clock) -> UnknownDocument:
    return UnknownDocument(
        start=_second(clock, stretch.start),
        end=_second(clock, stretch.end),
        reason=stretch.reason,
        detail=stretch.detail,
    )


def _descriptions(
    descriptions: Sequence[Description], clock: Clock
) -> tuple[DescriptionDocument, ...]:
    in_order = sorted(descriptions, key=lambda d: (d.prompt, d.start))
    return tuple(
        DescriptionDocument(
            start=_second(clock, d.start),
            end=_second(clock, d.end),
            frames=tuple(_second(clock, pts) for pts in d.frames),
            prompt=d.prompt,
            text=d.text,
            cut=d.cut,
            unknown=_unknown(d.unknown, clock) if d.unknown else None,
        )
        for d in in_order
    )


def _use(use: EndpointUse) -> UseDocument:
    def rounded(value: float | None) -> float | None:
        return None if value is None else round(value, 4)

    return UseDocument(
        endpoint=use.endpoint,
        model=use.model,
        calls=use.calls,
        answered=use.answered,
        retries=use.retries,
        hedges=use.hedges,
        failures=use.failures,
        tokens_in=use.tokens_in,
        tokens_out=use.tokens_out,
        cost=round(use.cost, 6),
        latency_p50=rounded(use.latency_p50_s),
        latency_p95=rounded(use.latency_p95_s),
        utilisation=rounded(use.utilisation),
    )


def _run(report: RunReport) -> RunDocument:
    accounting = report.accounting
    return RunDocument(
        id=report.run.id,
        recipe=report.run.recipe,
        state=report.conclusion.state,
        note=report.conclusion.note,
        endpoints=report.endpoints,
        uses=tuple(map(_use, report.uses)),
        models=report.run.models,
        unseen=round(report.unseen_s, 6),
        frames_sampled=accounting.frames_sampled,
        frames_decoded=accounting.frames_decoded,
        planned=accounting.planned,
        asked=accounting.asked,
        calls=accounting.calls,
        answered=accounting.answered,
        reused=accounting.reused,
        shared=accounting.shared,
        frames_shared=accounting.frames_shared,
        audited=accounting.audited,
        disagreed=accounting.disagreed,
        failed=accounting.failed,
        unsupported=accounting.unsupported,
        tokens_in=accounting.tokens_in,
        tokens_out=accounting.tokens_out,
        elapsed=round(report.elapsed_s, 3),
    )
