"""Asks on their way to an endpoint: packing, slots, retries, and when to stop trying.

Guarantees: no more exchanges in flight than the endpoint has slots; waiting for a retry holds no
slot; a slot stays taken until its answers are safely kept, so that a kill loses at most what was
in flight; every ask comes back once, answered or failed with a reason, unless it is stopped.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sightline.errors import EndpointError, Unsupported
from sightline.ports import Endpoint, Reply, Shown
from sightline.values import Answer, Ask, AskFailed, Call, UnknownReason


@dataclass(frozen=True, slots=True)
class Retries:
    """How stubbornly an ask is put again: exponential backoff with full jitter."""

    attempts: int = 4
    """Exchanges in all, the first included."""
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0
    patience_s: float = 120.0
    """The longest wait that is granted to an endpoint that asks for one (`Retry-After`)."""
    give_up_after: int = 3
    """Exchanges in a row that failed for good before the rest is not even tried."""

    def wait_s(self, attempt: int, error: EndpointError) -> float:
        """Seconds to wait after the `attempt`-th failure, 1 being the first.

        What the endpoint itself asked for is a lower bound. Source of the jitter: "Exponential
        Backoff And Jitter" in the AWS Architecture Blog.
        """
        ceiling = min(self.longest_wait_s, self.first_wait_s * 2 ** (attempt - 1))
        jittered = random.uniform(0, ceiling)  # noqa: S311
        return max(jittered, min(error.retry_after_s or 0.0, self.patience_s))


@dataclass(frozen=True, slots=True)
class Exchange:
    """What became of asks that travelled together."""

    outcomes: tuple[tuple[Ask, Answer | AskFailed], ...]
    call: Call | None
    """None when no call got a usable reply."""


Keep = Callable[[Exchange], Awaitable[None]]
"""Called with each exchange while its slot is still taken; returns when it is stored."""


class Pool:
    """One endpoint and the manners in which it is asked."""

    def __init__(
        self, endpoint: Endpoint, *, retries: Retries | None = None, tags_per_call: int = 8
    ) -> None:
        self._endpoint = endpoint
        self._retries = retries or Retries()
        self._tags_per_call = tags_per_call
        self._slots = asyncio.Semaphore(endpoint.slots)
        self._failed_in_a_row = 0
        self.gave_up: EndpointError | None = None
        """Why nothing more is asked, once that is so."""

    @property
    def endpoint(self) -> Endpoint:
        return self._endpoint

    def pack(self, asks: Sequence[Ask]) -> Iterator[tuple[Ask, ...]]:
        """Split asks about the same pictures into those that travel together.

        Only independent questions for a presence share a call, each wording once.
        """
        for ask in asks:
            if not _packable(ask):
                yield (ask,)
        together = sorted(filter(_packable, asks), key=lambda ask: ask.sample)
        for _, alike in groupby(together, lambda ask: ask.sample):
            group = tuple(alike)
            for start in range(0, len(group), self._tags_per_call):
                yield group[start : start + self._tags_per_call]

    async def ask(
        self, shown: Sequence[Shown], asks: Sequence[Ask], *, keep: Keep, stop: asyncio.Event
    ) -> None:
        """Get an outcome for each of `asks`, packed by `pack`, and hand them to `keep`.

        Makes no call once `stop` is set: what has no outcome by then gets none.
        """
        for attempt in range(1, self._retries.attempts + 1):
            async with self._slots:
                if stop.is_set():
                    return None
                if self.gave_up:
                    return await keep(failed(asks, self.gave_up))
                try:
                    reply = await self._endpoint.answer(shown, asks)
                except EndpointError as error:
                    if not error.retry or attempt == self._retries.attempts:
                        self._count_failure(error)
                        return await keep(failed(asks, error))
                    wait_s = self._retries.wait_s(attempt, error)
                else:
                    self._failed_in_a_row = 0
                    return await keep(_answered(asks, reply))
            await asyncio.sleep(wait_s)
        raise AssertionError("the last attempt returns")

    def _count_failure(self, error: EndpointError) -> None:
        if isinstance(error, Unsupported):
            return
        self._failed_in_a_row += 1
        if error.lasting or self._failed_in_a_row >= self._retries.give_up_after:
            self.gave_up = self.gave_up or error


def failed(asks: Sequence[Ask], error: EndpointError) -> Exchange:
    """The exchange in which none of `asks` was answered."""
    unsupported = isinstance(error, Unsupported)
    reason = UnknownReason.UNSUPPORTED if unsupported else UnknownReason.FAILED
    failure = AskFailed(reason, str(error))
    return Exchange(tuple((ask, failure) for ask in asks), None)


def _packable(ask: Ask) -> bool:
    return ask.independent and ask.question.expects == "presence"


def _answered(asks: Sequence[Ask], reply: Reply) -> Exchange:
    return Exchange(tuple(zip(asks, reply.outcomes, strict=True)), reply.call)
