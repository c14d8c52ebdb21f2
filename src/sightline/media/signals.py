"""What follows from signals: cuts and shots, and black, frozen and unchanging stretches.

Pure functions. A stretch is [start, end) in ticks and holds only frames that were measured, each
the neighbour of the next: of what lies between two sampled frames nothing is known.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import pairwise

from sightline.values import FrameIndex, Signals

Stretch = tuple[int, int]

CUT = 10.0
"""Least `change` at a cut. Within a shot it stays below 5 but for a fast camera."""
_CUT_ABOVE = 2.0
"""How many times the change around it: what a fast camera does it does for several frames."""
_AROUND = 3
"""Frames to either side. Where all of them are there the largest does not count, as it may be the
next cut; but the second does: film in a faster video changes with every second or third frame."""
_JUMP = 6.0
"""Least `motion` at a jump in time, of a camera that stands still: most of the picture stays."""
_JUMP_ABOVE = 3.0
"""How many times any motion around it."""
_AROUND_JUMP = 4
"""Frames to either side: what comes and goes within them is no jump."""
_DISSOLVING = 3.0
"""Least `change` in every frame of a dissolve."""
_DISSOLVE_FRAMES = range(3, 25)
_DISSOLVED = 20.0, 80.0
"""All of them together: as much as two pictures differ. A camera that turns comes to more."""
_STILL = 0.34
"""Most change around a dissolve, beside that in it."""
_FLASH = 6
"""Frames, at most, of a flash: light that comes and goes, and the picture is the same again."""
_FLASH_LEVELS, _FLASH_LEFT = 15, 0.25
"""Least brightness that comes, and the most of it that may stay."""
_BLACK, _BLACK_DETAIL = 10, 4
"""Most brightness and sharpness of a black frame; a line of text on black has more detail."""
_MOVE, _MOVE_ABOVE, _AROUND_MOVE = 0.6, 4.0, 8
"""Least motion of something that begins, and how many times the usual in so many frames around."""
_STILL_FRAMES = 4
"""Least number of frames that look alike for a stretch that stands still."""
_FROZEN = 0.25
"""Most motion in a frozen stretch: what codecs do to a picture that stands still. Sensors of
cameras make more, in all but perfect light."""


def cuts(signals: Signals, index: FrameIndex) -> Sequence[int]:
    """The pts of the first frames of shots, without the very first.

    A dissolve is one cut, half-way through, if it is short or between pictures that differ much; a
    fade through black is one where the picture comes back. A flash is none.
    """
    found = {signals.pts[place] for place in _hard_cuts(signals, index)}
    dark = black(signals, index)
    found.update(
        end
        for start, end in dark
        if not found & {start, end} and signals.pts[0] < start and end < index.end
    )
    for first, last in _dissolves(signals, index):
        start, end = signals.pts[max(0, first - 2)], index.after(signals.pts[last])
        if not any(begins <= end and start <= ends for begins, ends in dark):
            found.add(signals.pts[(first + last + 1) // 2])
    return sorted(found)


def shots(signals: Signals, index: FrameIndex) -> Sequence[Stretch]:
    """From cut to cut, the whole media without a gap."""
    return list(pairwise((index.pts[0], *cuts(signals, index), index.end)))


def black(signals: Signals, index: FrameIndex, *, least: int = 0) -> Sequence[Stretch]:
    """Stretches without a picture that last so many ticks."""

    def is_black(place: int) -> bool:
        return signals.brightness[place] <= _BLACK and signals.sharpness[place] <= _BLACK_DETAIL

    runs = _runs(signals, index, lambda place: is_black(place - 1) and is_black(place))
    return _lasting(signals, index, (run for run in runs if is_black(run[0])), least)


def frozen(signals: Signals, index: FrameIndex, *, least: int = 0) -> Sequence[Stretch]:
    """Stretches of two frames or more in which nothing moves and that last so many ticks."""
    runs = _runs(
        signals,
        index,
        lambda place: (
            signals.motion[place] <= _FROZEN
            and (signals.alike_within is None or signals.alike[place] == signals.alike[place - 1])
        ),
    )
    return _lasting(signals, index, (run for run in runs if run[0] < run[1]), least)


def groups(signals: Signals, index: FrameIndex) -> Sequence[Stretch]:
    """The near-duplicate groups, those of a single frame too."""
    runs = _runs(signals, index, lambda place: signals.alike[place] == signals.alike[place - 1])
    return _lasting(signals, index, runs, 0)


def changes(signals: Signals, index: FrameIndex) -> Sequence[int]:
    """The pts of frames at which the picture has just changed, for whoever looks for events.

    Cuts; the ends of stretches in which all frames look alike; and where something begins to move
    or stops, or moves as nothing around it does. Where everything moves all the time there are few.
    """
    found = set(cuts(signals, index))
    long = [(start, end) for start, end in groups(signals, index) if _frames(signals, start, end)]
    found.update(start for start, _ in long if start > signals.pts[0])
    found.update(end for _, end in long if end < index.end and index.holds(end))
    motion = signals.motion
    for place in range(1, len(signals)):
        window = sorted(
            motion[near]
            for near in range(
                max(1, place - _AROUND_MOVE), min(len(motion), place + _AROUND_MOVE + 1)
            )
            if near != place
        )
        usual = window[len(window) // 2] if window else 0.0
        if motion[place] >= _MOVE and motion[place] >= _MOVE_ABOVE * usual:
            found.add(signals.pts[place])
    return sorted(found)


def _frames(signals: Signals, start: int, end: int) -> bool:
    """Whether a stretch has enough frames to be called still."""
    return bisect_left(signals.pts, end) - bisect_left(signals.pts, start) >= _STILL_FRAMES


def _hard_cuts(signals: Signals, index: FrameIndex) -> Sequence[int]:
    """Places in the signals."""
    gaps = _gaps(signals, index)
    change, motion = signals.change, signals.motion
    found: list[int] = []
    for place in range(1, len(signals)):
        if change[place] < CUT and motion[place] < _JUMP:
            continue
        around = sorted(_around(change, place, _AROUND))
        if len(around) == 2 * _AROUND:
            around.pop()
        cuts = change[place] >= max(CUT, _CUT_ABOVE * max(around, default=0.0))
        moved = max(_around(motion, place, _AROUND_JUMP), default=0.0)
        jumps = motion[place] >= max(_JUMP, _JUMP_ABOVE * moved)
        if (cuts or jumps) and place not in gaps:
            found.append(place)
    return _without_flashes(found, signals)


def _around(levels: Sequence[float], place: int, frames: int) -> Sequence[float]:
    """Those of so many frames to either side. The first one of all has none to be compared with."""
    return [
        *levels[max(1, place - frames) : place],
        *levels[place + 1 : place + 1 + frames],
    ]


def _dissolves(signals: Signals, index: FrameIndex) -> Iterator[tuple[int, int]]:
    """The first and the last place of each: all of the picture changes, steadily, and is still
    before and after."""
    change = signals.change
    runs = _runs(signals, index, lambda n: min(change[n - 1], change[n]) >= _DISSOLVING)
    for first, last in runs:
        length = last + 1 - first
        if length not in _DISSOLVE_FRAMES:
            continue
        total = sum(change[first : last + 1])
        before, after = (
            change[max(1, first - 1 - _AROUND) : first - 1],
            change[last + 2 : last + 2 + _AROUND],
        )
        still = max((*before, *after), default=255.0) <= _STILL * total / length
        if still and _DISSOLVED[0] <= total <= _DISSOLVED[1]:
            yield first, last


def _without_flashes(found: Sequence[int], signals: Signals) -> Sequence[int]:
    kept: list[int] = []
    for place in found:
        if kept and place - kept[-1] <= _FLASH and _is_flash(kept[-1], place, signals):
            kept.pop()
        else:
            kept.append(place)
    return kept


def _is_flash(first: int, end: int, signals: Signals) -> bool:
    brightness = signals.brightness
    lit = sum(brightness[first:end]) / (end - first)
    came, stayed = lit - brightness[first - 1], brightness[end] - brightness[first - 1]
    return abs(came) >= _FLASH_LEVELS and abs(stayed) <= _FLASH_LEFT * abs(came)


def _runs(
    signals: Signals, index: FrameIndex, goes_on: Callable[[int], bool]
) -> Iterator[tuple[int, int]]:
    """The first and the last place of each run of neighbours, as long as it `goes_on` at a place
    from the one before."""
    gaps = _gaps(signals, index)
    first = 0
    for place in range(1, len(signals)):
        if place in gaps or not goes_on(place):
            yield first, place - 1
            first = place
    if len(signals):
        yield first, len(signals) - 1


def _lasting(
    signals: Signals, index: FrameIndex, runs: Iterable[tuple[int, int]], least: int
) -> Sequence[Stretch]:
    stretches = ((signals.pts[first], index.after(signals.pts[last])) for first, last in runs)
    return [(start, end) for start, end in stretches if end - start >= least]


def _gaps(signals: Signals, index: FrameIndex) -> Container[int]:
    """The places in the signals whose frame does not follow the one before it in the media."""
    if len(signals) == len(index):
        return ()
    places = (bisect_left(index.pts, pts) for pts in signals.pts)
    return {n + 1 for n, (one, next_one) in enumerate(pairwise(places)) if next_one != one + 1}
