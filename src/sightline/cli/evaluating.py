"""What `sightline eval` does: files in, measures for a person or a program out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sightline.cli.bars import Glyphs
from sightline.cli.lines import print_line
from sightline.cli.writing import try_folder, write_whole
from sightline.errors import InputError, OutputError
from sightline.evaluation import (
    SEGMENTAL_OVERLAPS,
    SPAN_TIOUS,
    Measures,
    Scores,
    VideoSpans,
    evaluate,
)
from sightline.exports.activitynet import says_unknown, to_annotations, to_detections
from sightline.exports.scores import to_scores
from sightline.services.tuning.evaluation import read_both
from sightline.values import RunState
from sightline.values.text import plain, plain_line
from sightline.values.times import parse_time

_NAMED = 5
"""Videos or tags that a note lists; --json tells all."""
_AP_SHOWN = {"0.5": 0, "0.75": 5, "0.95": 9}
"""Where they are among the ten of ActivityNet."""

Row = tuple[str, Callable[[Measures], str]]


class Evaluating:
    """One use of `sightline eval`."""

    def __init__(
        self, truth: Path, results: Sequence[Path], *, step: str | None, subset: str | None
    ) -> None:
        """Raises `InputError` for a step that is none."""
        self._truth = truth
        self._results = results
        self._subset = subset
        self._step_s = None if step is None else float(parse_time(step))
        if self._step_s == 0:
            raise InputError("--step 0 is no length of time: give one such as 0.5s")
        self._screen = Console(highlight=False)
        self._notes = Console(stderr=True, highlight=False)

    def run(
        self, *, by_tag: bool, json: bool, to_activitynet: Path | None, allow_partial: bool
    ) -> int:
        """The exit code: that of a result, partial when some of it is unknown."""
        compared = read_both(self._truth, self._results, subset=self._subset)
        scores = evaluate(compared.truths, compared.results, step_s=self._step_s)
        if json:
            print_line(to_scores(scores, self._step_s))
        else:
            print_scores(self._screen, scores, by_tag=by_tag)
        self._say(compared.note, *_left_out(scores))
        if to_activitynet:
            wanted = [tag.tag for tag in scores.tags]
            results = [result.about(wanted) for result in compared.results]
            partial = scores.coverage != 1 or says_unknown(results)
            self._say(
                *write_activitynet(
                    to_activitynet,
                    (compared.truths, results),
                    partial=(says_unknown(compared.truths), partial),
                    allow_partial=allow_partial,
                )
            )
        return _state(scores).exit_code

    def _say(self, *lines: str) -> None:
        for line in filter(None, lines):
            self._notes.print(Text(plain(line), "dim"), soft_wrap=True)


def write_activitynet(
    folder: Path,
    sides: tuple[Sequence[VideoSpans], Sequence[VideoSpans]],
    *,
    partial: tuple[bool, bool],
    allow_partial: bool,
) -> Iterator[str]:
    """Truth and result as ActivityNet's own evaluation reads them. Raises `OutputError`.

    `partial`: whether part of each is unknown. What is told is for a person.
    """
    try:
        try_folder(folder)
        for name, videos, unknown, write in (
            ("activitynet-truth.json", sides[0], partial[0], to_annotations),
            ("activitynet-results.json", sides[1], partial[1], to_detections),
        ):
            path = folder / name
            if unknown and not allow_partial:
                yield (
                    f"{path} was not written: part of it is unknown, and other readers of that "
                    "format would take it for absent. Write it all the same with --allow-partial."
                )
                continue
            write_whole(path, write(videos).encode())
            yield f"Wrote {path}"
    except OSError as error:
        raise OutputError(
            f"{folder.absolute()} cannot be written to: {error.strerror or error}. Name another "
            "folder with --to-activitynet"
        ) from error


def print_scores(console: Console, scores: Scores, *, by_tag: bool) -> None:
    """Measures over all time and, where they differ, over known time."""
    glyphs = Glyphs.of(console.encoding)
    console.print(Text(_headline(scores)), soft_wrap=True)
    columns = {"all time": scores.everything}
    if scores.coverage != 1:
        columns["known time"] = scores.known
    table = Table("", box=None, pad_edge=False, header_style="dim")
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    for name, told in _rows(glyphs):
        table.add_row(name, *(told(measures) for measures in columns.values()))
    console.print(table)
    if spent := scores.spent:
        reused = f", {spent.reused:,} answers used again" if spent.reused else ""
        console.print(f"{spent.calls:,} calls for {spent.asked:,} asks{reused}")
    if by_tag:
        console.print()
        console.print(_tags(scores, glyphs))


def _headline(scores: Scores) -> str:
    videos, tags = len(scores.videos), len(scores.tags)
    known = "all" if scores.coverage == 1 else _percent(scores.coverage)
    return (
        f"{videos:,} video{'s' * (videos != 1)}, {tags:,} tag{'s' * (tags != 1)}; "
        f"{known} of the time is known"
    )


def _rows(glyphs: Glyphs) -> Iterator[Row]:
    def number(value: float | None) -> str:
        return glyphs.dash if value is None else f"{value:.3f}"

    def at(values: Sequence[float | None] | None, index: int) -> str:
        return number(values[index] if values else None)

    yield f"mAP, tIoU 0.5{glyphs.dash}0.95", lambda m: number(m.mean_ap)
    for name, index in _AP_SHOWN.items():
        yield f"  at {name}", lambda m, i=index: at(m.ap, i)
    for index, least in enumerate(SPAN_TIOUS):
        yield f"span F1 at tIoU {least:g}", lambda m, i=index: at(m.span_f1, i)
    for index, least in enumerate(SEGMENTAL_OVERLAPS):
        yield f"segmental F1@{least * 100:.0f}", lambda m, i=index: at(m.segmental_f1, i)
    yield "frame precision", lambda m: number(m.frame_precision)
    yield "frame recall", lambda m: number(m.frame_recall)
    yield "boundary error, median", lambda m: _error(m, glyphs, late=False)
    yield "boundary error, p95", lambda m: _error(m, glyphs, late=True)
    yield "spans in the truth", lambda m: f"{m.truth_spans:,}"
    yield "spans found", lambda m: f"{m.found_spans:,}"


def _error(measures: Measures, glyphs: Glyphs, *, late: bool) -> str:
    boundary = measures.boundary
    if boundary is None:
        return glyphs.dash
    seconds = boundary.p95_s if late else boundary.p50_s
    frames = boundary.p95_frames if late else boundary.p50_frames
    return f"{seconds:.3f} s" + ("" if frames is None else f", {frames:.1f} frames")


def _tags(scores: Scores, glyphs: Glyphs) -> Table:
    """Over all time, one row a tag, with the share that is known."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("tag", overflow="fold", min_width=10)
    for name in ("spans", "found", "mAP", "F1@.5", "prec.", "recall", "p95", "known"):
        table.add_column(name, justify="right", no_wrap=True)
    for tag in scores.tags:
        of = tag.everything
        shares = (of.mean_ap, of.span_f1[0], of.frame_precision, of.frame_recall)
        table.add_row(
            Text(plain_line(tag.tag)),
            f"{of.truth_spans:,}",
            f"{of.found_spans:,}",
            *(glyphs.dash if share is None else f"{share:.3f}" for share in shares),
            f"{of.boundary.p95_s:.2f} s" if of.boundary else glyphs.dash,
            _percent(tag.coverage),
        )
    return table


def _percent(share: float | None) -> str:
    """Never all of it when it is not."""
    if share is None:
        return "none"
    text = f"{share:.1%}"
    if share < 1 and text == "100.0%":
        text = "99.9%"
    return text.removesuffix("%").removesuffix(".0") + " %"


def _left_out(scores: Scores) -> Iterator[str]:
    for what, names in (
        ("In the truth and not in the result, so unknown", scores.missing_videos),
        ("Not in the truth, so left out: videos", scores.left_out_videos),
        ("Not in the truth, so left out: tags", scores.left_out_tags),
    ):
        if names:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            yield f"{what}: {', '.join(names[:_NAMED])}{more}"


def _state(scores: Scores) -> RunState:
    if scores.coverage == 1:
        return RunState.COMPLETE
    return RunState.PARTIAL if scores.coverage else RunState.FAILED
