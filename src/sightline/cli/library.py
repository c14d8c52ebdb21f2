"""`sightline library`: what is known, and how it is forgotten."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sightline.services.library.catalogue import Library

app = typer.Typer(help="The media that are known.", no_args_is_help=True)

DataDir = Annotated[Path | None, typer.Option(help="Where the library is kept.")]


@app.command("list")
def list_media(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Those that were removed, too: their answers are kept.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Show the media, with where their files were seen."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from sightline.values.text import plain  # noqa: PLC0415
    from sightline.values.times import format_time  # noqa: PLC0415

    async def work(library: Library) -> None:
        known = await library.list()
        items = [item for item in known if item.paths or everything]
        if not known:
            typer.echo("The library is empty. `sightline analyze VIDEO` fills it.")
        elif not items:
            typer.echo("No file is on the list. `sightline library list --all` shows what is kept.")
        if not items:
            return
        table = Table("id", "length", "file", box=None, pad_edge=False, header_style="dim")
        for item in items:
            files = "\n".join(map(str, item.paths)) or f"{item.title} (no file)"
            length = format_time(item.media.duration_s)
            table.add_row(item.media.digest[:12], length, Text(plain(files), overflow="fold"))
        Console(highlight=False).print(table)

    _in_library(data_dir, work)


@app.command("remove")
def remove_media(
    media: Annotated[str, typer.Argument(help="Path, or the beginning of an id.")],
    *,
    erase: Annotated[
        bool, typer.Option("--erase", help="Delete everything derived from it, too.")
    ] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", "-y", help="Erase without asking; needed where nobody can be asked."),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Take a media off the list, with every path it was seen at; its files are never touched.

    Its answers stay, should it come back, unless --erase takes them with it.
    """

    from sightline.values.text import plain  # noqa: PLC0415

    async def work(library: Library) -> None:
        item = await library.find(media)
        title = plain(item.title)
        if not erase:
            await library.forget(item)
            typer.echo(f"Removed {title}. Its answers are kept; --erase deletes them, too.")
            return
        if not yes:
            if not (sys.stdin and sys.stdin.isatty()):
                raise InputError(
                    f"{item.title} was not erased: there is no terminal to ask in. Say --yes."
                )
            typer.confirm(f"Erase every answer about {title}?", abort=True)
        erased = await library.erase(item)
        typer.echo(
            f"Erased {title}: {erased.answers} answers, {erased.runs} runs, "
            f"{erased.findings} findings. Result files written earlier are yours to delete."
        )

    _in_library(data_dir, work)


def _in_library(data_dir: Path | None, work: Callable[[Library], Awaitable[None]]) -> None:
    from sightline import settings, wiring  # noqa: PLC0415

    async def run() -> None:
        async with wiring.open_library(settings.load(data_dir=data_dir)) as library:
            await work(library)

    asyncio.run(run())
