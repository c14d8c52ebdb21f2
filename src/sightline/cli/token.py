"""`sightline token`: who may come in from elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sightline.cli.serve import DatabaseUrl, DataDir

if TYPE_CHECKING:
    from sightline.services.server.access import Access

app = typer.Typer(help="Tokens, with which others may use this server.", no_args_is_help=True)

_LONGEST_DAYS = 36_500


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for, as in tablet.")],
    *,
    scope: Annotated[
        Literal["read", "operate", "admin"],
        typer.Option(help="read: look and listen; operate: start runs; admin: settings, too."),
    ] = "operate",
    days: Annotated[
        float | None, typer.Option(min=0.001, max=_LONGEST_DAYS, help="How long it is good for.")
    ] = None,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Make a token, and show it this once."""

    async def work(access: Access) -> None:
        from sightline.services.server.access import Scope  # noqa: PLC0415

        ends = None if days is None else datetime.now(UTC) + timedelta(days=days)
        token, record = await access.create(name, Scope(scope), expires_at=ends)
        typer.echo(token)
        typer.echo(f"This is shown once. Its id is {record.id}; it may {_MAY[scope]}.", err=True)

    _with_access(work, database_url=database_url, data_dir=data_dir)


@app.command("list")
def list_tokens(*, database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """Show which tokens there are, and when each was last used."""

    async def work(access: Access) -> None:
        from rich.console import Console  # noqa: PLC0415
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        from sightline.values.text import plain_line  # noqa: PLC0415

        tokens = await access.list()
        if not tokens:
            typer.echo("There is none. `sightline token create NAME` makes one.")
            return
        columns = ("id", "name", "scope", "made", "last used", "ends")
        table = Table(*columns, box=None, pad_edge=False, header_style="dim")
        for one in tokens:
            times = (_day(one.created_at), _day(one.used_at), _day(one.expires_at))
            table.add_row(one.id, Text(plain_line(one.name)), one.scope, *times)
        Console(highlight=False).print(table)

    _with_access(work, database_url=database_url, data_dir=data_dir)


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")],
    *,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """End a token and every session made from it; servers that run heed it within 10 s."""

    async def work(access: Access) -> None:
        await access.revoke(token)
        typer.echo(f"Token {token} is revoked.")

    _with_access(work, database_url=database_url, data_dir=data_dir)


_MAY = {
    "read": "look and listen",
    "operate": "look, and start and stop runs",
    "admin": "do everything",
}


def _day(at: datetime | None) -> str:
    return "never" if at is None else at.strftime("%Y-%m-%d %H:%M")


def _with_access(
    work: Callable[[Access], Awaitable[None]], *, database_url: str | None, data_dir: object
) -> None:
    from sightline import settings, wiring  # noqa: PLC0415

    async def run() -> None:
        loaded = settings.load(data_dir=data_dir, database_url=database_url)
        async with wiring.open_access(loaded) as access:
            await work(access)

    asyncio.run(run())
