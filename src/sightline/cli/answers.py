"""`sightline answers`: which of the answers that are kept are used."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The answers that are kept.", no_args_is_help=True)


@app.command()
def distrust(
    *,
    endpoint: Annotated[str, typer.Option(help="Whose answers.")],
    since: Annotated[
        str, typer.Option(help="From when on: 2026-05-01, 2026-05-01T14:30, or a span: 2h, 3d.")
    ],
    until: Annotated[str | None, typer.Option(help="Before when; else up to now.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Use them again.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only count them, and change nothing.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Where the library is kept.")] = None,
) -> None:
    """Use no answer any more that an endpoint gave in a stretch of time; nothing is deleted.

    The next run asks again what they told. What was concluded from them stays until then.
    """
    from sightline import settings, wiring  # noqa: PLC0415
    from sightline.cli.distrusting import Stretch, tell  # noqa: PLC0415

    stretch = Stretch.of(endpoint, since, until)
    loaded = settings.load(data_dir=data_dir)

    async def work() -> int:
        async with wiring.open_endpoints(loaded) as endpoints:
            return await endpoints.distrust(
                stretch.endpoint,
                since=stretch.since,
                until=stretch.until,
                undo=undo,
                dry_run=dry_run,
            )

    count = asyncio.run(work())
    tell(stretch, count, undo=undo, dry_run=dry_run, json=json, known=tuple(loaded.endpoints))
