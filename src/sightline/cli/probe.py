"""`sightline probe`, as it is declared; `cli.probing` does it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def probe(
    videos: Annotated[
        list[Path],
        typer.Argument(metavar="VIDEO", help="Videos, images or folders of images."),
    ],
    *,
    signals: Annotated[
        bool,
        typer.Option(
            "--signals",
            help="Decode all of it: cuts, black and frozen stretches, frames that look alike.",
        ),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, one line a file.")] = False,
) -> None:
    """Show what a file holds: length, size, frames, keyframes, and what is missing from it."""
    # Here and not above, so that `--help` need not wait for it.
    from sightline.cli import probing  # noqa: PLC0415

    raise typer.Exit(probing.Probing(videos, signals=signals, json=json).run())
