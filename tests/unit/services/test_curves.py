"""What a timeline is given to draw."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest

from sightline.services.library.curves import curves
from sightline.testing.fakes import make_footage
from sightline.values import Clock, FrameIndex, Signals


def measured(pts: Sequence[int], motion: Sequence[float], alike: Sequence[int]) -> Signals:
    count = len(pts)
    return Signals(
        pts=array("q", pts),
        brightness=array("B", range(100, 100 + count)),
        sharpness=array("B", [50] * count),
        motion=array("f", motion),
        change=array("f", [0.0] * count),
        alike=array("q", alike),
        alike_within=6.0,
    )


INDEX = FrameIndex(range(10, 20), [10], 20)
MEDIA = replace(make_footage().media, clock=Clock(Fraction(1, 2), 10), end=20, declared_end=None)


def test_few_points_keep_the_peaks_and_the_means() -> None:
    motion = [0, 0, 0, 9, 0, 0, 0, 0, 3, 0]
    drawn = curves(measured(list(range(10, 20)), motion, [10] * 10), INDEX, MEDIA, points=2)
    assert [point.start_s for point in drawn.points] == [0.0, 2.5]
    assert [point.motion for point in drawn.points] == [9, 3]
    assert [point.brightness for point in drawn.points] == pytest.approx([102, 107])
    assert drawn.covers


def test_stretches_are_told_in_seconds() -> None:
    alike = [10, 10, 10, 13, 14, 15, 15, 15, 15, 15]
    drawn = curves(measured(list(range(10, 20)), [0] * 10, alike), INDEX, MEDIA, points=5)
    assert drawn.alike == [(0.0, 1.5), (2.5, 5.0)]
    one = curves(measured(list(range(10, 20)), [0] * 10, alike), INDEX, MEDIA, points=1)
    assert one.alike == []


def test_of_samples_only_the_curve_is_known() -> None:
    drawn = curves(measured([10, 15], [0, 1], [10, 10]), INDEX, MEDIA, points=100)
    assert not drawn.covers
    assert [point.start_s for point in drawn.points] == [0.0, 2.5]
    assert [*drawn.cuts, *drawn.alike, *drawn.black, *drawn.frozen] == []
