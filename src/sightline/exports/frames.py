"""What `sightline frames --json` prints: a line for each picture, or one for a contact sheet.

Version 1. Within a version fields are only ever added. Times are seconds from the first frame,
rounded to the microsecond.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sightline.values import Clock, FrameLost, Picture
from sightline.values.text import plain

Words = Annotated[str, AfterValidator(plain)]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True)


class FrameDocument(_Document):
    """One frame that was wanted."""

    format: Literal["sightline.frame"] = "sightline.frame"
    version: Literal[1] = 1
    time: float = Field(description="Seconds from the first frame.")
    pts: int = Field(description="The same in ticks, as the container has it.")
    file: Words | None = Field(description="null exactly when `lost` says why.")
    width: int | None
    height: int | None
    bytes: int | None
    lost: Words | None


class SheetDocument(_Document):
    """A contact sheet."""

    format: Literal["sightline.sheet"] = "sightline.sheet"
    version: Literal[1] = 1
    file: Words
    width: int
    height: int
    bytes: int
    times: tuple[float, ...] = Field(description="Of its tiles, row by row: seconds.")
    lost: tuple[float, ...] = Field(description="Those of them that are empty.")
    left_out: int = Field(description="Frames that were chosen and for which there was no room.")


def to_frame(clock: Clock, item: Picture | FrameLost, file: str | None) -> FrameDocument:
    picture = item if isinstance(item, Picture) else None
    return FrameDocument(
        time=second(clock, item.pts),
        pts=item.pts,
        file=file,
        width=picture and picture.width,
        height=picture and picture.height,
        bytes=picture and len(picture.jpeg),
        lost=item.detail if isinstance(item, FrameLost) else None,
    )


def second(clock: Clock, pts: int) -> float:
    return round(clock.seconds(pts), 6)
