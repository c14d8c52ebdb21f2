"""One endpoint in the pool: packing, slots, retries, and when it stops trying."""

import asyncio

import pytest
from pooling import NO_WAIT, SHOWN, ask, breathe, desk, failing_first, picture, presence, yes

from sightline.endpoints.pool import Member, Pool, Retries, Terms
from sightline.errors import (
    BadReply,
    EndpointDown,
    EndpointError,
    ModelMissing,
    RateLimited,
    RequestRejected,
    Unauthorized,
)
from sightline.prompts import templates
from sightline.testing.fakes import FakeEndpoint
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    AskId,
    Budget,
    Presence,
    Question,
    Spent,
    Text,
    Turn,
    UnknownReason,
)


async def test_presence_questions_travel_together_and_texts_alone():
    endpoint = FakeEndpoint(lambda f, q: Presence(1.0) if q.expects == "presence" else Text("x"))
    pool = Pool([Member(endpoint, Terms(tags_per_call=2))])
    asks = [presence(n, f"tag {n}") for n in range(5)]
    text = Ask(AskId(9), (0,), templates.describe())
    again = presence(10, "tag 0", sample=1)
    await ask(pool, *asks[:3], text, *asks[3:], again)
    assert sorted(len(one.questions) for one in endpoint.exchanges) == [1, 1, 1, 2, 2]


async def test_a_dependent_ask_travels_alone():
    endpoint = FakeEndpoint(yes)
    tied = Ask(AskId(1), (0,), templates.presence("car"), independent=False)
    await ask(Pool.of(endpoint), tied, presence(2, "person"))
    assert [len(one.questions) for one in endpoint.exchanges] == [1, 1]


@pytest.mark.parametrize("error", [EndpointDown("refused"), RateLimited("429"), BadReply("html")])
async def test_what_may_pass_is_tried_again(error: EndpointError):
    endpoint = FakeEndpoint(failing_first(3, error))
    exchange = await ask(Pool.of(endpoint, retries=NO_WAIT), presence(1))
    assert isinstance(exchange.outcomes[0][1], Answer)
    assert len(endpoint.exchanges) == 4


async def test_after_the_last_attempt_it_is_unknown_with_the_reason_and_never_a_value():
    endpoint = FakeEndpoint(lambda f, q: EndpointDown("desk refused the connection"))
    pool = Pool.of(endpoint, retries=NO_WAIT)
    exchange = await ask(pool, presence(1), presence(2, "person"))
    failure = AskFailed(UnknownReason.FAILED, "desk refused the connection")
    assert [outcome for _, outcome in exchange.outcomes] == [failure, failure]
    assert exchange.call is None
    assert len(endpoint.exchanges) == NO_WAIT.attempts


async def test_a_rejected_request_is_not_repeated():
    endpoint = FakeEndpoint(lambda f, q: RequestRejected("too many pixels"))
    exchange = await ask(Pool.of(endpoint, retries=NO_WAIT), presence(1))
    assert exchange.outcomes[0][1] == AskFailed(UnknownReason.FAILED, "too many pixels")
    assert exchange.sent
    assert len(endpoint.exchanges) == 1


@pytest.mark.parametrize("error", [Unauthorized("no key"), ModelMissing("no such model")])
async def test_what_would_fail_for_ever_ends_the_asking_at_once(error: EndpointError):
    endpoint = FakeEndpoint(lambda f, q: error)
    async with desk(Pool.of(endpoint, retries=NO_WAIT)) as one:
        await one.ask(presence(1))
        await one.ask(presence(2))
        assert one.lane.gave_up is error
        assert one.outcome(2) == AskFailed(UnknownReason.FAILED, str(error))
    assert len(endpoint.exchanges) == 1


async def test_refused_pictures_are_their_own_failure_and_not_the_end_of_the_endpoint():
    endpoint = FakeEndpoint(lambda f, q: RequestRejected("filtered"))
    async with desk(Pool.of(endpoint, retries=NO_WAIT)) as one:
        for number in range(9):
            await one.ask(presence(number))
        assert one.lane.gave_up is None
    assert len(endpoint.exchanges) == 9


