"""Looking at a file without asking anybody: what it holds, its frames, and what they look like.

No store and no endpoint is opened, and memory does not depend on the length of a video.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from fractions import Fraction
from operator import eq
from pathlib import Path

from sightline.media import sampling, sheet, signals
from sightline.media.sampling import Every, Policy
from sightline.ports import MediaSource
from sightline.services.runs.requests import thinned
from sightline.values import (
    Alike,
    FrameIndex,
    FrameLost,
    Jpeg,
    Media,
    MediaKind,
    Picture,
    PictureTransform,
    SeenFile,
    Sharing,
    Signals,
)
from sightline.values.looks import Looks
from sightline.values.text import plain_line
from sightline.values.times import format_time

_BLACK_S = Fraction(1, 10)
"""Shorter darkness is told of no file: any cut may have a black frame."""
_FROZEN_S = 2
"""Shorter stillness is in every film, and a keyframe ends it."""

Told = Callable[[int, int], None]
"""Told how much is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that was looked at, and what is in it."""

    file: SeenFile
    media: Media
    index: FrameIndex

    @property
    def name(self) -> str:
        """Of the file or folder, also where the path is `.` or ends in `..`."""
        path = self.file.path
        return path.name if path.name.strip(".") else path.resolve().name

    def caption(self, pts: int) -> str:
        """What a frame is called beside its picture: its time, or its name in an image set."""
        if self.index.names:
            return plain_line(self.index.names[bisect_left(self.index.pts, pts)])
        if self.media.kind is MediaKind.IMAGE:
            return ""
        return format_time(self.media.clock.seconds(pts))


@dataclass(frozen=True, slots=True)
class ContactSheet:
    """A sheet as a file holds it."""

    packed: bytes
    width: int
    height: int
    shown: Sequence[int]
    """The pts of its tiles, in order."""
    lost: Sequence[FrameLost]
    """Those of them that are empty."""


class Frames:
    """Use cases over a `MediaSource`. All raise `MediaError` for a file that cannot be read."""

    def __init__(self, source: MediaSource) -> None:
        self._source = source

    async def look(self, path: Path) -> Looked:
        file = await self._source.look(path)
        media, index = await self._source.probe(file)
        return Looked(file, media, index)

    async def choose(self, looked: Looked, policy: Policy, told: Told) -> Sequence[int]:
        """The pts that the policy chooses; decodes first where it goes by looks.

        Raises `InputError` for a moment outside the media.
        """
        frames = sampling.to_measure(policy, looked.index)
        measured = None
        if frames is not None:
            measured = await self._measure(looked, frames, None, told)
        return sampling.sample(policy, looked.index, looked.media.clock, measured)

    async def pictures(
        self, looked: Looked, frames: Sequence[int], transform: PictureTransform, jpeg: Jpeg
    ) -> AsyncGenerator[Picture | FrameLost]:
        """One for each of the frames, in order; at most a few are made ahead."""
        async with (
            aclosing(self._source.open(looked.file, looked.index)) as reader,
            aclosing(reader.read(frames, transform, jpeg=jpeg)) as items,
        ):
            async for item in items:
                if not isinstance(item, Alike):  # without sharing there is none
                    yield item

    async def sheet(
        self,
        looked: Looked,
        frames: Sequence[int],
        *,
        suffix: str,
        columns: int | None,
        longest_side: int | None,
        jpeg: Jpeg,
        stamped: bool,
        told: Told,
    ) -> ContactSheet:
        """One picture of the frames; of more than `sheet.MOST_TILES` so many, evenly.

        Raises `InputError` for one that would be too large.
        """
        shown = thinned(frames, sheet.MOST_TILES)
        media = looked.media
        size = media.width, media.height
        grid = sheet.plan(len(shown), size, columns=columns, side=longest_side)
        transform = PictureTransform(grid.side, stamped=stamped)
        tiles: list[sheet.Tile] = []
        lost: list[FrameLost] = []
        async with aclosing(self.pictures(looked, shown, transform, jpeg)) as pictures:
            async for item in pictures:
                picture = item if isinstance(item, Picture) else None
                # A stamp says it all, and an empty tile has none.
                bare = stamped and picture is not None
                tiles.append(sheet.Tile("" if bare else looked.caption(item.pts), picture))
                if isinstance(item, FrameLost):
                    lost.append(item)
                told(len(tiles), len(shown))
        facts = _facts(media, shown=len(shown), chosen=len(frames))
        name = plain_line(looked.name)

        def drawn() -> ContactSheet:
            image = sheet.draw(name, facts, tiles, grid.columns)
            packed = sheet.packed(image, suffix, quality=jpeg.quality)
            return ContactSheet(packed, image.width, image.height, shown, lost)

        return await asyncio.to_thread(drawn)

    async def looks(self, looked: Looked, sharing: Sharing, *, every_s: float, told: Told) -> Looks:
        """What all frames look like; decodes every one. `every_s` is a usual analysis'."""
        media, index = looked.media, looked.index
        usual = sampling.sample(Every(Fraction(str(every_s))), index, media.clock)
        first, whole = len(index), len(index) + len(usual)
        measured = await self._measure(
            looked, index.pts, sharing, lambda done, _: told(done, whole)
        )
        # Frames far apart are compared with each other, not with those between: that is another
        # grouping, and takes a second look.
        sampled = await self._measure(
            looked, usual, sharing, lambda done, _: told(first + done, whole)
        )
        return Looks(
            measured=len(measured),
            cuts=signals.cuts(measured, index),
            black=signals.black(measured, index, least=media.clock.ticks(_BLACK_S)),
            frozen=signals.frozen(measured, index, least=media.clock.ticks(_FROZEN_S)),
            alike_within=sharing.within,
            different=_different(measured),
            sampled_every_s=every_s,
            sampled=len(sampled),
            sampled_different=_different(sampled),
        )

    async def _measure(
        self, looked: Looked, frames: Sequence[int], sharing: Sharing | None, told: Told
    ) -> Signals:
        async with aclosing(self._source.open(looked.file, looked.index)) as reader:
            async with aclosing(reader.measure(frames, sharing=sharing)) as measuring:
                async for done in measuring:
                    told(done, len(frames))
            return reader.signals


def _different(measured: Signals) -> int:
    """How many frames stand for themselves."""
    return sum(map(eq, measured.pts, measured.alike))


def _facts(media: Media, *, shown: int, chosen: int) -> str:
    """The line under a sheet's title."""
    if media.kind is MediaKind.IMAGE_SET:
        facts = [f"{media.frame_count:,} images"]
    else:
        facts = [f"{media.width} x {media.height}", media.codec]
    if media.kind is MediaKind.VIDEO:
        facts = [format_time(media.duration_s), *facts, f"{media.frame_count:,} frames"]
    if shown < chosen:
        facts.append(f"{shown:,} of {chosen:,} chosen ones shown")
    return "  ·  ".join(facts)
