"""A slot of an endpoint while it is taken."""

from __future__ import annotations

import asyncio

from sightline.endpoints.pool.lane import Lane
from sightline.endpoints.pool.member import Member
from sightline.endpoints.pool.retries import Retries
from sightline.errors import EndpointDown, EndpointError, RateLimited
from sightline.ports import Reply
from sightline.values import Answer


class Seat:
    """A slot that is taken, from its call's beginning until its answers are kept."""

    def __init__(
        self, member: Member, lane: Lane, retries: Retries, *, retry: bool, hedge: bool
    ) -> None:
        self._member = member
        self._retries = retries
        self._loop = asyncio.get_running_loop()
        self._tallies = (member.tally, lane.tally(member))
        self._open = True
        self._judged = False
        member.in_flight += 1
        member.breaker.begin()
        for tally in self._tallies:
            tally.begin(self._loop.time(), slots=member.slots, retry=retry, hedge=hedge)

    def succeed(self, reply: Reply, latency_s: float) -> None:
        member, usage = self._member, reply.call.usage
        full = member.in_flight >= member.most
        self._judged = True
        member.answered += 1
        member.limited = 0
        member.breaker.succeed()
        member.limit.succeed(latency_s, full=full)
        answered = sum(isinstance(outcome, Answer) for outcome in reply.outcomes)
        tokens = (usage.tokens_in or 0, usage.tokens_out or 0)
        cost = member.terms.price.of(*tokens)
        for tally in self._tallies:
            tally.end(self._loop.time(), slots=member.slots)
            tally.succeed(latency_s, answered=answered, tokens=tokens, cost=cost)

    def fail(self, error: EndpointError) -> None:
        member, now = self._member, self._loop.time()
        self._judged = True
        if isinstance(error, EndpointDown):
            member.breaker.fail(now, reason=str(error))
        elif isinstance(error, RateLimited):
            member.breaker.abandon()
        else:  # it is there, and it answers
            member.breaker.succeed()
        if isinstance(error, RateLimited):
            member.limited += 1
            member.hold(now + self._retries.wait_s(member.limited, error), reason=str(error))
        elif error.retry_after_s:
            member.hold(now + self._retries.asked_s(error), reason=str(error))
        if isinstance(error, EndpointDown | RateLimited):
            member.limit.overload(now)
        for tally in self._tallies:
            tally.end(now, slots=member.slots)
            tally.fail(error)

    def close(self) -> None:
        """Free the slot; again does no harm."""
        if not self._open:
            return
        self._open = False
        member = self._member
        if not self._judged:
            member.breaker.abandon()
            for tally in self._tallies:
                tally.end(self._loop.time(), slots=member.slots)
        member.in_flight -= 1
        if not member.in_flight:
            member.idle.set()
