"""`sightline eval`, as it is declared; `cli.evaluating` does it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    truth: Annotated[Path, typer.Argument(metavar="TRUTH", help="What is right.")],
    results: Annotated[
        list[Path], typer.Argument(metavar="RESULT...", help="What was found, in files.")
    ],
    *,
    by_tag: Annotated[bool, typer.Option("--by-tag", help="Each tag, too.")] = False,
    step: Annotated[
        str | None,
        typer.Option(help="Length of a frame for frame precision and recall, as in 0.5s."),
    ] = None,
    subset: Annotated[
        str | None, typer.Option(help="Only these of ActivityNet's truth, as in validation.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    to_activitynet: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Also write both sides there in ActivityNet's form."),
    ] = None,
    allow_partial: Annotated[
        bool,
        typer.Option("--allow-partial", help="Write them although some of it is unknown."),
    ] = False,
) -> None:
    """Measure how well results agree with the truth, and what they cost.

    Both are `*.result.json` files of Sightline, several in one as `analyze --json` prints them,
    or ActivityNet's JSON.
    """
    # Here and not above, so that `--help` need not wait for it.
    from sightline.cli import evaluating  # noqa: PLC0415

    command = evaluating.Evaluating(truth, results, step=step, subset=subset)
    raise typer.Exit(
        command.run(
            by_tag=by_tag, json=json, to_activitynet=to_activitynet, allow_partial=allow_partial
        )
    )
