"""What a picture's own metadata tell: which way up it is, and when it was taken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from PIL import ExifTags
from PIL.Image import Image, Transpose

_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
"""What makes a stored picture upright, by its orientation: Exif 3.0, 4.6.5.1.6."""
_WHEN = (
    (ExifTags.Base.DateTimeOriginal, ExifTags.Base.SubsecTimeOriginal, 0x9011),
    (ExifTags.Base.DateTimeDigitized, ExifTags.Base.SubsecTimeDigitized, 0x9012),
)
"""Time, its fraction and its offset from UTC: when the shutter opened, else when the picture was
stored first. `DateTime` is none of them: it is when somebody last edited it."""
_TIME = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)", re.ASCII)
_OFFSET = re.compile(r"[+-]\d\d:\d\d|Z", re.ASCII)
_FRACTION = re.compile(r"\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Told:
    """What was found; nonsense counts as nothing."""

    turn: Transpose | None = None
    """What makes the stored picture upright; None when it is."""
    taken_at: str | None = None
    """ISO 8601, to the microsecond, with a zone where there is one."""

    @property
    def sideways(self) -> bool:
        """Whether the turn exchanges width and height."""
        return self.turn in {_TURNS[5], _TURNS[6], _TURNS[7], _TURNS[8]}


def told_by(image: Image) -> Told:
    """Never raises, and decodes nothing: damaged metadata do not make a picture worse."""
    try:
        # Not `image.getexif`, which in a PNG decodes the picture to see what follows it.
        exif = Image.getexif(image)
        turn = _TURNS.get(int(exif.get(ExifTags.Base.Orientation, 1)))
        return Told(turn, _taken_at(exif.get_ifd(ExifTags.IFD.Exif)))
    except Exception:  # noqa: BLE001 - whatever Pillow's parser stumbles over
        return Told()


def _taken_at(details: Mapping[int, object]) -> str | None:
    for tags in _WHEN:
        when, fraction, offset = (_text(details.get(tag)) for tag in tags)
        found = _TIME.match(when)
        if not found:
            continue
        part = _FRACTION.match(fraction)
        zone = _OFFSET.match(offset)
        year, month, day, hour, minute, second = found.groups()
        text = f"{year}-{month}-{day}T{hour}:{minute}:{second}"
        text += f".{part[0][:6]:0<6}" if part and int(part[0][:6]) else ""
        try:
            return datetime.fromisoformat(text + (zone[0] if zone else "")).isoformat()
        except ValueError:
            continue  # 0000:00:00: a camera whose clock was never set
    return None


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    return value.strip(" \0") if isinstance(value, str) else ""
