"""What is said of runs over HTTP, and what is asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sightline.exports.result import Result
from sightline.services.runs.runview import MemberView, RunView
from sightline.services.runs.specs import MOST_MEMBERS, SpecFields
from sightline.values.jobs import LEAST_PRIORITY, USUAL_PRIORITY


class RunRequest(SpecFields):
    """A run to be made: of which media, and what to find out."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        json_schema_extra={
            "examples": [
                {"media": ["3f9a0c"], "tags": ["car", "person"], "sampling": {"every": 2}},
                {"paths": ["/videos/wedding.mp4"], "ask": "When does the cake come?"},
            ]
        },
    )

    media: Annotated[tuple[str, ...], Field(max_length=MOST_MEMBERS)] = ()
    """Media of the library, by their ids or unambiguous beginnings of them."""
    paths: Annotated[tuple[str, ...], Field(max_length=MOST_MEMBERS)] = ()
    """Files in the folders that this server may read."""
    folders: Annotated[tuple[str, ...], Field(max_length=100)] = ()
    """All media in these, and in the folders below them."""
    tag_set: Annotated[str | None, Field(max_length=200)] = None
    """Find the tags of this set as well, as they are now."""
    title: Annotated[str, Field(max_length=200)] = ""
    priority: Annotated[int, Field(ge=1, le=LEAST_PRIORITY)] = USUAL_PRIORITY
    """1 is the most urgent."""
    start_at: datetime | None = None
    """Not before then."""
    webhook: Annotated[str | None, Field(max_length=2000)] = None
    """A URL that is told when it has ended."""
    again: bool = False
    """Make a new run though the same one is waiting or going on."""

    @model_validator(mode="after")
    def _is_about_something(self) -> RunRequest:
        if not (self.media or self.paths or self.folders):
            raise ValueError("no media is named: give media, paths or folders")
        if not (self.tags or self.tag_set or self.describe or self.ask):
            raise ValueError("nothing is asked for: give tags, tag_set, describe or ask")
        return self


class RunsDocument(BaseModel):
    """Part of the list of runs, newest first."""

    items: list[RunView]
    total: int
    exact: bool = True
    """False while `total` of a very long list is some seconds old."""


class MembersDocument(BaseModel):
    """Part of the media of a run."""

    items: list[MemberView]
    total: int
    exact: bool = True


class MemberResult(BaseModel):
    """What was found in one media."""

    member: MemberView
    result: Result | None
    """Null before anything is known of it."""


class ResultsDocument(BaseModel):
    """What was found, media by media."""

    items: list[MemberResult]
    total: int
    exact: bool = True


class SpanView(BaseModel):
    """A stretch over which a tag holds; times are seconds."""

    media: str
    tag: str
    start: float
    end: float
    start_range: tuple[float, float]
    end_range: tuple[float, float]
    confidence: float


class SpansDocument(BaseModel):
    """Part of the spans of a run."""

    items: list[SpanView]
    total: int
    exact: bool = True


class DescriptionView(BaseModel):
    """A text about a stretch; times are seconds."""

    media: str
    start: float
    end: float
    prompt: str
    text: str | None
    """Null where it is unknown."""
    unknown: str | None = None
    """Why."""


class DescriptionsDocument(BaseModel):
    """Part of the texts of a run."""

    items: list[DescriptionView]
    total: int
    exact: bool = True


class AnswerView(BaseModel):
    """One question to a model and what came of it."""

    media: str
    recipe: str
    seq: int
    """Its place in the order in which the run heard its answers."""
    question: str
    times: list[float]
    """Seconds of the frames that were asked about."""
    presence: float | None = None
    """The probability that what was asked for is there."""
    text: str | None = None
    model: str | None = None
    endpoint: str | None = None
    method: str | None = None
    raw: str = ""
    """The reply as it came."""
    latency_s: float | None = None
    shared: bool = False
    """The answer is about another frame, which looks alike."""
    unknown: str | None = None
    """Why there is no answer: `failed`, `unsupported`, `unasked` or `budget`."""
    detail: str = ""


class AnswersDocument(BaseModel):
    """Part of the answers of a run."""

    items: list[AnswerView]
    total: int
    exact: bool = True


class PriorityRequest(BaseModel):
    """Another place in the queue."""

    model_config = ConfigDict(extra="forbid")

    priority: Annotated[int, Field(ge=1, le=LEAST_PRIORITY, examples=[10])]
