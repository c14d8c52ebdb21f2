"""A result as a person reads it in a terminal: bars over time, then the moments."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

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
from sightline.values import RunState, UnknownReason
from sightline.values.times import format_time

SHOWN = 12
"""Rows of one kind; the rest is in the result file."""

_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
_MARK_COLUMNS = 14
"""At least so many columns from one time on the ruler to the next."""

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
    if result.media.kind == "image":
        console.print(_verdicts(result.tags, glyphs))
    elif result.tags:
        console.print(_bars(console, result, glyphs), "")
        for tag in result.tags:
            _print_spans(console, tag, glyphs, shown)
    _print_unknown(console, result, glyphs, shown)
    _print_descriptions(console, result.descriptions, glyphs, shown)
    for run in result.runs:
        console.print(_accounting(run.model_dump(), glyphs))
        for line in run.note.splitlines():
            console.print(Padding(Text(line, "yellow"), (0, 0, 0, 2), expand=False))


def _headline(result: Result, glyphs: Glyphs) -> Text:
    media = result.media
    facts = [f"{media.width}x{media.height}", media.codec]
    if media.kind == "video":
        facts = [format_time(media.duration), *facts, f"{media.frame_count} frames"]
    line = Text.assemble((media.path, "bold"), "  ", (f" {glyphs.dot} ".join(facts), "dim"), "  ")
    return line.append(result.state.value, _STYLES.get(result.state, ""))


def _bars(console: Console, result: Result, glyphs: Glyphs) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, max_width=28)
    grid.add_column(no_wrap=True)
    names = max(len(tag.tag) for tag in result.tags)
    width = max(20, min(console.width, 110) - min(names, 28) - 4)
    length = result.media.duration + result.media.lost
    grid.add_row("", _ruler(length, width))
    for tag in result.tags:
        grid.add_row(Text(tag.tag), _bar(tag, length, width, glyphs))
    return grid


def _verdicts(tags: Sequence[TagDocument], glyphs: Glyphs) -> Table:
    """An image has no moments: each tag is there, is not, or is unknown."""
    grid = Table.grid(padding=(0, 2))
    for tag in tags:
        if tag.spans:
            verdict = Text(f"{glyphs.solid} {tag.spans[0].confidence:.2f}", "cyan")
        elif tag.unknown:
            verdict = Text(f"{glyphs.unknown} not known", "yellow")
        else:
            verdict = Text(f"{glyphs.absent} absent", "dim")
        grid.add_row(Text(tag.tag), verdict)
    return grid


def _ruler(duration: float, width: int) -> Text:
    """Round times, each beginning at the column that it names, as many as fit."""
    step = next((s for s in _STEPS_S if s * width >= duration * _MARK_COLUMNS), duration)
    line = ""
    for mark in range(int(duration / step) + 1):
        label = format_time(mark * step)
        column = int(mark * step * width / duration)
        if column + len(label) <= width:
            line = line.ljust(column) + label
    return Text(line, "dim")


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
            Text(f"  {_between(span.start, span.end, glyphs)}", no_wrap=True),
            f"{span.confidence:.2f}",
            Text(_doubt(span), "dim"),
        )
    if tag.spans:
        console.print(Text(tag.tag, "bold"))
        console.print(rows)
        _print_more(console, tag.spans[shown:], glyphs)


def _print_unknown(console: Console, result: Result, glyphs: Glyphs, shown: int) -> None:
    """Unknown of several tags for one reason is said once; what was not to be asked, not at all."""
    meant = result.state is RunState.INTERRUPTED
    tags_of: dict[UnknownDocument, list[str]] = {}
    for tag in result.tags:
        for stretch in tag.unknown:
            if meant or stretch.reason is not UnknownReason.UNASKED:
                tags_of.setdefault(stretch, []).append(tag.tag)
    rows = [_unknown(f"{', '.join(tags)}: ", one, glyphs) for one, tags in tags_of.items()]
    for row in rows[:shown]:
        console.print(row)
    _print_more(console, rows[shown:], glyphs)


def _print_descriptions(
    console: Console,
    descriptions: Sequence[DescriptionDocument],
    glyphs: Glyphs,
    shown: int,
) -> None:
    for prompt in dict.fromkeys(one.prompt for one in descriptions):
        told = list(_runs_of_same([one for one in descriptions if one.prompt == prompt]))
        console.print(Text(prompt or "descriptions", "bold"))
        rows = Table.grid(padding=(0, 2))
        for one in told[:shown]:
            when = Text(f"  {_between(one.start, one.end, glyphs)}", no_wrap=True)
            if one.unknown:
                rows.add_row(when, Text(f"not known: {one.unknown.detail}", "yellow"))
            else:
                cut = (f" {glyphs.more} (cut at the token limit)", "dim") if one.cut else ""
                rows.add_row(when, Text.assemble(one.text or "", cut))
        console.print(rows)
        _print_more(console, told[shown:], glyphs)


def _runs_of_same(told: Sequence[DescriptionDocument]) -> Iterator[DescriptionDocument]:
    """Neighbours that say the same, as one."""

    def said(one: DescriptionDocument) -> tuple[object, ...]:
        return one.text, one.cut, one.unknown and (one.unknown.reason, one.unknown.detail)

    for _, alike in groupby(told, said):
        group = list(alike)
        yield group[0].model_copy(update={"end": group[-1].end})


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
    if max(start, end) < 0.05:
        return "exact to the frame"
    if abs(start - end) < 0.05:
        return f"give or take {start:.1f} s"
    edges = [
        f"{name} give or take {s:.1f} s" for name, s in (("starts", start), ("ends", end)) if s
    ]
    return ", ".join(edges)


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
