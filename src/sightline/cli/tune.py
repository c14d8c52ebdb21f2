"""`sightline tune`, as it is declared; `cli.tuning` does it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def tune(
    video: Annotated[Path, typer.Argument(metavar="VIDEO", help="One that was analyzed.")],
    *,
    corrected: Annotated[
        Path | None,
        typer.Option(
            help="Its spans as they should be: a *.result.json or ActivityNet's JSON; "
            "else as people corrected them in the library."
        ),
    ] = None,
    tag_set: Annotated[
        Path | None,
        typer.Option(help="The tags it was analyzed with; else those that were corrected."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the tuned tag set here, as TOML.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Where the library is kept.")] = None,
) -> None:
    """Find the threshold, gap and minimum length of tags that reproduce corrected spans.

    Nothing is asked: the answers that are kept are read anew.
    """
    # Here and not above, so that `--help` need not wait for it.
    from sightline.cli import tuning  # noqa: PLC0415

    tuning.run(video, corrected, tag_set=tag_set, out=out, json=json, data_dir=data_dir)
