"""`sightline serve` and `sightline worker`, as they are declared; `cli.serving` does them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[Path | None, typer.Option(help="Where the library is kept.")]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="A PostgreSQL database instead, as in postgresql://user@host/name. Others on this "
        "machine see the command line: a password belongs into SIGHTLINE_DATABASE_URL.",
    ),
]


def serve(
    *,
    listen: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Where to listen; may be repeated. 127.0.0.1:8470 when not said. Beyond this "
            "machine, whoever comes needs a token.",
        ),
    ] = None,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
    worker: Annotated[
        bool,
        typer.Option("--worker/--no-worker", help="Do runs, too. Others must, where it does not."),
    ] = True,
) -> None:
    """Serve the API and do the runs that it is asked for."""
    from sightline.cli import serving  # noqa: PLC0415
    from sightline.wiring import serving as wired  # noqa: PLC0415

    settings, given = serving.settings_of(
        data_dir=data_dir, database_url=database_url, listen=listen
    )
    if not worker:
        serving.refuse_sqlite(settings, "A server without a worker")

    def opening() -> serving.Opening:
        return wired.open_services(settings, worker=worker, command_line=given)

    raise typer.Exit(serving.serve(settings, opening))


def worker(*, database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """Do runs for a server that another process is, on this machine or another."""
    from sightline.cli import serving  # noqa: PLC0415
    from sightline.wiring import serving as wired  # noqa: PLC0415

    settings, given = serving.settings_of(data_dir=data_dir, database_url=database_url)
    serving.refuse_sqlite(settings, "A worker of its own")
    raise typer.Exit(serving.work(lambda: wired.open_worker(settings, command_line=given)))
