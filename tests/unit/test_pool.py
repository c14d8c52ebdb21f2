"""Packing, slots, retries, and when the pool stops trying."""

import asyncio

import pytest

from sightline.endpoints.pool import Exchange, Pool, Retries
from sightline.errors import (
    BadReply,
    EndpointDown,
    EndpointError,
    ModelMissing,
    RateLimited,
    RequestRejected,
    Unauthorized,
)
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
    Question,
    Text,
    UnknownReason,
)

SHOWN = [Shown(Picture(0, b"", 1, 1), 0.0)]
NO_WAIT = Retries(first_wait_s=0.0)


def presence(number: int, tag: str = "car", sample: int = 0) -> Ask:
    return Ask(AskId(number), (0,), templates.presence(tag), sample=sample)


def failing_first(times: int, error: EndpointError) -> Script:
    failures = iter([error] * times)

    def script(frames: tuple[int, ...], question: Question) -> EndpointError | Presence:
        return next(failures, Presence(1.0))

    return script


async def ask(pool: Pool, *asks: Ask) -> Exchange:
    kept: list[Exchange] = []

    async def keep(exchange: Exchange) -> None:
        kept.append(exchange)

    await pool.ask(SHOWN, asks, keep=keep, stop=asyncio.Event())
    (exchange,) = kept
    return exchange


def test_presence_questions_travel_together_and_texts_alone():
    pool = Pool(FakeEndpoint(lambda f, q: Presence(1.0)), tags_per_call=2)
    asks = [presence(n, f"tag {n}") for n in range(5)]
    text = Ask(AskId(9), (0,), templates.describe())
    again = presence(10, "tag 0", sample=1)
    packs = list(pool.pack([*asks[:3], text, *asks[3:], again]))
    assert sorted(len(pack) for pack in packs) == [1, 1, 1, 2, 2]
    assert sorted(ask.id for pack in packs for ask in pack) == [0, 1, 2, 3, 4, 9, 10]
    assert all(len({ask.sample for ask in pack}) == 1 for pack in packs)


def test_a_dependent_ask_travels_alone():
    pool = Pool(FakeEndpoint(lambda f, q: Presence(1.0)))
    tied = Ask(AskId(1), (0,), templates.presence("car"), independent=False)
    assert list(pool.pack([tied, presence(2, "person")])) == [(tied,), (presence(2, "person"),)]


@pytest.mark.parametrize("error", [EndpointDown("refused"), RateLimited("429"), BadReply("html")])
async def test_what_may_pass_is_tried_again(error: EndpointError):
    endpoint = FakeEndpoint(failing_first(3, error))
    exchange = await ask(Pool(endpoint, retries=NO_WAIT), presence(1))
    assert isinstance(exchange.outcomes[0][1], Answer)
    assert len(endpoint.exchanges) == 4


async def test_after_the_last_attempt_it_is_unknown_with_the_reason_and_never_a_value():
    endpoint = FakeEndpoint(lambda f, q: EndpointDown("desk refused the connection"))
    exchange = await ask(Pool(endpoint, retries=NO_WAIT), presence(1), presence(2, "person"))
    failure = AskFailed(UnknownReason.FAILED, "desk refused the connection")
    assert [outcome for _, outcome in exchange.outcomes] == [failure, failure]
    assert exchange.call is None
    assert len(endpoint.exchanges) == NO_WAIT.attempts


async def test_a_rejected_request_is_not_repeated():
    endpoint = FakeEndpoint(lambda f, q: RequestRejected("too many pixels"))
    await ask(Pool(endpoint, retries=NO_WAIT), presence(1))
    assert len(endpoint.exchanges) == 1


@pytest.mark.parametrize("error", [Unauthorized("no key"), ModelMissing("no such model")])
async def test_what_would_fail_for_ever_ends_the_asking_at_once(error: EndpointError):
    endpoint = FakeEndpoint(lambda f, q: error)
    pool = Pool(endpoint, retries=NO_WAIT)
    await ask(pool, presence(1))
    exchange = await ask(pool, presence(2))
    assert pool.gave_up is error
    assert len(endpoint.exchanges) == 1
    assert exchange.outcomes[0][1] == AskFailed(UnknownReason.FAILED, str(error))


async def test_refused_pictures_are_their_own_failure_and_not_the_end_of_the_endpoint():
    pool = Pool(FakeEndpoint(lambda f, q: RequestRejected("filtered")), retries=NO_WAIT)
    for number in range(9):
        await ask(pool, presence(number))
    assert pool.gave_up is None
    endpoint = pool.endpoint
    assert isinstance(endpoint, FakeEndpoint)
    assert len(endpoint.exchanges) == 9


