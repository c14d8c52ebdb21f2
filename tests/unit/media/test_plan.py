import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from sightline.media.codec.plan import (
    CHAIN_OVER,
    SEEK_OVER,
    Abilities,
    Approach,
    Run,
    Way,
    approach,
    plainer,
    plan,
    settles,
)
from sightline.values import FrameIndex

TICK = 10


def index_of(frames: int, gop: int, *, lead: int = 0) -> FrameIndex:
    """Steady; the first keyframe comes after `lead` frames."""
    pts = range(0, frames * TICK, TICK)
    return FrameIndex(pts, pts[lead::gop], frames * TICK)


def runs_of(index: FrameIndex, wanted: Sequence[int], abilities: Abilities) -> list[Run]:
    return list(plan(index, wanted, abilities))


SKIPS = Abilities(skips=True)
THREADS = Abilities(skips=True, chains=True, reach=2)
PLAIN = Abilities()
COUNTS = Abilities(waits=True, counts=True)
ALL_KINDS = [SKIPS, THREADS, PLAIN, Abilities(chains=True, reach=2), Abilities(waits=True), COUNTS]


@pytest.mark.parametrize("abilities", ALL_KINDS)
@pytest.mark.parametrize("lead", [0, 5])
def test_runs_give_every_wanted_frame_once_and_in_order(abilities: Abilities, lead: int) -> None:
    choose = random.Random(5)
    for _ in range(300):
        index = index_of(200, choose.choice([1, 2, 7, 12, 60, 300]), lead=lead)
        wanted = sorted(choose.sample(index.pts, choose.choice([1, 2, 5, 30, 200])))
        at, decoded = 0, -1
        for run in plan(index, wanted, abilities):
            assert run.first == at < run.stop
            at = run.stop
            before = [key for key in index.keyframes if key <= wanted[run.first]]
            assert run.start is None or run.start in before
            if not abilities.counts:
                assert run.start == (before[-1] if before else None)
                assert run.start is None or run.start > decoded
            if run.limit is not None:
                later = [key for key in index.keyframes if key > wanted[run.stop - 1]]
                assert run.limit in later  # the packets after this keyframe are sent
            decoded = wanted[run.stop - 1]
        assert at == len(wanted)


def test_all_frames_are_one_run_that_skips_nothing() -> None:
    index = index_of(300, 12)
    for abilities in ALL_KINDS[:-1]:
        (run,) = runs_of(index, index.pts, abilities)
        assert (run.start, run.way) == (0, Way.ALL)


def test_a_part_of_a_group_is_decoded_without_what_nothing_builds_on() -> None:
    index = index_of(300, 100)
    wanted = [20 * TICK, 50 * TICK, 130 * TICK]
    first, second = runs_of(index, wanted, SKIPS)
    assert (first.start, first.stop, first.way) == (0, 2, Way.THRIFTY)
    assert (second.start, second.stop, second.way) == (100 * TICK, 3, Way.THRIFTY)
    assert {run.way for run in runs_of(index, wanted, PLAIN)} == {Way.ALL}


def test_the_rest_of_a_group_is_decoded_only_where_that_keeps_threads_at_work() -> None:
    index = index_of(300, 100)
    near, far = [97 * TICK, 101 * TICK], [96 * TICK, 101 * TICK]
    assert len(runs_of(index, near, THREADS)) == 1
    assert len(runs_of(index, far, THREADS)) == 2
    assert len(runs_of(index, near, SKIPS)) == 2


def test_keyframes_are_decoded_alone() -> None:
    index = index_of(300, 12)
    assert [run.way for run in runs_of(index, index.keyframes, SKIPS)] == [Way.ALONE] * 25
    (chain,) = runs_of(index, index.keyframes, THREADS)
    assert (chain.way, chain.stop) == (Way.ALONE, 25)
    ways = [run.way for run in runs_of(index, [0, 120, 240, 260, 360], THREADS)]
    assert ways == [Way.ALONE, Way.THRIFTY, Way.ALONE]


def test_a_chain_of_keyframes_ends_where_a_seek_is_better() -> None:
    gop = CHAIN_OVER + 1
    index = index_of(5 * gop, gop)
    assert len(runs_of(index, index.keyframes, THREADS)) == 1
    assert len(runs_of(index, index.keyframes[::2], THREADS)) == 3


def test_every_second_frame_of_a_video_of_keyframes_costs_no_other() -> None:
    index = index_of(100, 1)
    for abilities in (SKIPS, THREADS, PLAIN, replace(PLAIN, chains=True, reach=2)):
        assert {run.way for run in runs_of(index, index.pts[::2], abilities)} == {Way.ALONE}


def test_a_format_whose_frames_all_build_on_each_other_is_decoded_from_its_beginning() -> None:
    index = index_of(100, 1)
    assert runs_of(index, [500, 900], Abilities(leaps=False)) == [Run(None, 0, 2, Way.ALL)]


def test_frames_before_the_first_keyframe_come_from_the_beginning() -> None:
    first, second = runs_of(index_of(100, 20, lead=5), [30, 300], SKIPS)
    assert (first.start, first.way) == (None, Way.ALL)
    assert second.start == 250


def test_where_frames_are_counted_decoding_begins_a_group_early() -> None:
    index = index_of(300, 12)
    assert [run.start for run in runs_of(index, [50, 1300], COUNTS)] == [None, 1080]
    assert runs_of(index, [0], COUNTS)[0].way is Way.ALL


def test_a_missed_frame_is_tried_in_plainer_ways_up_to_one_that_settles_it() -> None:
    index = index_of(300, 100)
    wanted = [20 * TICK, 110 * TICK, 120 * TICK, 230 * TICK]
    thrifty = runs_of(index, wanted, SKIPS)[1]
    again = list(plainer(index, wanted, SKIPS, thrifty, 2))
    assert [(run.start, run.first, run.stop, run.way) for run in again] == [
        (100 * TICK, 2, 3, Way.ALL),
        (0, 2, 3, Way.ALL),
    ]
    assert [settles(index, run, wanted[2]) for run in (thrifty, *again)] == [False, False, True]
    plain = runs_of(index, wanted, PLAIN)[1]
    assert [run.start for run in plainer(index, wanted, PLAIN, plain, 1)] == [0]
    first = list(plainer(index, wanted, SKIPS, runs_of(index, wanted, SKIPS)[0], 0))
    assert [run.start for run in first] == [0, None]
    assert settles(index, first[1], wanted[0])


def test_of_a_long_plain_run_only_the_first_group_is_worth_another_try() -> None:
    index = index_of(300, 100)
    (run,) = runs_of(index, index.pts, SKIPS)
    assert not settles(index, run, 50 * TICK)
    assert settles(index, run, 150 * TICK)


def test_a_keyframe_nearby_is_read_up_to_and_one_further_off_is_sought() -> None:
    index = index_of(1000, 10)
    near, far = SEEK_OVER // 10 * 10 * TICK, (SEEK_OVER // 10 + 1) * 10 * TICK
    for read, shift in ((None, 0), (99 * TICK, 100 * TICK)):
        assert approach(index, near + shift, read=read, seek_over=SEEK_OVER) is Approach.READ_ON
        assert approach(index, far + shift, read=read, seek_over=SEEK_OVER) is Approach.SEEK
        assert approach(index, far + shift, read=read, seek_over=None) is Approach.READ_ON
    assert approach(index, 100, read=100, seek_over=SEEK_OVER) is Approach.SEEK
    assert approach(index, 100, read=900, seek_over=None) is Approach.REWIND
