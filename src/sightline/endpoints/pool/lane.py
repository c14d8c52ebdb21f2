"""One run's way into the pool: what it has sent, and what of that is still waiting."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Protocol

from sightline.endpoints.pool.member import Member
from sightline.endpoints.pool.tally import Tally
from sightline.errors import EndpointError
from sightline.ports import Listener, Shown
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    Budget,
    Call,
    EndpointUse,
    Reach,
    Spent,
    UnknownReason,
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What became of asks that travelled together."""

    outcomes: tuple[tuple[Ask, Answer | AskFailed], ...]
    call: Call | None
    """None when no call got a usable reply."""
    sent: bool = True
    """Whether an endpoint was asked at all."""


Keep = Callable[[Exchange], Coroutine[None, None, None]]
"""Called with each exchange while its slot is still taken; returns when it is stored."""


def failed(
    asks: Sequence[Ask],
    detail: str,
    *,
    reason: UnknownReason = UnknownReason.FAILED,
    sent: bool = True,
) -> Exchange:
    """The exchange in which none of `asks` was answered."""
    failure = AskFailed(reason, detail)
    return Exchange(tuple((ask, failure) for ask in asks), None, sent)


@dataclass(frozen=True, slots=True, eq=False)
class Parcel:
    """Asks about the same pictures that may travel together, on their way."""

    shown: Sequence[Shown]
    asks: tuple[Ask, ...]
    attempts: int = 0
    """How often all that were up have been tried in vain."""
    not_before: float = 0.0
    first_sent_at: float | None = None
    answered_before: int = 0
    """What the pool had answered when it was first sent."""
    failed_at: frozenset[str] = frozenset()
    """Endpoints that may do better at another time."""
    refused_by: frozenset[str] = frozenset()
    """Endpoints that will never answer it."""
    last_error: EndpointError | None = None

    @property
    def packable(self) -> bool:
        return is_packable(self.asks[0])

    @property
    def fresh(self) -> bool:
        """Whether it has not been tried yet."""
        return self.last_error is None

    def of(self, asks: Sequence[Ask]) -> Parcel:
        return replace(self, asks=tuple(asks))


def is_packable(ask: Ask) -> bool:
    """Only independent questions for a presence share a call."""
    return ask.independent and ask.question.expects == "presence"


def parcels(shown: Sequence[Shown], asks: Sequence[Ask]) -> list[Parcel]:
    """Split asks about the same pictures into those that may travel together."""
    found = [Parcel(shown, (ask,)) for ask in asks if not is_packable(ask)]
    together = sorted(filter(is_packable, asks), key=lambda ask: ask.sample)
    for _, group in groupby(together, lambda ask: ask.sample):
        found.append(Parcel(shown, tuple(group)))
    return found


class Dispatcher(Protocol):
    """What a lane needs of its pool."""

    @property
    def room(self) -> int:
        """How many parcels of a lane may wait beside those that are being asked."""
        ...

    def dispatch(self) -> None:
        """Send what can be sent."""
        ...

    def leave(self, lane: Lane) -> None: ...


