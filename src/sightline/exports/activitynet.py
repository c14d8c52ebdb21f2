"""ActivityNet's two JSON forms, in and out: annotations (the truth) and detections (a result).

    {"version", "taxonomy", "database": {VIDEO: {"duration", "subset", "annotations":
        [{"segment": [START, END], "label": TAG}]}}}
    {"version", "external_data", "results": {VIDEO: [{"label", "score", "segment"}]}}

Times are seconds. Neither has room for what is unknown. Ours carry it in a key of their own,
`unknown`: {VIDEO: [{"label", "segment"}]}, which other readers pass over, and the
annotations have `fps`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sightline.evaluation import Segment, TagSpans, VideoSpans
from sightline.version import __version__

Second = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True)


class Annotation(_Read):
    """A label over a segment."""

    label: str
    segment: tuple[Second, Second]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        start, end = self.segment
        if end < start:
            raise ValueError(f"the segment ends ({end:g} s) before it starts ({start:g} s)")
        return self


class Detection(Annotation):
    """A label that was found."""

    score: Annotated[float, Field(allow_inf_nan=False)]


class Entry(_Read):
    """One video of the annotations."""

    duration: Positive | None = None
    subset: str = ""
    fps: Positive | None = None
    annotations: tuple[Annotation, ...]


class Annotations(_Read):
    """The form of a truth."""

    database: dict[str, Entry]
    unknown: dict[str, tuple[Annotation, ...]] = {}


class Detections(_Read):
    """The form of a result."""

    results: dict[str, tuple[Detection, ...]]
    unknown: dict[str, tuple[Annotation, ...]] = {}


def spans_of_annotations(document: Annotations, *, subset: str | None = None) -> list[VideoSpans]:
    """Its videos, or those of one subset; what is not annotated is absent."""
    return [
        VideoSpans(
            video=video,
            tags=_tags(
                (
                    (one.label, Segment(*one.segment))
                    for one in sorted(entry.annotations, key=lambda a: a.segment)
                ),
                document.unknown.get(video, ()),
            ),
            duration_s=entry.duration,
            frame_rate=entry.fps,
            unlisted_absent=True,
        )
        for video, entry in document.database.items()
        if subset is None or entry.subset == subset
    ]


def spans_of_detections(document: Detections) -> list[VideoSpans]:
    """Its videos; what was not detected in one that is listed is absent."""
    return [
        VideoSpans(
            video=video,
            tags=_tags(
                (
                    (one.label, Segment(*one.segment, one.score))
                    for one in sorted(detections, key=lambda d: d.segment)
                ),
                document.unknown.get(video, ()),
            ),
            unlisted_absent=True,
        )
        for video, detections in document.results.items()
    ]


def says_unknown(videos: Iterable[VideoSpans]) -> bool:
    return any(tag.unknown for video in videos for tag in video.tags.values())


def to_annotations(videos: Sequence[VideoSpans], *, subset: str = "validation") -> str:
    """Spans as a truth, all of one subset."""
    document: dict[str, object] = {
        "version": f"sightline {__version__}",
        "taxonomy": [],
        "database": {
            video.video: {
                "duration": video.duration_s,
                "subset": subset,
                **({"fps": round(video.frame_rate, 6)} if video.frame_rate else {}),
                "annotations": [
                    {"segment": [*segment.stretch], "label": tag}
                    for tag, spans in video.tags.items()
                    for segment in spans.segments
                ],
            }
            for video in videos
        },
    }
    return _text(document, videos)


def to_detections(videos: Sequence[VideoSpans]) -> str:
    """Spans as a result; their confidence is the score."""
    document: dict[str, object] = {
        "version": f"sightline {__version__}",
        "external_data": {"used": False, "details": ""},
        "results": {
            video.video: [
                {"label": tag, "score": segment.confidence, "segment": [*segment.stretch]}
                for tag, spans in video.tags.items()
                for segment in spans.segments
            ]
            for video in videos
        },
    }
    return _text(document, videos)


def _text(document: dict[str, object], videos: Sequence[VideoSpans]) -> str:
    if unknown := {video.video: listed for video in videos if (listed := _unknown(video))}:
        document["unknown"] = unknown
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _unknown(video: VideoSpans) -> list[dict[str, object]]:
    return [
        {"label": tag, "segment": [*stretch]}
        for tag, spans in video.tags.items()
        for stretch in spans.unknown
    ]


def _tags(
    segments: Iterable[tuple[str, Segment]], unknown: Iterable[Annotation]
) -> dict[str, TagSpans]:
    listed: dict[str, tuple[list[Segment], list[tuple[float, float]]]] = {}
    for label, segment in segments:
        listed.setdefault(label, ([], []))[0].append(segment)
    for one in unknown:
        listed.setdefault(one.label, ([], []))[1].append(one.segment)
    return {
        label: TagSpans(tuple(here), tuple(not_known))
        for label, (here, not_known) in listed.items()
    }
