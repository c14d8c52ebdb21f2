from array import array
from collections.abc import Sequence

import pytest

from sightline.media.signals import black, cuts, frozen, groups, shots
from sightline.values import FrameIndex, Signals

TICKS = 40
"""In a frame."""


def index_of(frames: int) -> FrameIndex:
    pts = array("q", range(700, 700 + frames * TICKS, TICKS))
    return FrameIndex(pts, pts[:1], pts[-1] + TICKS)


def made(
    change: Sequence[float],
    *,
    brightness: Sequence[int] | None = None,
    sharpness: Sequence[int] | None = None,
    motion: Sequence[float] | None = None,
    alike: Sequence[int] | None = None,
    without: Sequence[int] = (),
) -> Signals:
    """Of frames from 700 on; `alike` as frame numbers; less the frames that were lost."""
    count = len(change)
    pts = index_of(count).pts
    kept = [n for n in range(count) if n not in without]
    representatives = pts if alike is None else [pts[n] for n in alike]
    return Signals(
        pts=[pts[n] for n in kept],
        brightness=[(brightness or [90] * count)[n] for n in kept],
        sharpness=[(sharpness or [60] * count)[n] for n in kept],
        motion=[(motion or change)[n] for n in kept],
        change=[change[n] for n in kept],
        alike=[representatives[n] for n in kept],
        alike_within=None if alike is None else 6.0,
    )


