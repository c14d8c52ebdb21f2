"""`sightline tags`, as it is declared; `cli.tagsets` does it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Tag sets: files of tags and their settings.", no_args_is_help=True)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A tag set, or one of a source system.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Read a tag set and show what is in it, and what each tag asks the model."""
    from sightline.cli import tagsets  # noqa: PLC0415

    tagsets.check(file, json=json)


@app.command("import")
def import_set(
    file: Annotated[
        Path,
        typer.Argument(help="A comma list (.txt), Haven's settings (.json, .toml) or a .csv."),
    ],
    *,
    out: Annotated[
        Path | None, typer.Option(help="The tag set to write; else it is printed.")
    ] = None,
) -> None:
    """Turn tag lists and per-tag settings of Haven and its Stash connector into a tag set.

    What cannot be read is an error that names the tag and the setting. `--tag-set` reads such
    files directly, too.
    """
    from sightline.cli import tagsets  # noqa: PLC0415

    tagsets.import_set(file, out)
