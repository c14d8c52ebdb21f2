"""Sees each call to its end: its reply, its failure, and what is then tried next."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sightline.endpoints.pool.choice import acceptable, choose
from sightline.endpoints.pool.lane import Exchange, Lane, Parcel, failed
from sightline.endpoints.pool.member import Member
from sightline.endpoints.pool.retries import Retries, RetryBudget
from sightline.endpoints.pool.seat import Seat
from sightline.endpoints.sending import last_look
from sightline.errors import BadReply, EndpointDown, EndpointError, RateLimited
from sightline.ports import Endpoint, Listener, Reply, Shown, Streams
from sightline.values import Answer, Ask, AskFailed, Text, UnknownReason

log = logging.getLogger(__name__)

_ENOUGH_TO_TELL = 20
"""Calls from which it is known what is usual."""
_LONG = 1.5
"""Times the latency that 95 in 100 calls stay under: then a second call may be worth it."""


class _TooLate(EndpointDown):
    """The ask's deadline has passed."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Parcels that travel in one call."""

    lane: Lane
    parcels: tuple[Parcel, ...]

    @property
    def shown(self) -> Sequence[Shown]:
        first, *others = self.parcels
        return [*first.shown, *(one for parcel in others for one in parcel.shown)]

    @property
    def asks(self) -> tuple[Ask, ...]:
        return tuple(ask for parcel in self.parcels for ask in parcel.asks)

    @property
    def listener(self) -> Listener | None:
        """Whoever wants to hear the answer, if it is a text."""
        listener = self.lane.listener
        if listener is None or self.asks[0].question.expects != "text" or not listener.wanted:
            return None
        return listener