@dataclass(eq=False)
class Lane:
    """One run's way into the pool, from `Pool.lane`; `close` it.

    Parcels leave it in the order in which they were put, but for retries, which go first.
    """

    pool: Dispatcher
    keep: Keep
    stop: asyncio.Event
    """Once set, nothing more is sent: what has no outcome by then gets none."""
    egress: Reach = Reach.ANY
    """No picture goes further."""
    budget: Budget = field(default_factory=Budget)
    spent_before: Spent = field(default_factory=Spent)
    """In earlier attempts of its run."""
    models: Collection[str] | None = None
    """Whose answers the run accepts; None: anybody's."""
    endpoints: Collection[str] | None = None
    """Who may be asked, by name; None: all of them."""
    listener: Listener | None = None
    """Hears texts while they are given."""
    upcoming: int = 0
    """Parcels that will follow those that wait: at the end of a run no slow endpoint is given
    what a quick one would have answered sooner."""
    waiting: deque[Parcel] = field(default_factory=deque[Parcel])
    gave_up: EndpointError | None = None
    """Why nothing more is asked, once that is so."""
    broke: str = ""
    """Which limit of the budget is reached; empty while none is."""
    cut: bool = False
    """Its calls are being cancelled."""
    tallies: dict[str, Tally] = field(default_factory=dict[str, Tally])
    _tasks: asyncio.TaskGroup | None = None
    _began_at: float = 0.0
    _calling: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ended(self) -> bool:
        return self.cut or self.stop.is_set()

    def may_ask(self, member: Member) -> bool:
        """Whether this endpoint is within its limits."""
        known = self.models is None or member.endpoint.model in self.models
        named = self.endpoints is None or member.name in self.endpoints
        return known and named and self.egress.allows(member.terms.reach)

    @property
    def over(self) -> tuple[UnknownReason, str] | None:
        """Why nothing more will be answered; None while something may be."""
        if self.gave_up:
            return UnknownReason.FAILED, str(self.gave_up)
        return (UnknownReason.BUDGET, self.broke) if self.broke else None

    def breaks_budget(self, now: float) -> bool:
        """Whether a call that begins now is one too many; then `broke` says why."""
        if self.budget == Budget() or self.broke:
            return bool(self.broke)
        uses = [tally.use for tally in self.tallies.values()]
        calls = sum(use.calls for use in uses)
        tokens = sum(use.tokens_in + use.tokens_out for use in uses)
        money = sum(use.cost for use in uses)
        heard = sum(use.calls - sum(use.failures.values()) for use in uses) - len(self._calling)
        # Those on their way, and the next one, take what the others took.
        coming = (len(self._calling) + 1) / max(1, heard)
        before = self.spent_before
        self.broke = self.budget.exhausted(
            Spent(before.calls + calls, before.tokens + tokens, before.money + money),
            elapsed_s=now - self._began_at,
            next_call=Spent(0, round(tokens * coming), money * coming),
        )
        return bool(self.broke)

    def begin(self, tasks: asyncio.TaskGroup) -> None:
        """Calls are tasks of this group."""
        self._tasks = tasks
        self._began_at = asyncio.get_running_loop().time()

    async def put(self, shown: Sequence[Shown], asks: Sequence[Ask]) -> None:
        """Send asks about these pictures on their way; returns when there is room for more."""
        self.waiting.extend(parcels(shown, asks))
        self.pool.dispatch()
        while len(self.waiting) > self.pool.room and not self.ended:
            self._moved.clear()
            await self._moved.wait()

    def again(self, parcel: Parcel) -> None:
        """Put back what is to be tried once more."""
        self.waiting.appendleft(parcel)

    def moved(self) -> None:
        """Something has left, or there is more room."""
        self._moved.set()

    def start(self, work: Coroutine[None, None, None]) -> None:
        """Run a call, or the keeping of a failure, as part of this lane."""
        assert self._tasks is not None, "a lane begins before it is used"  # noqa: S101
        try:
            task = self._tasks.create_task(work)
        except RuntimeError:  # its run is ending in an error
            work.close()
            self.cut = True
            return
        self._calling.add(task)
        task.add_done_callback(self._calling.discard)

    def tally(self, member: Member) -> Tally:
        known = self.tallies.get(member.name)
        if known is None:
            known = Tally(member.name, member.endpoint.model)
            self.tallies[member.name] = known
        return known

    @property
    def cost(self) -> float:
        """Up to now, in this attempt."""
        return sum(tally.cost for tally in self.tallies.values())

    @property
    def uses(self) -> tuple[EndpointUse, ...]:
        """Up to now, in the order in which they were first asked."""
        return tuple(tally.use for tally in self.tallies.values())

    def cancel(self) -> None:
        """Cut off what is in flight; its slots are free at once."""
        self.cut = True
        for task in self._calling:
            task.cancel()

    async def settle(self, within_s: float) -> None:
        """Let calls in flight end, for so long at most."""
        self.moved()
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._calling:
                    await asyncio.wait(self._calling)

    def close(self) -> None:
        self.waiting.clear()
        self.moved()
        self.pool.leave(self)
