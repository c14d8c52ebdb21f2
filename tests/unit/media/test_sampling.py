import subprocess
import sys
from array import array
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.errors import InputError
from sightline.media.sampling import (
    AllFrames,
    At,
    Even,
    Every,
    Keyframes,
    Motion,
    Policy,
    Scenes,
    sample,
    to_measure,
)
from sightline.values import Clock, FrameIndex, Signals

CLOCK = Clock(Fraction(1, 1000), start=700)
STEADY = FrameIndex([700 + 40 * n for n in range(50)], [700, 1180, 1660], 2700)
"""25 frames a second for 2 seconds, beginning at pts 700."""


SINGLE = [
    Every(Fraction(9)), Even(1), Even(5), At((Fraction(0),)), Scenes(), Motion(1), Motion(5),
]  # fmt: skip


def naive_every(seconds: Fraction, index: FrameIndex, clock: Clock) -> list[int]:
    chosen: list[int] = []
    turn = 0
    while clock.start + turn * seconds / clock.time_base < index.end:
        moment = clock.start + turn * seconds / clock.time_base
        frame = [pts for pts in index.pts if pts <= moment][-1]
        chosen += [frame] if frame not in chosen else []
        turn += 1
    return chosen


def test_every_takes_the_frame_on_show() -> None:
    assert list(sample(Every(Fraction(1, 2)), STEADY, CLOCK)) == [700, 1180, 1700, 2180]


def test_every_does_not_drift() -> None:
    ticks = FrameIndex(range(0, 3_600_000, 100), [0], 3_600_000)
    chosen = sample(Every(Fraction("0.1")), ticks, Clock(Fraction(1, 1000)))
    assert list(chosen) == list(range(0, 3_600_000, 100))


def test_every_closer_than_the_frames_gives_each_once() -> None:
    assert list(sample(Every(Fraction(1, 10_000)), STEADY, CLOCK)) == list(STEADY.pts)


@settings(max_examples=50)
@given(
    gaps=st.lists(st.integers(1, 900), min_size=1, max_size=30),
    last=st.integers(1, 3000),
    seconds=st.fractions(min_value="0.05", max_value=5, max_denominator=1001),
    time_base=st.sampled_from([Fraction(1, 1000), Fraction(1001, 24000), Fraction(1, 90000)]),
)
def test_every_equals_its_definition(
    gaps: list[int], last: int, seconds: Fraction, time_base: Fraction
) -> None:
    pts = [500]
    for gap in gaps:
        pts.append(pts[-1] + gap)
    scale = time_base.denominator // 1000 or 1
    index = FrameIndex([at * scale for at in pts], [500 * scale], (pts[-1] + last) * scale)
    clock = Clock(time_base, start=500 * scale)
    assert list(sample(Every(seconds), index, clock)) == naive_every(seconds, index, clock)


@pytest.mark.parametrize(
    ("count", "places"),
    [(1, [25]), (2, [0, 49]), (3, [0, 24, 49]), (8, [0, 7, 14, 21, 28, 35, 42, 49])],
)
def test_even_spreads_from_the_first_to_the_last(count: int, places: list[int]) -> None:
    chosen = sample(Even(count), STEADY, CLOCK)
    assert list(chosen) == [STEADY.pts[place] for place in places]


@pytest.mark.parametrize("count", [50, 51, 1000])
def test_even_with_more_than_there_are_gives_all(count: int) -> None:
    assert list(sample(Even(count), STEADY, CLOCK)) == list(STEADY.pts)


def test_keyframes_and_all_frames() -> None:
    assert list(sample(Keyframes(), STEADY, CLOCK)) == [700, 1180, 1660]
    assert list(sample(AllFrames(), STEADY, CLOCK)) == list(STEADY.pts)


def test_moments_are_ordered_and_never_double() -> None:
    moments = At((Fraction("1.99"), Fraction(0), Fraction("0.01"), Fraction("1.2")))
    assert list(sample(moments, STEADY, CLOCK)) == [700, 1900, 2660]


@pytest.mark.parametrize(
    ("moment", "named"),
    [(Fraction(2), "0:02.0"), (Fraction(30), "0:30.0"), (Fraction(-1), "-0:01")],
)
def test_a_moment_outside_is_named_with_the_length(moment: Fraction, named: str) -> None:
    with pytest.raises(InputError, match=r"outside the video, which lasts 0:02\.0") as refused:
        sample(At((Fraction(1), moment)), STEADY, CLOCK)
    assert named in str(refused.value)


def signals_of(
    frames: Sequence[int], *, motion: Sequence[float] = (), cuts: Sequence[int] = ()
) -> Signals:
    """Of these pts; each cut is the pts of a frame that differs much from the one before."""
    change = [50.0 if pts in cuts else 0.5 for pts in frames]
    some = [90] * len(frames)
    return Signals(frames, some, some, motion or change, change, frames, None)


@pytest.mark.parametrize("count", [2, 3, 7, 8, 16, 19, 21, 43])
def test_even_is_what_the_source_system_shows(count: int) -> None:
    for total in (count, 43, 329, 607, 1195, 2371, 2625, 107_892):
        if total >= count:
            chosen = sample(Even(count), FrameIndex(range(total), [0], total), CLOCK)
            assert list(chosen) == np.linspace(0, total - 1, count).astype(int).tolist()


def test_scenes_are_shown_by_their_middles() -> None:
    signals = signals_of(STEADY.pts, cuts=[1100, 1900])
    assert list(sample(Scenes(), STEADY, CLOCK, signals)) == [900, 1500, 2300]


def test_one_scene_is_shown_by_the_middle_of_the_video() -> None:
    assert list(sample(Scenes(), STEADY, CLOCK, signals_of(STEADY.pts))) == [1700]


