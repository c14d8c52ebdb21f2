"""Keeps a pool's calls within what all processes together may ask of each endpoint.

For each endpoint that others ask as well, this process holds a share of the slots (`store.shares`).
Here it is kept in step with what waits in the pool: more is taken when there is too little, what is
not filled is given back, and the pool is never granted more than the database says is held. An
endpoint that one process finds in trouble is left alone by all of them, and asked again by all once
one was answered.

While the database is away, what is held stays held for as long as this process is sure to be held
for alive; then nothing is sent. Where nothing is to be asked, the database is left alone too.
"""

from __future__ import annotations

import asyncio
import logging
import random
import socket
from contextlib import suppress
from functools import partial

from sightline.endpoints.pool import Member, Pool
from sightline.endpoints.pool.breaker import State
from sightline.endpoints.pool.lease import DECLARED_DEAD, Lease
from sightline.endpoints.pool.member import Standing
from sightline.errors import EndpointError, StoreError
from sightline.store import shares
from sightline.store.database import Database
from sightline.store.shares import Claim, Share, Trouble
from sightline.values import Reach

log = logging.getLogger(__name__)

_CONTENT_S = 0.5
"""Between looks, while the share is enough."""
_HUNGRY_S = 0.25
"""While more could be filled than is held."""
_EMPTY_S = 0.1
"""While nothing is held."""
_OWING_S = 0.05
"""While calls that are to be the last in their slots come to an end."""
_AGAIN_S = 0.05
"""At the soonest, and after the database has refused."""
_LINGER_S = 0.25
"""How long a share is kept for a run that asks one thing after the other."""
_MEETINGS = 20
"""How often a settlement is tried that met another process's."""
_FAREWELL_S = 2.0


class Leases:
    """Of all endpoints of one pool that it shares with other processes."""

    def __init__(self, database: Database, pool: Pool) -> None:
        self._database = database
        self._pool = pool
        self._keepers: dict[str, _Keeper] = {}
        pool.dispatched = self._dispatched

    def join(self, member: Member, *, kind: str, url: str) -> None:
        """Have a member's slots shared, before it is added to the pool.

        What each process calls an endpoint does not matter: kind, URL and model tell which one it
        is, and the machine, where no other can reach it. The number of slots to share is what its
        settings say; where that is `learn`, it is the most that an endpoint is given, and what is
        learned stays this process's own.
        """
        where = f" on {socket.gethostname()}" if member.terms.reach is Reach.HOST else ""
        name = f"{kind} {url} {member.endpoint.model}{where}"
        keeper = self._keepers.get(name)
        if keeper is None or keeper.ended:
            keeper = self._keepers[name] = _Keeper(name, self._database, self._pool)
        keeper.join(member)

    async def aclose(self) -> None:
        """Give everything back. The calls have ended."""
        self._pool.dispatched = _nothing
        await asyncio.gather(*(keeper.aclose() for keeper in self._keepers.values()))

    def _dispatched(self) -> None:
        for keeper in self._keepers.values():
            keeper.notice()


