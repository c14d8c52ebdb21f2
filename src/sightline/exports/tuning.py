"""What `sightline tune --json` prints.

Version 1. Within a version fields are only ever added. Lengths are seconds, or a share of the video
as in "5%"; times are seconds.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sightline.values.text import plain

Words = Annotated[str, AfterValidator(plain)]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True)


class TriedDocument(_Document):
    """Settings of a tag, and how like the corrected spans those are that they lead to."""

    threshold: float
    image_threshold: float | None
    max_gap: float | str
    min_length: float | str
    f1: float = Field(description="One to one at a tIoU of 0.5.")
    found: int
    matched: int
    boundary: float | None = Field(
        description="Mean distance of starts and ends of spans that match; null where none does."
    )


class TunedTagDocument(_Document):
    """One tag; `before` and `after` are equal when nothing does better."""

    tag: Words
    corrected: int = Field(description="Spans in the corrected file.")
    frames: int = Field(description="With an answer.")
    before: TriedDocument
    after: TriedDocument


class TuningDocument(_Document):
    """All tags."""

    format: Literal["sightline.tuning"] = "sightline.tuning"
    version: Literal[1] = 1
    tags: tuple[TunedTagDocument, ...]
    untouched: dict[Words, Words] = Field(description="Tags that stay as they were, and why.")
