"""Whether an endpoint is worth a call now.

Closed while it answers. Open after failures in a row, for a time that doubles with each vain try;
then half open: one call tries, and its outcome decides. What other processes found out counts as
well: see `leave_alone`.
"""

from __future__ import annotations

import random
from enum import StrEnum

FAILURES_IN_A_ROW = 5
_JITTER = 0.2


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


class Breaker:
    """All times are seconds on the caller's clock."""

    def __init__(self, *, first_s: float = 0.5, longest_s: float = 30.0) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._cool_down_s = first_s
        self._until = 0.0
        self._trying = False
        self.state = State.CLOSED
        self.failures = 0
        """In a row, up to now."""
        self.hearsay = False
        """Whether it is open on the word of another process alone."""
        self.reason = ""
        """Of the last failure, for a person."""

    def opens_at(self) -> float | None:
        """When it will let a call through that it does not let through now; None if it does."""
        return self._until if self.state is State.OPEN else None

    def admits(self, now: float) -> bool:
        match self.state:
            case State.CLOSED:
                return True
            case State.OPEN:
                return now >= self._until
            case State.HALF_OPEN:
                return not self._trying

    def begin(self) -> None:
        """A call that was admitted begins."""
        if self.state is not State.CLOSED:
            self.state, self._trying = State.HALF_OPEN, True

    def succeed(self) -> None:
        self.state, self._trying, self.failures = State.CLOSED, False, 0
        self._until, self.hearsay = 0.0, False
        self._cool_down_s = self._first_s

    def fail(self, now: float, *, reason: str = "") -> None:
        self.failures += 1
        self.reason = reason
        too_many = self.state is State.CLOSED and self.failures >= FAILURES_IN_A_ROW
        if too_many or self.state is State.HALF_OPEN:
            self._open(now)

    def abandon(self) -> None:
        """A call was cut off from this side: it says nothing about the endpoint."""
        self._trying = False

    def leave_alone(self, now: float, *, for_s: float) -> None:
        """Another process has found it in trouble, and tries again after so many seconds.

        What was found out here counts for more, and so does a call that is trying it already.
        """
        if self._trying or (self.state is State.OPEN and not self.hearsay):
            return
        self.state, self.hearsay = State.OPEN, True
        self._until = max(self._until, now + for_s)

    def all_clear(self) -> None:
        """Another process was answered: what was hearsay is over."""
        if self.hearsay:
            self.succeed()

    def _open(self, now: float) -> None:
        jitter = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311
        self._until = now + self._cool_down_s * jitter
        self._cool_down_s = min(self._longest_s, 2 * self._cool_down_s)
        self.state, self._trying, self.hearsay = State.OPEN, False, False