async def test_an_endpoint_that_never_answers_is_given_up_after_one_ask():
    endpoint = FakeEndpoint(lambda f, q: EndpointDown("refused"))
    async with desk(Pool.of(endpoint, retries=NO_WAIT)) as one:
        for number in range(9):
            exchange = await one.ask(presence(number))
            assert exchange.sent == (number == 0)
    assert len(endpoint.exchanges) == NO_WAIT.attempts


async def test_an_outage_is_waited_out_and_nothing_is_lost():
    """The server restarts in mid-run: far more failures than one ask has attempts."""
    says = iter([Presence(1.0), *[EndpointDown("refused")] * 50, *[Presence(0.5)] * 9])
    async with desk(Pool.of(FakeEndpoint(lambda f, q: next(says)), retries=NO_WAIT)) as one:
        for number in range(5):
            exchange = await one.ask(presence(number))
            assert isinstance(exchange.outcomes[0][1], Answer)
        assert one.lane.gave_up is None


async def test_an_outage_beyond_patience_ends_the_asking_and_the_next_run_tries_again():
    says = iter([Presence(1.0), *[EndpointDown("refused")] * 4, Presence(1.0)])
    endpoint = FakeEndpoint(lambda f, q: next(says))
    pool = Pool.of(endpoint, retries=Retries(first_wait_s=0.0, patience_s=0.0))
    async with desk(pool) as one:
        for number in range(5):
            await one.ask(presence(number))
        assert str(one.lane.gave_up) == "refused"
    assert len(endpoint.exchanges) == 1 + Retries().attempts
    exchange = await ask(pool, presence(6))
    assert isinstance(exchange.outcomes[0][1], Answer)


async def test_one_ask_that_the_endpoint_cannot_do_fails_while_others_are_answered():
    def script(frames: tuple[int, ...], question: Question) -> EndpointDown | Presence:
        return EndpointDown("500") if question["tag"] == "poison" else Presence(1.0)

    async with desk(Pool.of(FakeEndpoint(script, slots=2), retries=NO_WAIT)) as one:
        await one.ask(presence(0))

        async def others() -> None:
            for number in range(1, 30):
                await one.ask(presence(number))

        await asyncio.gather(one.ask(presence(99, "poison")), others())
        assert isinstance(one.outcome(99), AskFailed)
        assert one.lane.gave_up is None


async def test_a_fault_in_an_endpoint_is_a_failed_ask_that_says_so(
    caplog: pytest.LogCaptureFixture,
):
    def script(frames: tuple[int, ...], question: Question) -> Presence:
        raise ZeroDivisionError("oh")

    exchange = await ask(Pool.of(FakeEndpoint(script), retries=NO_WAIT), presence(1))
    outcome = exchange.outcomes[0][1]
    assert isinstance(outcome, AskFailed)
    assert outcome.detail == "fake has a fault: ZeroDivisionError: oh"
    assert "ZeroDivisionError" in caplog.text


async def test_a_slot_is_held_until_the_answer_is_kept():
    endpoint = FakeEndpoint(lambda f, q: Text("x"), slots=1)
    stored = asyncio.Event()
    asks = [Ask(AskId(n), (0,), templates.describe()) for n in range(2)]
    async with desk(Pool.of(endpoint), stored=stored) as one:
        await one.lane.put(SHOWN, asks)
        await breathe()
        assert len(endpoint.exchanges) == 1
        stored.set()
        await one.told(asks)
    assert len(endpoint.exchanges) == 2


async def test_waiting_for_a_retry_holds_no_slot():
    endpoint = FakeEndpoint(failing_first(1, BadReply("html")), slots=1)
    pool = Pool.of(endpoint, retries=Retries(first_wait_s=1e9, longest_wait_s=1e9))
    async with desk(pool) as one:
        await one.lane.put(SHOWN, [presence(1)])
        await breathe()
        exchange = await one.ask(presence(2))
        assert isinstance(exchange.outcomes[0][1], Answer)
        assert [ask.id for e in one.heard for ask, _ in e.outcomes] == [2]


