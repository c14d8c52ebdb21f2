"""The `sightline` command: where every command is declared and every error becomes an exit code.

Exit codes: 0 complete, 1 failed, 2 input that cannot be used, 3 partial (some of it is unknown),
130 interrupted. Nothing heavy is imported before a command runs, so that `--help` is quick.
"""

from __future__ import annotations

import gc
import os
import sys
from io import TextIOWrapper
from typing import Annotated

import typer
from rich.console import Console

from sightline.cli import (
    analyze,
    answers,
    endpoints,
    evaluate,
    frames,
    library,
    probe,
    serve,
    tags,
    token,
    tune,
)
from sightline.cli.screen import error_text
from sightline.errors import SightlineError
from sightline.version import __version__

app = typer.Typer(
    name="sightline",
    help="Watch video with vision-language models: exact, honest, never loses work.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(analyze.analyze)
app.command()(probe.probe)
app.command()(frames.frames)
app.command("eval")(evaluate.evaluate)
app.command()(tune.tune)
app.add_typer(tags.app, name="tags")
app.add_typer(endpoints.app, name="endpoints")
app.add_typer(library.app, name="library")
app.add_typer(answers.app, name="answers")
app.command()(serve.serve)
app.command()(serve.worker)
app.add_typer(token.app, name="token")


def _version(wanted: bool) -> None:  # noqa: FBT001  (Typer calls it so)
    if wanted:
        typer.echo(f"sightline {__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    del version


def main() -> None:
    """The console script."""
    _start_lightly()
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a character must not end an analysis.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app()
    except SightlineError as error:
        Console(stderr=True, highlight=False).print(error_text(error), soft_wrap=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output has gone, as with `| head`; there is nobody left to tell.
        sys.stderr.close()
        sys.exit(141)


def _start_lightly() -> None:
    """Spend the start on the work: `benchmarks/startup.py` measures it."""
    # Importing makes 100,000 objects that all stay: to look for garbage after each 700 is vain.
    gc.set_threshold(50_000)
    # numpy would start a thread for each core, for linear algebra that nothing here does.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


if __name__ == "__main__":
    main()
