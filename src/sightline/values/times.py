"""Times as people write and read them: exact on the way in, one spelling on the way out."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from fractions import Fraction

from sightline.errors import InputError

_NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_CLOCK = re.compile(rf"(?:(\d+):)?(\d+):({_NUMBER})")
_UNITS = re.compile(
    rf"(?:({_NUMBER})h)?(?:({_NUMBER})m(?:in)?)?(?:({_NUMBER})(?:s|$))?(?:({_NUMBER})ms)?",
    re.IGNORECASE,
)
_DAYS = re.compile(rf"({_NUMBER})d(?:ays?)?", re.IGNORECASE)
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


def parse_moment(text: str, now: datetime) -> datetime:
    """The moment in `2026-05-01`, `2026-05-01T14:30`, or so long before `now`: `2h`, `3d ago`.

    A time without a zone is local time. Raises `InputError`, naming the text.
    """
    word = text.strip()
    span = word.removesuffix("ago").replace(" ", "")
    try:
        if days := _DAYS.fullmatch(span):
            return now - timedelta(days=float(days[1]))
        if _UNITS.fullmatch(span) and span[-1:].isalpha():
            return now - timedelta(seconds=float(parse_time(span)))
        return datetime.fromisoformat(word).astimezone(now.tzinfo)
    except (ValueError, OverflowError):
        raise InputError(
            f"'{text}' is no moment; write it like 2026-05-01, 2026-05-01T14:30, 2h or 3d"
        ) from None


def format_time(seconds: float | Fraction) -> str:
    """`1:02:03.4`; below an hour `2:03.4`. Rounded to the nearest tenth of a second."""
    tenths = round(abs(seconds) * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    sign = "-" if seconds < 0 and tenths else ""
    clock = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{sign}{clock}:{rest // 10:02}.{rest % 10}"
