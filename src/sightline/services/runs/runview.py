"""A run as the API, its events and its webhooks tell of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.config import JsonDict

from sightline.errors import InputError
from sightline.services.runs.specs import RunSpec
from sightline.values import Job, JobState, Member, Stage

_EXAMPLE: JsonDict = {
    "id": "0b7f3a52-6f5d-4a4b-9d0e-6a0f6a1c2d3e",
    "number": 12,
    "title": "car, person",
    "source": "api",
    "state": "running",
    "priority": 100,
    "members": 1,
    "note": "",
    "created_at": "2026-11-21T14:00:00Z",
    "progress": {"stage": "asking", "fraction": 0.45, "asks_done": 90, "asks_planned": 200},
}


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, from_attributes=True)


class ProgressView(_View):
    """How far it is, from work that was done."""

    stage: Stage
    fraction: Annotated[float, Field(ge=0, le=1)]
    current: str = ""
    """Title of the media that is being worked on; the first, when there are several."""
    current_fraction: float | None = None
    """How far that one is, 0 to 1; null while none is."""
    members: int = 1
    members_done: int = 0
    asks_planned: int = 0
    asks_done: int = 0
    frames_planned: int = 0
    frames_covered: int = 0
    answered: int = 0
    reused: int = 0
    shared: int = 0
    failed: int = 0
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    rate: float | None = None
    """Asks done per second, of late."""
    eta_s: float | None = None
    """Seconds until it has ended, at this rate."""


class HappeningView(_View):
    """One line of its story."""

    at: datetime
    what: str


class RunView(_View):
    """A run: what was asked for, of one media or many, and how it stands."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str
    number: int
    """Counts up with each run."""
    title: str
    source: str
    """Through which door it came: `api`, `haven`, `node`, `chronicon`."""
    state: JobState
    wish: str | None = None
    """`cancel` or `pause`, until the worker has heard."""
    priority: int
    """1 is the most urgent."""
    members: int
    """How many media it is about."""
    note: str
    """For a person: why it is not complete."""
    created_at: datetime
    start_after: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    progress: ProgressView

    @classmethod
    def of(cls, job: Job) -> Self:
        return cls.model_validate(job)


class RunDetail(RunView):
    """All that is known of a run but what it found."""

    spec: RunSpec | None = None
    """What was asked for; null when another version wrote it."""
    story: tuple[HappeningView, ...] = ()
    """What happened to it, oldest first."""
    worker: str | None = None
    """Who works on it."""
    attempt: int = 0
    """How many have begun to work on it."""
    rescues: int = 0
    """How many of them died."""
    webhook: str | None = None

    @field_validator("spec", mode="before")
    @classmethod
    def _readable(cls, spec: object) -> RunSpec | None:
        try:
            return RunSpec.read(spec)
        except InputError:
            return None


class MemberView(_View):
    """One media of a run."""

    ordinal: int
    title: str
    media: str | None
    """Its id, once it has been read."""
    state: JobState
    note: str
    counts: dict[str, int]
    """Asks and frames, once it has ended."""
    ended_at: datetime | None

    @classmethod
    def of(cls, member: Member) -> MemberView:
        return cls.model_validate(member)
