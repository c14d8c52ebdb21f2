"""Questions about frames, and what identifies their answers."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, NewType

from sightline.values.media import Media
from sightline.values.pictures import PictureTransform


def canonical_digest(document: object) -> str:
    """SHA-256, in hex, of a JSON document written one way only (sorted keys, no white space)."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # A text from a console or a file name may hold what is not quite Unicode.
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


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
    """Their pts; none for a question about text alone."""
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
    LOGPROB = "logprob"
    """The model's own probability of its yes against its no."""
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


UNASKED = AskFailed(UnknownReason.UNASKED, "not asked")

Outcome = tuple[AskId, Answer | AskFailed]
