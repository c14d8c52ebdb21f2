"""The nouns of Sightline: frozen values that every room shares and that import no I/O.

Times are integers, in ticks of the media's own clock (`pts`, as the container wrote them), so
that they are exact, comparable and fit to identify a frame. They become seconds only at the
edges, through `Clock`.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Literal, NewType


def canonical_digest(document: object) -> str:
    """SHA-256, in hex, of a JSON document written one way only (sorted keys, no white space)."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


# ------------------------------------------------------------------------------------ media


@dataclass(frozen=True, slots=True)
class Clock:
    """How the ticks of one media relate to seconds; second 0 is the first frame."""

    time_base: Fraction
    """Seconds in a tick."""
    start: int = 0
    """The pts of the first frame: containers rarely begin at 0."""

    def seconds(self, pts: int) -> float:
        return float((pts - self.start) * self.time_base)

    def pts(self, seconds: float | Fraction) -> int:
        """The last tick at or before this second."""
        return self.start + (Fraction(seconds) / self.time_base).__floor__()

    def ticks(self, seconds: float | Fraction) -> int:
        """A length in ticks, rounded to the nearest."""
        return round(Fraction(seconds) / self.time_base)


class MediaKind(StrEnum):
    VIDEO = "video"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class Media:
    """One video or image, known by its content: a moved or renamed file is the same media."""

    digest: str
    """BLAKE2b-256 of the file's bytes, in hex."""
    kind: MediaKind
    clock: Clock
    end: int
    """The pts just past the last frame that can be read."""
    declared_end: int | None
    """Where the container says it ends. Later than `end` when the file was cut short."""
    width: int
    """Display width in pixels: rotation and pixel aspect applied."""
    height: int
    container: str
    codec: str
    frame_count: int
    size_bytes: int

    @property
    def duration_s(self) -> float:
        """Seconds that can be seen."""
        return self.clock.seconds(self.end)

    @property
    def frame_rate(self) -> float:
        """Mean frames a second."""
        return self.frame_count / self.duration_s if self.duration_s > 0 else 0.0

    @property
    def lost_s(self) -> float:
        """Seconds that the container promises and does not hold; 0.0 for an intact file.

        Containers round and let audio run longer, so less than a second is no loss.
        """
        if self.declared_end is None:
            return 0.0
        missing = float((self.declared_end - self.end) * self.clock.time_base)
        return missing if missing >= 1.0 else 0.0


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """The pts of every frame of a media in the order of presentation, without their pictures."""

    pts: Sequence[int]
    """Strictly increasing; not empty."""
    keyframes: Sequence[int]
    """Those of them at which decoding can begin; increasing."""
    end: int
    """The pts just past the last frame."""

    def __len__(self) -> int:
        return len(self.pts)

    def at(self, pts: int) -> int:
        """The frame on show at this instant: the last one that began; the first one before that."""
        return self.pts[max(0, bisect_right(self.pts, pts) - 1)]

    def after(self, pts: int) -> int:
        """Where the frame at `pts` ends: the next frame's pts, or the end of the media."""
        index = bisect_right(self.pts, pts)
        return self.pts[index] if index < len(self.pts) else self.end

    def holds(self, pts: int) -> bool:
        index = bisect_left(self.pts, pts)
        return index < len(self.pts) and self.pts[index] == pts


@dataclass(frozen=True, slots=True)
class Footage:
    """What a recipe is given to work on: a media, its frames, and the ones chosen to begin with."""

    media: Media
    frames: FrameIndex
    sample: Sequence[int]
    """The pts that the sampling policy chose; increasing, no duplicate, not empty."""


@dataclass(frozen=True, slots=True)
class PictureTransform:
    """How a frame is made into a picture for a model; part of what identifies an answer."""

    longest_side: int = 512
    """Pixels; a smaller frame is never enlarged."""

    @property
    def key(self) -> str:
        return f"fit{self.longest_side}"


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame ready to be sent."""

    pts: int
    jpeg: bytes = field(repr=False)
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class FrameLost:
    """A frame that the index promised and the decoder could not give."""

    pts: int
    detail: str


# ----------------------------------------------------------------------------- asks and answers

AskId = NewType("AskId", int)
"""Unique in one run. A recipe numbers its asks so that the same ask has the same id in every
re-run, whatever the order in which answers arrive."""

AnswerKind = Literal["presence", "text"]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the pictures, apart from how any one endpoint is told to answer."""

    template: str
    version: int
    parameters: tuple[tuple[str, str | int], ...]
    """Sorted by name. For a tag its wording; for a text the prompt and its token limits."""
    expects: AnswerKind

    @property
    def digest(self) -> str:
        return canonical_digest([self.template, self.version, dict(self.parameters)])

    def __getitem__(self, name: str) -> str | int:
        return dict(self.parameters)[name]


@dataclass(frozen=True, slots=True)
class FactKey:
    """What identifies an answer: never the bytes of a JPEG, never the wording that was sent.

    Which model gave it is not part of the key: another model's answer is another fact about the
    same question, and the two can be compared.
    """

    media: str
    frames: tuple[int, ...]
    transform: str
    question: str
    sample: int


