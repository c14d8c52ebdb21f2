"""What `sightline eval --json` prints.

Version 1. Within a version fields are only ever added. Shares are 0 to 1 and rounded to 1e-6, times
seconds; null where there is nothing to measure: no span in the truth, nothing found, no match.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sightline.evaluation import (
    MAP_TIOUS,
    SEGMENTAL_OVERLAPS,
    SPAN_TIOUS,
    Measures,
    Scores,
    Spent,
    TagScores,
)
from sightline.values.text import plain

Share = Annotated[float | None, Field(ge=0, le=1)]
Words = Annotated[str, AfterValidator(plain)]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True)


class BoundaryDocument(_Document):
    """How far off starts and ends are, of spans that match with a tIoU of at least 0.5."""

    p50: float = Field(description="Seconds.")
    p95: float
    p50_frames: float | None = Field(description="null where a frame rate is not known.")
    p95_frames: float | None


class MeasuresDocument(_Document):
    """The measures over all, or over known time."""

    map: Share = Field(description="Mean average precision, the mean over tIoU 0.5:0.05:0.95.")
    ap: dict[str, Share] = Field(description='Mean average precision by tIoU, from "0.50".')
    span_f1: dict[str, Share] = Field(description="By tIoU: spans matched one to one.")
    segmental_f1: dict[str, Share] = Field(description="By overlap in percent, as Lea et al.")
    frame_precision: Share
    frame_recall: Share
    boundary: BoundaryDocument | None
    truth_spans: int
    found_spans: int


class TagScoresDocument(_Document):
    """One tag over all videos."""

    tag: Words
    coverage: Share
    all: MeasuresDocument
    known: MeasuresDocument


class SpentDocument(_Document):
    """Sums over the runs that looked for tags."""

    calls: int
    asked: int
    reused: int
    tokens_in: int
    tokens_out: int


class ScoresDocument(_Document):
    """A result against the truth."""

    format: Literal["sightline.scores"] = "sightline.scores"
    version: Literal[1] = 1
    videos: tuple[Words, ...] = Field(description="Of the truth.")
    missing_videos: tuple[Words, ...] = Field(
        description="Those about which the result says nothing: all of them is unknown."
    )
    left_out_videos: tuple[Words, ...] = Field(description="Of the result, not in the truth.")
    left_out_tags: tuple[Words, ...] = Field(description="Of the result, not in the truth.")
    judged: float = Field(description="Seconds of tags in videos about which the truth speaks.")
    coverage: Share = Field(description="Share of it that the result does not call unknown.")
    step: float | None = Field(
        description="Seconds of a frame; null: one frame of each video's rate, else exact time."
    )
    all: MeasuresDocument = Field(description="Over all time: the unknown was not found.")
    known: MeasuresDocument = Field(description="Over known time: the unknown cut out of both.")
    tags: tuple[TagScoresDocument, ...]
    spent: SpentDocument | None = Field(description="null where the result does not tell.")


def to_scores(scores: Scores, step_s: float | None) -> ScoresDocument:
    return ScoresDocument(
        videos=scores.videos,
        missing_videos=scores.missing_videos,
        left_out_videos=scores.left_out_videos,
        left_out_tags=scores.left_out_tags,
        judged=round(scores.judged_s, 6),
        coverage=_share(scores.coverage),
        step=step_s,
        all=_measures(scores.everything),
        known=_measures(scores.known),
        tags=tuple(map(_tag, scores.tags)),
        spent=_spent(scores.spent) if scores.spent else None,
    )


def _tag(tag: TagScores) -> TagScoresDocument:
    return TagScoresDocument(
        tag=tag.tag,
        coverage=_share(tag.coverage),
        all=_measures(tag.everything),
        known=_measures(tag.known),
    )


def _measures(measures: Measures) -> MeasuresDocument:
    boundary = measures.boundary
    ap = measures.ap or (None,) * len(MAP_TIOUS)
    return MeasuresDocument(
        map=_share(measures.mean_ap),
        ap={f"{at:.2f}": _share(one) for at, one in zip(MAP_TIOUS, ap, strict=True)},
        span_f1={
            f"{at:.2f}": _share(one) for at, one in zip(SPAN_TIOUS, measures.span_f1, strict=True)
        },
        segmental_f1={
            f"{at:.0%}".rstrip("%"): _share(one)
            for at, one in zip(SEGMENTAL_OVERLAPS, measures.segmental_f1, strict=True)
        },
        frame_precision=_share(measures.frame_precision),
        frame_recall=_share(measures.frame_recall),
        boundary=boundary
        and BoundaryDocument(
            p50=round(boundary.p50_s, 6),
            p95=round(boundary.p95_s, 6),
            p50_frames=_share(boundary.p50_frames),
            p95_frames=_share(boundary.p95_frames),
        ),
        truth_spans=measures.truth_spans,
        found_spans=measures.found_spans,
    )


def _spent(spent: Spent) -> SpentDocument:
    return SpentDocument(
        calls=spent.calls,
        asked=spent.asked,
        reused=spent.reused,
        tokens_in=spent.tokens_in,
        tokens_out=spent.tokens_out,
    )


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
