"""A bar for work that is counted in frames; nothing where there is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from sightline.values.text import plain


@contextmanager
def counting(console: Console, *, shown: bool = True) -> Generator[Callable[[str, int, int], None]]:
    """Gives what is to be told: of which work, how much is done, and of how much."""
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("frames"),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        disable=not (shown and console.is_terminal),
    )
    tasks: dict[str, TaskID] = {}

    def told(work: str, done: int, of: int) -> None:
        if bars.disable:
            return
        if work not in tasks:
            for task in tasks.values():
                bars.update(task, visible=False)
            tasks[work] = bars.add_task(plain(work), total=of)
        bars.update(tasks[work], completed=done)

    with bars:
        yield told