async def test_an_endpoint_that_never_answers_is_given_up_after_one_ask():
    endpoint = FakeEndpoint(lambda f, q: EndpointDown("refused"))
    pool = Pool(endpoint, retries=NO_WAIT)
    for number in range(9):
        exchange = await ask(pool, presence(number))
        assert exchange.sent == (number == 0)
    assert len(endpoint.exchanges) == NO_WAIT.attempts


async def test_an_outage_is_waited_out_and_nothing_is_lost():
    """The server restarts in mid-run: far more failures than one ask has attempts."""
    says = iter([Presence(1.0), *[EndpointDown("refused")] * 50, *[Presence(0.5)] * 9])
    pool = Pool(FakeEndpoint(lambda f, q: next(says)), retries=NO_WAIT)
    for number in range(5):
        exchange = await ask(pool, presence(number))
        assert isinstance(exchange.outcomes[0][1], Answer)
    assert pool.gave_up is None


async def test_an_outage_beyond_patience_ends_the_asking_and_the_next_run_tries_again():
    says = iter([Presence(1.0), *[EndpointDown("refused")] * 8, Presence(1.0)])
    endpoint = FakeEndpoint(lambda f, q: next(says))
    pool = Pool(endpoint, retries=Retries(first_wait_s=0.0, patience_s=0.0))
    for number in range(5):
        await ask(pool, presence(number))
    assert str(pool.gave_up) == "refused"
    assert len(endpoint.exchanges) == 1 + Retries().attempts
    pool.begin()
    assert pool.gave_up is None


async def test_one_ask_that_the_endpoint_cannot_do_fails_while_others_are_answered():
    def script(frames: tuple[int, ...], question: Question) -> EndpointDown | Presence:
        return EndpointDown("500") if question["tag"] == "poison" else Presence(1.0)

    pool = Pool(FakeEndpoint(script, slots=2), retries=NO_WAIT)
    await ask(pool, presence(0))

    async def others() -> None:
        for number in range(1, 30):
            await ask(pool, presence(number))

    poisoned, _ = await asyncio.gather(ask(pool, presence(99, "poison")), others())
    assert isinstance(poisoned.outcomes[0][1], AskFailed)
    assert pool.gave_up is None


async def test_a_fault_in_an_endpoint_is_a_failed_ask_that_says_so(
    caplog: pytest.LogCaptureFixture,
):
    def script(frames: tuple[int, ...], question: Question) -> Presence:
        raise ZeroDivisionError("oh")

    exchange = await ask(Pool(FakeEndpoint(script), retries=NO_WAIT), presence(1))
    outcome = exchange.outcomes[0][1]
    assert isinstance(outcome, AskFailed)
    assert outcome.detail == "fake has a fault: ZeroDivisionError: oh"
    assert "ZeroDivisionError" in caplog.text


async def test_a_slot_is_held_until_the_answer_is_kept():
    pool = Pool(FakeEndpoint(lambda f, q: Text("x"), slots=1))
    stored = asyncio.Event()
    endpoint = pool.endpoint
    assert isinstance(endpoint, FakeEndpoint)

    async def keep(exchange: Exchange) -> None:
        await stored.wait()

    asks = [Ask(AskId(n), (0,), templates.describe()) for n in range(2)]
    tasks = [
        asyncio.create_task(pool.ask(SHOWN, [one], keep=keep, stop=asyncio.Event())) for one in asks
    ]
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(endpoint.exchanges) == 1
    stored.set()
    await asyncio.gather(*tasks)
    assert len(endpoint.exchanges) == 2


async def test_waiting_for_a_retry_holds_no_slot():
    failures = iter([RateLimited("slow down", retry_after_s=60.0)])

    def script(frames: tuple[int, ...], question: Question):
        return next(failures, Presence(1.0))

    pool = Pool(FakeEndpoint(script, slots=1))

    waiting = asyncio.create_task(ask(pool, presence(1)))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not waiting.done()
    exchange = await asyncio.wait_for(ask(pool, presence(2)), timeout=30)
    assert isinstance(exchange.outcomes[0][1], Answer)
    waiting.cancel()


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
    endpoint = FakeEndpoint(lambda f, q: Presence(1.0))

    async def keep(exchange: Exchange) -> None:
        raise AssertionError(exchange)

    await Pool(endpoint).ask(SHOWN, [presence(1)], keep=keep, stop=stop)
    assert endpoint.exchanges == []