def found(signals: Signals, frames: int) -> list[int]:
    """The numbers of the frames at which it cuts."""
    return [(pts - 700) // TICKS for pts in cuts(signals, index_of(frames))]


def test_a_cut_stands_out() -> None:
    change = [0.0] + [1.0] * 19 + [45.0] + [2.0] * 20
    assert found(made(change), 41) == [20]
    assert shots(made(change), index_of(41)) == [(700, 1500), (1500, 2340)]


def test_no_cut_is_one_shot() -> None:
    assert shots(made([0.0] * 9), index_of(9)) == [(700, 1060)]


def test_cuts_close_to_each_other_are_all_found() -> None:
    change = [0.0] + [1.0] * 9 + [45.0, 1.0, 1.0, 50.0] + [1.0] * 10
    assert found(made(change), len(change)) == [10, 13]


def test_a_cut_at_either_end_is_found() -> None:
    assert found(made([0.0, 45.0, 1.0, 1.0, 1.0]), 5) == [1]
    assert found(made([0.0, 1.0, 1.0, 1.0, 45.0]), 5) == [4]


def test_a_fast_camera_is_no_cut() -> None:
    change = [0.0] + [20.0, 24.0, 28.0, 22.0, 26.0] * 5
    assert found(made(change), len(change)) == []


def test_a_cut_under_a_fast_camera_is_found() -> None:
    change = [0.0] + [20.0, 22.0] * 5 + [70.0] + [20.0, 22.0] * 5
    assert found(made(change), len(change)) == [11]


def test_motion_in_every_third_frame_is_no_cut() -> None:
    change = [0.0] + [14.0, 0.0, 0.0] * 8
    assert found(made(change), len(change)) == []


def test_a_jump_in_time_of_a_still_camera_is_a_cut() -> None:
    motion = [0.0] + [1.5] * 11 + [9.0] + [1.5] * 11
    assert found(made([0.0] * 24, motion=motion), 24) == [12]


def test_motion_that_lasts_is_no_cut() -> None:
    motion = [0.0] + [1.5] * 11 + [9.0, 8.0, 6.0, 3.0] + [1.5] * 8
    assert found(made([0.0] * 24, motion=motion), 24) == []


def test_what_comes_and_goes_is_no_cut() -> None:
    motion = [0.0] + [1.0] * 11 + [9.0, 1.0, 9.0] + [1.0] * 9
    assert found(made([0.0] * 24, motion=motion), 24) == []


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_flash_is_no_cut(length: int) -> None:
    change = [0.0] + [1.0] * 9 + [80.0] + [1.0] * (length - 1) + [78.0] + [1.0] * 10
    brightness = [90] * 10 + [220] * length + [92] * (len(change) - 10 - length)
    assert found(made(change, brightness=brightness), len(change)) == []


def test_light_that_stays_is_a_cut() -> None:
    change = [0.0] + [1.0] * 9 + [80.0] + [1.0] * 10
    brightness = [90] * 10 + [220] * 11
    assert found(made(change, brightness=brightness), len(change)) == [10]


def test_a_short_shot_of_the_same_light_is_no_flash() -> None:
    change = [0.0] + [1.0] * 9 + [45.0, 1.0, 1.0, 1.0, 45.0] + [1.0] * 10
    assert found(made(change), len(change)) == [10, 14]


def test_a_fade_through_black_cuts_where_the_picture_comes_back() -> None:
    level = [90] * 10 + [70, 50, 30, 10, 2, 0, 2, 14, 40, 65] + [90] * 10
    detail = [60] * 10 + [40, 30, 15, 4, 1, 0, 1, 8, 30, 45] + [60] * 10
    change = [0.0] + [8.0] * 29
    assert found(made(change, brightness=level, sharpness=detail), 30) == [17]


def test_black_at_the_beginning_and_the_end_is_no_cut() -> None:
    level = [0] * 5 + [90] * 10 + [0] * 5
    assert found(made([8.0] * 20, brightness=level, sharpness=level), 20) == []


def test_a_cut_to_black_and_one_from_it_are_two() -> None:
    level = [90] * 10 + [0] * 8 + [90] * 10
    change = [0.0] + [1.0] * 9 + [60.0] + [0.0] * 7 + [60.0] + [1.0] * 9
    assert found(made(change, brightness=level, sharpness=level), 28) == [10, 18]


def test_a_dissolve_is_one_cut_half_way() -> None:
    change = [0.0] + [0.5] * 19 + [6.0] * 8 + [0.5] * 20
    assert found(made(change), len(change)) == [24]


def test_a_camera_that_turns_is_no_dissolve() -> None:
    change = [0.0] + [0.5] * 19 + [9.0] * 12 + [0.5] * 20
    assert found(made(change), len(change)) == []


def test_nothing_is_known_across_lost_frames() -> None:
    change = [0.0] + [1.0] * 9 + [45.0] + [1.0] * 10
    assert found(made(change), 21) == [10]
    assert found(made(change, without=[9]), 21) == []


def test_sampled_frames_have_no_cuts_between_them() -> None:
    change = [0.0] + [1.0] * 9 + [45.0] + [1.0] * 10
    assert found(made(change, without=range(1, 21, 2)), 21) == []


def test_nothing_measured_is_nothing_found() -> None:
    nothing, index = made([0.0] * 4, without=range(4)), index_of(4)
    assert list(cuts(nothing, index)) == []
    assert shots(nothing, index) == [(700, 860)]
    for stretches in (black, frozen, groups):
        assert list(stretches(nothing, index)) == []


def test_black_stretches_end_with_the_next_picture() -> None:
    level = [0, 5, 3] + [90] * 4 + [10, 0]
    signals = made([1.0] * 9, brightness=level, sharpness=[0] * 9)
    assert black(signals, index_of(9)) == [(700, 820), (980, 1060)]
    assert black(signals, index_of(9), least=100) == [(700, 820)]


def test_text_on_black_is_not_black() -> None:
    signals = made([1.0] * 4, brightness=[4] * 4, sharpness=[9] * 4)
    assert black(signals, index_of(4)) == []


def test_stretches_do_not_reach_across_lost_frames() -> None:
    signals = made([0.0] * 6, brightness=[0] * 6, sharpness=[0] * 6, without=[3])
    assert black(signals, index_of(6)) == [(700, 820), (860, 940)]
    assert frozen(signals, index_of(6)) == [(700, 820), (860, 940)]


def test_a_frozen_stretch_begins_with_the_frame_that_stays() -> None:
    motion = [0.0, 3.0, 2.0, 0.1, 0.0, 0.2, 2.0, 0.0]
    signals = made([0.0] * 8, motion=motion)
    assert frozen(signals, index_of(8)) == [(780, 940), (940, 1020)]
    assert frozen(signals, index_of(8), least=120) == [(780, 940)]


def test_what_moves_slowly_or_small_is_not_frozen() -> None:
    signals = made([0.0] * 6, motion=[0.1] * 6, alike=[0, 0, 2, 3, 4, 4])
    assert frozen(signals, index_of(6)) == [(700, 780), (860, 940)]


def test_groups_cover_what_was_measured() -> None:
    signals = made([0.0] * 6, alike=[0, 0, 0, 3, 4, 4])
    assert groups(signals, index_of(6)) == [(700, 820), (820, 860), (860, 940)]
