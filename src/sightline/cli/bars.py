"""Tracks drawn to scale in a row of characters."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text

from sightline.exports.result import SpanDocument, TagDocument, UnknownDocument
from sightline.values import UnknownReason
from sightline.values.times import format_time

_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
_MARK_COLUMNS = 14
"""At least so many columns from one time on the ruler to the next."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The marks of a bar, which must exist in the console's encoding."""

    solid: str
    soft: str
    unknown: str
    absent: str
    dash: str
    dot: str
    more: str

    @classmethod
    def of(cls, encoding: str) -> Glyphs:
        fine = cls("█", "▒", "╱", "─", "–", "·", "…")
        try:
            f"{fine.solid}{fine.soft}{fine.unknown}{fine.absent}{fine.more}".encode(encoding)
        except (UnicodeEncodeError, LookupError):
            return cls("#", "+", "/", ".", "-", "-", "...")
        return fine


def ruler(length_s: float, width: int) -> Text:
    """Round times, each beginning at the column that it names, as many as fit."""
    step = next((s for s in _STEPS_S if s * width >= length_s * _MARK_COLUMNS), length_s)
    line = ""
    for mark in range(int(length_s / step) + 1):
        label = format_time(mark * step)
        column = int(mark * step * width / length_s)
        if column + len(label) <= width:
            line = line.ljust(column) + label
    return Text(line, "dim")


def bar(tag: TagDocument, length_s: float, width: int, glyphs: Glyphs) -> Text:
    """Solid where the tag is known to hold, soft where it may, hatched where nothing is known."""
    drawn = Text()
    step = length_s / width
    for column in range(width):
        start, end = column * step, (column + 1) * step
        if any(_holds(span, start, end) for span in tag.spans):
            drawn.append(glyphs.solid, "cyan")
        elif any(s.start_range[0] < end and start < s.end_range[1] for s in tag.spans):
            drawn.append(glyphs.soft, "cyan")
        elif any(_hides(stretch, start, end) for stretch in tag.unknown):
            drawn.append(glyphs.unknown, "yellow")
        else:
            drawn.append(glyphs.absent, "dim")
    return drawn


def _holds(span: SpanDocument, start: float, end: float) -> bool:
    """Whether some of the column is surely inside; the shortest of spans has one."""
    return span.start_range[1] < end and start < max(span.end_range[0], span.start_range[1] + 1e-9)


def _hides(stretch: UnknownDocument, start: float, end: float) -> bool:
    """Whether nothing may be shown there: of what nobody asked, only where no moment was."""
    if stretch.reason is UnknownReason.UNASKED:
        return stretch.start <= start and end <= stretch.end
    return stretch.start < end and start < stretch.end
