"""What endpoints do, second by second, as the pool itself knows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from pooling import NO_WAIT, desk, failing_first, picture, presence, yes

from sightline.endpoints.pool import Member, Pool, Terms
from sightline.errors import EndpointDown, ModelMissing, RateLimited
from sightline.services.endpoints.activity import KEPT, Activity
from sightline.testing.fakes import FakeEndpoint
from sightline.values import Price, Profile


class Clock:
    """The loop's, moved by hand."""

    def __init__(self, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0.0
        real = loop.time
        monkeypatch.setattr(loop, "time", lambda: real() + self.ahead)


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(asyncio.get_running_loop(), monkeypatch)


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110  (the time limit of the test is the only one)
        await asyncio.sleep(0)


async def test_a_second_tells_how_busy_it_was_and_what_ended(clock: Clock) -> None:
    go_on = asyncio.Event()
    endpoint = FakeEndpoint(yes, slots=4, pause=go_on.wait)
    pool = Pool([Member(endpoint, Terms(price=Price(1.0, 1.0)))], retries=NO_WAIT)
    activity = Activity(pool)
    activity.look()
    async with desk(pool) as one:
        asks = [presence(number, frame=number) for number in range(3)]
        for ask in asks:
            await one.lane.put(picture(ask.frames[0]), [ask])
        await until(lambda: endpoint.in_flight == 3)
        clock.ahead += 1.0
        activity.look()
        (told,) = activity.now
        assert (told.busy, told.slots, told.state, told.calls) == (3, 4, "asked", 3)
        assert told.seconds[-1].busy == pytest.approx(0.75, abs=0.01)
        assert (told.seconds[-1].calls, told.seconds[-1].latency_s) == (0, None)
        go_on.set()
        await one.told(asks)
    clock.ahead += 1.0
    activity.look()
    (told,) = activity.now
    last = told.seconds[-1]
    assert (last.calls, last.failed, told.busy) == (3, 0, 0)
    assert last.latency_s == pytest.approx(1.0, abs=0.1)
    assert last.busy < 0.1
    for _ in range(KEPT + 5):
        clock.ahead += 1.0
        activity.look()
    (told,) = activity.now
    assert len(told.seconds) == KEPT
    assert all(second.busy == 0 and not second.calls for second in told.seconds)


async def test_failures_count_and_say_why_it_cools_down() -> None:
    slow = RateLimited("it asks to slow down (429)", endpoint="fake", retry_after_s=30)
    pool = Pool.of(FakeEndpoint(failing_first(1, slow)), retries=NO_WAIT)
    activity = Activity(pool)
    activity.look()
    async with desk(pool) as one:
        await one.lane.put(picture(0), [presence(0)])
        await until(lambda: activity.now[0].state == "cooling")
        activity.look()
        (told,) = activity.now
        assert told.why == "it asks to slow down (429)"
        assert told.resumes_in_s is not None
        assert 25 < told.resumes_in_s <= 30
        assert (told.seconds[-1].calls, told.seconds[-1].failed, told.failed) == (1, 1, 1)


async def test_one_that_is_gone_cools_down_for_that_reason() -> None:
    gone = EndpointDown("it refused the connection", endpoint="fake")
    member = Member(FakeEndpoint(failing_first(100, gone)))
    pool = Pool([member])
    async with desk(pool) as one:
        for number in range(5):
            await one.lane.put(picture(number), [presence(number, frame=number)])
        await until(lambda: Activity(pool).now[0].state == "cooling")
    (told,) = Activity(pool).now
    assert told.why == "it refused the connection"
    assert told.resumes_in_s is not None


async def test_states_that_do_not_end_by_themselves() -> None:
    wrong = Profile("seen", datetime.now(UTC), canaries_right=1, canaries_asked=8)
    missing = Member(FakeEndpoint(yes, name="missing"))
    missing.gave_up = ModelMissing("it has no model 'seen'", endpoint="missing")
    pool = Pool(
        [
            Member(FakeEndpoint(yes, name="paused")),
            Member(FakeEndpoint(yes, name="wrong"), Terms(profile=wrong)),
            missing,
        ]
    )
    pool.pause("paused")
    told = {one.name: one for one in Activity(pool).now}
    assert {name: one.state for name, one in told.items()} == {
        "paused": "paused",
        "wrong": "quarantined",
        "missing": "barred",
    }
    assert told["missing"].why == "it has no model 'seen'"
    assert all(one.why and one.resumes_in_s is None for one in told.values())


async def test_one_that_takes_another_s_place_begins_anew(clock: Clock) -> None:
    pool = Pool.of(FakeEndpoint(yes), retries=NO_WAIT)
    activity = Activity(pool)
    activity.look()
    async with desk(pool) as one:
        await one.ask(presence(0), shown=picture(0))
    clock.ahead += 1.0
    activity.look()
    pool.replace(Member(FakeEndpoint(yes)))
    clock.ahead += 1.0
    activity.look()
    (told,) = activity.now
    assert [second.calls for second in told.seconds] == [1, 0]
    assert all(second.busy >= 0 for second in told.seconds)
    pool.drop("fake")
    activity.look()
    assert activity.now == ()