async def test_an_endpoint_that_asks_to_slow_down_is_left_alone():
    endpoint = FakeEndpoint(failing_first(1, RateLimited("429", retry_after_s=60.0)), slots=1)
    async with desk(Pool.of(endpoint, retries=NO_WAIT)) as one:
        await one.lane.put(SHOWN, [presence(1)])
        await one.lane.put(SHOWN, [presence(2)])
        await breathe()
        assert len(endpoint.exchanges) == 1
        assert one.heard == []


def test_backoff_grows_is_bounded_and_honours_what_the_endpoint_asks_for():
    retries = Retries(first_wait_s=1.0, longest_wait_s=8.0, longest_asked_wait_s=30.0)
    waits = [max(retries.wait_s(n, EndpointDown("x")) for _ in range(200)) for n in range(1, 7)]
    assert all(wait <= bound for wait, bound in zip(waits, [1, 2, 4, 8, 8, 8], strict=True))
    assert waits[3] > 2 * waits[0]
    assert retries.wait_s(1, RateLimited("x", retry_after_s=12.0)) == 12.0
    assert retries.wait_s(1, RateLimited("x", retry_after_s=3600.0)) == 30.0


async def test_once_stopped_no_call_is_made():
    stop = asyncio.Event()
    stop.set()
    endpoint = FakeEndpoint(yes)
    async with desk(Pool.of(endpoint), stop=stop) as one:
        await one.lane.put(SHOWN, [presence(1)])
        await breathe()
        assert one.heard == []
    assert endpoint.exchanges == []


async def test_a_cancelled_run_frees_its_slots_at_once():
    forever = asyncio.Event()
    endpoint = FakeEndpoint(yes, slots=2, pause=forever.wait)
    pool = Pool.of(endpoint)
    async with desk(pool) as one:
        await one.lane.put(SHOWN, [presence(1)])
        await breathe()
        assert pool.members[0].in_flight == 1
    assert pool.members[0].in_flight == 0
    forever.set()
    assert isinstance((await ask(pool, presence(2))).outcomes[0][1], Answer)


async def test_what_a_reply_for_many_left_out_is_asked_once_more_by_itself():
    def script(frames: tuple[int, ...], question: Question) -> AskFailed | Presence:
        alone = len(endpoint.exchanges[-1].questions) == 1
        known = question["tag"] == "car" or alone
        return Presence(1.0) if known else AskFailed(UnknownReason.FAILED, "left out")

    endpoint = FakeEndpoint(script)
    async with desk(Pool.of(endpoint, retries=NO_WAIT)) as one:
        await one.ask(presence(1), presence(2, "person"))
        assert isinstance(one.outcome(1), Answer)
        assert isinstance(one.outcome(2), Answer)
    assert [len(e.questions) for e in endpoint.exchanges] == [2, 1]


async def test_what_is_always_left_out_is_unknown_once():
    def script(frames: tuple[int, ...], question: Question) -> AskFailed | Presence:
        left_out = AskFailed(UnknownReason.FAILED, "left out")
        return left_out if question["tag"] == "person" else Presence(1.0)

    async with desk(Pool.of(FakeEndpoint(script), retries=NO_WAIT)) as one:
        await one.ask(presence(1), presence(2, "person"))
        assert one.outcome(2) == AskFailed(UnknownReason.FAILED, "left out")


async def test_the_deadline_of_an_ask_ends_its_retries():
    endpoint = FakeEndpoint(lambda f, q: EndpointDown("500"))
    pool = Pool.of(endpoint, retries=Retries(attempts=10**6, first_wait_s=0.0, deadline_s=0.05))
    exchange = await ask(pool, presence(1))
    assert exchange.outcomes[0][1] == AskFailed(UnknownReason.FAILED, "500")


