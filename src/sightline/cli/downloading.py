"""A bar for a download that somebody else makes; lines where there is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from sightline.values.text import plain

Told = Callable[[str, int | None, int | None], None]


@contextmanager
def downloading(console: Console, what: str) -> Generator[Told]:
    """Gives what is to be told: what is being done, and of its bytes how many of how many."""
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    task = bars.add_task(plain(what), total=None)
    said = ""

    def told(status: str, completed: int | None, total: int | None) -> None:
        nonlocal said
        bars.update(task, description=plain(status), completed=completed or 0, total=total)
        if bars.disable and status != said:
            console.print(Text(plain(status)), soft_wrap=True)
        said = status

    with bars:
        yield told
