"""The plain way through a list of asks: a bounded number open at a time, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from sightline.ports import RecipeRun, StopAsking
from sightline.values import Answer, Ask, AskFailed, AskId, Emit, Finding

OPEN = 1024
"""Asks open at once: far more than any fleet has slots, far fewer than a long video has frames,
so that memory does not grow with its length."""


def scan(
    asks: Iterator[Ask],
    hear: Callable[[AskId, Answer | AskFailed], tuple[Finding, ...]],
    conclude: Callable[[], tuple[Finding, ...]],
) -> RecipeRun:
    """Emit every ask, one more for each outcome heard; `conclude` when none is open or at a stop.

    `asks` is drawn from only as far as needed, so it may leave out what `hear` has made needless.
    """
    new = tuple(islice(asks, OPEN))
    waiting = len(new)
    findings: tuple[Finding, ...] = ()
    while waiting:
        try:
            ask_id, outcome = yield Emit(new, findings)
        except StopAsking:
            new, findings = (), ()
            break
        findings = hear(ask_id, outcome)
        new = tuple(islice(asks, 1))
        waiting += len(new) - 1
    yield Emit(new, findings + conclude())


def explore(
    first: Iterator[Ask],
    hear: Callable[[AskId, Answer | AskFailed], Iterator[Ask]],
    conclude: Callable[[], tuple[Finding, ...]],
    *,
    opening: int = OPEN,
) -> RecipeRun:
    """Like `scan`, where what is heard may lead to more asks, which go before those of `first`.

    `opening` of them are open to begin with.
    """
    new = tuple(islice(first, min(opening, OPEN)))
    waiting = len(new)
    while waiting:
        try:
            ask_id, outcome = yield Emit(new)
        except StopAsking:
            new = ()
            break
        led_to = tuple(hear(ask_id, outcome))
        waiting += len(led_to) - 1
        more = tuple(islice(first, max(0, min(OPEN - waiting, 1))))
        new = led_to + more
        waiting += len(more)
    yield Emit(new, conclude())
