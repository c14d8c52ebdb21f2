"""When the pictures of a set were taken, and the clock that follows from it.

A moment is a date with a time, or a plain number of seconds; it comes from a manifest, from a
picture's metadata or from a file's name. A set has one clock, so its moments are all of one kind.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

Moment = datetime | Decimal
"""A date with a time, with or without a zone; or seconds from an unknown beginning."""

TICK = Fraction(1, 1_000_000)
"""Seconds in a tick of a set's clock: what dates in metadata are written in, at most."""
_SECOND = 1_000_000
_MOST_SECONDS = 10**11
"""Some 3,000 years: beyond that, ticks no longer fit in 64 bits for certain."""

_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?", re.ASCII)
_IN_NAME = re.compile(
    r"(?<!\d)(?P<year>19\d\d|20\d\d)(?P<d>[-_.]?)(?P<month>\d\d)(?P=d)(?P<day>\d\d)"
    r"(?:[ T_-]| at )"
    r"(?P<hour>\d\d)(?P<t>[-_.:]?)(?P<minute>\d\d)(?P=t)(?P<second>\d\d)"
    r"(?:[.,]?(?P<fraction>\d{3}|\d{6}))?(?!\d)"
    r"(?P<zone>Z(?![A-Za-z0-9])|[+-]\d\d:\d\d)?",
    re.ASCII,
)


def parse_moment(value: str | int | Decimal) -> Moment:
    """A number is seconds, also as text; other text is ISO 8601. Raises `ValueError`."""
    if isinstance(value, str):
        text = value.strip()
        if not _NUMBER.fullmatch(text):
            return datetime.fromisoformat(text)
        value = text  # pyright: ignore[reportAssignmentType]
    seconds = Decimal(value)
    if not seconds.is_finite() or abs(seconds) > _MOST_SECONDS:
        raise ValueError(f"{value} seconds is no time")
    return seconds


def moment_in_name(name: str) -> datetime | None:
    """The date and time that a file's name tells, as cameras and telephones write them.

    Both must be there, and told apart: a bare number may be anything.
    """
    for found in _IN_NAME.finditer(name):
        date = f"{found['year']}-{found['month']}-{found['day']}"
        time = f"{found['hour']}:{found['minute']}:{found['second']}"
        fraction = f".{found['fraction']}" if found["fraction"] else ""
        try:
            return datetime.fromisoformat(f"{date}T{time}{fraction}{found['zone'] or ''}")
        except ValueError:
            continue  # the 31st of February: a number that only looks like a date
    return None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The pictures of a set in the order of time."""

    order: Sequence[int]
    """Places in the list that was given."""
    pts: Sequence[int]
    """One for each of `order`, in ticks of `TICK`: strictly increasing from 0."""
    end: int
    taken_at: str | None
    """The first one's moment in ISO 8601; None where it has no date."""


def arrange(moments: Sequence[Moment | None]) -> Timeline:
    """Puts pictures (at least one, in the order they are listed) on one clock.

    - By moment, then as they are listed. Where one lacks a zone, zones are left out of account,
      and the times on the clocks' faces count.
    - A picture without a moment stays right behind the one that is listed before it.
    - Pictures of the same moment are one tick apart, since no two frames may share a time.
    - Where none has a moment, they are one second apart.
    - The last one lasts as long as the others do in the median; ties do not count.
    """
    known = _filled(moments)
    if not known:
        pts = array("q", range(0, len(moments) * _SECOND, _SECOND))
        return Timeline(range(len(moments)), pts, pts[-1] + _SECOND, None)
    ticks = _ticks(known)
    order = sorted(range(len(ticks)), key=ticks.__getitem__)
    first = ticks[order[0]]
    pts = array("q")
    for place in order:
        at = ticks[place] - first
        pts.append(max(at, pts[-1] + 1) if pts else at)
    gaps = sorted(after - before for before, after in pairwise(pts) if after - before > 1)
    last = gaps[len(gaps) // 2] if gaps else _SECOND
    begun = known[order[0]]
    taken_at = begun.isoformat() if isinstance(begun, datetime) else None
    return Timeline(order, pts, pts[-1] + last, taken_at)


def _filled(moments: Sequence[Moment | None]) -> list[Moment]:
    """Each moment, or that of the one listed before it; empty when there is none at all."""
    current = next((moment for moment in moments if moment is not None), None)
    filled: list[Moment] = []
    for moment in moments:
        current = moment if moment is not None else current
        if current is not None:
            filled.append(current)
    return filled


def _ticks(moments: Sequence[Moment]) -> list[int]:
    numbers = [moment for moment in moments if isinstance(moment, Decimal)]
    if numbers:
        if len(numbers) < len(moments):
            raise ValueError("dates and numbers of seconds do not share a clock")
        return [round(Fraction(number) / TICK) for number in numbers]
    dates = [moment for moment in moments if isinstance(moment, datetime)]
    if any(date.tzinfo is None for date in dates):
        dates = [date.replace(tzinfo=UTC) for date in dates]
    beginning = datetime(1970, 1, 1, tzinfo=UTC)
    passed = [date - beginning for date in dates]
    return [(one.days * 86_400 + one.seconds) * _SECOND + one.microseconds for one in passed]
