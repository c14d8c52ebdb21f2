"""What `sightline tags` does."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sightline.cli.lines import print_line
from sightline.cli.writing import write_whole
from sightline.errors import OutputError
from sightline.services.tags.tagfile import TagEntry, TagSetFile, length_text, to_toml
from sightline.services.tags.tagsets import read_file, unique
from sightline.values.text import plain


def check(file: Path, *, json: bool) -> None:
    """Raises `InputError`, naming the file and the field."""
    tags = read_file(file)
    unique(tags.to_tags(), str(file))
    if json:
        print_line(tags)
        return
    table = Table(
        "tag", "asks for", "category", "threshold", "max gap", "min length", "required",
        box=None, pad_edge=False, header_style="dim",
    )  # fmt: skip
    for entry in tags.tags:
        table.add_row(*_row(entry))
    screen = Console(highlight=False)
    screen.print(table)
    for category in tags.exclusive:
        screen.print(Text(f"{category}: at most one of its tags holds at any moment", "dim"))
    screen.print(Text(f"{len(tags.tags)} tag{'s' * (len(tags.tags) != 1)}", "dim"))


def import_set(file: Path, out: Path | None) -> None:
    """Raises `InputError`, naming the file, the tag and the field."""
    tags = read_file(file)
    unique(tags.to_tags(), str(file))
    if out is None:
        typer.echo(to_toml(tags), nl=False)
        return
    write_set(tags, out)
    notes = Console(stderr=True, highlight=False)
    notes.print(Text(plain(f"Wrote {len(tags.tags)} tags to {out}"), "dim"), soft_wrap=True)


def write_set(tags: TagSetFile, out: Path) -> None:
    """Raises `OutputError`."""
    try:
        write_whole(out, to_toml(tags).encode())
    except OSError as error:
        raise OutputError(
            f"the tag set {out.absolute()} cannot be written: {error.strerror or error}. Name "
            "another file with --out."
        ) from error


def _row(entry: TagEntry) -> tuple[Text, ...]:
    name = f"{entry.name} → {entry.renamed}" if entry.renamed else entry.name
    threshold = f"{entry.threshold:g}"
    if entry.image_threshold is not None:
        threshold += f" (images {entry.image_threshold:g})"
    cells = (
        name,
        "" if entry.wording == entry.name else entry.wording,
        entry.category or "",
        threshold,
        length_text(entry.max_gap),
        length_text(entry.min_length),
        length_text(entry.required_length),
    )
    return tuple(Text(plain(cell), overflow="fold") for cell in cells)
