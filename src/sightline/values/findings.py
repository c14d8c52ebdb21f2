"""What recipes conclude from answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sightline.values.asks import Ask, UnknownReason


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
    """Mean probability of the asked frames at which the tag was seen, 0.0 to 1.0."""
    correction: str | None = None
    """Id of the `values.Correction` that made it; None where answers did."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A stretch [start, end) about which nothing may be concluded."""

    start: int
    end: int
    reason: UnknownReason
    detail: str


Required = Literal["met", "not met", "undecided", "off"]
"""Whether a tag is seen for as long as is required before a media as a whole gets it: undecided
while unknown time could still make it, off where it is not to get it however long that is."""


@dataclass(frozen=True, slots=True)
class Track:
    """All that is known so far about one tag over a whole media."""

    tag: str
    spans: tuple[Span, ...]
    unknown: tuple[Unknown, ...]
    category: str | None = None
    threshold: float | None = None
    """The probability from which on a frame was taken to show the tag; None: not told."""
    required: Required | None = None
    """None: no length is required."""
    markers: bool = True
    """False: its author wants no markers made of its spans."""

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
    def key(self) -> tuple[str, str, int]:
        return ("description", self.prompt, self.start)


Finding = Track | Description
"""What a recipe concludes. A later finding replaces the earlier one with the same `key`."""


@dataclass(frozen=True, slots=True)
class Emit:
    """What a recipe says each time it is heard: new asks, and findings ready to be shown."""

    asks: tuple[Ask, ...] = ()
    findings: tuple[Finding, ...] = ()
