"""Several endpoints in one pool: who is asked, and what happens when one of them fails."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pooling import NO_WAIT, ask, breathe, desk, failing_first, picture, presence, yes

from sightline.endpoints.pool import Member, Pool, Retries, Terms
from sightline.errors import EndpointDown, EndpointError, ModelMissing, RateLimited, RequestRejected
from sightline.ports import Shown
from sightline.prompts import templates
from sightline.testing.fakes import FakeEndpoint, Script
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    AskId,
    Picture,
    Presence,
    Price,
    Profile,
    Question,
    Reach,
    Role,
    Text,
    Turn,
    UnknownReason,
)

PROFILE = Profile("scripted", datetime.now(UTC), canaries_right=8, canaries_asked=8, pictures=8)


def down(frames: tuple[int, ...], question: Question) -> EndpointDown:
    return EndpointDown("refused")


def saying(said: EndpointError) -> Script:
    def script(frames: tuple[int, ...], question: Question) -> EndpointError:
        return said

    return script


async def ask_many(pool: Pool, count: int, *, limit: Reach = Reach.ANY) -> Counter[str]:
    """Ask about so many pictures; by whom each was answered, `-` for nobody."""
    async with desk(pool, egress=limit) as one:
        for number in range(count):
            await one.lane.put(picture(number), [presence(number, frame=number)])
        await one.told([presence(number) for number in range(count)])
        outcomes = [one.outcome(number) for number in range(count)]
    return Counter(o.endpoint if isinstance(o, Answer) else "-" for o in outcomes)


def member(name: str, **terms: object) -> Member:
    slots = terms.pop("slots", 2)
    script = terms.pop("script", yes)
    model = terms.pop("model", "scripted")
    pause = terms.pop("pause", None)
    endpoint = FakeEndpoint(script, name=name, slots=slots, model=model, pause=pause)  # pyright: ignore[reportArgumentType]
    return Member(endpoint, Terms(**terms))  # pyright: ignore[reportArgumentType]


def exchanges(one: Member) -> int:
    assert isinstance(one.endpoint, FakeEndpoint)
    return len(one.endpoint.exchanges)


async def test_what_one_cannot_answer_another_does():
    pool = Pool([member("a", script=down), member("b")], retries=NO_WAIT)
    assert await ask_many(pool, 40) == {"b": 40}


async def test_a_dead_endpoint_is_soon_left_alone():
    dead = member("a", script=down)
    pool = Pool([dead, member("b")], retries=Retries(first_wait_s=60.0, longest_wait_s=60.0))
    await ask_many(pool, 200)
    assert exchanges(dead) <= 10


async def test_equally_quick_endpoints_share_by_weight():
    pool = Pool([member("a", weight=3.0, slots=8), member("b", weight=1.0, slots=8)])
    async with desk(pool) as one:
        for number in range(200):
            await one.ask(presence(number))
        told = Counter(o.endpoint for n in range(200) if isinstance(o := one.outcome(n), Answer))
    assert 140 <= told["a"] <= 160


async def test_a_weight_of_zero_is_for_when_no_other_is_left():
    last = member("last", weight=0.0)
    first = member("first", slots=1)
    pool = Pool([last, first], retries=NO_WAIT)
    await ask_many(pool, 20)
    assert exchanges(last) == 0
    pool.pause("first")
    assert await ask_many(pool, 3) == {"last": 3}


async def test_one_for_when_others_are_full_takes_what_they_cannot():
    gate = asyncio.Event()
    first = member("first", slots=2, pause=gate.wait)
    spill = member("spill", turn=Turn.WHEN_FULL)
    idle = member("idle", turn=Turn.WHEN_DOWN)
    async with desk(Pool([first, spill, idle])) as one:
        for number in range(10):
            await one.lane.put(picture(number), [presence(number, frame=number)])
        await breathe()
        assert (exchanges(first), exchanges(spill), exchanges(idle)) == (2, 8, 0)
        gate.set()
        await one.told([presence(number) for number in range(10)])


async def test_one_for_when_others_are_down_waits_for_that():
    gate = asyncio.Event()
    first = member("first", slots=1, pause=gate.wait)
    second = member("second", turn=Turn.WHEN_DOWN)
    pool = Pool([first, second], retries=NO_WAIT)
    async with desk(pool) as one:
        await one.lane.put(picture(0), [presence(0)])
        await one.lane.put(picture(1), [presence(1, frame=1)])
        await breathe()
        assert exchanges(second) == 0
        pool.pause("first")
        await breathe()
        assert exchanges(second) == 1
        gate.set()


async def test_the_quicker_one_is_asked_first():
    slow, quick = member("slow", slots=4), member("quick", slots=4)
    slow.tally.latencies.add(2.0)
    quick.tally.latencies.add(0.2)
    pool = Pool([slow, quick])
    async with desk(pool) as one:
        await one.ask(presence(1))
    assert exchanges(quick) == 1


async def test_at_the_end_no_slow_endpoint_gets_what_a_quick_one_answers_sooner():
    gate = asyncio.Event()
    slow, quick = member("slow"), member("quick", slots=1, pause=gate.wait)
    slow.tally.latencies.add(10.0)
    quick.tally.latencies.add(0.1)
    async with desk(Pool([slow, quick])) as one:
        for number in range(2):
            await one.lane.put(picture(number), [presence(number, frame=number)])
        await breathe()
        assert (exchanges(quick), exchanges(slow)) == (1, 0)
        one.lane.upcoming = 10_000
        await one.lane.put(picture(2), [presence(2, frame=2)])
        await breathe()
        assert exchanges(slow) == 2
        gate.set()


async def test_one_that_asks_to_slow_down_is_left_alone_while_others_go_on():
    busy = member("busy", script=failing_first(99, RateLimited("429", retry_after_s=60.0)))
    pool = Pool([busy, member("other")], retries=NO_WAIT)
    assert await ask_many(pool, 50) == {"other": 50}
    assert exchanges(busy) <= 2


async def test_a_refusal_of_one_is_not_that_of_all():
    picky = member("picky", script=saying(RequestRejected("filtered")))
    pool = Pool([picky, member("other")], retries=NO_WAIT)
    assert await ask_many(pool, 20) == {"other": 20}


async def test_what_all_refuse_is_unknown_with_the_reason_of_one():
    pool = Pool(
        [member(name, script=saying(RequestRejected("filtered"))) for name in ("a", "b")],
        retries=NO_WAIT,
    )
    async with desk(pool) as one:
        await one.ask(presence(1))
        assert one.outcome(1) == AskFailed(UnknownReason.FAILED, "filtered")
        assert one.lane.gave_up is None
    assert [exchanges(m) for m in pool.members] == [1, 1]


async def test_a_missing_model_takes_out_its_endpoint_only():
    gone = member("gone", script=saying(ModelMissing("it has no such model")))
    pool = Pool([gone, member("other")], retries=NO_WAIT)
    assert await ask_many(pool, 20) == {"other": 20}
    assert exchanges(gone) <= 2


async def test_no_picture_goes_further_than_its_run_allows():
    near = member("near", script=down, reach=Reach.LAN)
    far = member("far", reach=Reach.ANY)
    pool = Pool([near, far], retries=NO_WAIT)
    assert await ask_many(pool, 5, limit=Reach.LAN) == {"-": 5}
    assert exchanges(far) == 0
    assert (await ask_many(pool, 5))["far"] == 5


async def test_where_all_are_too_far_away_the_ask_says_so():
    async with desk(Pool([member("far", reach=Reach.ANY)]), egress=Reach.HOST) as one:
        await one.ask(presence(1))
        outcome = one.outcome(1)
    assert isinstance(outcome, AskFailed)
    assert "far (any)" in outcome.detail
    assert "--egress any" in outcome.detail


async def test_a_model_that_the_run_does_not_accept_is_not_asked():
    other = member("other", model="another")
    pool = Pool([other, member("own")])
    async with desk(pool, models={"scripted"}) as one:
        for number in range(10):
            await one.ask(presence(number))
    assert exchanges(other) == 0


async def test_one_that_told_known_pictures_wrongly_is_not_asked():
    wrong = replace(PROFILE, canaries_right=3)
    quarantined = member("quarantined", profile=wrong)
    pool = Pool([quarantined, member("other")])
    assert await ask_many(pool, 5) == {"other": 5}
    trusted = Pool([member("trusted", profile=wrong, trusted=True)])
    assert await ask_many(trusted, 5) == {"trusted": 5}


async def test_with_only_such_a_one_the_ask_says_so():
    pool = Pool([member("odd", profile=replace(PROFILE, canaries_right=3))])
    async with desk(pool) as one:
        await one.ask(presence(1))
        outcome = one.outcome(1)
    assert isinstance(outcome, AskFailed)
    assert "odd: answered the probe's own pictures wrongly" in outcome.detail


@pytest.mark.parametrize("pictures", [1, 4])
async def test_several_pictures_go_where_they_come_through(pictures: int):
    def text(frames: tuple[int, ...], question: Question) -> Text:
        return Text("x")

    few = member("few", script=text, profile=replace(PROFILE, pictures=pictures))
    many = member("many", script=text, profile=PROFILE)
    shown = [Shown(Picture(n, b"", 1, 1), n / 10) for n in range(5)]
    about = Ask(AskId(1), (0, 1, 2, 3, 4), templates.describe())
    async with desk(Pool([few, many])) as one:
        await one.ask(about, shown=shown)
    assert (exchanges(few), exchanges(many)) == (0, 1)
    async with desk(Pool([few])) as one:
        await one.ask(about, shown=shown)
        outcome = one.outcome(1)
    assert isinstance(outcome, AskFailed)
    assert outcome.reason is UnknownReason.UNSUPPORTED
    assert f"{pictures} at most" in outcome.detail


def unable(frames: tuple[int, ...], question: Question) -> AskFailed | Presence:
    """Can tell cars, and nothing else."""
    if question["tag"] == "car":
        return Presence(1.0)
    return AskFailed(UnknownReason.UNSUPPORTED, "it cannot tell that")


async def test_what_one_cannot_tell_is_asked_of_another():
    narrow, wide = member("narrow", script=unable), member("wide")
    async with desk(Pool([narrow, wide])) as one:
        for number in range(6):
            await one.ask(presence(number, tag="dog", frame=number), shown=picture(number))
        outcomes = [one.outcome(number) for number in range(6)]
    assert all(isinstance(outcome, Answer) for outcome in outcomes)
    assert exchanges(wide) == 6
    assert exchanges(narrow) > 0
    async with desk(Pool([narrow])) as one:
        await one.ask(presence(1, tag="car"), presence(2, tag="dog"))
        told = one.outcome(1), one.outcome(2)
    assert isinstance(told[0], Answer)
    assert isinstance(told[1], AskFailed)
    assert told[1].reason is UnknownReason.UNSUPPORTED


@pytest.mark.parametrize("overflow", ["dropped", "reordered"])
async def test_one_that_loses_or_mixes_up_pictures_is_never_given_several(overflow: str):
    profile = replace(PROFILE, overflow=overflow, frames_per_call=4)  # pyright: ignore[reportArgumentType]
    lossy = member("lossy", slots=1, profile=profile)
    async with desk(Pool([lossy])) as one:
        for number in range(3):
            await one.lane.put(picture(number), [presence(number, frame=number)])
        await one.told([presence(number) for number in range(3)])
        about = Ask(AskId(9), (0, 1), templates.describe())
        await one.ask(about, shown=[*picture(0), *picture(1)])
        outcome = one.outcome(9)
    assert exchanges(lossy) == 3
    assert isinstance(outcome, AskFailed)
    assert outcome.reason is UnknownReason.UNSUPPORTED


async def test_text_goes_to_those_that_write_and_pictures_to_those_that_see():
    def text(frames: tuple[int, ...], question: Question) -> Text | Presence:
        return Text("x") if question.expects == "text" else Presence(1.0)

    sees = member("sees", role=Role.VISION, script=text)
    writes = member("writes", role=Role.LANGUAGE, script=text)
    async with desk(Pool([sees, writes])) as one:
        await one.ask(presence(1))
        await one.ask(Ask(AskId(2), (), templates.answer("Sum it up.")), shown=())
    assert (exchanges(sees), exchanges(writes)) == (1, 1)


async def test_pictures_travel_together_where_the_profile_says_so():
    gate = asyncio.Event()
    profile = replace(PROFILE, frames_per_call=4, tags_per_call=2)
    one_slot = member("one", slots=1, profile=profile, pause=gate.wait)
    async with desk(Pool([one_slot])) as one:
        for number in range(5):
            await one.lane.put(picture(number), [presence(number, frame=number)])
        gate.set()
        await one.told([presence(number) for number in range(5)])
        assert all(isinstance(one.outcome(number), Answer) for number in range(5))
    assert isinstance(one_slot.endpoint, FakeEndpoint)
    assert [e.frames for e in one_slot.endpoint.exchanges] == [(0,), (1, 2, 3, 4)]


async def test_endpoints_come_go_and_rest_while_a_run_goes_on():
    gate = asyncio.Event()
    first = member("first", slots=1, pause=gate.wait)
    pool = Pool([first])
    async with desk(pool) as one:
        for number in range(2):
            await one.lane.put(picture(number), [presence(number, frame=number)])
        await breathe()
        second = member("second")
        pool.add(second)
        await breathe()
        assert exchanges(second) == 1
        pool.pause("second")
        await one.lane.put(picture(2), [presence(2, frame=2)])
        await breathe()
        assert exchanges(second) == 1
        pool.resume("second")
        await breathe()
        assert exchanges(second) == 2
        leaving = pool.drop("first")
        closing = asyncio.create_task(leaving.close())
        await breathe()
        assert isinstance(first.endpoint, FakeEndpoint)
        assert not first.endpoint.closed
        gate.set()
        await closing
        assert first.endpoint.closed
        assert isinstance(one.outcome(0), Answer)
    with pytest.raises(ValueError, match="'second' already"):
        pool.add(member("second"))


async def test_a_second_call_helps_out_where_the_first_takes_long():
    forever = asyncio.Event()
    slow = member("slow", pause=forever.wait)
    for _ in range(40):
        slow.tally.latencies.add(0.001)
        slow.tally.begin(0.0, slots=2, retry=False, hedge=False)
        slow.tally.end(0.0, slots=2)
    helper = member("helper", turn=Turn.WHEN_DOWN)
    pool = Pool([slow, helper], hedge=0.5)
    async with desk(pool) as one:
        await one.lane.put(picture(0), [presence(0)])
        await breathe()
        pool.pause("slow")
        exchange = await one.told([presence(0)])
        assert exchange.call is not None
        assert exchange.call.endpoint == "helper"
        uses = {use.endpoint: use for use in one.lane.uses}
    assert uses["helper"].hedges == 1
    assert slow.in_flight == 0


async def test_what_was_used_is_counted_by_endpoint():
    paid = member("paid", price=Price(2.0, 10.0), script=failing_first(2, EndpointDown("500")))
    pool = Pool([paid], retries=NO_WAIT)
    async with desk(pool) as one:
        await one.ask(presence(1), presence(2, "person"))
        (use,) = one.lane.uses
    assert (use.calls, use.retries, use.answered) == (3, 2, 2)
    assert use.failures == {"EndpointDown": 2}
    assert use.latency_p50_s is not None
    assert use.utilisation is not None
    assert pool.uses[0].calls == 3


async def test_two_runs_take_turns():
    gate = asyncio.Event()
    pool = Pool([member("one", slots=1, pause=gate.wait)])
    (only,) = pool.members
    async with desk(pool) as first, desk(pool) as second:
        for number in range(2):
            await first.lane.put(picture(number), [presence(number, frame=number)])
        await second.lane.put(picture(9), [presence(9, frame=9)])
        gate.set()
        await first.told([presence(0), presence(1)])
        await second.told([presence(9)])
    assert isinstance(only.endpoint, FakeEndpoint)
    assert [e.frames[0] for e in only.endpoint.exchanges][-1] == 1


async def test_one_question_fails_over_without_a_wait():
    pool = Pool(
        [member("a", script=down), member("b")],
        retries=Retries(first_wait_s=1e6, longest_wait_s=1e6),
    )
    exchange = await ask(pool, presence(1))
    assert isinstance(exchange.outcomes[0][1], Answer)
