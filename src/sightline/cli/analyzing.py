"""What `sightline analyze` does: videos in, timelines and files out, and a clean stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.text import Text

from sightline import settings, wiring
from sightline.cli.lines import print_line
from sightline.cli.output import ResultFiles
from sightline.cli.progress import ProgressView
from sightline.cli.screen import error_text
from sightline.cli.timeline import print_timeline
from sightline.errors import InputError, RunTaken, Stopped
from sightline.exports.result import Result, to_result
from sightline.recipes.tags import Tag
from sightline.services.runs.analysis import Analyst, Watch
from sightline.services.runs.requests import (
    AnalysisRequest,
    budget_of,
    policy_of,
    precision_of,
)
from sightline.services.tags.tagsets import parse_tags, read_tag_set, unique
from sightline.settings import Settings
from sightline.values import Reach, RunState
from sightline.values.text import plain

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
INTERRUPTED = RunState.INTERRUPTED.exit_code
_WORST_FIRST = (INTERRUPTED, 1, 2, 3)

__all__ = [
    "AnalysisRequest",
    "Analyzing",
    "ResultFiles",
    "budget_of",
    "policy_of",
    "precision_of",
    "tags_of",
]


def tags_of(listed: str | None, file: Path | None) -> tuple[Tag, ...]:
    tags = parse_tags(listed) if listed is not None else ()
    if file is not None:
        tags += read_tag_set(file)
    return unique(tags, "--tags with --tag-set") if tags else ()


class Analyzing:
    """One use of `sightline analyze`, for all its videos."""

    def __init__(
        self,
        videos: Sequence[Path],
        request: AnalysisRequest,
        files: ResultFiles,
        *,
        json: bool,
        verbose: bool,
    ) -> None:
        self._videos = videos
        self._request = request
        self._files = files
        self._json = json
        self._verbose = verbose
        self._screen = Console(highlight=False, soft_wrap=False)
        self._notes = Console(stderr=True, highlight=False)

    def run(
        self,
        *,
        data_dir: Path | None,
        endpoint: str | None,
        model: str | None,
        egress: Reach | None,
    ) -> int:
        """The exit code: that of the worst of the videos."""
        self._files.check()
        try:
            loaded = settings.load(data_dir=data_dir)
            return asyncio.run(self._run(loaded, endpoint, model, egress))
        except KeyboardInterrupt:
            return INTERRUPTED

    async def _run(
        self, loaded: Settings, endpoint: str | None, model: str | None, egress: Reach | None
    ) -> int:
        codes: list[int] = []
        opening = wiring.open_analyst(loaded, endpoint=endpoint, model=model, egress=egress)
        async with opening as analyst:
            self._say(*analyst.story)
            watch = Watch()
            with stopping(watch, self._notes):
                for video in self._videos:
                    if watch.stop.is_set():
                        codes.append(INTERRUPTED)
                        break
                    codes.append(await self._one(video, analyst, watch))
        return next((code for code in _WORST_FIRST if code in codes), 0)

    async def _one(self, video: Path, analyst: Analyst, watch: Watch) -> int:
        view = ProgressView(self._notes)
        watch = replace(watch, started=view.started, measuring=view.measuring)
        try:
            async with view.showing():
                analysis = await analyst.analyze(video, self._request, watch=watch)
            return self._tell(to_result(analysis), video)
        except (InputError, Stopped, RunTaken) as error:
            # One bad file, or one that cannot be written, does not spoil the others.
            self._notes.print(error_text(error), soft_wrap=True)
            return error.exit_code

    def _tell(self, result: Result, video: Path) -> int:
        if self._json:
            print_line(result)
        else:
            print_timeline(self._screen, result, everything=self._verbose)
        written, left_out = self._files.write(result, video, self._videos)
        self._say(*(f"Wrote {path}" for path in written), left_out)
        return result.state.exit_code

    def _say(self, *lines: str) -> None:
        for line in filter(None, lines):
            self._notes.print(Text(plain(line), "dim"), soft_wrap=True)


@contextmanager
def stopping(watch: Watch, notes: Console) -> Generator[None]:
    """The first Ctrl-C ends the analysis in good order; the second ends the program."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        notes.print(Text("Stopping; what was answered is kept. Ctrl-C again to quit at once."))
        watch.stop.set()
        ignore()

    ignore = _on_stop_signals(loop, stop)
    try:
        yield
    finally:
        ignore()


def _on_stop_signals(
    loop: asyncio.AbstractEventLoop, act: Callable[[], None]
) -> Callable[[], None]:
    """Call `act` in the loop for each stop signal; what is returned ends that."""
    before = {number: signal.getsignal(number) for number in _STOP_SIGNALS}

    def heard(number: int, frame: FrameType | None) -> None:
        del number, frame
        loop.call_soon_threadsafe(act)

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def remove() -> None:
        for number in _STOP_SIGNALS:
            loop.remove_signal_handler(number)

    try:
        for number in _STOP_SIGNALS:
            loop.add_signal_handler(number, act)
    except NotImplementedError:  # the loops of Windows
        for number in _STOP_SIGNALS:
            signal.signal(number, heard)
        return restore
    return remove
