"""A result document as spans in seconds, for what compares or rewrites them.

Of `*.result.json` only what is needed is read, so that a truth can be written by hand:

    {"format": "sightline.result", "version": 1,
     "media": {"path": "film.mp4", "duration": 60.0},
     "tags": [{"tag": "car", "spans": [{"start": 1.5, "end": 4.0}]}]}
"""

from __future__ import annotations

from pathlib import PureWindowsPath
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sightline.evaluation import Segment, Spent, Stretch, TagSpans, VideoSpans
from sightline.exports.result import Result

Second = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class _Ordered(_Read):
    start: Second
    end: Second

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"it ends ({self.end:g} s) before it starts ({self.start:g} s)")
        return self


class ReadStretch(_Ordered):
    """An unknown stretch, whatever the reason."""


class ReadSpan(_Ordered):
    """A span; a truth needs no confidence."""

    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0


class ReadTag(_Read):
    """One tag that was looked for."""

    tag: str
    spans: tuple[ReadSpan, ...] = ()
    unknown: tuple[ReadStretch, ...] = ()


class ReadMedia(_Read):
    """The video."""

    path: str
    digest: str = ""
    duration: Second
    frame_count: Count = 0


class ReadRun(_Read):
    """What one run took."""

    recipe: str
    calls: Count = 0
    asked: Count = 0
    reused: Count = 0
    tokens_in: Count = 0
    tokens_out: Count = 0


class ReadResult(_Read):
    """What is read of a result document."""

    format: Literal["sightline.result"]
    version: Literal[1]
    media: ReadMedia
    tags: tuple[ReadTag, ...]
    runs: tuple[ReadRun, ...] = ()

    @model_validator(mode="after")
    def _each_tag_once(self) -> Self:
        names = [tag.tag for tag in self.tags]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"the tag '{twice}' is there twice")
        return self


def spans_of(result: Result) -> VideoSpans:
    """The tags of a result. The video is called as its file, without the extension."""
    return spans_read(ReadResult.model_validate(result))


def spans_read(result: ReadResult) -> VideoSpans:
    """As `spans_of`. A tag that was not looked for is unknown, as is a stretch that is said to be.

    What was spent is that of the runs that looked for tags.
    """
    media = result.media
    rate = media.frame_count / media.duration if media.duration else 0.0
    runs = [run for run in result.runs if run.recipe.startswith("tagging")]
    spent = [Spent(run.calls, run.asked, run.reused, run.tokens_in, run.tokens_out) for run in runs]
    return VideoSpans(
        video=stem(media.path),
        tags={tag.tag: _tag(tag) for tag in result.tags},
        duration_s=media.duration,
        frame_rate=rate or None,
        spent=sum(spent[1:], spent[0]) if spent else None,
    )


def stem(path: str) -> str:
    """A file's name without folder and extension, whichever system wrote the path."""
    return PureWindowsPath(path).stem


def _tag(tag: ReadTag) -> TagSpans:
    unknown: tuple[Stretch, ...] = tuple((one.start, one.end) for one in tag.unknown)
    return TagSpans(tuple(Segment(s.start, s.end, s.confidence) for s in tag.spans), unknown)
