"""Settings that reproduce corrected spans."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sightline.evaluation import Segment
from sightline.services.tuning.fitting import Fit, Footing, Heard, Numbers, best
from sightline.testing.fakes import make_footage

FOOTAGE = make_footage(duration_s=60, rate=10, every_s=0.1)
PRESENT = Numbers(0.5, 0.0, 0.0)


def footing(levels: dict[tuple[int, int], float], *truth: tuple[float, float]) -> Footing:
    """Probabilities by [start, end) in seconds, 0.0 elsewhere; a frame every 0.1 s."""
    heard: list[Heard] = []
    for pts in FOOTAGE.frames.pts:
        second = FOOTAGE.media.clock.seconds(pts)
        level = next((p for (a, b), p in levels.items() if a <= second + 1e-6 < b), 0.0)
        heard.append(Heard(pts, (level,)))
    corrected = tuple(Segment(*stretch) for stretch in truth)
    return Footing(heard, FOOTAGE.frames, FOOTAGE.media.clock, corrected)


def test_a_threshold_between_what_is_meant_and_what_is_not():
    on = footing({(0, 10): 0.9, (20, 30): 0.6}, (0, 10))
    found = best(on, PRESENT)
    assert 0.6 < found.threshold <= 0.9
    assert (found.max_gap_s, found.min_length_s) == (0, 0)
    assert on.fit(found) == Fit(1, 1, 1, 1, 0)
    assert on.fit(PRESENT).f1 == 2 / 3


def test_a_gap_that_a_person_does_not_see():
    on = footing({(0, 10): 0.9, (12, 20): 0.9, (30, 40): 0.9}, (0, 20), (30, 40))
    found = best(on, PRESENT)
    assert 2 <= found.max_gap_s < 10
    assert (found.threshold, found.min_length_s) == (0.5, 0)
    assert on.fit(found).f1 == 1


def test_blips_that_a_person_does_not_count():
    on = footing({(0, 10): 0.9, (20, 21): 0.9, (30, 32): 0.9}, (0, 10))
    found = best(on, PRESENT)
    assert 2 < found.min_length_s <= 10
    assert (found.threshold, found.max_gap_s) == (0.5, 0)
    assert best(on, PRESENT, lengths=False).min_length_s == 0


def test_what_is_right_stays_as_it_is():
    on = footing({(0, 10): 0.9, (20, 30): 0.9}, (0, 10), (20, 30))
    odd = Numbers(0.37, 3.0, 1.0)
    assert best(on, odd) == odd


def test_a_tag_that_should_not_be_there_is_found_no_more():
    on = footing({(0, 10): 0.6, (20, 30): 0.7})
    assert on.fit(PRESENT) == Fit(0, 0, 2, 0, None)
    assert on.fit(best(on, PRESENT)) == Fit(1, 0, 0, 0, None)


def test_time_that_is_not_corrected_does_not_count():
    on = footing({(0, 10): 0.9, (20, 30): 0.9}, (0, 10))
    unsure = Footing(on.heard, on.frames, on.clock, on.corrected, ((15.0, 35.0),))
    assert best(unsure, PRESENT) == PRESENT
    assert unsure.fit(PRESENT).f1 == 1


_STRETCHES = st.lists(st.integers(0, 59), max_size=8, unique=True).map(sorted)


@given(_STRETCHES, st.lists(st.sampled_from([0.0, 0.3, 0.5, 0.8, 1.0]), min_size=60, max_size=60))
def test_it_never_gets_worse(edges: list[int], levels: list[float]):
    truth = [(float(a), float(b)) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    seconds = FOOTAGE.frames.pts[::10]
    heard = [Heard(pts, (level,)) for pts, level in zip(seconds, levels, strict=True)]
    corrected = tuple(Segment(*stretch) for stretch in truth)
    on = Footing(heard, FOOTAGE.frames, FOOTAGE.media.clock, corrected)
    assert on.fit(best(on, PRESENT)).f1 >= on.fit(PRESENT).f1 - 1e-6
