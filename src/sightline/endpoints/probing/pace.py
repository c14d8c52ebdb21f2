"""How many calls run at once, and which batch brings the most answers a second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from sightline.endpoints.probing.marking import Marks, Sheet, mark_all, presence_sheet
from sightline.errors import BadReply, EndpointDown, RateLimited, RequestRejected
from sightline.ports import Endpoint

TAGS_PER_CALL = (2, 4, 8, 16)
FRAMES_PER_CALL = (2, 4)

_CALLS_AT = {1: 6, 2: 6, 4: 8}
"""At each number of calls at once; elsewhere two rounds."""
_ENOUGH_OF_IDEAL = 0.25
"""Twice the calls at once must bring a quarter of twice the answers more, or it is a queue."""
_WORTH_IT = 1.05
"""A larger batch must bring so much more: what fails takes more with it."""

Draw = Callable[[int], Sheet]
"""Makes the n-th sheet of one question."""


@dataclass(frozen=True, slots=True)
class Pace:
    parallel: int
    answers_per_s: float
    latency_s: float
    """Of a call alone: the median."""
    marks: Marks
    """Of all single questions."""


@dataclass(frozen=True, slots=True)
class Batch:
    tags: int
    frames: int
    answers_per_s: float


class Sheets:
    """Deals sheets none of which was dealt before."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._numbers = count()

    def deal(self, calls: int) -> list[Sheet]:
        """They are drawn before the clock runs."""
        return [self._draw(n) for _, n in zip(range(calls), self._numbers, strict=False)]


async def find_pace(endpoint: Endpoint, sheets: Sheets, *, most: int) -> Pace:
    """Single questions, at 1, 2, 4… calls at once, until more of them bring no more answers.

    12 calls where one runs at a time, 72 where 16 do. Raises `EndpointError` when the calls fail
    even one at a time; that more of them fail is the limit that was looked for.
    """
    marks = await mark_all(endpoint, sheets.deal(_CALLS_AT[1]), at_once=1)
    latencies = sorted(marks.latencies_s)
    parallel, rate = 1, len(latencies) / marks.elapsed_s
    while parallel * 2 <= most:
        at_once = parallel * 2
        calls = _CALLS_AT.get(at_once, 2 * at_once)
        try:
            found = await mark_all(endpoint, sheets.deal(calls), at_once=at_once)
        except (EndpointDown, RateLimited):
            break
        marks += found
        if calls / found.elapsed_s < rate * (1 + _ENOUGH_OF_IDEAL):
            break
        parallel, rate = at_once, calls / found.elapsed_s
    return Pace(parallel, rate, latencies[len(latencies) // 2], marks)


async def find_batch(endpoint: Endpoint, pace: Pace, *, pictures: int) -> Batch:
    """The best batch that is as accurate as single questions; tags first, then frames.

    `pictures` is how many a request can hold. Two calls for each size tried where calls do not run
    at once, at most 12 in all; else as many as run at once.
    """
    best = Batch(1, 1, pace.answers_per_s)
    for tags in TAGS_PER_CALL:
        found = await _try(endpoint, pace, tags=tags, frames=1)
        if found is None:
            break
        if found >= best.answers_per_s * _WORTH_IT:
            best = Batch(tags, 1, found)
    for frames in FRAMES_PER_CALL:
        if frames > pictures:
            break
        found = await _try(endpoint, pace, tags=best.tags, frames=frames)
        if found is None:
            break
        if found >= best.answers_per_s * _WORTH_IT:
            best = Batch(best.tags, frames, found)
    return best


async def _try(endpoint: Endpoint, pace: Pace, *, tags: int, frames: int) -> float | None:
    """Answers a second in this batch; None when it is less accurate than single questions."""
    first = 1000 * tags + 100 * frames  # cards that were not shown before
    sheets = [
        presence_sheet(first + n, tags=tags, frames=frames) for n in range(max(2, pace.parallel))
    ]
    try:
        marks = await mark_all(endpoint, sheets, at_once=pace.parallel)
    except (BadReply, RequestRejected, EndpointDown, RateLimited):
        return None
    return marks.answers_per_s if marks.share >= pace.marks.share else None
