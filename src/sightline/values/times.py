"""Times as people write and read them: exact on the way in, one spelling on the way out."""

from __future__ import annotations

import re
from fractions import Fraction

from sightline.errors import InputError

_NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_CLOCK = re.compile(rf"(?:(\d+):)?(\d+):({_NUMBER})")
_UNITS = re.compile(
    rf"(?:({_NUMBER})h)?(?:({_NUMBER})m(?:in)?)?(?:({_NUMBER})(?:s|$))?(?:({_NUMBER})ms)?",
    re.IGNORECASE,
)
_UNIT_SECONDS = (Fraction(3600), Fraction(60), Fraction(1), Fraction(1, 1000))


def parse_time(text: str) -> Fraction:
    """Seconds in `2s`, `500ms`, `1m30s`, `0.5`, `1:30` or `1:02:03.4`, without rounding.

    Raises `InputError`, naming the text.
    """
    word = text.strip()
    if clock := _CLOCK.fullmatch(word):
        hours, minutes, seconds = (Fraction(part or 0) for part in clock.groups())
        if seconds < 60 and (minutes < 60 or clock[1] is None):
            return (hours * 60 + minutes) * 60 + seconds
    elif word and (units := _UNITS.fullmatch(word)):
        return sum(
            (
                Fraction(part) * worth
                for part, worth in zip(units.groups(), _UNIT_SECONDS, strict=True)
                if part
            ),
            Fraction(0),
        )
    raise InputError(
        f"'{text}' is not a time; write it like 2s, 500ms, 1m30s, 0.5, 1:30 or 1:02:03.4"
    )


def format_time(seconds: float | Fraction) -> str:
    """`1:02:03.4`; below an hour `2:03.4`. Rounded to the nearest tenth of a second."""
    tenths = round(abs(seconds) * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    sign = "-" if seconds < 0 and tenths else ""
    clock = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{sign}{clock}:{rest // 10:02}.{rest % 10}"
