"""What `sightline tune` does: a table of settings before and after, and a tag set."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sightline import settings, wiring
from sightline.cli.lines import print_line
from sightline.cli.tagsets import write_set
from sightline.exports.tuning import TriedDocument, TunedTagDocument, TuningDocument
from sightline.services.tags.tagfile import TagEntry, length_text, written
from sightline.services.tags.tagsets import read_file, unique
from sightline.services.tuning.fitting import Fit
from sightline.services.tuning.tuning import TunedTag, Tuning
from sightline.values.text import plain


def run(
    video: Path,
    corrected: Path | None,
    *,
    tag_set: Path | None,
    out: Path | None,
    json: bool,
    data_dir: Path | None,
) -> None:
    tags = None
    if tag_set is not None:
        tags = read_file(tag_set)
        unique(tags.to_tags(), str(tag_set))

    async def work() -> Tuning:
        async with wiring.open_tuner(settings.load(data_dir=data_dir)) as tuner:
            return await tuner.tune(video, corrected, tags)

    tuning = asyncio.run(work())
    if json:
        print_line(_document(tuning))
    else:
        _print(tuning)
    notes = Console(stderr=True, highlight=False)
    if out is not None:
        write_set(tuning.file, out)
        notes.print(Text(plain(f"Wrote {out}"), "dim"), soft_wrap=True)
    elif not json:
        notes.print(Text("--out FILE writes the tuned tag set.", "dim"), soft_wrap=True)


def _print(tuning: Tuning) -> None:
    screen = Console(highlight=False)
    table = Table(
        "tag", "", "threshold", "max gap", "min length", "spans", "F1", "edges off by",
        box=None, pad_edge=False, header_style="dim",
    )  # fmt: skip
    for tag in tuning.tuned:
        of = f"of {tag.fit_before.corrected}"
        name = Text(plain(tag.before.name), overflow="fold")
        table.add_row(name, "before", *_numbers(tag.before), *_fit(tag.fit_before, of))
        if tag.after == tag.before:
            table.add_row("", "after", Text("as before: nothing does better", "dim"))
        else:
            table.add_row("", "after", *_numbers(tag.after), *_fit(tag.fit_after, of))
    screen.print(table)
    for name, why in tuning.untouched.items():
        screen.print(Text(plain(f"{name} stays as it is: {why}"), "dim"), soft_wrap=True)


def _numbers(entry: TagEntry) -> tuple[str, str, str]:
    threshold = f"{entry.threshold:g}"
    if entry.image_threshold is not None:
        threshold += f" (images {entry.image_threshold:g})"
    return threshold, length_text(entry.max_gap), length_text(entry.min_length)


def _fit(fit: Fit, of: str) -> tuple[str, str, str]:
    off = "-" if fit.boundary_s is None else f"{fit.boundary_s:.2f} s"
    return f"{fit.found}, {fit.matched} {of}", f"{fit.f1:.2f}", off


def _document(tuning: Tuning) -> TuningDocument:
    return TuningDocument(
        tags=tuple(map(_tag_document, tuning.tuned)), untouched=dict(tuning.untouched)
    )


def _tag_document(tag: TunedTag) -> TunedTagDocument:
    return TunedTagDocument(
        tag=tag.before.name,
        corrected=tag.fit_before.corrected,
        frames=tag.frames,
        before=_tried(tag.before, tag.fit_before),
        after=_tried(tag.after, tag.fit_after),
    )


def _tried(entry: TagEntry, fit: Fit) -> TriedDocument:
    return TriedDocument(
        threshold=entry.threshold,
        image_threshold=entry.image_threshold,
        max_gap=written(entry.max_gap),
        min_length=written(entry.min_length),
        f1=round(fit.f1, 6),
        found=fit.found,
        matched=fit.matched,
        boundary=None if fit.boundary_s is None else round(fit.boundary_s, 6),
    )
