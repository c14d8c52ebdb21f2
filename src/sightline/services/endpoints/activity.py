"""What the endpoints of this process's pool do, second by second.

Looked at once a second, always: a look reads a few numbers of each endpoint and asks nobody, and so
whoever opens the page sees the minute that has just passed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from sightline.endpoints.pool import Member, Pool, Sums
from sightline.endpoints.pool.member import Standing

KEPT = 60
"""Seconds that are told."""
EVERY_S = 1.0
_NOTHING = Sums()


@dataclass(frozen=True, slots=True)
class Second:
    """One look's worth of an endpoint's life."""

    busy: float
    """Part of its slots with a call in them, 0.0 to 1.0."""
    calls: int
    """That ended."""
    failed: int
    latency_s: float | None
    """Mean of the calls that ended well."""


@dataclass(frozen=True, slots=True)
class EndpointActivity:
    """What an endpoint does now."""

    name: str
    model: str
    slots: int
    busy: int
    state: str
    """`asked`, `paused`, `cooling`, `quarantined` or `barred`."""
    why: str
    resumes_in_s: float | None
    seconds: tuple[Second, ...]
    """The latest last."""
    calls: int
    failed: int
    cost: float


@dataclass(slots=True)
class _Watched:
    member: Member
    at: float
    sums: Sums = _NOTHING
    seconds: deque[Second] = field(default_factory=lambda: deque[Second](maxlen=KEPT))


class Activity:
    """`run` it for as long as the pool lives."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._watched: dict[str, _Watched] = {}

    async def run(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(EVERY_S)

    def look(self) -> None:
        """Note what has happened since the last look."""
        now = asyncio.get_running_loop().time()
        members = {member.name: member for member in self._pool.members}
        for name in self._watched.keys() - members.keys():
            del self._watched[name]
        for name, member in members.items():
            known = self._watched.get(name)
            if known is None:
                self._watched[name] = _Watched(member, now, member.tally.sums(now))
                continue
            if known.member is not member:  # its settings were changed: its counts begin anew
                known.member, known.sums = member, _NOTHING
            sums = member.tally.sums(now)
            known.seconds.append(_second(known.sums, sums, member, now - known.at))
            known.at, known.sums = now, sums

    @property
    def now(self) -> tuple[EndpointActivity, ...]:
        return tuple(self._told(member) for member in self._pool.members)

    def _told(self, member: Member) -> EndpointActivity:
        now = asyncio.get_running_loop().time()
        state, why, resumes_in_s = _state(member, now)
        watched = self._watched.get(member.name)
        use = member.tally.use
        return EndpointActivity(
            name=member.name,
            model=member.endpoint.model,
            slots=member.slots,
            busy=member.in_flight,
            state=state,
            why=why,
            resumes_in_s=resumes_in_s,
            seconds=tuple(watched.seconds) if watched else (),
            calls=use.calls,
            failed=sum(use.failures.values()),
            cost=use.cost,
        )


def _second(before: Sums, after: Sums, member: Member, passed_s: float) -> Second:
    well = after.well - before.well
    slot_s = max(member.slots, member.in_flight) * passed_s
    busy = (after.busy_s - before.busy_s) / slot_s if slot_s > 0 else 0.0
    return Second(
        busy=min(1.0, max(0.0, busy)),
        calls=after.ended - before.ended,
        failed=after.failed - before.failed,
        latency_s=(after.latency_s - before.latency_s) / well if well else None,
    )


def _state(member: Member, now: float) -> tuple[str, str, float | None]:
    """Its state, why, and after how many seconds it changes by itself."""
    if member.standing is not Standing.USED:
        return "paused", "somebody paused it", None
    if member.terms.quarantined:
        return "quarantined", "it answered the probe's own pictures wrongly", None
    if member.gave_up is not None:
        return "barred", str(member.gave_up), None
    if cooling := member.cooling(now):
        return "cooling", cooling[1], cooling[0]
    return "asked", "", None
