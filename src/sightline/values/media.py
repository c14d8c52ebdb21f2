"""Media, their clocks and their frames.

Times are integers, in ticks of the media's own clock (`pts`, as the container wrote them), so
that they are exact, comparable and fit to identify a frame. They become seconds only at the
edges, through `Clock`.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Clock:
    """How the ticks of one media relate to seconds; second 0 is the first frame."""

    time_base: Fraction
    """Seconds in a tick."""
    start: int = 0
    """The pts of the first frame: containers rarely begin at 0."""

    def seconds(self, pts: int) -> float:
        return float((pts - self.start) * self.time_base)

    def pts(self, seconds: float | Fraction) -> int:
        """The last tick at or before this second."""
        return self.start + (Fraction(seconds) / self.time_base).__floor__()

    def ticks(self, seconds: float | Fraction) -> int:
        """A length in ticks, rounded to the nearest."""
        return round(Fraction(seconds) / self.time_base)


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file as it was at one moment: equal to a later look when nothing happened to it between.

    As far as a file system tells: a write shows in size and times, another file under the name in
    `inode` and `device`, and one that was copied over it with its old time in `ctime_ns`. What
    does not show is a write of the same length within one tick of the file system's clock (some
    ms; 2 s on FAT), and one through a memory map before the system has noticed it.
    """

    path: Path
    device: int
    inode: int
    """Up to 64 bits, unsigned."""
    size_bytes: int
    mtime_ns: int
    """When its bytes last changed, unless a program said otherwise."""
    ctime_ns: int
    """When anything about it last changed (on Windows: when it was made); nobody can set it."""

    @classmethod
    def of(cls, path: Path, status: os.stat_result) -> Self:
        return cls(
            path,
            device=status.st_dev,
            inode=status.st_ino,
            size_bytes=status.st_size,
            mtime_ns=status.st_mtime_ns,
            ctime_ns=status.st_ctime_ns,
        )


class MediaKind(StrEnum):
    VIDEO = "video"
    """With time, also an animated picture."""
    IMAGE = "image"
    IMAGE_SET = "image_set"
    """Pictures in an order, each with the time it was taken at."""


@dataclass(frozen=True, slots=True)
class Media:
    """One video, image or ordered image set, known by its content.

    A moved or renamed file is the same media.
    """

    digest: str
    """BLAKE2b-256 of the file's bytes, in hex."""
    kind: MediaKind
    clock: Clock
    end: int
    """The pts just past the last frame that can be read."""
    declared_end: int | None
    """Where the container says it ends. Later than `end` when the file was cut short."""
    width: int
    """Display width in pixels: rotation and pixel aspect applied."""
    height: int
    container: str
    codec: str
    frame_count: int
    size_bytes: int
    taken_at: str | None = None
    """When its first frame was taken, as its metadata tell: ISO 8601, with a zone where one is
    given there; None where it does not say."""

    @property
    def duration_s(self) -> float:
        """Seconds that can be seen."""
        return self.clock.seconds(self.end)

    @property
    def lost_s(self) -> float:
        """Seconds that the container promises and does not hold; 0.0 for an intact file.

        Containers round and let audio run longer, so less than a second is no loss.
        """
        if self.declared_end is None:
            return 0.0
        missing = float((self.declared_end - self.end) * self.clock.time_base)
        return missing if missing >= 1.0 else 0.0


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """The pts of every frame of a media in the order of presentation, without their pictures."""

    pts: Sequence[int]
    """Strictly increasing; not empty."""
    keyframes: Sequence[int]
    """Those of them at which decoding can begin; increasing."""
    end: int
    """The pts just past the last frame."""
    names: Sequence[str] = ()
    """What each picture of an image set is called, in the order of `pts`; empty for all else."""

    def __len__(self) -> int:
        return len(self.pts)

    def at(self, pts: int) -> int:
        """The frame on show at this instant: the last one that began; the first one before that."""
        return self.pts[max(0, bisect_right(self.pts, pts) - 1)]

    def after(self, pts: int) -> int:
        """Where the frame at `pts` ends: the next frame's pts, or the end of the media."""
        index = bisect_right(self.pts, pts)
        return self.pts[index] if index < len(self.pts) else self.end

    def holds(self, pts: int) -> bool:
        index = bisect_left(self.pts, pts)
        return index < len(self.pts) and self.pts[index] == pts


@dataclass(frozen=True, slots=True)
class Footage:
    """What a recipe is given to work on: a media, its frames, and the ones chosen to begin with."""

    media: Media
    frames: FrameIndex
    sample: Sequence[int]
    """The pts that the sampling policy chose; increasing, no duplicate, not empty."""
    hints: Sequence[int] = ()
    """The pts of frames at which the picture has visibly changed, increasing; empty also where
    nobody has looked."""

    @property
    def unseen_s(self) -> float:
        """Seconds of the longest stretch that holds no frame of the sample: an event that is no
        longer may be missed."""
        seen_to, longest = self.frames.pts[0], 0
        for pts in self.sample:
            longest = max(longest, pts - seen_to)
            seen_to = self.frames.after(pts)
        longest = max(longest, self.frames.end - seen_to)
        return float(longest * self.media.clock.time_base)
