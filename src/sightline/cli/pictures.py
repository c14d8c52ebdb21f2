"""Pictures as files: how they are called, and that none of somebody else is overwritten.

A file that Sightline wrote carries a mark and may be written again; any other of the same name is
left alone unless a person says otherwise.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from sightline.cli.writing import try_folder, write_whole
from sightline.errors import OutputError
from sightline.media.sheet import MARK
from sightline.values import Clock, FrameIndex

_LONGEST_NAME = 255
"""Bytes that file systems take for a name: of ext4, APFS, NTFS, Btrfs and XFS the least."""
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069<>:"/\\|?*]')
"""What some file system or terminal does not take, or takes for something else."""
_HEAD_BYTES = 4096
"""Of a file, in which the mark stands."""
COMMENT = b"\xff\xfe" + (len(MARK) + 2).to_bytes(2, "big") + MARK
"""The mark as a JPEG segment (ITU-T T.81, B.2.4.5)."""


class Names:
    """File names for the frames of one media: safe everywhere, and sorted as their times are."""

    def __init__(self, stem: str, clock: Clock, index: FrameIndex, frames: Sequence[int]) -> None:
        """`stem` is what all names begin with, and is `safe`."""
        self._stem = stem
        self._clock = clock
        self._titles = dict(zip(index.pts, index.names, strict=True)) if index.names else {}
        last = _hms(clock, frames[-1], 0)
        self._hour_digits = len(last.partition("-")[0])
        closest = min((after - before for before, after in pairwise(frames)), default=None)
        between_s = 1 if closest is None else closest * clock.time_base
        self._decimals = next(
            d for d in (3, 6, 9, 12) if between_s >= Fraction(1, 10**d) or d == 12
        )

    def of(self, pts: int) -> str:
        """As in `wedding 0-12-03.400.jpg`, and of an image set `album 0-00-02.000 IMG_7.jpg`."""
        hours, _, rest = _hms(self._clock, pts, self._decimals).partition("-")
        time = f"{hours.zfill(self._hour_digits)}-{rest}"
        title = safe(Path(self._titles[pts]).stem) if pts in self._titles else ""
        return shortened(self._stem, f" {time}{' ' if title else ''}", title, ".jpg")


def safe(name: str) -> str:
    """Without characters that some system forbids, and not hidden anywhere."""
    return _UNSAFE.sub("_", name).strip(" .")


def shortened(stem: str, middle: str, title: str, end: str) -> str:
    """The parts as one name that file systems take: the stem gives way first, then the title."""
    while len(os.fsencode(stem + middle + title + end)) > _LONGEST_NAME:
        if len(stem) > len(title):
            stem = stem[:-1]
        else:
            title = title[:-1]
    return stem + middle + title + end


def marked(jpeg: bytes) -> bytes:
    """The same picture with the mark: behind the JFIF header, which must come first."""
    place = 4 + int.from_bytes(jpeg[4:6], "big") if jpeg[2:4] == b"\xff\xe0" else 2
    return jpeg[:place] + COMMENT + jpeg[place:]


def ensure_free(folder: Path, names: Iterable[str]) -> None:
    """Find out before the work that no file of somebody else is in the way.

    Raises `OutputError`, with the way out.
    """
    try:
        there = {entry.name for entry in os.scandir(folder)}
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unwritable(folder, error) from error
    foreign = [name for name in names if name in there and not _is_ours(folder / name)]
    if foreign:
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise OutputError(
            f"{(folder / foreign[0]).absolute()}{more} is there already and was not made by"
            " sightline. Name another place with --out, or say --overwrite."
        )


def prepare(folder: Path) -> None:
    """Raises `OutputError` when nothing can be written there."""
    try:
        try_folder(folder)
    except OSError as error:
        raise _unwritable(folder, error) from error


def write(path: Path, content: bytes) -> None:
    """All of it or nothing: a reader never sees half a picture. Raises `OutputError`."""
    try:
        write_whole(path, content)
    except OSError as error:
        raise _unwritable(path, error) from error


def _hms(clock: Clock, pts: int, decimals: int) -> str:
    """`h-mm-ss.fff`: no colon, which some file systems do not take."""
    units = 10**decimals
    # Rounded half up, so that two times a unit apart never meet.
    ticks = ((pts - clock.start) * clock.time_base * units + Fraction(1, 2)).__floor__()
    minutes, rest = divmod(ticks, 60 * units)
    hours, minutes = divmod(minutes, 60)
    seconds, fraction = divmod(rest, units)
    return f"{hours}-{minutes:02}-{seconds:02}.{fraction:0{decimals}}"


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return MARK in file.read(_HEAD_BYTES)
    except OSError:
        return False


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path.absolute()} cannot be written: {error.strerror or error}. Name another place with"
        " --out."
    )
