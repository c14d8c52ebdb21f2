"""A result as a person reads it in a terminal: bars over time, then the moments."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sightline.cli.bars import Glyphs, bar, ruler
from sightline.exports.result import (
    DescriptionDocument,
    Result,
    RunDocument,
    SpanDocument,
    TagDocument,
    UnknownDocument,
)
from sightline.values import RunState, UnknownReason
from sightline.values.times import format_time

SHOWN = 12
"""Rows of one kind; the rest is in the result file."""

_WIDEST = 110
_WIDEST_NAME = 28
_STYLES = {
    RunState.COMPLETE: "green",
    RunState.PARTIAL: "yellow",
    RunState.INTERRUPTED: "yellow",
    RunState.FAILED: "red",
}


def print_timeline(console: Console, result: Result, *, everything: bool = False) -> None:
    """Print it to the width of the console; of long lists the first rows, or `everything`."""
    _Timeline(console, result, shown=sys.maxsize if everything else SHOWN).print()


class _Timeline:
    def __init__(self, console: Console, result: Result, *, shown: int) -> None:
        self._console = console
        self._result = result
        self._shown = shown
        self._glyphs = Glyphs.of(console.encoding)
        self._is_image = result.media.kind == "image"

    def print(self) -> None:
        self._print_headline()
        if self._is_image:
            self._print_verdicts()
        elif self._result.tags:
            self._print_bars()
            for tag in self._result.tags:
                self._print_spans(tag)
        self._print_unknown()
        for prompt in dict.fromkeys(one.prompt for one in self._result.descriptions):
            self._print_descriptions(prompt)
        for run in self._result.runs:
            self._print_run(run)

    def _print_headline(self) -> None:
        media, state = self._result.media, self._result.state
        facts = [f"{media.width}x{media.height}", media.codec]
        if not self._is_image:
            facts = [format_time(media.duration), *facts, f"{media.frame_count} frames"]
        line = Text.assemble((media.path, "bold"), "  ", (self._listed(facts), "dim"), "  ")
        self._console.print(line.append(state.value, _STYLES.get(state, "")))

    def _print_bars(self) -> None:
        media, tags = self._result.media, self._result.tags
        # Never wider than the screen: a bar whose end is cropped would tell less than the truth.
        longest = max(cell_len(tag.tag) for tag in tags)
        names = min(longest, _WIDEST_NAME, self._console.width // 3)
        width = max(8, min(self._console.width, _WIDEST) - names - 4)
        length_s = media.duration + media.lost
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True, max_width=names)
        grid.add_column(no_wrap=True)
        grid.add_row("", ruler(length_s, width))
        for tag in tags:
            grid.add_row(Text(tag.tag), bar(tag, length_s, width, self._glyphs))
        self._console.print(grid, "")

    def _print_verdicts(self) -> None:
        """An image has no moments: each tag is there, is not, or is unknown."""
        grid = Table.grid(padding=(0, 2))
        for tag in self._result.tags:
            if tag.spans:
                verdict = Text(f"{self._glyphs.solid} {tag.spans[0].confidence:.2f}", "cyan")
            elif tag.unknown:
                verdict = Text(f"{self._glyphs.unknown} not known", "yellow")
            else:
                verdict = Text(f"{self._glyphs.absent} absent", "dim")
            grid.add_row(Text(tag.tag), verdict)
        self._console.print(grid)

    def _print_spans(self, tag: TagDocument) -> None:
        rows = Table.grid(padding=(0, 2))
        for span in tag.spans[: self._shown]:
            rows.add_row(
                Text(f"  {self._when(span)}", no_wrap=True),
                f"{span.confidence:.2f}",
                Text(_doubt(span), "dim"),
            )
        required = tag.required not in {None, "off"}
        if tag.spans or required:
            heading = Text(tag.tag, "bold")
            if required:
                heading.append(f"  required length {tag.required}", "not bold dim")
            self._console.print(heading)
        if tag.spans:
            self._console.print(rows)
            self._print_more(tag.spans)

    def _print_unknown(self) -> None:
        """What tags share is said once; what was not to be asked is no news."""
        news = self._result.state is RunState.INTERRUPTED
        tags_of: dict[UnknownDocument, list[str]] = {}
        for tag in self._result.tags:
            for stretch in tag.unknown:
                if news or stretch.reason is not UnknownReason.UNASKED:
                    tags_of.setdefault(stretch, []).append(tag.tag)
        for stretch, tags in list(tags_of.items())[: self._shown]:
            self._console.print(Text.assemble(f"{', '.join(tags)}: ", self._not_known(stretch)))
        self._print_more(list(tags_of))

    def _print_descriptions(self, prompt: str) -> None:
        told = [one for one in self._result.descriptions if one.prompt == prompt]
        moments = list(_runs_of_same(told))
        rows = Table.grid(padding=(0, 2))
        for one in moments[: self._shown]:
            when = Text(f"  {self._when(one)}", no_wrap=True)
            if one.unknown:
                rows.add_row(when, Text(f"not known: {one.unknown.detail}", "yellow"))
            else:
                cut = (f" {self._glyphs.more} (cut at the token limit)", "dim") if one.cut else ""
                rows.add_row(when, Text.assemble(one.text or "", cut))
        self._console.print(Text(prompt or "descriptions", "bold"))
        self._console.print(rows)
        self._print_more(moments)

    def _print_run(self, run: RunDocument) -> None:
        counted = {
            "asked": run.asked,
            "answered": run.answered,
            "reused": run.reused,
            "shared": run.shared,
            "unsupported": run.unsupported,
            "failed": run.failed,
        }
        told = [f"{n} {name}" for name, n in counted.items() if n or name == "answered"]
        frames, calls = _count(run.frames_sampled, "frame"), _count(run.calls, "call")
        facts = [", ".join(run.endpoints), frames, calls, *told, f"{run.elapsed:.1f} s"]
        self._console.print(Text(f"{run.recipe}: {self._listed(facts)}", "dim"))
        if run.recipe == "tagging" and run.unseen >= 1:
            told = f"events shorter than {run.unseen:.1f} s may be missed; --every sets that"
            self._console.print(Padding(Text(told, "dim"), (0, 0, 0, 2), expand=False))
        if run.audited:
            self._print_audit(run)
        for line in run.note.splitlines():
            self._console.print(Padding(Text(line, "yellow"), (0, 0, 0, 2), expand=False))

    def _print_audit(self, run: RunDocument) -> None:
        """Whether frames that look alike were answered alike."""
        told = (
            f"{run.shared} asks shared answers between frames that look alike; of "
            f"{run.audited} asked all the same, {run.disagreed or 'none'} differed"
        )
        advice = ". --no-sharing asks about every frame" if run.disagreed else ""
        style = "yellow" if run.disagreed else "dim"
        self._console.print(Padding(Text(told + advice, style), (0, 0, 0, 2), expand=False))

    def _print_more(self, rows: Sequence[object]) -> None:
        if (rest := len(rows) - self._shown) > 0:
            more = f"  {self._glyphs.more} and {rest} more: --verbose shows them"
            self._console.print(Text(more, "dim"))

    def _listed(self, facts: Sequence[str]) -> str:
        return f" {self._glyphs.dot} ".join(facts)

    def _when(self, one: SpanDocument | UnknownDocument | DescriptionDocument) -> str:
        """The stretch in words; nothing for an image."""
        if self._is_image:
            return ""
        return f"{format_time(one.start)} {self._glyphs.dash} {format_time(one.end)}"

    def _not_known(self, stretch: UnknownDocument) -> Text:
        when = self._when(stretch)
        return Text(f"not known{' ' if when else ''}{when}: {stretch.detail}", "yellow")


def _runs_of_same(told: Sequence[DescriptionDocument]) -> Iterator[DescriptionDocument]:
    """Neighbours that say the same, as one."""

    def said(one: DescriptionDocument) -> tuple[object, ...]:
        return one.text, one.cut, one.unknown and (one.unknown.reason, one.unknown.detail)

    for _, alike in groupby(told, said):
        group = list(alike)
        yield group[0].model_copy(update={"end": group[-1].end})


def _doubt(span: SpanDocument) -> str:
    """How far the true edges may be from those shown."""
    start = max(span.start - span.start_range[0], span.start_range[1] - span.start)
    end = max(span.end - span.end_range[0], span.end_range[1] - span.end)
    if max(start, end) < 0.05:
        return "exact to the frame"
    if abs(start - end) < 0.05:
        return f"give or take {start:.1f} s"
    edges = (("starts", start), ("ends", end))
    return ", ".join(f"{edge} give or take {s:.1f} s" for edge, s in edges if s >= 0.05)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
