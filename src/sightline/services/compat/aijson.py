"""Haven's `<video>.AI.json`, read and written beside the video."""

from __future__ import annotations

import json
import logging
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from sightline.exports.haven import to_ai_json
from sightline.exports.result import to_result
from sightline.store.haven import MOST_FOUND, HavenMark
from sightline.values import Analysis, Media, RunReport, Track
from sightline.values.text import plain_line

log = logging.getLogger(__name__)

SUFFIX = ".AI.json"
_MOST_BYTES = 64 << 20

_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Frame(BaseModel):
    start: _Seconds
    end: _Seconds | None = None
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0


class _Tag(BaseModel):
    time_frames: list[_Frame] = Field(default_factory=list[_Frame])


class _Document(BaseModel):
    """The keys that matter; there may be others."""

    tags: dict[str, _Tag]


def beside(video: Path) -> Path:
    return video.with_name(video.name + SUFFIX)


def read(path: Path) -> tuple[HavenMark, ...] | None:
    """The moments in it; None, and a line in the log, when it cannot be read as one."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES)  # what is cut off here is no JSON any more
        document = _Document.model_validate(json.loads(content.decode("utf-8-sig")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        why = f"{error.error_count()} fields" if isinstance(error, ValidationError) else error
        log.warning("%s is not imported, as it cannot be read: %s", path, why)
        return None
    found = (
        HavenMark(plain_line(tag), frame.start, frame.end, frame.confidence)
        for tag, told in document.tags.items()
        for frame in told.time_frames
    )
    return tuple(islice(found, MOST_FOUND))


def marks_of(media: Media, reports: Sequence[RunReport]) -> tuple[HavenMark, ...]:
    """What runs found, as Haven's moments."""
    clock = media.clock
    return tuple(
        HavenMark(
            plain_line(finding.tag),
            round(clock.seconds(span.start), 6),
            round(clock.seconds(span.end), 6),
            round(span.confidence, 6),
        )
        for report in reports
        for finding in report.conclusion.findings
        if isinstance(finding, Track)
        for span in finding.spans
    )


def write(video: Path, media: Media, reports: Sequence[RunReport]) -> None:
    """All of it or nothing: a reader never sees half a file. Raises `OSError`."""
    text = to_ai_json(to_result(Analysis(media, str(video), tuple(reports))))
    new = video.with_name(f".sightline-{secrets.token_hex(8)}.part")
    try:
        with new.open("xb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        new.replace(beside(video))
    finally:
        with suppress(OSError):
            new.unlink()
