"""Telling the dead by numbers that stand still, with one clock only."""

from __future__ import annotations

import pytest

from sightline.store.presence import Pace, Watch

PACE = Pace(beat_s=2, unsure_after_s=8, dead_after_s=10, blink_s=4.5)


def looks(*seen: tuple[float, dict[str, int]]) -> list[list[str]]:
    watch = Watch(PACE)
    return [watch.look(beats, now=now) for now, beats in seen]


def test_who_stands_still_for_long_enough_is_silent() -> None:
    told = looks(*((float(now), {"a": 7, "b": now}) for now in range(0, 13, 2)))
    assert told == [[], [], [], [], [], ["a"], ["a"]]


def test_time_counts_from_the_look_that_saw_the_last_change() -> None:
    beats = [1, 2, 3, 3, 3, 3, 3, 3]
    told = looks(*((2.0 * n, {"a": beat}) for n, beat in enumerate(beats)))
    assert told == [[]] * 7 + [["a"]]


def test_who_has_not_looked_has_seen_nobody_stand_still() -> None:
    """As when this process was stopped, or the database was away, for a minute."""
    after = [(60.0 + now, {"a": 7}) for now in range(0, 11, 2)]
    told = looks((0, {"a": 7}), (2, {"a": 7}), *after)
    assert told == [[]] * 7 + [["a"]]


def test_a_worker_that_is_new_or_back_is_watched_from_then_on() -> None:
    told = looks(
        (0, {"a": 7}), (4, {}), (8, {"a": 7}), (12, {"a": 7}), (16, {"a": 7}), (18, {"a": 7})
    )
    assert told == [[], [], [], [], [], ["a"]]


@pytest.mark.parametrize("pace", [PACE, Pace()])
def test_a_worker_stops_sending_before_it_can_count_as_dead(pace: Pace) -> None:
    assert pace.beat_s < pace.blink_s < pace.unsure_after_s < pace.dead_after_s
