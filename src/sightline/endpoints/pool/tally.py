"""What was asked of an endpoint and how it went."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace

from sightline.errors import EndpointError
from sightline.values import EndpointUse

_STEP = math.log(1.1)
"""Latencies are counted in classes a tenth apart: percentiles of any number in a few counters."""
_TAKEN = 0.2
"""The weight of the newest call in the usual latency."""


class Latencies:
    """Seconds that calls took."""

    def __init__(self) -> None:
        self._classes: Counter[int] = Counter()
        self.usual_s: float | None = None
        """Of late: an exponentially weighted mean."""

    def add(self, latency_s: float) -> None:
        self._classes[math.floor(math.log(max(latency_s, 1e-6)) / _STEP)] += 1
        before = self.usual_s
        self.usual_s = latency_s if before is None else before + _TAKEN * (latency_s - before)

    def __len__(self) -> int:
        return self._classes.total()

    def quantile_s(self, share: float) -> float | None:
        """To within a twentieth; None before the first call."""
        due = share * len(self)
        for one in sorted(self._classes):
            due -= self._classes[one]
            if due <= 0:
                return math.exp((one + 0.5) * _STEP)
        return None


@dataclass(frozen=True, slots=True)
class Sums:
    """Running totals: the difference of two tells what happened between."""

    busy_s: float = 0.0
    """Slot-seconds with a call in flight."""
    ended: int = 0
    """Calls, those that were cut off included."""
    failed: int = 0
    well: int = 0
    """Calls with a usable reply; `latency_s` is how long they took together."""
    latency_s: float = 0.0


class Tally:
    """Counts that `use` sums up. One for each endpoint of a lane, and one for it in all."""

    def __init__(self, endpoint: str, model: str) -> None:
        self._use = EndpointUse(endpoint, model)
        self.latencies = Latencies()
        self._busy_s = 0.0
        self._slot_s = 0.0
        """Slot-seconds that there were, up to `_since`."""
        self._since: float | None = None
        self._slots = 0
        self._in_flight = 0
        self._changed_at = 0.0
        self._ended = 0
        self._latency_s = 0.0

    @property
    def calls(self) -> int:
        return self._use.calls

    @property
    def cost(self) -> float:
        return self._use.cost

    def begin(self, now: float, *, slots: int, retry: bool, hedge: bool) -> None:
        self._move(now, slots)
        self._in_flight += 1
        self._use.calls += 1
        self._use.retries += retry
        self._use.hedges += hedge

    def end(self, now: float, *, slots: int) -> None:
        self._move(now, slots)
        self._in_flight -= 1
        self._ended += 1

    def succeed(
        self, latency_s: float, *, answered: int, tokens: tuple[int, int], cost: float
    ) -> None:
        self.latencies.add(latency_s)
        self._latency_s += latency_s
        self._use.answered += answered
        self._use.tokens_in += tokens[0]
        self._use.tokens_out += tokens[1]
        self._use.cost += cost

    def fail(self, error: EndpointError) -> None:
        kind = type(error).__name__
        self._use.failures[kind] = self._use.failures.get(kind, 0) + 1

    @property
    def use(self) -> EndpointUse:
        return replace(
            self._use,
            failures=dict(self._use.failures),
            latency_p50_s=self.latencies.quantile_s(0.5),
            latency_p95_s=self.latencies.quantile_s(0.95),
            utilisation=self._busy_s / self._slot_s if self._slot_s else None,
        )

    def sums(self, now: float) -> Sums:
        """Up to now, calls in flight included."""
        going_on = self._in_flight * (now - self._changed_at)
        failed = sum(self._use.failures.values())
        return Sums(
            self._busy_s + going_on, self._ended, failed, len(self.latencies), self._latency_s
        )

    def _move(self, now: float, slots: int) -> None:
        """Bring both integrals up to now, when a call begins or ends."""
        if self._since is None:
            self._since = self._changed_at = now
        passed = now - self._changed_at
        self._busy_s += self._in_flight * passed
        self._slot_s += max(slots, self._in_flight) * passed
        self._changed_at = now
