"""The fleet: takes parcels from lanes, packs them, and gives them to whoever has a slot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence

from sightline.endpoints.pool.calls import Calls
from sightline.endpoints.pool.choice import choose, demand, why_nobody
from sightline.endpoints.pool.lane import Keep, Lane, Parcel, failed
from sightline.endpoints.pool.member import Member, Standing
from sightline.endpoints.pool.retries import Retries
from sightline.errors import EndpointError
from sightline.ports import Endpoint, Listener
from sightline.values import (
    Budget,
    EndpointUse,
    Jpeg,
    Reach,
    UnknownReason,
)

_NO_LIMIT = Budget()


class Pool:
    """Endpoints that may be added, paused, drained and removed while runs go on."""

    def __init__(
        self, members: Iterable[Member], *, retries: Retries | None = None, hedge: float = 0.0
    ) -> None:
        """`hedge`: the share of calls that may be second calls for asks that take long."""
        self._retries = retries or Retries()
        self._members: dict[str, Member] = {}
        self._lanes: list[Lane] = []
        self._turn = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.dispatched: Callable[[], None] = _nothing
        """Called when what could be sent has been; to be quick."""
        self._calls = Calls(
            lambda: self.members, retries=self._retries, hedge=hedge, ended=self.dispatch
        )
        for member in members:
            self.add(member)

    @classmethod
    def of(cls, *endpoints: Endpoint, retries: Retries | None = None) -> Pool:
        """On the terms that are usual."""
        return cls((Member(endpoint) for endpoint in endpoints), retries=retries)

    # -------------------------------------------------------------------------------- who is in

    @property
    def members(self) -> tuple[Member, ...]:
        return tuple(self._members.values())

    @property
    def models(self) -> tuple[str, ...]:
        """That its endpoints answer with, each once, in order of the alphabet."""
        return self.models_of()

    def models_of(
        self, *, endpoints: Collection[str] | None = None, model: str | None = None
    ) -> tuple[str, ...]:
        """The same for these endpoints alone, and this model of theirs."""
        named = [m for m in self._members.values() if endpoints is None or m.name in endpoints]
        found = {member.endpoint.model for member in named}
        return tuple(sorted(found if model is None else found & {model}))

    @property
    def room(self) -> int:
        """How many parcels of a lane may wait: enough to fill every slot again at once."""
        batches = (m.most * m.terms.batch[1] for m in self._members.values() if m.usable)
        return max(1, sum(batches))

    @property
    def jpeg(self) -> Jpeg:
        """One picture is packed for all: as the one that bears least wants it."""
        wanted = [member.endpoint.jpeg for member in self._members.values()] or [Jpeg()]
        sizes = [jpeg.max_bytes for jpeg in wanted if jpeg.max_bytes is not None]
        return Jpeg(min(jpeg.quality for jpeg in wanted), min(sizes, default=None))

    @property
    def longest_side(self) -> int | None:
        """Pixels of the pictures that all of them take; None: any."""
        sides = [member.terms.longest_side for member in self._members.values()]
        return min((side for side in sides if side is not None), default=None)

    @property
    def uses(self) -> tuple[EndpointUse, ...]:
        """Of every endpoint that is in, up to now."""
        return tuple(member.tally.use for member in self._members.values())

    def add(self, member: Member) -> None:
        """It is asked from now on. Raises `ValueError` while another has its name."""
        if member.name in self._members:
            raise ValueError(f"the pool has an endpoint {member.name!r} already")
        member.behave(self._retries)
        member.turn_at = self._turn
        self._members[member.name] = member
        self._changed()

    def pause(self, name: str) -> None:
        """It gets no new call until `resume`; those in flight end as they would have."""
        self._members[name].standing = Standing.PAUSED
        self._changed()

    def resume(self, name: str) -> None:
        self._members[name].standing = Standing.USED
        self._changed()

    def replace(self, member: Member) -> Member:
        """It takes the place of the one of its name, in one go: no ask finds nobody in between.

        Returns the other, which gets no new call: see `Member.close`.
        """
        known = self._members.pop(member.name)
        known.standing = Standing.LEAVING
        self.add(member)
        return known

    def drop(self, name: str) -> Member:
        """It gets no new call; those in flight go on: see `Member.close`."""
        member = self._members.pop(name)
        member.standing = Standing.LEAVING
        self._changed()
        return member

    async def aclose(self) -> None:
        if self._timer:
            self._timer.cancel()
        for member in self._members.values():
            await member.endpoint.aclose()

    # ------------------------------------------------------------------------------------ lanes

    def lane(
        self,
        *,
        keep: Keep,
        stop: asyncio.Event,
        egress: Reach = Reach.ANY,
        models: Collection[str] | None = None,
        endpoints: Collection[str] | None = None,
        budget: Budget = _NO_LIMIT,
        listener: Listener | None = None,
    ) -> Lane:
        """A new run's way in: an endpoint that was gone may be back for it."""
        if not self._lanes:
            self._calls.forget_silence()
        lane = Lane(
            self,
            keep,
            stop,
            egress,
            budget,
            models=models,
            endpoints=endpoints,
            listener=listener,
        )
        self._lanes.append(lane)
        return lane

    def leave(self, lane: Lane) -> None:
        if lane in self._lanes:
            self._lanes.remove(lane)

    # --------------------------------------------------------------------------------- dispatch

    def dispatch(self) -> None:
        """Give free slots what waits, each lane in its turn."""
        now = asyncio.get_running_loop().time()
        idle = 0
        while idle < len(self._lanes):
            lane = self._lanes[0]
            sent = bool(lane.waiting) and not lane.ended and self._send_one(lane, now)
            idle = 0 if sent else idle + 1
            self._lanes.append(self._lanes.pop(0))
        self._wake_later(now)
        self.dispatched()

    @property
    def waiting(self) -> bool:
        """Whether anything waits to be sent."""
        return any(lane.waiting for lane in self._lanes)

    def demand(self, member: Member) -> int:
        """How many calls it could have in flight now, were there no limit."""
        now = asyncio.get_running_loop().time()
        return member.in_flight + demand(member, self.members, self._lanes, now=now)

    def _send_one(self, lane: Lane, now: float) -> bool:
        """Send the first parcel that can be sent; False when none can."""
        members = self.members
        ahead = len(lane.waiting) + lane.upcoming
        full = not any(member.free(now) for member in members)
        for place, parcel in enumerate(lane.waiting):
            if over := lane.over:
                self._fail(lane, parcel, *over)
                return True
            if nobody := why_nobody(members, lane, parcel):
                mine = [member for member in members if lane.may_ask(member)]
                if not any(member.usable for member in mine):
                    causes = [member.gave_up for member in mine if member.gave_up]
                    lane.gave_up = causes[-1] if causes else EndpointError(nobody[1])
                self._fail(lane, parcel, *nobody)
                return True
            if parcel.last_error and now >= self._calls.deadline(parcel):
                self._fail(lane, parcel, UnknownReason.FAILED, str(parcel.last_error))
                return True
            if full:
                return False
            if parcel.not_before > now or not (parcel.fresh or self._calls.may_repeat()):
                continue
            if member := choose(members, lane, parcel, now=now, ahead=ahead - place):
                if lane.breaks_budget(now):
                    self._fail(lane, parcel, UnknownReason.BUDGET, lane.broke)
                    return True
                self._take(lane, parcel, member, now)
                return True
        return False

    def _fail(self, lane: Lane, parcel: Parcel, reason: UnknownReason, detail: str) -> None:
        lane.waiting.remove(parcel)
        lane.moved()
        exchange = failed(parcel.asks, detail, reason=reason, sent=not parcel.fresh)
        lane.start(lane.keep(exchange))

    def _take(self, lane: Lane, parcel: Parcel, member: Member, now: float) -> None:
        """Pack what this member takes at once, the parcel first, and start the call."""
        tags, frames = member.terms.batch
        place = lane.waiting.index(parcel)
        del lane.waiting[place]
        taken = [parcel]
        if parcel.packable and len(parcel.asks) > tags:
            taken = [parcel.of(parcel.asks[:tags])]
            lane.waiting.insert(place, parcel.of(parcel.asks[tags:]))
        elif parcel.packable and parcel.fresh:
            while len(taken) < frames and place < len(lane.waiting):
                follower = lane.waiting[place]
                if not _fits(follower, taken):
                    break
                del lane.waiting[place]
                taken.append(follower)
        lane.moved()
        self._turn = max(self._turn, member.turn_at)
        member.turn_at = self._turn + 1 / (member.terms.weight or 1.0)
        self._calls.start(lane, taken, member, now)

    def _wake_later(self, now: float) -> None:
        """Come back when time alone will have changed something."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        times = [
            parcel.not_before if parcel.not_before > now else self._calls.deadline(parcel)
            for lane in self._lanes
            if not lane.ended
            for parcel in lane.waiting
            if not parcel.fresh
        ]
        if any(lane.waiting for lane in self._lanes):
            changes = (member.next_change(now) for member in self._members.values())
            times += [time for time in changes if time is not None]
        if times:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(min(times), now), self.dispatch)

    def _changed(self) -> None:
        for lane in self._lanes:
            lane.moved()
        if self._lanes:
            self.dispatch()


def _nothing() -> None:
    """Nobody wants to know."""


def _fits(parcel: Parcel, taken: Sequence[Parcel]) -> bool:
    """Whether it may travel with these, which are about other pictures."""
    first = taken[0]
    return (
        parcel.fresh
        and parcel.packable
        and len(parcel.shown) == 1
        and len(first.shown) == 1
        and len(parcel.asks) == len(first.asks)
        and parcel.asks[0].sample == first.asks[0].sample
    )
