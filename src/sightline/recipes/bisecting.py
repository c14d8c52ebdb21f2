"""Where between two frames does a tag begin or end? One bracket at a time, as pure state.

A bracket holds the last frame known to be on the one side and the first known to be on the other.
It narrows to the wanted width in at most log2(width) + 1 questions: by halves, but for one try at
the place where the picture visibly changes, which mostly settles it in two.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bracket:
    """Positions in the index: the change lies in (low, high]."""

    low: int
    high: int
    tries: tuple[int, ...] = ()
    """Positions to ask before halving, while they lie inside."""
    hinted: bool = False
    """The one try at a hint was made."""

    def narrowed(self, place: int, *, changed: bool) -> Bracket:
        """What is left once it is known whether the change has come by `place`."""
        if not self.low < place < self.high:
            return self
        low, high = (self.low, place) if changed else (place, self.high)
        tries = tuple(one for one in self.tries if low < one < high and one != place)
        return Bracket(low, high, tries, self.hinted)


def next_place(bracket: Bracket, *, width: int, hints: Sequence[int]) -> tuple[int | None, Bracket]:
    """The position to ask next, and the bracket that remembers it; None when it is narrow enough.

    `width` is how far apart its ends may stay, at least 1; `hints` are positions at which the
    picture has just changed, increasing.
    """
    low, high = bracket.low, bracket.high
    if high - low <= width:
        return None, bracket
    if bracket.tries:
        return bracket.tries[0], bracket
    if not bracket.hinted:
        tried = _tries(low, high, hints)
        bracket = Bracket(low, high, tried, hinted=True)
        if tried:
            return tried[0], bracket
    return (low + high) // 2, bracket


def _tries(low: int, high: int, hints: Sequence[int]) -> tuple[int, ...]:
    """The frame before a visible change and the one after it, the larger part's side last.

    So whatever the answers, no more than one question is lost against halving.
    """
    inside = hints[bisect_right(hints, low) : bisect_left(hints, high)]
    if not inside or high - low <= 4:
        return ()
    middle = (low + high) / 2
    change = min(inside, key=lambda hint: abs(hint - middle))
    before, after = change - 1, change
    pair = (before, after) if before - low >= high - after else (after, before)
    return tuple(place for place in pair if low < place < high)
