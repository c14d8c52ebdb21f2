"""The truth that everything else is compared with must itself be right."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.testing.truth import TAGS, Truth, random_truth


def a_truth(**changes: object) -> Truth:
    fields: dict[str, object] = {
        "rate": Fraction(10),
        "frame_count": 100,
        "size": (320, 180),
        "tags": ("car", "dog"),
        "events": {"car": ((0, 10), (20, 100)), "dog": ((5, 25),)},
        "cuts": (7, 50),
    }
    return Truth(**{**fields, **changes})  # pyright: ignore[reportArgumentType]


@given(
    seed=st.integers(0, 10_000),
    rate=st.sampled_from([Fraction(5), Fraction(10), Fraction(30_000, 1001)]),
    min_length_s=st.sampled_from([0.3, 1.0, 2.5]),
    min_gap_s=st.sampled_from([0.2, 1.0, 3.0]),
)
def test_random_truths_keep_their_limits(
    seed: int, rate: Fraction, min_length_s: float, min_gap_s: float
) -> None:
    truth = random_truth(
        seed, duration_s=40, rate=rate, min_length_s=min_length_s, min_gap_s=min_gap_s
    )
    for events in truth.events.values():
        assert all((end - start) / rate >= min_length_s for start, end in events)
        assert all((b[0] - a[1]) / rate >= min_gap_s for a, b in pairwise(events))


@pytest.mark.parametrize("seed", range(20))
def test_random_truths_have_every_shape_of_event(seed: int) -> None:
    truth = random_truth(seed, duration_s=60)
    at_start, at_end, blips, long, *_, never = truth.tags
    assert truth.events[at_start][0][0] == 0
    assert truth.events[at_end][-1][1] == truth.frame_count
    assert {end - start for start, end in truth.events[blips]} == {10}
    assert len(truth.events[blips]) > 1
    ((start, end),) = truth.events[long]
    assert end - start == truth.frame_count // 3
    assert never not in truth.events
    assert any(len(truth.present(frame)) > 1 for frame in range(truth.frame_count))
    assert truth.cuts


def test_the_same_seed_is_the_same_truth_and_another_is_another() -> None:
    assert random_truth(3) == random_truth(3)
    assert random_truth(3).video == random_truth(3).video
    assert random_truth(3).events != random_truth(4).events


def test_cuts_do_not_depend_on_events() -> None:
    assert random_truth(3, min_length_s=1).cuts == random_truth(3, min_length_s=4).cuts


def test_presence_scene_and_spans_follow_the_events() -> None:
    truth = a_truth()
    assert [sorted(truth.present(n)) for n in (0, 5, 9, 10, 20, 24, 25, 99)] == [
        ["car"],
        ["car", "dog"],
        ["car", "dog"],
        ["dog"],
        ["car", "dog"],
        ["car", "dog"],
        ["car"],
        ["car"],
    ]
    assert [truth.mask(n) for n in (0, 5, 10)] == [0b01, 0b11, 0b10]
    assert [truth.scene(n) for n in (0, 6, 7, 49, 50, 99)] == [0, 0, 1, 1, 2, 2]
    assert truth.spans("car") == ((0.0, 1.0), (2.0, 10.0))
    assert truth.spans("dog") == ((0.5, 2.5),)


def test_json_brings_back_an_equal_truth() -> None:
    truth = random_truth(5, rate=Fraction(30_000, 1001), tags=TAGS)
    again = Truth.from_json(truth.to_json())
    assert again == truth
    assert again.video == truth.video


@pytest.mark.parametrize(
    "changes",
    [
        {"frame_count": 0},
        {"tags": tuple(str(n) for n in range(25)), "events": {}},
        {"tags": ("car", "car"), "events": {}},
        {"events": {"cat": ((0, 5),)}},
        {"events": {"car": ((0, 5), (5, 9))}},
        {"events": {"car": ((4, 4),)}},
        {"events": {"car": ((90, 101),)}},
        {"cuts": (0,)},
        {"cuts": (9, 9)},
        {"cuts": (100,)},
    ],
)
def test_an_impossible_truth_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"truth|vocabulary|events|cuts"):
        a_truth(**changes)
