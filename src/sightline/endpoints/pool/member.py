"""One endpoint of a pool: the terms on which it is used, and how it is doing."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from sightline.endpoints.pool.breaker import Breaker, State
from sightline.endpoints.pool.lease import Lease
from sightline.endpoints.pool.limit import Fixed, Learned, Limit
from sightline.endpoints.pool.retries import Retries
from sightline.endpoints.pool.tally import Tally
from sightline.errors import EndpointError
from sightline.ports import Endpoint
from sightline.values import Price, Profile, Reach, Role, Turn

_FREE = Price()
_UNKNOWN_PICTURES = 1 << 10
"""For an endpoint that no probe has looked at: it says itself when pictures are too many."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How an endpoint may be used."""

    weight: float = 1.0
    """Share among endpoints that are equally quick; 0: only when no other is left."""
    turn: Turn = Turn.ALWAYS
    role: Role = Role.BOTH
    reach: Reach = Reach.HOST
    learn: bool = False
    """Find out how many slots it has; else as the endpoint says."""
    trusted: bool = False
    """Asked even if its profile is wrong."""
    price: Price = _FREE
    profile: Profile | None = None
    tags_per_call: int = 8
    """Without a profile."""
    longest_side: int | None = None
    """Pixels of the pictures that it should be sent; None: any."""

    @property
    def tier(self) -> int:
        """Lower ones are used first."""
        return len(Turn) if self.weight == 0 else list(Turn).index(self.turn)

    @property
    def quarantined(self) -> bool:
        return self.profile is not None and self.profile.wrong and not self.trusted

    @property
    def pictures(self) -> int:
        """Most in one request that come through whole and in order.

        One that drops or reorders pictures is never given several.
        """
        if self.profile is None:
            return _UNKNOWN_PICTURES
        lossy = self.profile.overflow in {"dropped", "reordered"}
        return min(1, self.profile.pictures) if lossy else self.profile.pictures

    @property
    def batch(self) -> tuple[int, int]:
        """Most tags and most frames in one call."""
        if self.profile is None:
            return self.tags_per_call, 1
        return self.profile.tags_per_call, max(1, min(self.profile.frames_per_call, self.pictures))


class Standing(StrEnum):
    """Whether it is to be asked, as its owner wishes."""

    USED = "used"
    PAUSED = "paused"
    LEAVING = "leaving"
    """Gets no new call; is closed when the last one has ended."""


class Member:
    """Where an endpoint stands. The pool alone changes it."""

    def __init__(self, endpoint: Endpoint, terms: Terms | None = None) -> None:
        self.endpoint = endpoint
        self.terms = terms = terms or Terms()
        self.standing = Standing.USED
        parallel = terms.profile.parallel if terms.profile else 0
        self.limit: Limit = (
            Learned(parallel or 2, most=endpoint.slots) if terms.learn else Fixed(endpoint.slots)
        )
        self.lease: Lease | None = None
        """Set when other processes ask the same endpoint."""
        self.breaker = Breaker()
        self.tally = Tally(endpoint.name, endpoint.model)
        self.in_flight = 0
        self.idle = asyncio.Event()
        """Set when its last call ends."""
        self.answered = 0
        """Calls."""
        self.limited = 0
        """How often in a row it has asked to slow down."""
        self.gave_up: EndpointError | None = None
        """Why it is asked nothing more, once every further call would fail alike."""
        self.turn_at = 0.0
        """Its place in the rota of endpoints that are equally quick."""
        self._held_until = 0.0
        self.held_for = ""
        """Why it asked to be left alone, when it last did."""

    @property
    def name(self) -> str:
        return self.endpoint.name

    def behave(self, retries: Retries) -> None:
        """Take over how long the pool's endpoints are left alone after failures."""
        self.breaker = Breaker(first_s=retries.first_wait_s, longest_s=retries.longest_wait_s)

    @property
    def most(self) -> int:
        """Calls at once that it is good for, whoever makes them."""
        return self.limit.slots

    @property
    def slots(self) -> int:
        """Calls at once that it may be given now."""
        own = self.limit.slots
        return own if self.lease is None else min(own, self.lease.slots_of(self))

    @property
    def usable(self) -> bool:
        """Whether it may be asked at all."""
        return (
            self.standing is Standing.USED and self.gave_up is None and not self.terms.quarantined
        )

    def up(self, now: float) -> bool:
        """Whether it answers, as far as is known."""
        return self.usable and self.breaker.state is State.CLOSED and now >= self._held_until

    def free(self, now: float) -> bool:
        """Whether a call may begin."""
        return (
            self.in_flight < self.slots
            and self.usable
            and now >= self._held_until
            and self.breaker.admits(now)
        )

    def next_change(self, now: float) -> float | None:
        """When it may become free though no call ends; None when only that can free it."""
        times = [self._held_until, self.breaker.opens_at() or 0.0]
        later = [time for time in times if time > now]
        return max(later) if later and self.usable else None

    def hold(self, until: float, *, reason: str = "") -> None:
        """It asked to be left alone."""
        self._held_until = max(self._held_until, until)
        self.held_for = reason

    def cooling(self, now: float) -> tuple[float, str] | None:
        """For how many seconds it is left alone yet, and why; None when it is not."""
        if now < self._held_until:
            return self._held_until - now, self.held_for
        if self.breaker.state is State.CLOSED:
            return None
        return max(0.0, (self.breaker.opens_at() or now) - now), self.breaker.reason

    async def close(self, *, within_s: float = 600.0) -> None:
        """Let its calls end, for so long at most, then close it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self.in_flight:
                    self.idle.clear()
                    await self.idle.wait()
        await self.endpoint.aclose()

    @property
    def expected_s(self) -> float | None:
        """What a call that begins now is expected to take; None when nothing is known."""
        usual = self.tally.latencies.usual_s
        if usual is None and self.terms.profile:
            return self.terms.profile.latency_s or None
        return usual
