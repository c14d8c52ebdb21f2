"""What `sightline probe` does: files in, facts for a person or a program out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sightline import settings, wiring
from sightline.cli.bars import Glyphs
from sightline.cli.counting import counting
from sightline.cli.leaving import run_cancellable
from sightline.cli.lines import print_line
from sightline.cli.screen import error_text
from sightline.errors import InputError
from sightline.exports.probe import (
    KeyframesDocument,
    LooksDocument,
    Probe,
    RateDocument,
    StretchDocument,
    to_probe,
)
from sightline.services.library.frames import Frames
from sightline.settings import Settings
from sightline.values import Sharing
from sightline.values.times import format_time

_SHOWN = 8
"""Moments of one kind; --json tells all."""
_KINDS = {"video": "video", "image": "image", "image_set": "set of images"}
_NOTEWORTHY_GAP = 3
"""Times as long as the usual frame: one that stands still so long may matter."""

Fact = tuple[str, str, str]
"""Its name, the fact, and a style."""


class Probing:
    """One use of `sightline probe`, for all its files."""

    def __init__(self, videos: Sequence[Path], *, signals: bool, json: bool) -> None:
        self._videos = videos
        self._signals = signals
        self._json = json
        self._screen = Console(highlight=False)
        self._notes = Console(stderr=True, highlight=False)

    def run(self) -> int:
        """The exit code: 2 when one of the files cannot be used."""
        return run_cancellable(self._run(settings.load()))

    async def _run(self, loaded: Settings) -> int:
        code = 0
        async with wiring.open_source(loaded) as source:
            frames = Frames(source)
            for number, video in enumerate(self._videos):
                try:
                    told = await self._probe(frames, video, loaded)
                except InputError as error:
                    # One bad file does not spoil the others.
                    self._notes.print(error_text(error), soft_wrap=True)
                    code = error.exit_code
                    continue
                if self._json:
                    print_line(told)
                else:
                    if number:
                        self._screen.print()
                    print_probe(self._screen, told)
        return code

    async def _probe(self, frames: Frames, video: Path, loaded: Settings) -> Probe:
        looked = await frames.look(video)
        looks = None
        if self._signals:
            sharing = Sharing(within=loaded.alike_within)
            with counting(self._notes, shown=not self._json) as told:
                looks = await frames.looks(
                    looked, sharing, every_s=loaded.every_s, told=partial(told, video.name)
                )
        return to_probe(str(video), looked.media, looked.index, looks)


def print_probe(console: Console, probe: Probe) -> None:
    """The facts about one file, those left out that say nothing."""
    glyphs = Glyphs.of(console.encoding)
    console.print(
        Text.assemble((probe.path, "bold"), "  ", (_KINDS[probe.kind], "dim")), soft_wrap=True
    )
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    facts = [*_facts(probe, glyphs)]
    if probe.looks:
        facts += _looks(probe.looks, probe, glyphs)
    for name, fact, style in facts:
        table.add_row(f"  {name}", Text(fact, style))
    console.print(table)


def _facts(probe: Probe, glyphs: Glyphs) -> Iterator[Fact]:
    is_video = probe.kind == "video"
    if probe.kind != "image":
        yield "length", format_time(probe.duration), ""
    held = f" in {probe.container}" if probe.container != probe.codec else ""
    yield "picture", f"{probe.width} x {probe.height}, {probe.codec}{held}", ""
    yield "on disk", format_bytes(probe.size_bytes), ""
    if probe.kind != "image":
        rate = f", {_rate(probe.frame_rate)}" if is_video and probe.frame_rate else ""
        yield "frames" if is_video else "images", f"{probe.frame_count:,}{rate}", ""
    if is_video:
        yield "keyframes", _keyframes(probe.keyframes, probe.frame_count), ""
    if is_video and probe.starts_at:
        yield (
            "starts at",
            f"{format_time(probe.starts_at)} of its own clock; times here count from there",
            "",
        )
    if probe.taken_at:
        yield "taken", probe.taken_at.replace("T", " "), ""
    if probe.lost:
        yield "cut short", _lost(probe, glyphs), "yellow"
    yield "digest", probe.digest, "dim"


def _lost(probe: Probe, glyphs: Glyphs) -> str:
    whole = probe.declared_duration or probe.duration + probe.lost
    return (
        f"{format_time(probe.lost)} of {format_time(whole)} is missing"
        f" ({format_time(probe.duration)} {glyphs.dash} {format_time(whole)}): nothing can be said"
        " of it. If the file should be whole, copy or download it again."
    )


def _rate(rate: RateDocument) -> str:
    if not rate.steady:
        return f"variable, {_number(rate.slowest)} to {_number(rate.fastest)} fps"
    seldom = ""
    if rate.longest_frame * rate.mean >= _NOTEWORTHY_GAP:
        seldom = f", one of them for {rate.longest_frame:.1f} s"
    return f"{_number(rate.mean)} fps{seldom}"


def _keyframes(keyframes: KeyframesDocument, frames: int) -> str:
    usual, longest = keyframes.usual_distance, keyframes.longest_distance
    if keyframes.count == frames:
        return "every frame"
    if usual is None or longest is None:
        return "only the first: to look at a moment, all before it is decoded"
    more = f", at most {longest:.1f} s apart" if longest > usual * 1.05 else ""
    return f"{keyframes.count:,}, every {usual:.1f} s{more}"


def _looks(looks: LooksDocument, probe: Probe, glyphs: Glyphs) -> Iterator[Fact]:
    if looks.frames < probe.frame_count:
        lost = probe.frame_count - looks.frames
        yield "damaged", f"{lost:,} of {probe.frame_count:,} frames cannot be decoded", "yellow"
    yield "cuts", _listed([format_time(cut) for cut in looks.cuts], glyphs), ""
    yield "black", _stretches(looks.black, glyphs), ""
    yield "frozen", _stretches(looks.frozen, glyphs), ""
    alike = looks.alike
    yield (
        "alike",
        f"{alike.frames - alike.different:,} of {alike.frames:,} frames look like another, within"
        f" {alike.within:g} levels: sharing saves {_share(alike.frames, alike.different)} of the"
        f" asks about every frame, {_share(alike.every_frames, alike.every_different)} of those"
        f" every {alike.every:g} s",
        "",
    )


def _stretches(stretches: Sequence[StretchDocument], glyphs: Glyphs) -> str:
    told = [f"{format_time(one.start)} {glyphs.dash} {format_time(one.end)}" for one in stretches]
    return _listed(told, glyphs)


def _listed(moments: Sequence[str], glyphs: Glyphs) -> str:
    if not moments:
        return "none"
    more = f" {glyphs.more}" if len(moments) > _SHOWN else ""
    count = f"{len(moments):,}: " if len(moments) > 1 else ""
    return f"{count}{', '.join(islice(moments, _SHOWN))}{more}"


def _share(of: int, left: int) -> str:
    return f"{(of - left) / of:.0%}" if of else "none"


def _number(rate: float) -> str:
    return f"{rate:.2f}".rstrip("0").rstrip(".")


def format_bytes(count: int) -> str:
    """In powers of ten, as shops and file managers count: `3.3 MB`."""
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 99.5 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