class _Keeper:
    """Keeps this process's share of one endpoint. Begins with the first member that joins."""

    def __init__(self, name: str, database: Database, pool: Pool) -> None:
        self._name = name
        self._database = database
        self._pool = pool
        presence = self._presence = database.presence
        self._lease = Lease(sure=lambda: presence.sure, lost=lambda: presence.lost)
        self._held = 0
        """As the database has it."""
        self._settled = False
        """Whether the database was told anything at all."""
        self._slots = 0
        self._slots_are_news = True
        self._content = True
        """Whether the share was enough when it was last looked at."""
        self._most = 0
        """Calls in flight since then."""
        self._busy_at = 0.0
        self._known: Trouble | None = None
        """What the database had of trouble when it was last looked at."""
        self._answered = 0
        """Calls when that was heard of."""
        self._told_until: float | None = None
        """Which trouble of our own was told, by when it ends."""
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._keep())

    @property
    def ended(self) -> bool:
        return self._task.done()

    def join(self, member: Member) -> None:
        if member.endpoint.slots != self._slots:
            self._slots, self._slots_are_news = member.endpoint.slots, True
        member.lease = self._lease
        self._lease.members.append(member)

    def notice(self) -> None:
        """The pool has sent what it could: is there need to look before it is time?"""
        in_flight = self._lease.in_flight
        self._most = max(self._most, in_flight)
        short = self._content and in_flight >= self._lease.granted and self._pool.waiting
        if in_flight:
            self._busy_at = self._loop.time()
        if short or self._trouble() is not None:
            self._woken.set()

    async def aclose(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._lease.granted = 0
        if not self._settled or self._presence.lost:
            return
        with suppress(StoreError, TimeoutError):  # the others will find out that it is gone
            async with asyncio.timeout(_FAREWELL_S):
                await self._settle(self._claim(0, keeps=0))

    async def _keep(self) -> None:
        said = ""
        while self._lease.members:
            try:
                await self._presence.register()
                wait_s = await self._tend()
                said = ""
            except StoreError as error:
                wait_s = _HUNGRY_S
                if str(error) != said:
                    log.warning("The slots of %s cannot be shared out anew: %s", self._name, error)
                    said = str(error)
            except Exception:  # whatever it is, what is held is still held
                wait_s = _CONTENT_S
                log.exception("the slots of %s cannot be shared out anew", self._name)
            if self._presence.lost:
                self._give_up()
                return
            await self._rest(wait_s)

    async def _rest(self, wait_s: float | None) -> None:
        await asyncio.sleep(_AGAIN_S if wait_s is None else min(wait_s, _AGAIN_S))
        with suppress(TimeoutError):
            async with asyncio.timeout(None if wait_s is None else max(0.0, wait_s - _AGAIN_S)):
                await self._woken.wait()
        self._woken.clear()

    async def _tend(self) -> float | None:
        """Bring the share in step with what is wanted; how many seconds it may then be left.

        None: until something waits in the pool.
        """
        self._prune()
        wanted, self._most = self._wanted(), self._lease.in_flight
        if not (wanted or self._held or self._trouble()):
            self._content = True
            return None
        if self._settled and self._held:
            share = await self._look(wanted)
            self._heed(share)
            due = share.due
        else:  # who has nothing yet wastes no time with looking
            due = True
        if due and (settled := await self._settle(self._claim(wanted))):
            self._heed(settled)
        self._content = wanted <= self._lease.granted
        if self._held > self._lease.granted:
            return _OWING_S
        if self._content:
            return _CONTENT_S
        return _HUNGRY_S if self._lease.granted else _EMPTY_S

    def _wanted(self) -> int:
        """Calls that could be in flight; for a while also when just now there are none."""
        most = sum(m.most for m in self._lease.members if m.standing is not Standing.LEAVING)
        now = sum(self._pool.demand(member) for member in self._lease.members)
        if now:
            self._busy_at = self._loop.time()
        elif self._loop.time() - self._busy_at >= _LINGER_S:
            return 0
        return min(max(now, self._most), most, self._slots)

    def _claim(self, wanted: int, *, keeps: int | None = None) -> Claim:
        in_flight = self._lease.in_flight
        answered = sum(member.answered for member in self._lease.members)
        return Claim(
            endpoint=self._name,
            worker=self._presence.id,
            wanted=wanted,
            keeps=max(self._lease.granted, in_flight) if keeps is None else keeps,
            slots=self._slots,
            slots_are_news=self._slots_are_news,
            trouble=self._trouble(),
            answered=self._known is not None and answered > self._answered,
        )

    async def _look(self, wanted: int) -> Share:
        return await self._database.read(partial(shares.look, claim=self._claim(wanted)))

    async def _settle(self, claim: Claim) -> Share | None:
        until = self._own_until()
        for _ in range(_MEETINGS):
            share = await self._database.write(partial(shares.settle, claim=claim))
            if share is not None:
                break
            await asyncio.sleep(random.uniform(0.005, 0.03))  # noqa: S311  (not a secret)
        else:
            return None
        self._settled = True
        if claim.slots == self._slots:
            self._slots_are_news = False
        if claim.trouble is not None:
            self._told_until = until
        return share

    def _heed(self, share: Share) -> None:
        """Grant what is held, but no more than is fair: what is beyond is owed."""
        self._held = share.held
        self._lease.granted = min(share.held, share.target)
        self._hear(share.trouble)
        # More may have been granted, or this process be sure again: the pool cannot know.
        if self._pool.waiting and self._lease.in_flight < self._lease.granted:
            self._pool.dispatch()

    # ---------------------------------------------------------------------------------- trouble

    def _own_until(self) -> float | None:
        """Until when a member leaves the endpoint alone for what it has found out itself."""
        for member in self._lease.members:
            breaker = member.breaker
            if breaker.state is State.OPEN and not breaker.hearsay:
                return breaker.opens_at()
        return None

    def _trouble(self) -> Trouble | None:
        """What was found out here and not told yet."""
        until = self._own_until()
        if until is None or until == self._told_until:
            return None
        reasons = (m.breaker.reason for m in self._lease.members if m.breaker.reason)
        return Trouble(max(0.0, until - self._loop.time()), next(reasons, ""))

    def _hear(self, told: Trouble | None) -> None:
        """Do as others have found out."""
        before, self._known = self._known, told
        if told is None:
            for member in self._lease.members:
                member.breaker.all_clear()
        elif before is None or told.until != before.until:
            self._answered = sum(member.answered for member in self._lease.members)
            for member in self._lease.members:
                member.breaker.leave_alone(self._loop.time(), for_s=told.for_s)

    # ---------------------------------------------------------------------------------- the end

    def _prune(self) -> None:
        """Members that have left count until their last call ends."""
        self._lease.members = [
            member
            for member in self._lease.members
            if member.standing is not Standing.LEAVING or member.in_flight
        ]

    def _give_up(self) -> None:
        """This process is held for dead: let its runs end, rather than wait for ever."""
        self._lease.granted = 0
        for member in self._lease.members:
            member.gave_up = EndpointError(DECLARED_DEAD, endpoint=member.name)
        self._pool.dispatch()


def _nothing() -> None:
    """Nobody keeps books any more."""
