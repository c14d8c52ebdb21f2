"""What is told of the timeline of a media, and what people say of it. Times are seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sightline.values import Method, Required, UnknownReason
from sightline.values.corrections import Correction
from sightline.values.text import plain

Words = Annotated[str, AfterValidator(plain)]
Second = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class _Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class TimelineRun(_View):
    """A run that something on the timeline comes from: one recipe's work on this media."""

    id: str
    run: str | None
    """The run of the API that it was part of; null for one of the command line."""
    number: int | None
    """That run's number, for people."""
    recipe: Literal["tagging", "describing", "answering"] | str
    state: str
    """`running`, `interrupted`, `complete`, `partial` or `failed`."""
    note: Words
    models: list[Words]
    endpoints: list[Words]
    """Those that answered."""
    began_at: datetime
    ended_at: datetime | None
    frames_sampled: int
    """0 where it is not known: an older version made it."""
    asks_done: int
    asks_planned: int
    answers: int
    """Different ones that it rests on."""
    distrusted: int
    """Of these, those that are not to be used any more: the same run, begun again, asks them
    anew."""


class TimelineSpan(_View):
    """A stretch over which a tag holds."""

    start: float
    end: float
    start_range: tuple[float, float]
    """[earliest, latest] second it can begin."""
    end_range: tuple[float, float]
    confidence: float
    by: Literal["model", "person"] = "model"
    """`person`: its edges are as somebody set them."""
    correction: str | None = None
    """The correction that made or confirmed it."""


class TimelineUnknown(_View):
    """A stretch about which nothing may be concluded."""

    start: float
    end: float
    reason: UnknownReason
    detail: Words


class TimelineTrack(_View):
    """One tag over the whole media. Where it is neither a span nor unknown, it is absent."""

    tag: Words
    category: Words | None
    run: str | None
    """The `id` of the run in `runs` that it comes from; null: only people speak of it."""
    threshold: float
    max_gap: float
    min_length: float
    tuned: bool
    """These three are as somebody set them for this media, and not as the run was asked with."""
    can_tune: bool
    """The answers behind it are known one by one, so that other numbers can be tried."""
    required: Required | None
    spans: list[TimelineSpan]
    unknown: list[TimelineUnknown]


class TimelineDescription(_View):
    """A model's words about [start, end)."""

    start: float
    end: float
    run: str
    prompt: Words
    """Empty for a plain description; else the question that was put."""
    text: Words | None
    """Null exactly when `unknown` says why."""
    cut: bool
    """The model ran into its token limit."""
    frames: list[float]
    unknown: TimelineUnknown | None


class Coverage(_View):
    """Which stretches one run speaks for, each [start, end); what is in none was not asked."""

    run: str
    asked: list[tuple[float, float]]
    shared: list[tuple[float, float]]
    """Answered by the answer about a frame that looks alike."""
    unknown: list[tuple[float, float]]


class CorrectionView(_View):
    """What a person has said of a tag: it is there from `start` to `end`, or it is not."""

    id: str
    tag: Words
    start: float
    end: float
    present: bool
    replaces: Annotated[list[float], Field(min_length=2, max_length=2)] | None
    """The span, as it was, that was corrected: its start and end."""
    note: Words
    by: Words
    """Who, as the server knows them."""
    at: datetime
    origin: str | None
    """The media that it was made on, when it was taken over from another file of the same
    pictures."""

    @classmethod
    def of(cls, said: Correction) -> CorrectionView:
        return cls(
            id=said.id,
            tag=said.tag,
            start=said.start_s,
            end=said.end_s,
            present=said.present,
            replaces=said.replaces and list(said.replaces),
            note=said.note,
            by=said.by,
            at=said.at,
            origin=said.origin,
        )


class TimelineDocument(_View):
    """All that is known of a media, by time: what models answered, and what people said of it."""

    media: str
    duration: float
    live: bool
    """A run is at it: there will be more."""
    runs: list[TimelineRun]
    """The latest first."""
    tracks: list[TimelineTrack]
    descriptions: list[TimelineDescription]
    """Plain ones first, then the answers to questions, each in order of time."""
    coverage: list[Coverage]
    corrections: list[CorrectionView]
    """The latest last; already worked into `tracks`."""


class ReadingRequest(_Wanted):
    """Other numbers to read the answers about a tag by."""

    tag: Annotated[str, Field(min_length=1, max_length=400)]
    threshold: Annotated[float, Field(ge=0, le=1)]
    max_gap: Second = 0.0
    """Spans at most so far apart become one, unless something between them is unknown."""
    min_length: Second = 0.0
    """Shorter ones are left out."""


class TrialDocument(_View):
    """A tag read by other numbers, which nothing keeps."""

    track: TimelineTrack
    points: list[tuple[float, float]]
    """Second and probability of each frame that was asked about."""


class CorrectionRequest(_Wanted):
    """What a person says of a tag."""

    tag: Annotated[str, Field(min_length=1, max_length=400)]
    start: Second
    end: Second
    present: bool = True
    """False: it is not there."""
    replaces: Annotated[list[Second], Field(min_length=2, max_length=2)] | None = None
    """The span that is corrected, as it was, by its start and end: it goes, and what is said here
    stands."""
    note: Annotated[str, Field(max_length=1000)] = ""

    @property
    def replaced(self) -> tuple[float, float] | None:
        """`replaces` as a pair; for JSON Schema a pair would be a list of two schemas."""
        return (self.replaces[0], self.replaces[1]) if self.replaces else None

    @model_validator(mode="after")
    def _has_length(self) -> CorrectionRequest:
        if self.end <= self.start:
            raise ValueError("end must be later than start")
        if self.replaces and self.replaces[1] <= self.replaces[0]:
            raise ValueError("replaces must end later than it starts")
        return self


class CorrectionsDocument(_View):
    """All corrections of a media, the latest last."""

    items: list[CorrectionView]
    total: int
    exact: bool = True


class EvidenceView(_View):
    """One question about one or more frames, and what came of it."""

    seconds: float
    """Of the frame that it is about; of the first, where there are several."""
    frames: list[float]
    run: str
    recipe: str
    tag: Words | None
    """Null where no tag was asked for."""
    question: Words
    """What was asked, in the words of whoever asked."""
    sample: int
    """0 for the first time, 1, 2… for deliberate repeats."""
    probability: float | None
    """That what was asked for is there."""
    text: Words | None
    cut: bool
    unknown: UnknownReason | None
    """Why there is no answer."""
    detail: Words
    shared_from: float | None
    """The second of the frame whose answer it has, because they look alike."""
    model: Words | None
    endpoint: Words | None
    method: Method | None
    raw: Words
    """The reply as it came, which may have answered other questions as well."""
    latency_s: float | None
    tokens_in: int | None
    tokens_out: int | None
    asked_at: datetime | None
    distrusted: bool
    """The answer is not to be used any more: what is shown rests on it until it is asked anew."""


class EvidenceDocument(_View):
    """Part of the evidence, in order of time."""

    items: list[EvidenceView]
    total: int
    exact: bool = True