async def test_a_call_that_hangs_ends_with_the_deadline():
    endpoint = FakeEndpoint(yes, pause=asyncio.Event().wait)
    exchange = await ask(Pool.of(endpoint, retries=Retries(deadline_s=0.02)), presence(1))
    outcome = exchange.outcomes[0][1]
    assert isinstance(outcome, AskFailed)
    assert "deadline" in outcome.detail


async def test_few_pictures_wait_for_the_endpoint():
    gate = asyncio.Event()
    endpoint = FakeEndpoint(yes, slots=3, pause=gate.wait)
    async with desk(Pool.of(endpoint)) as one:

        async def feed() -> None:
            for number in range(50):
                await one.lane.put(picture(number), [presence(number, frame=number)])

        feeding = asyncio.create_task(feed())
        await breathe()
        assert endpoint.in_flight == 3
        assert len(one.lane.waiting) <= 4
        gate.set()
        await feeding
        await one.told([presence(number) for number in range(50)])
    assert endpoint.peak_in_flight == 3
    assert [e.frames[0] for e in endpoint.exchanges] == list(range(50))


@pytest.mark.parametrize("most", [0, 1, 3])
async def test_no_call_goes_beyond_the_budget(most: int):
    endpoint = FakeEndpoint(yes, slots=2)
    async with desk(Pool.of(endpoint), budget=Budget(calls=most)) as one:
        for number in range(6):
            await one.lane.put(picture(number), [presence(number, frame=number)])
        await one.told([presence(number) for number in range(6)])
        outcomes = [one.outcome(number) for number in range(6)]
    assert len(endpoint.exchanges) == most
    assert sum(isinstance(outcome, Answer) for outcome in outcomes) == most
    unknown = [outcome for outcome in outcomes if isinstance(outcome, AskFailed)]
    assert {outcome.reason for outcome in unknown} == {UnknownReason.BUDGET}
    assert f"the budget of {most} calls is spent" in unknown[0].detail


async def test_calls_of_earlier_attempts_count():
    endpoint = FakeEndpoint(yes)
    async with desk(Pool.of(endpoint), budget=Budget(calls=5)) as one:
        one.lane.spent_before = Spent(calls=4)
        await one.ask(presence(1))
        await one.ask(presence(2))
        assert isinstance(one.outcome(2), AskFailed)
    assert len(endpoint.exchanges) == 1


async def test_repeats_are_charged_to_the_budget():
    endpoint = FakeEndpoint(lambda f, q: EndpointDown("500"))
    pool = Pool.of(endpoint, retries=Retries(attempts=100, first_wait_s=0.0))
    async with desk(pool, budget=Budget(calls=3)) as one:
        await one.ask(presence(1))
        outcome = one.outcome(1)
    assert isinstance(outcome, AskFailed)
    assert outcome.reason is UnknownReason.BUDGET
    assert len(endpoint.exchanges) == 3


async def test_a_budget_of_time_ends_the_asking():
    endpoint = FakeEndpoint(yes)
    async with desk(Pool.of(endpoint), budget=Budget(seconds=0.0)) as one:
        await one.ask(presence(1))
        assert isinstance(one.outcome(1), AskFailed)
    assert endpoint.exchanges == []


async def test_a_second_call_for_a_slow_ask_is_within_the_budget_too():
    forever = asyncio.Event()
    slow = Member(FakeEndpoint(yes, name="slow", pause=forever.wait))
    for _ in range(40):
        slow.tally.latencies.add(0.001)
        slow.tally.begin(0.0, slots=4, retry=False, hedge=False)
        slow.tally.end(0.0, slots=4)
    helper = FakeEndpoint(yes, name="helper")
    pool = Pool([slow, Member(helper, Terms(turn=Turn.WHEN_DOWN))], hedge=1.0)
    async with desk(pool, budget=Budget(calls=1)) as one:
        await one.lane.put(SHOWN, [presence(1)])
        await asyncio.sleep(0.05)
        pool.pause("slow")
        await breathe()
        assert helper.exchanges == []
