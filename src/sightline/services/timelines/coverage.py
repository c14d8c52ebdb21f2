"""Which stretches of a media one run speaks for: asked, shared or asked in vain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sightline.ports import Recipe
from sightline.recipes.answering import Answering
from sightline.recipes.describing import Describing
from sightline.recipes.tagging import Tagging
from sightline.services.timelines.heard import Heard
from sightline.values import FrameIndex, UnknownReason

MOST = 2000
"""Stretches of a kind that are told: a line on a screen has no more places."""
_NOTHING, _UNKNOWN, _SHARED, _ASKED = range(4)
"""What is known of a frame; the highest of its asks counts."""

_SPREAD = 0.6180339887498949
"""Of the golden ratio: its multiples, without their whole part, never crowd."""

Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stretches:
    """Each [start, end) in ticks, in order and disjoint; what is in none was not asked."""

    asked: tuple[Stretch, ...] = ()
    shared: tuple[Stretch, ...] = ()
    """Answered by the answer about a frame that looks alike."""
    unknown: tuple[Stretch, ...] = ()


def covered(
    recipe: Recipe | None, sample: Sequence[int], heard: Heard, frames: FrameIndex
) -> Stretches:
    """`sample` is empty where it is not known."""
    state = _states(heard)
    if not state:
        return Stretches()
    if isinstance(recipe, Answering):
        cells = [(frames.pts[0], frames.end, max(state.values()))]
    else:
        cells = list(_cells(recipe, sorted({*sample, *state}), state, frames))
    return Stretches(*(_most(_merged(cells, of)) for of in (_ASKED, _SHARED, _UNKNOWN)))


def _states(heard: Heard) -> dict[int, int]:
    """What is known of each frame with an outcome."""
    found: dict[int, int] = {}
    for number, pts in enumerate(heard.pts):
        if heard.facts[number]:
            now = _SHARED if heard.shared[number] else _ASKED
        else:
            failed = heard.failure(number)
            unasked = failed is not None and failed.reason is UnknownReason.UNASKED
            now = _NOTHING if unasked else _UNKNOWN
        if now > found.get(pts, _NOTHING):
            found[pts] = now
    return found


def _cells(
    recipe: Recipe | None, pts: Sequence[int], state: dict[int, int], frames: FrameIndex
) -> Iterator[tuple[int, int, int]]:
    """The stretch that each frame speaks for, and what is known of it."""
    if isinstance(recipe, Tagging | Describing) and recipe.alone:
        edges = [(one, frames.after(one)) for one in pts]
    elif isinstance(recipe, Describing):
        edges = list(pairwise([*pts, frames.end]))
    else:
        middles = [frames.at((frames.after(a) + b) // 2) for a, b in pairwise(pts)]
        edges = list(pairwise([frames.pts[0], *middles, frames.end]))
    for one, (start, end) in zip(pts, edges, strict=True):
        yield start, end, state.get(one, _NOTHING)


def _merged(cells: Sequence[tuple[int, int, int]], of: int) -> list[Stretch]:
    found: list[Stretch] = []
    for start, end, what in cells:
        if what != of:
            continue
        if found and found[-1][1] == start:
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    return found


def _most(stretches: list[Stretch]) -> tuple[Stretch, ...]:
    """At most `MOST`: the smallest gaps between them are closed, equal ones here and there."""
    too_many = len(stretches) - MOST
    if too_many <= 0:
        return tuple(stretches)
    gaps = [(b[0] - a[1], n * _SPREAD % 1, n) for n, (a, b) in enumerate(pairwise(stretches), 1)]
    closed = {n for *_, n in sorted(gaps)[:too_many]}
    found: list[Stretch] = []
    for n, (start, end) in enumerate(stretches):
        if n in closed:
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    return tuple(found)
