"""Jobs: what somebody asked for, of one media or many, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sightline.values.runs import RunState

USUAL_PRIORITY = 100
"""1 is the most urgent; the same priority goes by age."""
LEAST_PRIORITY = 1000


class JobState(StrEnum):
    """A job waits, is worked on, or has ended."""

    QUEUED = "queued"
    """Waits for a worker, or for its time to come."""
    RUNNING = "running"
    PAUSED = "paused"
    """By a person; `resume` queues it again and it goes on where it stopped."""
    COMPLETE = "complete"
    PARTIAL = "partial"
    """Some of it is unknown."""
    FAILED = "failed"
    """Nothing came of it."""
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in _ENDED

    @classmethod
    def of(cls, state: RunState) -> JobState:
        """That of a job whose one run ended so."""
        return _OF_RUNS[state]


_ENDED = frozenset({JobState.COMPLETE, JobState.PARTIAL, JobState.FAILED, JobState.CANCELLED})
_OF_RUNS = {
    RunState.RUNNING: JobState.RUNNING,
    RunState.INTERRUPTED: JobState.CANCELLED,
    RunState.COMPLETE: JobState.COMPLETE,
    RunState.PARTIAL: JobState.PARTIAL,
    RunState.FAILED: JobState.FAILED,
}


class Wish(StrEnum):
    """What a person wants a worker to do with a job that it is working on."""

    CANCEL = "cancel"
    PAUSE = "pause"


class Stage(StrEnum):
    """What a job is doing now."""

    WAITING = "waiting"
    READING = "reading"
    """The file is probed."""
    MEASURING = "measuring"
    """Frames are measured, before any is asked about."""
    ASKING = "asking"
    ENDED = "ended"


_ALMOST = 0.999999
"""All is answered, and what came of it still to be kept."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is, from work that was done."""

    stage: Stage = Stage.WAITING
    current: str = ""
    """Title of the media that is being worked on; the first, when there are several."""
    current_fraction: float | None = None
    """How far that one is, 0.0 to 1.0; None while none is."""
    members: int = 1
    members_done: int = 0
    under_way: float = 0.0
    """Sum of the parts done of the members that are begun, each 0.0 to 1.0. As plans grow or a
    job is taken up again, no part falls."""
    asks_planned: int = 0
    """Of the media begun so far; may grow while edges are searched for."""
    asks_done: int = 0
    frames_planned: int = 0
    frames_covered: int = 0
    """Frames of which every ask so far has its outcome, shared answers included."""
    answered: int = 0
    reused: int = 0
    shared: int = 0
    failed: int = 0
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    rate: float | None = None
    """Asks done per second, of late; None before it is known."""
    eta_s: float | None = None
    """Seconds until it will have ended, at this rate; None while that cannot be told."""

    @property
    def fraction(self) -> float:
        """0.0 to 1.0, and 1.0 only once every member has ended; the same wherever it is told.

        Of what was stopped, how far it had come.
        """
        if self.members_done >= self.members:
            return 1.0
        come = (self.members_done + self.under_way) / self.members
        return min(round(come, 6), _ALMOST)


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a job's story."""

    at: datetime
    what: str
    """For a person."""


@dataclass(frozen=True, slots=True)
class Job:
    """One request for analysis, as it stands."""

    id: str
    number: int
    """Counts up with each job."""
    title: str
    source: str
    """The door through which it came: `api`, `haven`, `node`, `chronicon`."""
    spec: Mapping[str, object]
    """What was asked for, as `services.runs.specs.RunSpec` reads it."""
    state: JobState
    priority: int
    members: int
    progress: Progress
    note: str
    """For a person: why it is not complete; empty when it is."""
    story: tuple[Happening, ...]
    created_at: datetime
    start_after: datetime | None = None
    started_at: datetime | None = None
    """When the present attempt began."""
    ended_at: datetime | None = None
    wish: Wish | None = None
    attempt: int = 0
    rescues: int = 0
    worker: str | None = None
    webhook: str | None = None
    turn: int = 1


@dataclass(frozen=True, slots=True)
class Member:
    """One media of a job."""

    ordinal: int
    path: Path
    title: str
    media: str | None = None
    """Digest, once it has been read."""
    state: JobState = JobState.QUEUED
    note: str = ""
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    """`values.Accounting` of its runs together, once it has ended."""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's right to work on a job: good until a later attempt begins."""

    job: Job
    attempt: int
    worker: str


@dataclass(frozen=True, slots=True)
class JobEvent:
    """Something changed that a listener may want to know."""

    id: int
    """Grows with each event of the installation."""
    at: datetime
    kind: str
    """`run` (its state changed or it moved on), `findings`, `media`, `endpoint`, `settings`."""
    job: str | None
    data: Mapping[str, object]
