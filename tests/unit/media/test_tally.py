from collections.abc import Iterable, Mapping

from sightline.media.rows import Measures, Row
from sightline.media.tally import Tally
from sightline.values import FrameLost, Sharing, Signals

SHARED = Sharing(within=6)


def rows(pts: Iterable[int], motion: float, alike: Mapping[int, int] | None = None) -> list[Row]:
    return [Row(t, Measures(9, 7, motion, 2.5, (alike or {}).get(t, t)), None) for t in pts]


def motions(signals: Signals) -> dict[int, float]:
    return dict(zip(signals.pts, signals.motion, strict=True))


def test_rows_become_columns() -> None:
    tally = Tally()
    lost = Row(5, None, FrameLost(5, "lost"))
    tally.add([*rows([0, 4], 1.5), lost, *rows([8], 1.5)], before=None, sharing=None)
    signals = tally.signals
    assert list(signals.pts) == [0, 4, 8]
    assert list(signals.brightness) == [9, 9, 9]
    assert list(signals.sharpness) == [7, 7, 7]
    assert list(signals.motion) == [1.5] * 3
    assert list(signals.change) == [2.5] * 3
    assert list(signals.alike) == [0, 4, 8]
    assert signals.alike_within is None


def test_nothing_and_lost_frames_only_are_nothing() -> None:
    tally = Tally()
    tally.add([], before=None, sharing=SHARED)
    tally.add([Row(5, None, FrameLost(5, "lost"))], before=None, sharing=SHARED)
    assert len(tally.signals) == 0


def test_frames_in_between_take_their_place() -> None:
    tally = Tally()
    tally.add(rows([0, 10, 20], 1), before=None, sharing=None)
    tally.add(rows([30], 1), before=20, sharing=None)
    tally.add(rows([5, 15, 25, 35], 2), before=None, sharing=None)
    assert motions(tally.signals) == {0: 1, 5: 2, 10: 1, 15: 2, 20: 1, 25: 2, 30: 1, 35: 2}


def test_the_measure_against_the_nearer_frame_is_kept() -> None:
    tally = Tally()
    tally.add(rows([0, 100, 200], 1), before=None, sharing=None)
    tally.add(rows([50, 100, 150, 200], 2), before=None, sharing=None)
    assert motions(tally.signals) == {0: 1, 50: 2, 100: 2, 150: 2, 200: 2}
    tally.add(rows([0, 200], 3), before=None, sharing=None)  # each of them is farther apart
    tally.add(rows([150], 3), before=None, sharing=None)
    assert motions(tally.signals) == {0: 3, 50: 2, 100: 2, 150: 2, 200: 2}
    tally.add(rows([150], 4), before=140, sharing=None)
    assert motions(tally.signals)[150] == 4


def test_groups_outlast_reads_without_any() -> None:
    tally = Tally()
    tally.add(rows([0, 10, 20], 1, {10: 0, 20: 0}), before=None, sharing=SHARED)
    tally.add(rows([5, 10, 15], 2), before=None, sharing=None)
    assert list(tally.signals.alike) == [0, 5, 0, 15, 0]
    assert motions(tally.signals)[10] == 2
    assert tally.signals.alike_within == 6
    tally.add(rows([10, 20], 3, {20: 10}), before=None, sharing=SHARED)
    assert list(tally.signals.alike) == [0, 5, 10, 15, 10]


def test_another_threshold_makes_other_groups() -> None:
    tally = Tally()
    tally.add(rows([0, 10, 20], 1, {10: 0, 20: 0}), before=None, sharing=SHARED)
    tally.add(rows([20, 30], 1, {30: 20}), before=None, sharing=Sharing(within=3))
    assert list(tally.signals.alike) == [0, 10, 20, 20]
    assert tally.signals.alike_within == 3