class Calls:
    """All calls of a pool; `ended` is called after each."""

    def __init__(
        self,
        members: Callable[[], Sequence[Member]],
        *,
        retries: Retries,
        hedge: float,
        ended: Callable[[], None],
    ) -> None:
        self._members = members
        self._retries = retries
        self._hedge = hedge
        self._ended = ended
        self._budget = RetryBudget()
        self._answered = 0
        self._silent_since: float | None = None

    def forget_silence(self) -> None:
        """Endpoints that were gone may be back."""
        self._silent_since = None

    def may_repeat(self) -> bool:
        """Within the budget; a fleet that is asked nothing else may always be tried once more."""
        return not self._budget.spent or not any(m.in_flight for m in self._members())

    def deadline(self, parcel: Parcel) -> float:
        if parcel.first_sent_at is None:
            return float("inf")
        return parcel.first_sent_at + self._retries.deadline_s

    def start(self, lane: Lane, parcels: Sequence[Parcel], member: Member, now: float) -> None:
        """Take a slot of `member` and send it these."""
        marked = [
            replace(one, first_sent_at=now, answered_before=self._answered)
            if one.first_sent_at is None
            else one
            for one in parcels
        ]
        if not marked[0].fresh:
            self._budget.spend()
        batch = Batch(lane, tuple(marked))
        lane.start(self._serve(batch, member, self._sit(batch, member)))

    def _sit(self, batch: Batch, member: Member, *, hedge: bool = False) -> Seat:
        retry = not (batch.parcels[0].fresh or hedge)
        return Seat(member, batch.lane, self._retries, retry=retry, hedge=hedge)

    async def _serve(self, batch: Batch, member: Member, seat: Seat) -> None:
        """One call and what follows from it."""
        seats = [seat]
        try:
            try:
                listener = batch.listener
                if self._hedge > 0 and listener is None:  # two would speak at once
                    reply = await self._hedged(batch, member, seats)
                else:
                    reply = await self._exchange(batch, member, seat, listener=listener)
            except EndpointError as error:
                seat.close()
                await self._failed(batch, member, error)
            else:
                await self._replied(batch, member, reply)
        except asyncio.CancelledError:
            batch.lane.cut = True
            raise
        finally:
            for one in seats:
                one.close()
            self._ended()

    async def _exchange(
        self, batch: Batch, member: Member, seat: Seat, *, listener: Listener | None = None
    ) -> Reply:
        endpoint, loop = member.endpoint, asyncio.get_running_loop()
        deadline = min(map(self.deadline, batch.parcels))
        started = loop.time()
        try:
            async with asyncio.timeout_at(deadline):
                reply = await self._permitted(batch, member, listener)
        except EndpointError as error:
            seat.fail(error)
            raise
        except TimeoutError as late:
            error = _TooLate(
                f"{endpoint.name} gave no answer before the ask's deadline", endpoint=endpoint.name
            )
            seat.fail(error)
            raise error from late
        except Exception as fault:  # the boundary to endpoints that others write
            log.exception("endpoint %s raised what it should not", endpoint.name)
            error = EndpointError(
                f"{endpoint.name} has a fault: {type(fault).__name__}: {fault}",
                endpoint=endpoint.name,
            )
            seat.fail(error)
            raise error from fault
        seat.succeed(reply, loop.time() - started)
        self._answered += 1
        self._budget.earn()
        self._silent_since = None
        return reply

    async def _permitted(self, batch: Batch, member: Member, listener: Listener | None) -> Reply:
        """Its reply, asked for while the slot is known to be this process's."""
        if member.lease is None:
            return await _answer(member.endpoint, batch, listener)
        await member.lease.certain()
        with last_look(member.lease.certain):
            return await _answer(member.endpoint, batch, listener)

    async def _replied(self, batch: Batch, member: Member, reply: Reply) -> None:
        """Keep what was answered; what a reply for many left out is asked once more by itself.

        And what this one can never answer is asked of those that may.
        """
        outcomes = list(zip(batch.asks, reply.outcomes, strict=True))
        unable = reply.call.endpoint if reply.call else member.name
        for parcel in batch.parcels:
            refused = [ask for ask, one in outcomes if ask in parcel.asks and _is_unable(one)]
            if refused and (elsewhere := self._elsewhere(batch.lane, parcel.of(refused), unable)):
                batch.lane.again(elsewhere)
                outcomes = [one for one in outcomes if one[0] not in refused]
        if len(outcomes) > 1:
            for parcel in batch.parcels:
                left_out = [
                    ask for ask, outcome in outcomes if ask in parcel.asks and _may_pass(outcome)
                ]
                if left_out and parcel.attempts + 1 < self._retries.attempts:
                    missing = BadReply(str(_detail(outcomes, left_out[0])))
                    again = replace(parcel.of(left_out), attempts=self._retries.attempts - 1)
                    batch.lane.again(replace(again, last_error=missing))
                    outcomes = [one for one in outcomes if one[0] not in left_out]
        await batch.lane.keep(Exchange(tuple(outcomes), reply.call))

    def _elsewhere(self, lane: Lane, parcel: Parcel, unable: str) -> Parcel | None:
        """For the others, where there are any that may answer it."""
        left = replace(parcel, refused_by=parcel.refused_by | {unable})
        others = (m for m in self._members() if m.usable)
        return left if any(acceptable(other, lane, left) for other in others) else None

    async def _failed(self, batch: Batch, member: Member, error: EndpointError) -> None:
        """Each of its parcels is tried again, elsewhere or later, or has failed for good."""
        now = asyncio.get_running_loop().time()
        if error.lasting:
            member.gave_up = error
        if error.retry and self._silent_since is None:
            self._silent_since = now
        for parcel in reversed(batch.parcels):
            again = self._after(batch.lane, parcel, member, error, now)
            if again:
                batch.lane.again(again)
                continue
            known = parcel.last_error if isinstance(error, _TooLate) else None
            await batch.lane.keep(failed(parcel.asks, str(known or error)))

    def _after(
        self, lane: Lane, parcel: Parcel, member: Member, error: EndpointError, now: float
    ) -> Parcel | None:
        """What is to be tried next; None when nothing is."""
        if isinstance(error, _TooLate):
            return None
        tried = replace(parcel, failed_at=parcel.failed_at | {member.name}, last_error=error)
        if not error.retry:  # another may still take it; where none does, dispatch says so
            return replace(tried, refused_by=parcel.refused_by | {member.name})
        others = (m for m in self._members() if m.name not in tried.failed_at and m.up(now))
        if any(acceptable(other, lane, tried) for other in others):
            return tried
        attempts = parcel.attempts + 1
        if attempts >= self._retries.attempts and not self._worth_more(lane, parcel, error, now):
            return None
        return replace(
            tried,
            attempts=attempts,
            failed_at=frozenset({member.name}),
            not_before=now + self._retries.wait_s(attempts, error),
        )

    def _worth_more(self, lane: Lane, parcel: Parcel, error: EndpointError, now: float) -> bool:
        """Whether an ask that has had all its attempts gets another, or its run is given up."""
        if self._answered > parcel.answered_before:  # others are answered: it is this ask
            return False
        if self._answered:
            if not isinstance(error, EndpointDown | RateLimited):
                return False
            since = now if self._silent_since is None else self._silent_since
            if now - since < self._retries.patience_s:
                return True
        lane.gave_up = lane.gave_up or error
        return False

    # ------------------------------------------------------------------------------------ hedges

    async def _hedged(self, batch: Batch, member: Member, seats: list[Seat]) -> Reply:
        """The first good reply of two, when the first call takes long and the budget allows."""
        first = asyncio.ensure_future(self._exchange(batch, member, seats[0]))
        calls = {first}
        try:
            await asyncio.wait(calls, timeout=self._long_s(member))
            if not first.done() and (other := self._hedge_at(batch, member)):
                seats.append(self._sit(batch, other, hedge=True))
                calls.add(asyncio.ensure_future(self._exchange(batch, other, seats[-1])))
            while True:
                done, calls = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
                good = [call for call in done if call.exception() is None]
                if good or not calls:
                    return (good or list(done))[0].result()
        finally:
            for call in calls:
                call.cancel()
            await asyncio.gather(first, *calls, return_exceptions=True)

    def _long_s(self, member: Member) -> float | None:
        """After how many seconds a call takes long; None while that is not known."""
        latencies = member.tally.latencies
        usual = latencies.quantile_s(0.95)
        return _LONG * usual if usual and len(latencies) >= _ENOUGH_TO_TELL else None

    def _hedge_at(self, batch: Batch, member: Member) -> Member | None:
        calls = sum(one.tally.calls for one in self._members())
        hedges = sum(one.tally.use.hedges for one in self._members())
        if hedges + 1 > self._hedge * calls:
            return None
        now = asyncio.get_running_loop().time()
        if batch.lane.breaks_budget(now):
            return None
        others = [one for one in self._members() if one is not member]
        return choose(others, batch.lane, batch.parcels[0], now=now, ahead=1)


async def _answer(endpoint: Endpoint, batch: Batch, listener: Listener | None) -> Reply:
    """Its reply; whoever listens hears it while it is given, or else when it is there."""
    if listener is None:
        return await endpoint.answer(batch.shown, batch.asks)
    listener.begin(endpoint.model)
    if isinstance(endpoint, Streams):
        return await endpoint.tell(batch.shown, batch.asks, listener.hear)
    reply = await endpoint.answer(batch.shown, batch.asks)
    match reply.outcomes:
        case (Answer(value=Text(text)),):
            listener.hear(text)
        case _:
            pass
    return reply


def _may_pass(outcome: Answer | AskFailed) -> bool:
    return isinstance(outcome, AskFailed) and outcome.reason is UnknownReason.FAILED


def _is_unable(outcome: Answer | AskFailed) -> bool:
    return isinstance(outcome, AskFailed) and outcome.reason is UnknownReason.UNSUPPORTED


def _detail(outcomes: Sequence[tuple[Ask, Answer | AskFailed]], wanted: Ask) -> str:
    return next(
        outcome.detail
        for ask, outcome in outcomes
        if ask is wanted and isinstance(outcome, AskFailed)
    )
