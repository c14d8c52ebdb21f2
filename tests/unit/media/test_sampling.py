import subprocess
import sys
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.errors import InputError
from sightline.media.sampling import AllFrames, At, Even, Every, Keyframes, Policy, sample
from sightline.values import Clock, FrameIndex

CLOCK = Clock(Fraction(1, 1000), start=700)
STEADY = FrameIndex([700 + 40 * n for n in range(50)], [700, 1180, 1660], 2700)
"""25 frames a second for 2 seconds, beginning at pts 700."""


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


@settings(deadline=None, max_examples=50)
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


@pytest.mark.parametrize("policy", [Every(Fraction(9)), Even(1), Even(5), At((Fraction(0),))])
def test_a_single_frame_is_always_found(policy: Policy) -> None:
    still = FrameIndex([0], [0], 1)
    assert list(sample(policy, still, Clock(Fraction(1, 25)))) == [0]


def test_senseless_policies_are_refused() -> None:
    for senseless in (lambda: Every(Fraction(0)), lambda: Even(0), lambda: At(())):
        with pytest.raises(InputError):
            senseless()


def test_planning_needs_no_codec() -> None:
    code = (
        "import sys, sightline.media.sampling, sightline.values.times, sightline.media.source;"
        "sys.exit(any(name in sys.modules for name in ('av', 'numpy', 'simplejpeg', 'asyncio')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
