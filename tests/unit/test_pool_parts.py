"""The parts of the pool: the limit that learns, the breaker, the budget, the tally."""

import pytest

from sightline.endpoints.pool.breaker import FAILURES_IN_A_ROW, Breaker, State
from sightline.endpoints.pool.limit import Learned
from sightline.endpoints.pool.retries import RetryBudget
from sightline.endpoints.pool.tally import Latencies, Tally


def settle(limit: Learned, capacity: int, calls: int = 3000) -> list[int]:
    """How many slots it took over time, of a server that works on `capacity` calls at once."""
    taken: list[int] = []
    for _ in range(calls):
        limit.succeed(0.1 * max(1.0, limit.slots / capacity), full=True)
        taken.append(limit.slots)
    return taken


@pytest.mark.parametrize("capacity", [2, 5, 10, 24])
def test_it_finds_out_how_many_calls_a_server_works_on(capacity: int):
    taken = settle(Learned(), capacity)[-1000:]
    assert capacity <= max(taken) <= capacity + 1
    assert sum(taken) / len(taken) == pytest.approx(capacity, abs=0.6)


def test_it_does_not_grow_while_slots_are_idle():
    limit = Learned()
    for _ in range(1000):
        limit.succeed(0.1, full=False)
    assert limit.slots == 2


def test_it_stays_within_what_the_endpoint_can_carry():
    assert max(settle(Learned(most=6), 50)) == 6


def test_overload_halves_it_once_for_calls_that_fail_together():
    limit = Learned(first=16)
    for _ in range(16):
        limit.overload(100.0)
    assert limit.slots == 8
    limit.overload(200.0)
    assert limit.slots == 4


def test_after_overload_it_grows_again():
    limit = Learned(first=16)
    limit.overload(1.0)
    assert max(settle(limit, 16)) >= 15


def test_the_breaker_opens_after_failures_in_a_row_only():
    breaker = Breaker(first_s=1.0)
    for _ in range(FAILURES_IN_A_ROW - 1):
        breaker.fail(0.0)
    breaker.succeed()
    breaker.fail(0.0)
    assert breaker.admits(0.0)


def test_half_open_it_lets_one_call_try():
    breaker = Breaker(first_s=1.0)
    for _ in range(FAILURES_IN_A_ROW):
        breaker.fail(0.0)
    assert not breaker.admits(0.5)
    assert breaker.admits(1.3)
    breaker.begin()
    assert breaker.state is State.HALF_OPEN
    assert not breaker.admits(1.3)
    breaker.succeed()
    assert breaker.admits(1.3)


def test_each_vain_try_doubles_its_rest_up_to_a_bound():
    breaker = Breaker(first_s=1.0, longest_s=4.0)
    for _ in range(FAILURES_IN_A_ROW):
        breaker.fail(0.0)
    rests: list[float] = []
    now = 0.0
    for _ in range(4):
        until = breaker.opens_at()
        assert until is not None
        rests.append(until - now)
        now = until
        breaker.begin()
        breaker.fail(now)
    assert rests == pytest.approx([1.0, 2.0, 4.0, 4.0], rel=0.21)


def test_a_try_that_was_cut_off_leaves_it_half_open_for_the_next():
    breaker = Breaker(first_s=0.0)
    for _ in range(FAILURES_IN_A_ROW):
        breaker.fail(0.0)
    breaker.begin()
    breaker.abandon()
    assert breaker.admits(0.0)


def test_repeats_are_bought_with_answers():
    budget = RetryBudget(stock=2.0)
    for _ in range(5):
        budget.spend()
    assert budget.spent
    budget.earn()
    assert not budget.spent


def test_percentiles_of_latencies():
    latencies = Latencies()
    assert latencies.quantile_s(0.5) is None
    for hundredth in range(1, 101):
        latencies.add(hundredth / 100)
    assert latencies.quantile_s(0.5) == pytest.approx(0.5, rel=0.06)
    assert latencies.quantile_s(0.95) == pytest.approx(0.95, rel=0.06)


def test_utilisation_is_the_share_of_slot_seconds_with_a_call():
    tally = Tally("desk", "m")
    tally.begin(0.0, slots=2, retry=False, hedge=False)
    tally.begin(1.0, slots=2, retry=False, hedge=False)
    tally.end(2.0, slots=2)
    tally.end(4.0, slots=2)
    assert tally.use.utilisation == pytest.approx((1 + 2 + 2) / 8)
