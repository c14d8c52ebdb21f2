"""True progress on the terminal: counts of work done, drawn from a run's own accounting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from sightline.ports import Recipe
from sightline.values import Accounting

REFRESH_S = 0.1


class _Counts(ProgressColumn):
    """Frames decoded, and what became of the asks."""

    def render(self, task: Task) -> Text:
        counts: Accounting | None = task.fields["accounting"]
        if counts is None:
            return Text(f"{task.completed:.0f} of {task.total or 0:.0f} frames")
        numbers = {
            "frames": counts.frames_decoded,
            "asked": counts.asked,
            "answered": counts.answered,
            "reused": counts.reused,
            "shared": counts.shared,
            "unsupported": counts.unsupported,
            "failed": counts.failed,
        }
        parts = [f"{number} {name}" for name, number in numbers.items() if number]
        speed = f"{task.speed:.1f}/s" if task.speed else ""
        return Text(f"{', '.join(parts)}  {speed}")


class ProgressView:
    """One line for each run, kept up to date while it goes; nothing when not on a terminal."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            _Counts(),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            auto_refresh=False,
            disable=not console.is_terminal,
        )
        self._accounting: Accounting | None = None
        self._measuring: TaskID | None = None

    def measuring(self, done: int, total: int) -> None:
        """Frames are measured before anything is asked."""
        if self._measuring is None:
            self._measuring = self._bars.add_task("looking", total=total, accounting=None)
        self._bars.update(self._measuring, completed=done, total=total)

    def started(self, recipe: Recipe, accounting: Accounting) -> None:
        self._draw()
        if self._measuring is not None:
            self._bars.remove_task(self._measuring)
            self._measuring = None
        self._accounting = accounting
        self._task = self._bars.add_task(
            recipe.name, total=accounting.planned or None, accounting=accounting
        )

    @asynccontextmanager
    async def showing(self) -> AsyncGenerator[None]:
        if self._bars.disable:
            yield
            return
        with self._bars:
            drawing = asyncio.create_task(self._keep_drawing())
            try:
                yield
            finally:
                drawing.cancel()

    async def _keep_drawing(self) -> None:
        while True:
            self._draw()
            await asyncio.sleep(REFRESH_S)

    def _draw(self) -> None:
        if self._accounting and not self._bars.disable:
            self._bars.update(self._task, completed=self._accounting.done, refresh=True)
