"""What was measured of the frames of one media, gathered over many reads."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from sightline.media.rows import Row
from sightline.values import Sharing, Signals

_ALONE = 2**63 - 1
"""The gap of a frame that was compared with none."""


class _Line(NamedTuple):
    """A row of the columns of a `Tally`."""

    pts: int
    brightness: int
    sharpness: int
    motion: float
    change: float
    alike: int
    gap: int
    """Ticks from the frame that it was compared with."""


class Tally:
    """Measures by frames: in order, each frame once, in some 34 bytes.

    Of two measures of a frame that one is kept which was compared with the nearer frame before it:
    it says more about the change at this frame. Which group it belongs to is kept for itself,
    since a frame that is read again on its own belongs to none then.
    """

    def __init__(self) -> None:
        self._pts, self._alike, self._gap = array("q"), array("q"), array("q")
        self._brightness, self._sharpness = array("B"), array("B")
        self._motion, self._change = array("f"), array("f")
        self._within: float | None = None

    @property
    def signals(self) -> Signals:
        """As they are now; they grow with what is added."""
        return Signals(
            self._pts,
            self._brightness,
            self._sharpness,
            self._motion,
            self._change,
            self._alike,
            self._within,
        )

    def add(self, rows: Sequence[Row], *, before: int | None, sharing: Sharing | None) -> None:
        """`rows` are in order; `before` is the pts measured before them in the same read."""
        if sharing and sharing.within != self._within:
            self._within = sharing.within
            self._alike[:] = self._pts
        lines = _lines(rows, before)
        if not lines:
            return
        place = slice(bisect_left(self._pts, lines[0].pts), bisect_right(self._pts, lines[-1].pts))
        if place.start < place.stop:
            lines = _merged(self._lines(place), lines, groups=sharing is not None)
        self._pts[place] = array("q", [line.pts for line in lines])
        self._brightness[place] = array("B", [line.brightness for line in lines])
        self._sharpness[place] = array("B", [line.sharpness for line in lines])
        self._motion[place] = array("f", [line.motion for line in lines])
        self._change[place] = array("f", [line.change for line in lines])
        self._alike[place] = array("q", [line.alike for line in lines])
        self._gap[place] = array("q", [line.gap for line in lines])

    def _lines(self, place: slice) -> list[_Line]:
        columns = (
            self._pts[place],
            self._brightness[place],
            self._sharpness[place],
            self._motion[place],
            self._change[place],
            self._alike[place],
            self._gap[place],
        )
        return [_Line(*line) for line in zip(*columns, strict=True)]


def _lines(rows: Sequence[Row], before: int | None) -> list[_Line]:
    lines: list[_Line] = []
    for row in rows:
        if row.measures is not None:
            gap = _ALONE if before is None else row.pts - before
            lines.append(_Line(row.pts, *row.measures, gap))
            before = row.pts
    return lines


def _merged(known: Sequence[_Line], new: Sequence[_Line], *, groups: bool) -> list[_Line]:
    """Of a frame that is in both, the better measures; its group by `new` where that has any."""
    lines = {line.pts: line for line in known}
    for line in new:
        old = lines.get(line.pts, line)
        better = line if line.gap <= old.gap else old
        lines[line.pts] = better._replace(alike=(line if groups else old).alike)
    return [lines[pts] for pts in sorted(lines)]
