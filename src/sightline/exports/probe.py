"""What a file holds, as `sightline probe --json` prints it: one document a line.

Version 1. Within a version fields are only ever added. Times are seconds from the first frame,
rounded to the microsecond.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sightline.values import Clock, FrameIndex, Media
from sightline.values.looks import Looks
from sightline.values.pace import Pace, entries_of, pace_of
from sightline.values.text import plain

Seconds = Annotated[float, Field(ge=0, description="Seconds from the first frame.")]
Words = Annotated[str, AfterValidator(plain)]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True)


class RateDocument(_Document):
    """Frames a second; `slowest` and `fastest` leave out the odd interval, 5 % at each end."""

    mean: float
    steady: bool
    slowest: float
    fastest: float
    longest_frame: float = Field(description="Seconds of the longest time that one is shown.")


class KeyframesDocument(_Document):
    """Where decoding can begin."""

    count: int
    usual_distance: float | None = Field(description="Seconds, the median; null for a single one.")
    longest_distance: float | None


class StretchDocument(_Document):
    """[start, end)."""

    start: Seconds
    end: Seconds


class AlikeDocument(_Document):
    """How many frames look different, and so what sharing answers would save."""

    within: float = Field(description="Levels, of 255, by which no part of a picture may differ.")
    frames: int
    different: int = Field(description="Asks for `frames` when those that look alike share one.")
    every: float = Field(description="Seconds between the frames of a usual analysis.")
    every_frames: int
    every_different: int


class LooksDocument(_Document):
    """Measured while decoding every frame."""

    frames: int = Field(description="Frames that could be decoded and were measured.")
    cuts: tuple[Seconds, ...] = Field(description="First frames of a new scene.")
    black: tuple[StretchDocument, ...]
    frozen: tuple[StretchDocument, ...]
    alike: AlikeDocument


class Probe(_Document):
    """One media file."""

    format: Literal["sightline.probe"] = "sightline.probe"
    version: Literal[1] = 1
    path: Words = Field(
        description="As it was given; what JSON or a terminal cannot hold of it as U+FFFD."
    )
    kind: Literal["video", "image", "image_set"]
    digest: Words = Field(description="BLAKE2b-256 of its bytes, hex.")
    size_bytes: int
    duration: Seconds = Field(description="Seconds that can be seen.")
    declared_duration: float | None = Field(description="As the container says; null if not.")
    lost: Seconds = Field(description="Seconds that the container promises and does not hold.")
    starts_at: float = Field(description="The first frame's time on the container's own clock.")
    width: int = Field(description="As shown: rotation and pixel aspect applied.")
    height: int
    container: Words
    codec: Words
    frame_count: int
    frame_rate: RateDocument | None = Field(description="null for a single frame.")
    keyframes: KeyframesDocument
    taken_at: Words | None = Field(description="ISO 8601, as its metadata say; null if not.")
    looks: LooksDocument | None = Field(description="With --signals.")


def to_probe(path: str, media: Media, index: FrameIndex, looks: Looks | None = None) -> Probe:
    """`path` is as the user gave it."""
    clock = media.clock
    pace, entries = pace_of(index, clock), entries_of(index, clock)
    declared = media.declared_end
    return Probe(
        path=os.fsencode(path).decode(errors="replace"),
        kind=media.kind.value,
        digest=media.digest,
        size_bytes=media.size_bytes,
        duration=round(media.duration_s, 6),
        declared_duration=None if declared is None else _second(clock, declared),
        lost=round(media.lost_s, 6),
        starts_at=round(float(clock.start * clock.time_base), 6),
        width=media.width,
        height=media.height,
        container=media.container,
        codec=media.codec,
        frame_count=media.frame_count,
        frame_rate=_rate(pace) if pace else None,
        keyframes=KeyframesDocument(
            count=entries.count,
            usual_distance=entries.usual_s,
            longest_distance=entries.longest_s,
        ),
        taken_at=media.taken_at,
        looks=_looks(looks, clock) if looks else None,
    )


def _second(clock: Clock, pts: int) -> float:
    return round(clock.seconds(pts), 6)


def _rate(pace: Pace) -> RateDocument:
    return RateDocument(
        mean=round(pace.mean, 6),
        steady=pace.steady,
        slowest=round(pace.slowest, 6),
        fastest=round(pace.fastest, 6),
        longest_frame=round(pace.longest_s, 6),
    )


def _looks(looks: Looks, clock: Clock) -> LooksDocument:
    def seconds(stretches: Sequence[tuple[int, int]]) -> tuple[StretchDocument, ...]:
        return tuple(
            StretchDocument(start=_second(clock, start), end=_second(clock, end))
            for start, end in stretches
        )

    return LooksDocument(
        frames=looks.measured,
        cuts=tuple(_second(clock, pts) for pts in looks.cuts),
        black=seconds(looks.black),
        frozen=seconds(looks.frozen),
        alike=AlikeDocument(
            within=looks.alike_within,
            frames=looks.measured,
            different=looks.different,
            every=looks.sampled_every_s,
            every_frames=looks.sampled,
            every_different=looks.sampled_different,
        ),
    )
