"""What `sightline frames` does: a video in, pictures of its frames out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.text import Text

from sightline import settings, wiring
from sightline.cli import pictures
from sightline.cli.counting import counting
from sightline.cli.leaving import run_cancellable
from sightline.cli.lines import print_line
from sightline.errors import InputError
from sightline.exports.frames import SheetDocument, second, to_frame
from sightline.media.sampling import Even, Policy
from sightline.media.sheet import MOST_TILES
from sightline.services.library.frames import ContactSheet, Frames, Looked
from sightline.services.runs.requests import policy_of
from sightline.settings import Settings
from sightline.values import Clock, FrameLost, Jpeg, Picture, PictureTransform, RunState
from sightline.values.text import plain
from sightline.values.times import format_time

__all__ = ["Look", "Picturing", "policy_of"]

_DEFAULT = Even(16)
_FULL_SIZE = 65_500
"""Pixels: the longest side that a JPEG can have."""
_SHEETS = {".jpg", ".jpeg", ".png"}
_SHOWN = 12
"""Lost frames that are named; --json names all."""

Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Look:
    """How the pictures are to look."""

    longest_side: int | None
    stamped: bool
    quality: int
    max_bytes: int | None
    columns: int | None

    def check(self, *, sheet: bool) -> None:
        """Raises `InputError` for options that would be ignored."""
        if not sheet and self.columns is not None:
            raise InputError("--columns is for a contact sheet: say --sheet, too")
        if sheet and self.max_bytes is not None:
            raise InputError(
                "--max-bytes is for single frames: name a folder with --out, or for a smaller"
                " sheet say --resize or --quality"
            )


class Picturing:
    """One use of `sightline frames`."""

    def __init__(
        self, video: Path, policy: Policy | None, look: Look, *, json: bool, overwrite: bool
    ) -> None:
        self._video = video
        self._policy = policy or _DEFAULT
        self._look = look
        self._json = json
        self._overwrite = overwrite
        self._screen = Console(highlight=False)
        self._notes = Console(stderr=True, highlight=False)
        self._written = 0
        self._lost: list[FrameLost] = []
        self._told = ""
        self._remark = ""

    def run(self, out: Path | None, *, sheet: bool) -> int:
        """The exit code."""
        named = out is not None and out.suffix.lower() in _SHEETS and not out.is_dir()
        as_sheet = sheet or out is None or named
        self._look.check(sheet=as_sheet)
        code = run_cancellable(self._run(settings.load(), out, as_sheet=as_sheet, named=named))
        if code == RunState.INTERRUPTED.exit_code and not as_sheet:
            self._note(f"Stopped; {_count(self._written, 'frame')} written.")
        return code

    async def _run(self, loaded: Settings, out: Path | None, *, as_sheet: bool, named: bool) -> int:
        async with wiring.open_source(loaded) as source:
            frames = Frames(source)
            looked = await frames.look(self._video)
            with counting(self._notes, shown=not self._json) as told:
                chosen = await frames.choose(looked, self._policy, partial(told, "measuring"))
                if as_sheet:
                    path = (
                        out
                        if out and named
                        else (out or Path())
                        / pictures.shortened(_stem(looked), "", "", ".sheet.jpg")
                    )
                    await self._sheet(frames, looked, chosen, path, told)
                else:
                    await self._singles(frames, looked, chosen, out or Path(), told)
        return self._finish(looked, as_sheet=as_sheet)

    async def _singles(
        self, frames: Frames, looked: Looked, chosen: Sequence[int], folder: Path, told: Told
    ) -> None:
        clock = looked.media.clock
        names = pictures.Names(_stem(looked), clock, looked.index, chosen)
        if not self._overwrite:
            pictures.ensure_free(folder, map(names.of, chosen))
        pictures.prepare(folder)
        transform = PictureTransform(self._look.longest_side or _FULL_SIZE, self._look.stamped)
        most = self._look.max_bytes
        jpeg = Jpeg(self._look.quality, most and most - len(pictures.COMMENT))
        done = 0
        async with aclosing(frames.pictures(looked, chosen, transform, jpeg)) as items:
            async for item in items:
                self._keep(item, folder / names.of(item.pts), clock)
                done += 1
                told("writing", done, len(chosen))
        self._told = f"{_count(self._written, 'frame')} in {folder}"

    def _keep(self, item: Picture | FrameLost, path: Path, clock: Clock) -> None:
        if isinstance(item, FrameLost):
            self._lost.append(item)
        else:
            item = replace(item, jpeg=pictures.marked(item.jpeg))
            pictures.write(path, item.jpeg)
            self._written += 1
        if self._json:
            is_lost = isinstance(item, FrameLost)
            print_line(to_frame(clock, item, None if is_lost else str(path)))

    async def _sheet(
        self, frames: Frames, looked: Looked, chosen: Sequence[int], path: Path, told: Told
    ) -> None:
        if not self._overwrite:
            pictures.ensure_free(path.parent, [path.name])
        pictures.prepare(path.parent)
        drawn = await frames.sheet(
            looked,
            chosen,
            suffix=path.suffix,
            columns=self._look.columns,
            longest_side=self._look.longest_side,
            jpeg=Jpeg(self._look.quality),
            stamped=self._look.stamped,
            told=partial(told, "drawing"),
        )
        pictures.write(path, drawn.packed)
        self._written = len(drawn.shown) - len(drawn.lost)
        self._lost.extend(drawn.lost)
        left_out = len(chosen) - len(drawn.shown)
        if self._json:
            print_line(_sheet_document(drawn, looked, path, left_out))
        frames_shown, size = _count(len(drawn.shown), "frame"), f"{drawn.width} x {drawn.height}"
        self._told = f"{path}: {frames_shown}, {size} pixels"
        if left_out:
            self._remark = (
                f"{len(chosen):,} frames were chosen and a sheet holds {MOST_TILES}: these are"
                " spread evenly over them. --out FOLDER writes them all."
            )

    def _finish(self, looked: Looked, *, as_sheet: bool) -> int:
        """Tells how it went, when no bar is on the screen any more; the exit code."""
        if not self._json:
            self._screen.print(Text(plain(self._told)), soft_wrap=True)
        if self._remark:
            self._note(self._remark)
        if self._lost:
            total = self._written + len(self._lost)
            what = "empty on the sheet" if as_sheet else "not written"
            self._warn(f"{len(self._lost):,} of {_count(total, 'frame')} lost, {what}:")
            for lost in self._lost[:_SHOWN]:
                self._warn(f"  {lost.detail}")
            if len(self._lost) > _SHOWN:
                self._warn(f"  and {len(self._lost) - _SHOWN:,} more; --json names all")
        media = looked.media
        if media.lost_s:
            self._warn(
                f"{looked.file.path} was cut short: it ends at {format_time(media.duration_s)},"
                f" {format_time(media.lost_s)} before the end it promises."
            )
        if not self._written:
            return RunState.FAILED.exit_code
        state = RunState.PARTIAL if self._lost or media.lost_s else RunState.COMPLETE
        return state.exit_code

    def _note(self, line: str) -> None:
        self._notes.print(Text(plain(line), "dim"), soft_wrap=True)

    def _warn(self, line: str) -> None:
        self._notes.print(Text(plain(line), "yellow"), soft_wrap=True)


def _stem(looked: Looked) -> str:
    """What files about a media begin with."""
    is_folder = looked.file.path.is_dir()
    return pictures.safe(looked.name if is_folder else Path(looked.name).stem) or "media"


def _sheet_document(
    drawn: ContactSheet, looked: Looked, path: Path, left_out: int
) -> SheetDocument:
    clock = looked.media.clock
    return SheetDocument(
        file=str(path),
        width=drawn.width,
        height=drawn.height,
        bytes=len(drawn.packed),
        times=tuple(second(clock, pts) for pts in drawn.shown),
        lost=tuple(second(clock, item.pts) for item in drawn.lost),
        left_out=left_out,
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
