"""How many calls an endpoint gets at once: as it was told, or as many as bring more answers.

Learned by additive increase and multiplicative decrease: one more slot while the last one raised
the rate by at least half of what it could have, one less when it did not, half of them when the
endpoint says that it has too much (429, 503, a time-out) or takes twice as long for nothing more.
"""

from __future__ import annotations

import math
from statistics import median
from typing import Protocol

MOST_LEARNED = 64
FIRST_LEARNED = 2

_WINDOW = 8
"""Calls at least, from which a rate is told."""
_HALF_OF_THE_GAIN = 0.5
_WINDOWS_BEFORE_TRYING_AGAIN = 12
"""Longer each time it was in vain."""
_LONGEST_HOLD = 200
_SLOW = 2.0
"""Times the base: slower than that, for no more answers, is a queue."""


class Limit(Protocol):
    @property
    def slots(self) -> int: ...

    def succeed(self, latency_s: float, *, full: bool) -> None:
        """A call was answered; `full` when every slot was taken meanwhile."""
        ...

    def overload(self, now: float) -> None:
        """The endpoint has too much to do."""
        ...


class Fixed:
    """As its owner says."""

    def __init__(self, slots: int) -> None:
        self.slots = slots

    def succeed(self, latency_s: float, *, full: bool) -> None:
        """Nothing is learned."""

    def overload(self, now: float) -> None:
        """Its owner has decided; the breaker and `Retry-After` hold it back."""


class Learned:
    """Found out. By Little's law the rate of answers is slots / latency, while all are taken."""

    def __init__(self, first: int = FIRST_LEARNED, most: int = MOST_LEARNED) -> None:
        self.slots = max(1, min(first, most))
        self._most = most
        self._latencies: list[float] = []
        self._base_s = math.inf
        self._rates: dict[int, float] = {}
        """Answers a second that so many slots brought."""
        self._hold = 0
        self._vain = 0
        self._halved_at = -math.inf
        self._last_latency_s = 0.0

    def succeed(self, latency_s: float, *, full: bool) -> None:
        self._last_latency_s = latency_s
        if not full:
            return
        self._latencies.append(latency_s)
        if len(self._latencies) >= max(_WINDOW, 2 * self.slots):
            self._decide(median(self._latencies))
            self._latencies.clear()

    def overload(self, now: float) -> None:
        # Calls in flight fail together: they are one sign and not many.
        if now - self._halved_at < max(1.0, self._last_latency_s):
            return
        self._halved_at = now
        self._become(max(1, self.slots // 2))
        self._hold = _WINDOWS_BEFORE_TRYING_AGAIN

    def _decide(self, latency_s: float) -> None:
        self._base_s = min(self._base_s, latency_s)
        rate = self.slots / latency_s if latency_s else math.inf
        self._rates[self.slots] = rate
        fewer = self._rates.get(self.slots - 1)
        ideal = self.slots / (self.slots - 1) - 1 if self.slots > 1 else math.inf
        if fewer is not None and rate < fewer * (1 + _HALF_OF_THE_GAIN * ideal):
            gained_nothing = rate <= fewer
            if latency_s > _SLOW * self._base_s and gained_nothing and self._vain:
                self._become(max(1, self.slots // 2))
            else:
                self._become(self.slots - 1)
            self._vain += 1
            self._hold = min(_LONGEST_HOLD, _WINDOWS_BEFORE_TRYING_AGAIN * self._vain)
        elif self._hold:
            self._hold -= 1
        elif self.slots < self._most:
            self._become(self.slots + 1)

    def _become(self, slots: int) -> None:
        if slots < self.slots:  # what more of them brought may be another rate by the next time
            self._rates = {n: rate for n, rate in self._rates.items() if n <= slots}
        self.slots = slots
        self._latencies.clear()
