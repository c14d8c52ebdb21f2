"""A result as a person reads it in a terminal: bars over time, then the moments."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sightline.exports.result import (
    DescriptionDocument,
    Result,
    SpanDocument,
    TagDocument,
    UnknownDocument,
)
from sightline.values import RunState
from sightline.values.times import format_time

SHOWN = 12
"""Rows of one kind; the rest is in the result file."""

_STYLES = {
    RunState.COMPLETE: "green",
    RunState.PARTIAL: "yellow",
    RunState.INTERRUPTED: "yellow",
    RunState.FAILED: "red",
}


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


def print_timeline(console: Console, result: Result, *, everything: bool = False) -> None:
    """Print it to the width of the console; of long lists the first rows, or `everything`."""
    shown = sys.maxsize if everything else SHOWN
    glyphs = Glyphs.of(console.encoding)
    console.print(_headline(result, glyphs))
    if result.tags:
        console.print(_bars(console, result, glyphs))
        for tag in result.tags:
            _print_spans(console, tag, glyphs, shown)
    _print_descriptions(console, result.descriptions, glyphs, shown)
    for run in result.runs:
        console.print(_accounting(run.model_dump(), glyphs))
        for line in run.note.splitlines():
            console.print(Padding(Text(line, "yellow"), (0, 0, 0, 2)))


def _headline(result: Result, glyphs: Glyphs) -> Text:
    media = result.media
    facts = [
        format_time(media.duration),
        f"{media.width}x{media.height}",
        media.codec,
        f"{media.frame_count} frames",
    ]
    line = Text.assemble((media.path, "bold"), "  ", (f" {glyphs.dot} ".join(facts), "dim"), "  ")
    return line.append(result.state.value, _STYLES.get(result.state, ""))


def _bars(console: Console, result: Result, glyphs: Glyphs) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, max_width=28)
    grid.add_column(no_wrap=True)
    names = max(len(tag.tag) for tag in result.tags)
    width = max(20, min(console.width, 110) - min(names, 28) - 4)
    grid.add_row("", _ruler(result.media.duration, width))
    for tag in result.tags:
        grid.add_row(tag.tag, _bar(tag, result.media.duration, width, glyphs))
    return grid


def _ruler(duration: float, width: int) -> Text:
    """Times at even distances, each above the column that it names."""
    line = ""
    marks = max(1, width // 16)
    for mark in range(marks):
        column = mark * width // marks
        line = line.ljust(column) + format_time(duration * column / width)
    end = format_time(duration)
    return Text(line.ljust(width - len(end)) + end if len(line) < width - len(end) else line, "dim")


def _bar(tag: TagDocument, duration: float, width: int, glyphs: Glyphs) -> Text:
    bar = Text()
    step = duration / width
    for column in range(width):
        start, end = column * step, (column + 1) * step
        if any(_solid(span, start, end) for span in tag.spans):
            bar.append(glyphs.solid, "cyan")
        elif any(s.start_range[0] < end and start < s.end_range[1] for s in tag.spans):
            bar.append(glyphs.soft, "cyan")
        elif any(u.start < end and start < u.end for u in tag.unknown):
            bar.append(glyphs.unknown, "yellow")
        else:
            bar.append(glyphs.absent, "dim")
    return bar


def _solid(span: SpanDocument, start: float, end: float) -> bool:
    return span.start_range[1] < end and start < max(span.end_range[0], span.start_range[1] + 1e-9)


def _print_spans(console: Console, tag: TagDocument, glyphs: Glyphs, shown: int) -> None:
    rows = Table.grid(padding=(0, 2))
    for span in tag.spans[:shown]:
        rows.add_row(
            f"  {_between(span.start, span.end, glyphs)}",
            f"{span.confidence:.2f}",
            Text(_doubt(span), "dim"),
        )
    if tag.spans:
        console.print(Text(tag.tag, "bold"))
        console.print(rows)
        _print_more(console, tag.spans[shown:], glyphs)
    for stretch in tag.unknown[:shown]:
        console.print(_unknown(f"{tag.tag}: ", stretch, glyphs))


def _print_descriptions(
    console: Console,
    descriptions: Sequence[DescriptionDocument],
    glyphs: Glyphs,
    shown: int,
) -> None:
    for prompt, told in _by_prompt(descriptions):
        console.print(Text(prompt or "descriptions", "bold"))
        rows = Table.grid(padding=(0, 2))
        for one in told[:shown]:
            if one.unknown:
                rows.add_row(f"  {format_time(one.start)}", _unknown("", one.unknown, glyphs))
            else:
                cut = Text(f" {glyphs.more} (cut at the token limit)", "dim") if one.cut else ""
                rows.add_row(f"  {format_time(one.start)}", Text.assemble(one.text or "", cut))
        console.print(rows)
        _print_more(console, told[shown:], glyphs)


def _by_prompt(
    descriptions: Sequence[DescriptionDocument],
) -> Iterator[tuple[str, list[DescriptionDocument]]]:
    for prompt in dict.fromkeys(one.prompt for one in descriptions):
        yield prompt, [one for one in descriptions if one.prompt == prompt]


def _print_more(console: Console, rest: Sequence[object], glyphs: Glyphs) -> None:
    if rest:
        console.print(Text(f"  {glyphs.more} and {len(rest)} more: --verbose shows them", "dim"))


def _unknown(before: str, stretch: UnknownDocument, glyphs: Glyphs) -> Text:
    when = _between(stretch.start, stretch.end, glyphs)
    return Text.assemble(before, (f"not known {when}: {stretch.detail}", "yellow"))


def _between(start: float, end: float, glyphs: Glyphs) -> str:
    return f"{format_time(start)} {glyphs.dash} {format_time(end)}"


def _doubt(span: SpanDocument) -> str:
    """How far the true edges may be from those shown."""
    start = max(span.start - span.start_range[0], span.start_range[1] - span.start)
    end = max(span.end - span.end_range[0], span.end_range[1] - span.end)
    return f"starts within {start:.1f} s, ends within {end:.1f} s"


def _accounting(run: dict[str, object], glyphs: Glyphs) -> Text:
    counted = ("asked", "answered", "reused", "unsupported", "failed")
    parts = [
        f"{run['endpoint']}",
        f"{run['frames_sampled']} frames",
        f"{run['calls']} calls",
        *(f"{run[name]} {name}" for name in counted if run[name] or name == "answered"),
        f"{run['elapsed']:.1f} s",
    ]
    return Text(f"{run['recipe']}: " + f" {glyphs.dot} ".join(parts), "dim")
