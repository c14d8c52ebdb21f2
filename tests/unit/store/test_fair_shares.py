"""How slots are divided among those who want some."""

from hypothesis import given
from hypothesis import strategies as st

from sightline.store.shares import divide

WANTED = st.dictionaries(st.text("abcdef", min_size=1), st.integers(0, 40), max_size=8)


@given(slots=st.integers(0, 60), wanted=WANTED, turn=st.integers(0, 1000))
def test_no_more_than_there_are_or_are_wanted_and_nothing_left_that_is(
    slots: int, wanted: dict[str, int], turn: int
):
    parts = divide(slots, wanted, turn=turn)
    assert parts.keys() == wanted.keys()
    assert all(0 <= parts[worker] <= wanted[worker] for worker in wanted)
    assert sum(parts.values()) == min(slots, sum(wanted.values()))


@given(slots=st.integers(0, 60), wanted=WANTED, turn=st.integers(0, 1000))
def test_who_gets_less_wants_less_but_for_one_slot(slots: int, wanted: dict[str, int], turn: int):
    parts = divide(slots, wanted, turn=turn)
    most = max(parts.values(), default=0)
    for worker, part in parts.items():
        assert part == wanted[worker] or part >= most - 1
        if slots >= sum(wants > 0 for wants in wanted.values()):
            assert part or not wanted[worker]


@given(slots=st.integers(1, 10), workers=st.integers(1, 25))
def test_in_their_turns_all_get_one_where_there_are_fewer_slots_than_workers(
    slots: int, workers: int
):
    wanted = {f"w{n:02}": 3 for n in range(workers)}
    served = [divide(slots, wanted, turn=turn) for turn in range(workers)]
    assert all(sum(parts[worker] for parts in served) >= 1 for worker in wanted)


@given(slots=st.integers(0, 60), wanted=WANTED, turn=st.integers(0, 1000))
def test_it_is_the_same_wherever_it_is_worked_out(slots: int, wanted: dict[str, int], turn: int):
    other = dict(reversed(wanted.items()))
    assert divide(slots, wanted, turn=turn) == divide(slots, other, turn=turn)


def test_what_one_does_not_want_is_divided_among_the_others():
    assert divide(10, {"a": 10, "b": 1, "c": 10}) == {"a": 5, "b": 1, "c": 4}
