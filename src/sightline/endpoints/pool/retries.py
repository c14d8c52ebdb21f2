"""How stubbornly an ask is put again."""

from __future__ import annotations

import random
from dataclasses import dataclass

from sightline.errors import EndpointError


@dataclass(frozen=True, slots=True)
class Retries:
    """Exponential backoff with full jitter, within a budget."""

    attempts: int = 4
    """Exchanges in all, the first included, while others are answered."""
    first_wait_s: float = 0.5
    longest_wait_s: float = 10.0
    longest_asked_wait_s: float = 120.0
    """The longest wait that is granted to an endpoint that asks for one (`Retry-After`)."""
    patience_s: float = 60.0
    """How long endpoints that used to answer may be gone, as for a restart."""
    deadline_s: float = 900.0
    """From an ask's first exchange until it is given up, come what may."""

    def wait_s(self, attempt: int, error: EndpointError) -> float:
        """Seconds to wait after the `attempt`-th failure, 1 being the first.

        What the endpoint itself asked for is a lower bound. Source of the jitter: "Exponential
        Backoff And Jitter" in the AWS Architecture Blog.
        """
        ceiling = min(self.longest_wait_s, self.first_wait_s * 2 ** min(attempt - 1, 32))
        jittered = random.uniform(0, ceiling)  # noqa: S311
        return max(jittered, self.asked_s(error))

    def asked_s(self, error: EndpointError) -> float:
        """Seconds that the endpoint itself asked for, as far as they are granted."""
        return min(error.retry_after_s or 0.0, self.longest_asked_wait_s)


class RetryBudget:
    """Keeps repeats from becoming the larger part of what a struggling fleet is sent.

    Each answer earns as much as a repeat costs, up to a stock that a fleet starts with. An ask that
    finds nothing left waits for others to be answered; it is not lost.
    """

    def __init__(self, stock: float = 100.0) -> None:
        self._most = stock
        self._left = stock

    @property
    def spent(self) -> bool:
        return self._left < 1

    def earn(self) -> None:
        self._left = min(self._most, self._left + 1)

    def spend(self) -> None:
        self._left = max(0.0, self._left - 1)