def test_short_shots_can_be_left_out() -> None:
    signals = signals_of(STEADY.pts, cuts=[1100, 1900])
    chosen = sample(Scenes(Fraction("0.5")), STEADY, CLOCK, signals)
    assert list(chosen) == [1500, 2300]
    assert list(sample(Scenes(Fraction(5)), STEADY, CLOCK, signals)) == [900, 1500, 2300]


def test_a_scene_is_not_shown_by_a_frame_that_cannot_be_decoded() -> None:
    some = [pts for pts in STEADY.pts if not 1680 <= pts <= 1740]
    assert list(sample(Scenes(), STEADY, CLOCK, signals_of(some))) == [1660]
    late = [pts for pts in STEADY.pts if pts >= 2000]
    assert list(sample(Scenes(), STEADY, CLOCK, signals_of(late, cuts=[2420]))) == [2020, 2540]
    assert list(sample(Scenes(), STEADY, CLOCK, signals_of([]))) == [1700]


def rule(scores: Sequence[tuple[int, float]], total: int, count: int) -> list[int]:
    """The source system's choice among candidates (place, motion), as it is described."""
    best = sorted(scores, key=lambda scored: scored[1], reverse=True)
    chosen: list[int] = []
    for place, _ in best:
        if len(chosen) < count and all(
            abs(place - other) >= total // (2 * count) for other in chosen
        ):
            chosen.append(place)
    for even in np.linspace(0, total - 1, count).astype(int).tolist():
        if len(chosen) < count and even not in chosen:
            chosen.append(even)
    return sorted(chosen)


@settings(max_examples=100)
@given(total=st.integers(1, 1500), count=st.integers(1, 24), data=st.data())
def test_motion_is_the_source_systems_rule(total: int, count: int, data: st.DataObject) -> None:
    pts = [700 + 40 * n for n in range(total)]
    index = FrameIndex(pts, pts[:1], pts[-1] + 40)
    policy = Motion(count)
    candidates = to_measure(policy, index)
    if candidates is None:
        assert count == 1 or count >= total
        assert list(sample(policy, index, CLOCK)) == list(sample(Even(count), index, CLOCK))
        return
    levels = st.lists(
        st.sampled_from([0.0, 0.5, 1.0, 4.0, 9.0]),
        min_size=len(candidates),
        max_size=len(candidates),
    )
    motion = data.draw(levels)
    assert list(candidates) == pts[:: max(1, total // 200)]
    chosen = sample(policy, index, CLOCK, signals_of(candidates, motion=motion))
    places = [(at - 700) // 40 for at in candidates]
    expected = rule(list(zip(places, motion, strict=True)), total, count)
    assert [(at - 700) // 40 for at in chosen] == expected
    assert len(set(chosen)) == count


def test_motion_where_nothing_moves_still_gives_so_many() -> None:
    index = FrameIndex(range(2000), [0], 2000)
    frames = to_measure(Motion(8), index)
    assert frames is not None
    chosen = sample(Motion(8), index, CLOCK, signals_of(frames, motion=[0.0] * len(frames)))
    assert len(chosen) == len(set(chosen)) == 8
    assert list(chosen) == sorted(chosen)


def test_motion_goes_on_without_candidates_that_are_lost() -> None:
    index = FrameIndex(range(2000), [0], 2000)
    frames = to_measure(Motion(8), index)
    assert frames is not None
    some = [pts for pts in frames if pts > 1500]
    chosen = sample(Motion(8), index, CLOCK, signals_of(some, motion=[1.0] * len(some)))
    assert len(set(chosen)) == 8
    assert len(set(sample(Motion(8), index, CLOCK, signals_of([])))) == 8


@pytest.mark.parametrize("policy", [Scenes(), Motion(8)])
def test_looks_must_be_measured_first(policy: Policy) -> None:
    with pytest.raises(ValueError, match="measure the 50 frames"):
        sample(policy, STEADY, CLOCK)
    with pytest.raises(ValueError, match="other frames"):
        sample(policy, STEADY, CLOCK, signals_of([0, 40]))


def test_what_must_be_measured() -> None:
    for policy in (Every(Fraction(1)), Even(8), Keyframes(), AllFrames(), At((Fraction(0),))):
        assert to_measure(policy, STEADY) is None
    assert to_measure(Scenes(), STEADY) is STEADY.pts
    assert to_measure(Motion(8), STEADY) == STEADY.pts


def test_a_long_video_takes_no_lists() -> None:
    pts = array("q", range(0, 4_000_000, 40))
    index = FrameIndex(pts, pts[::250], 4_000_000)
    policies = (Every(Fraction("0.05")), Even(90_000), Keyframes(), AllFrames(), Motion(800))
    for policy in policies:
        frames = to_measure(policy, index)
        assert frames is None or isinstance(frames, array)
        signals = signals_of(frames) if frames else None
        assert isinstance(sample(policy, index, CLOCK, signals), array)


@pytest.mark.parametrize("policy", SINGLE)
def test_a_single_frame_is_always_found(policy: Policy) -> None:
    still = FrameIndex([0], [0], 1)
    assert list(sample(policy, still, Clock(Fraction(1, 25)), signals_of([0]))) == [0]


def test_senseless_policies_are_refused() -> None:
    for senseless in (
        lambda: Every(Fraction(0)), lambda: Even(0), lambda: Motion(0), lambda: At(()),
    ):  # fmt: skip
        with pytest.raises(InputError):
            senseless()


def test_planning_needs_no_codec() -> None:
    code = (
        "import sys, sightline.media.sampling, sightline.media.signals;"
        "sys.exit(any(name in sys.modules for name in ('av', 'numpy', 'simplejpeg', 'asyncio')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