@dataclass(frozen=True, slots=True)
class Ask:
    """One question about one frame, or about several in order."""

    id: AskId
    frames: tuple[int, ...]
    question: Question
    transform: PictureTransform = PictureTransform()
    sample: int = 0
    """0 for the first time, 1, 2… for deliberate repeats of the same question."""
    independent: bool = True
    """May travel in one request with other asks about the same frames."""

    def key(self, media: Media) -> FactKey:
        return FactKey(
            media.digest,
            self.frames,
            self.transform.key,
            self.question.digest,
            self.sample,
        )


@dataclass(frozen=True, slots=True)
class Presence:
    """How likely it is that the thing asked for is in the picture, 0.0 to 1.0."""

    probability: float


@dataclass(frozen=True, slots=True)
class Text:
    """Free text; `cut` when the model ran into its token limit."""

    text: str
    cut: bool = False


Value = Presence | Text


class Method(StrEnum):
    """How an answer was got out of the model, and so what its numbers mean."""

    SCHEMA = "schema"
    """The server promised to hold to a JSON schema."""
    PARSED = "parsed"
    """Read from free text."""
    MEASURED = "measured"
    """Computed from the pixels; no model was asked."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call took."""

    tokens_in: int | None = None
    tokens_out: int | None = None
    """None where the endpoint does not say."""


@dataclass(frozen=True, slots=True)
class Call:
    """One exchange with an endpoint, which may have carried many asks."""

    id: str
    endpoint: str
    model: str
    started_at: datetime
    latency_s: float
    usage: Usage
    raw: str = field(repr=False)
    """The reply as it came."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's reply to one ask, read and validated."""

    value: Value
    model: str
    endpoint: str
    method: Method
    parser: int
    """Version of the code that read the reply."""
    call: str
    """Id of the `Call` it came in."""


class UnknownReason(StrEnum):
    """Why something is not known."""

    FAILED = "failed"
    """It was asked, and no endpoint answered; or the frame could not be decoded."""
    UNSUPPORTED = "unsupported"
    """This model cannot answer it."""
    UNASKED = "unasked"
    """It was not reached."""
    BUDGET = "budget"
    """The budget was spent first."""


@dataclass(frozen=True, slots=True)
class AskFailed:
    """An ask that has no answer. It is never data: no 0.0, no error text, no empty list."""

    reason: UnknownReason
    detail: str
    """For a person: which endpoint or file, and what it said."""


Outcome = tuple[AskId, Answer | AskFailed]


# ------------------------------------------------------------------------------------- findings


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch [start, end) over which a tag holds, with how far off each edge may be."""

    start: int
    end: int
    start_earliest: int
    start_latest: int
    end_earliest: int
    end_latest: int
    confidence: float
    """Mean probability of the asked frames inside, 0.0 to 1.0."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A stretch [start, end) about which nothing may be concluded."""

    start: int
    end: int
    reason: UnknownReason
    detail: str


@dataclass(frozen=True, slots=True)
class Track:
    """All that is known so far about one tag over a whole media."""

    tag: str
    spans: tuple[Span, ...]
    unknown: tuple[Unknown, ...]

    @property
    def key(self) -> tuple[str, str]:
        return ("track", self.tag)


@dataclass(frozen=True, slots=True)
class Description:
    """A model's words about a moment or stretch; its text, or why there is none."""

    start: int
    end: int
    frames: tuple[int, ...]
    """The frames that were shown to the model."""
    prompt: str
    text: str | None
    cut: bool = False
    unknown: Unknown | None = None
    """Set exactly when `text` is None."""

    @property
    def key(self) -> tuple[str, str, tuple[int, ...]]:
        return ("description", self.prompt, self.frames)


Finding = Track | Description
"""What a recipe concludes. A later finding replaces the earlier one with the same `key`."""


@dataclass(frozen=True, slots=True)
class Emit:
    """What a recipe says each time it is heard: new asks, and findings ready to be shown."""

    asks: tuple[Ask, ...] = ()
    findings: tuple[Finding, ...] = ()


# ----------------------------------------------------------------------------------------- runs


class RunState(StrEnum):
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    """Stopped by a person; what was answered is kept."""
    COMPLETE = "complete"
    PARTIAL = "partial"
    """Some of it is unknown."""
    FAILED = "failed"
    """Nothing was answered."""

    @property
    def exit_code(self) -> int:
        codes = {RunState.COMPLETE: 0, RunState.PARTIAL: 3, RunState.INTERRUPTED: 130}
        return codes.get(self, 1)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One outcome as a recipe saw it. Replaying a run's entries in order rebuilds its state."""

    seq: int
    """1, 2, 3… within the run."""
    ask: AskId
    outcome: Answer | AskFailed


@dataclass(frozen=True, slots=True)
class Run:
    """One recipe on one media with its parameters."""

    id: str
    media: str
    """Digest of the media."""
    recipe: str
    request: str
    """Digest of all that decides what is asked and of whom; equal for a repeated command."""
    models: tuple[str, ...]
    """The models whose answers it accepts."""
    state: RunState
    attempt: int
    """Counts the processes that have worked on it; an older one's writes are refused."""
