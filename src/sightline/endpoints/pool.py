"""Asks on their way to an endpoint: packing, slots, retries, and when to stop trying.

Guarantees: no more exchanges in flight than the endpoint has slots; waiting for a retry holds no
slot; a slot stays taken until its answers are safely kept, so that a kill loses at most what was
in flight; every ask comes back once, answered or failed with a reason, unless it is stopped.

One ask that fails again and again is that ask's failure; the endpoint is given up only when it
answers nobody: at once while it has never answered, else after `Retries.patience_s`.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby

from sightline.errors import EndpointDown, EndpointError, RateLimited
from sightline.ports import Endpoint, Reply, Shown
from sightline.values import Answer, Ask, AskFailed, Call, UnknownReason

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Retries:
    """How stubbornly an ask is put again: exponential backoff with full jitter."""

    attempts: int = 4
    """Exchanges in all, the first included, while the endpoint answers others."""
    first_wait_s: float = 0.5
    longest_wait_s: float = 10.0
    longest_asked_wait_s: float = 120.0
    """The longest wait that is granted to an endpoint that asks for one (`Retry-After`)."""
    patience_s: float = 60.0
    """How long an endpoint that used to answer may be gone, as for a restart."""

    def wait_s(self, attempt: int, error: EndpointError) -> float:
        """Seconds to wait after the `attempt`-th failure, 1 being the first.

        What the endpoint itself asked for is a lower bound. Source of the jitter: "Exponential
        Backoff And Jitter" in the AWS Architecture Blog.
        """
        ceiling = min(self.longest_wait_s, self.first_wait_s * 2 ** min(attempt - 1, 32))
        jittered = random.uniform(0, ceiling)  # noqa: S311
        return max(jittered, min(error.retry_after_s or 0.0, self.longest_asked_wait_s))


@dataclass(frozen=True, slots=True)
class Exchange:
    """What became of asks that travelled together."""

    outcomes: tuple[tuple[Ask, Answer | AskFailed], ...]
    call: Call | None
    """None when no call got a usable reply."""
    sent: bool = True
    """Whether the endpoint was asked at all."""


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
        self._answered = 0
        self._silent_since: float | None = None
        self.gave_up: EndpointError | None = None
        """Why nothing more is asked, once that is so."""

    @property
    def endpoint(self) -> Endpoint:
        return self._endpoint

    def begin(self) -> None:
        """A new run: an endpoint that was gone may be back."""
        self._silent_since = None
        if self.gave_up and not self.gave_up.lasting:
            self.gave_up = None

    def pack(self, asks: Sequence[Ask]) -> Iterator[tuple[Ask, ...]]:
        """Split asks about the same pictures into those that travel together.

        Only independent questions for a presence share a call.
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
        self,
        shown: Sequence[Shown],
        asks: Sequence[Ask],
        *,
        keep: Keep,
        stop: asyncio.Event,
    ) -> None:
        """Get an outcome for each of `asks`, packed by `pack`, and hand them to `keep`.

        Makes no call once `stop` is set: what has no outcome by then gets none.
        """
        answered_before, attempt = self._answered, 0
        while True:
            async with self._slots:
                if stop.is_set():
                    return None
                if self.gave_up:
                    return await keep(failed(asks, self.gave_up, sent=attempt > 0))
                attempt += 1
                try:
                    reply = await self._exchange(shown, asks)
                except EndpointError as error:
                    if not self._worth_trying_again(error, attempt, answered_before):
                        return await keep(failed(asks, error))
                    wait_s = self._retries.wait_s(attempt, error)
                else:
                    self._answered += 1
                    self._silent_since = None
                    return await keep(_answered(asks, reply))
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await stop.wait()

    async def _exchange(self, shown: Sequence[Shown], asks: Sequence[Ask]) -> Reply:
        try:
            return await self._endpoint.answer(shown, asks)
        except EndpointError:
            raise
        except Exception as fault:  # the boundary to endpoints that others write
            log.exception("endpoint %s raised what it should not", self._endpoint.name)
            raise EndpointError(
                f"{self._endpoint.name} has a fault: {type(fault).__name__}: {fault}",
                endpoint=self._endpoint.name,
            ) from fault

    def _worth_trying_again(self, error: EndpointError, attempt: int, answered_before: int) -> bool:
        if error.lasting:
            self.gave_up = error
        if not error.retry:
            return False
        if self._silent_since is None:
            self._silent_since = time.monotonic()
        if attempt < self._retries.attempts:
            return True
        if self._answered > answered_before:  # it answers others: this ask is what it cannot do
            return False
        if not self._answered:
            self.gave_up = self.gave_up or error
            return False
        if not isinstance(error, EndpointDown | RateLimited):
            return False
        if time.monotonic() - self._silent_since < self._retries.patience_s:
            return True
        self.gave_up = self.gave_up or error
        return False


def failed(asks: Sequence[Ask], error: EndpointError, *, sent: bool = True) -> Exchange:
    """The exchange in which none of `asks` was answered."""
    failure = AskFailed(UnknownReason.FAILED, str(error))
    return Exchange(tuple((ask, failure) for ask in asks), None, sent)


def _packable(ask: Ask) -> bool:
    return ask.independent and ask.question.expects == "presence"


def _answered(asks: Sequence[Ask], reply: Reply) -> Exchange:
    return Exchange(tuple(zip(asks, reply.outcomes, strict=True)), reply.call)
