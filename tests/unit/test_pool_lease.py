"""A pool whose slots are granted to it from outside, a few at a time."""

import asyncio

from pooling import NO_WAIT, ask, breathe, desk, picture, presence, yes

from sightline.endpoints.pool import Member, Pool
from sightline.endpoints.pool.breaker import FAILURES_IN_A_ROW, Breaker, State
from sightline.endpoints.pool.lease import Lease
from sightline.endpoints.sending import last_look, look_once_more
from sightline.errors import EndpointError
from sightline.testing.fakes import FakeEndpoint
from sightline.values import Answer, AskFailed


class Office:
    """Where a lease is from."""

    def __init__(self, granted: int) -> None:
        self.sure = True
        self.lost = False
        self.lease = Lease(sure=lambda: self.sure, lost=lambda: self.lost)
        self.lease.granted = granted

    def member(self, endpoint: FakeEndpoint) -> Member:
        member = Member(endpoint)
        member.lease = self.lease
        self.lease.members.append(member)
        return member


class Gate:
    """Holds calls back in the endpoint."""

    def __init__(self) -> None:
        self.open = asyncio.Event()

    def endpoint(self, name: str = "fake", *, slots: int = 4) -> FakeEndpoint:
        return FakeEndpoint(yes, name=name, slots=slots, pause=self.open.wait)


async def test_no_more_calls_begin_than_are_granted_and_more_once_more_are():
    office, gate = Office(1), Gate()
    endpoint = gate.endpoint()
    pool = Pool([office.member(endpoint)])
    async with desk(pool) as one:
        for n in range(4):
            await one.lane.put(picture(n), [presence(n, frame=n)])
        await breathe()
        assert endpoint.in_flight == 1
        assert pool.demand(pool.members[0]) == 4
        office.lease.granted = 3
        pool.dispatch()
        await breathe()
        assert endpoint.in_flight == 3
        gate.open.set()
        await one.told([presence(n, frame=n) for n in range(4)])
    assert endpoint.peak_in_flight == 3


async def test_what_is_granted_beyond_the_own_limit_is_of_no_use():
    office, gate = Office(9), Gate()
    endpoint = gate.endpoint(slots=2)
    async with desk(Pool([office.member(endpoint)])) as one:
        for n in range(3):
            await one.lane.put(picture(n), [presence(n, frame=n)])
        await breathe()
        assert endpoint.in_flight == 2


async def test_one_lease_bounds_all_its_members_together():
    office, gate = Office(3), Gate()
    first, second = gate.endpoint("first"), gate.endpoint("second")
    async with desk(Pool([office.member(first), office.member(second)])) as one:
        for n in range(8):
            await one.lane.put(picture(n), [presence(n, frame=n)])
        await breathe()
        assert first.in_flight + second.in_flight == 3


async def test_who_is_not_sure_sends_nothing_though_it_was_granted():
    office = Office(4)
    office.sure = False
    endpoint = FakeEndpoint(yes)
    pool = Pool([office.member(endpoint)])
    async with desk(pool) as one:
        await one.lane.put(picture(0), [presence(0)])
        await breathe()
        assert not endpoint.exchanges
        office.sure = True
        pool.dispatch()
        await one.told([presence(0)])


async def test_a_call_that_was_begun_is_not_sent_while_it_is_not_sure():
    office = Office(4)
    endpoint = FakeEndpoint(yes)
    pool = Pool([office.member(endpoint)])
    async with desk(pool) as one:
        await one.lane.put(picture(0), [presence(0)])
        assert pool.members[0].in_flight == 1
        office.sure = False
        await breathe()
        assert not endpoint.exchanges
        office.sure = True
        exchange = await one.told([presence(0)])
    assert isinstance(exchange.outcomes[0][1], Answer)


async def test_who_is_held_for_dead_fails_what_it_had_begun():
    office = Office(4)
    endpoint = FakeEndpoint(yes)
    async with desk(Pool([office.member(endpoint)], retries=NO_WAIT)) as one:
        await one.lane.put(picture(0), [presence(0)])
        office.sure, office.lost = False, True
        exchange = await one.told([presence(0)])
    failure = exchange.outcomes[0][1]
    assert isinstance(failure, AskFailed)
    assert "hold it for dead" in failure.detail
    assert not endpoint.exchanges


async def test_the_last_look_is_awaited_within_and_not_outside():
    looks: list[int] = []

    async def look() -> None:
        looks.append(1)

    with last_look(look):
        await look_once_more()
        await asyncio.create_task(look_once_more())
    await look_once_more()
    assert len(looks) == 2


async def test_what_is_learned_is_not_learned_from_a_share():
    office = Office(1)
    endpoint = FakeEndpoint(yes, slots=8)
    member = office.member(endpoint)
    told: list[bool] = []

    class Learning:
        slots = 2

        def succeed(self, latency_s: float, *, full: bool) -> None:
            told.append(full)

        def overload(self, now: float) -> None:
            raise AssertionError

    member.limit = Learning()
    await ask(Pool([member]), presence(0))
    assert told == [False]


def opened(breaker: Breaker, now: float) -> None:
    for _ in range(FAILURES_IN_A_ROW):
        breaker.fail(now, reason="refused")


def test_a_breaker_opens_on_hearsay_and_closes_when_all_is_clear():
    breaker = Breaker()
    breaker.leave_alone(100.0, for_s=3.0)
    assert not breaker.admits(102.9)
    assert breaker.opens_at() == 103.0
    breaker.all_clear()
    assert breaker.state is State.CLOSED


def test_after_hearsay_one_call_tries():
    breaker = Breaker()
    breaker.leave_alone(100.0, for_s=3.0)
    assert breaker.admits(103.0)
    breaker.begin()
    assert not breaker.admits(103.0)
    breaker.leave_alone(103.0, for_s=9.0)
    breaker.succeed()
    assert breaker.admits(103.0), "its own try was answered"


def test_what_it_found_out_itself_is_not_over_because_another_was_answered():
    breaker = Breaker(first_s=10.0)
    opened(breaker, 100.0)
    assert breaker.reason == "refused"
    breaker.all_clear()
    assert not breaker.admits(101.0)
    until = breaker.opens_at()
    breaker.leave_alone(101.0, for_s=1.0)
    breaker.leave_alone(101.0, for_s=60.0)
    assert breaker.opens_at() == until, "it knows better"


def test_of_trouble_whose_time_is_over_one_call_finds_out_whether_it_is():
    breaker = Breaker()
    breaker.leave_alone(100.0, for_s=0.0)
    assert breaker.admits(100.0)
    breaker.begin()
    assert not breaker.admits(100.0)


async def test_it_wants_one_slot_of_an_endpoint_that_is_down():
    office = Office(4)
    pool = Pool([member := office.member(FakeEndpoint(yes))])
    opened(member.breaker, asyncio.get_running_loop().time())
    async with desk(pool) as one:
        for n in range(3):
            await one.lane.put(picture(n), [presence(n, frame=n)])
        assert pool.demand(member) == 1
        member.gave_up = EndpointError("for good")
        assert pool.demand(member) == 0
