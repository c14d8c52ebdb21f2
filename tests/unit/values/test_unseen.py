"""The longest event that a sample may miss."""

from dataclasses import replace

import pytest

from sightline.testing.fakes import make_footage


@pytest.mark.parametrize(("every_s", "unseen_s"), [(0.5, 0.4), (1.0, 0.9), (7.0, 6.9)])
def test_between_the_frames_of_a_sample(every_s: float, unseen_s: float):
    assert make_footage(60, 10, every_s).unseen_s == pytest.approx(unseen_s)


def test_before_the_first_and_after_the_last():
    footage = make_footage(60, 10, 1.0)
    pts = footage.frames.pts
    assert replace(footage, sample=(pts[50],)).unseen_s == pytest.approx(54.9)
    assert replace(footage, sample=(pts[-1],)).unseen_s == pytest.approx(59.9)
