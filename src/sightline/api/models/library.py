"""What the library tells of each media beside the media itself, and of all of them together."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sightline.values.text import plain

Words = Annotated[str, AfterValidator(plain)]


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class StandingState(StrEnum):
    """How a media stands: by its latest run, or that it never had one."""

    NEW = "new"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TagShare(_View):
    """A tag that was found, and how much of the media has it."""

    tag: Words
    seconds: float
    spans: int


class CoverageShares(_View):
    """Parts of the media, 0 to 1, that the latest answers speak for; what is left was not asked."""

    asked: float
    shared: float
    """By the answer about a frame that looks alike."""
    unknown: float
    """Asked in vain, whatever the reason."""


class StandingView(_View):
    """How a media stands."""

    state: StandingState
    run: str | None
    """The latest run, by its id; null when there is none, or a command line did it."""
    fraction: float | None
    """0 to 1, while a run of this media alone goes on; of one of many, null."""
    note: Words
    """Why it is not complete."""
    tags: list[TagShare]
    """The twelve that take most of it, those first."""
    tags_total: int
    texts: int
    """Descriptions and answers."""
    corrections: int
    coverage: CoverageShares | None
    """Null before anything was asked."""


class TagCount(_View):
    """A tag that was found somewhere."""

    tag: Words
    media: int
    """In how many."""


class TagCounts(_View):
    """All tags that were found, most frequent first."""

    items: list[TagCount]
    total: int
    exact: bool = True


class BulkRequest(BaseModel):
    """Several media."""

    model_config = ConfigDict(extra="forbid")

    media: list[str] = Field(min_length=1, max_length=1000)
