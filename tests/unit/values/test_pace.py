from fractions import Fraction

import pytest

from sightline.values import Clock, FrameIndex
from sightline.values.pace import entries_of, pace_of

MS = Clock(Fraction(1, 1000))


def index_of(pts: list[int], keyframes: list[int] | None = None) -> FrameIndex:
    last = pts[-1] - pts[-2] if len(pts) > 1 else 40
    return FrameIndex(pts, keyframes or pts[:1], pts[-1] + last)


@pytest.mark.parametrize(
    "rate", [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(25, 2), 240]
)
@pytest.mark.parametrize("count", [2, 10, 2000])
def test_a_rate_is_told_though_ticks_are_rounded(rate: Fraction, count: int) -> None:
    pace = pace_of(
        index_of([round(n / rate * 90_000) for n in range(count)]), Clock(Fraction(1, 90_000))
    )
    assert pace is not None
    assert pace.steady
    assert pace.mean == pytest.approx(float(rate), rel=1e-3)


def test_thirty_in_milliseconds_is_thirty() -> None:
    pace = pace_of(index_of([round(n * 1000 / 30) for n in range(73)]), MS)
    assert pace is not None
    assert pace.mean == 30


def test_a_dropped_frame_makes_no_variable_rate_but_shows() -> None:
    pts = [n * 40 for n in range(200) if n not in {77, 78}]
    pace = pace_of(index_of(pts), MS)
    assert pace is not None
    assert (pace.steady, pace.mean, pace.longest_s) == (True, 25, 0.12)


def test_a_variable_rate_tells_its_range_without_the_odd_ones() -> None:
    steps = [33] * 50 + [83] * 50 + [1]
    pts = [sum(steps[:n]) for n in range(len(steps) + 1)]
    pace = pace_of(index_of(pts), MS)
    assert pace is not None
    assert not pace.steady
    assert pace.slowest == pytest.approx(1000 / 83)
    assert pace.fastest == pytest.approx(1000 / 33)
    assert pace.mean == pytest.approx(101 / 5.801)


def test_one_frame_has_no_rate() -> None:
    assert pace_of(index_of([5]), MS) is None
    assert entries_of(index_of([5]), MS).usual_s is None


def test_keyframes_tell_their_distance_and_the_longest() -> None:
    pts = [n * 40 for n in range(1000)]
    keyframes = [*range(0, 20_000, 2000), 30_000]
    entries = entries_of(index_of(pts, keyframes), MS)
    assert (entries.count, entries.usual_s, entries.longest_s) == (11, 2.0, 12.0)


def test_the_stretch_to_the_end_counts() -> None:
    pts = [n * 40 for n in range(1000)]
    assert entries_of(index_of(pts, [0, 1000]), MS).longest_s == 39.0
