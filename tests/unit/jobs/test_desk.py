from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sightline.jobs import desk as desks
from sightline.jobs.desk import Desk, Seat, together
from sightline.services.runs.analysis import Watch
from sightline.store.jobrows import packed, unpacked
from sightline.testing.fakes import make_footage
from sightline.testing.jobs import a_job
from sightline.values import Accounting, Claim, JobState, Member, Progress, Stage, Wish

COMPLETE, PARTIAL, FAILED = JobState.COMPLETE, JobState.PARTIAL, JobState.FAILED


def desk_of(members: int = 1, done: int = 0) -> Desk:
    desk = Desk(Claim(a_job(members=members), 1, "w"))
    desk.ended += [(COMPLETE, "")] * done
    return desk


def seat(ordinal: int = 0) -> Seat:
    return Seat(Member(ordinal, Path(f"{ordinal}.mp4"), f"video {ordinal}"))


@pytest.mark.parametrize(
    ("ended", "state"),
    [
        ([COMPLETE, COMPLETE], COMPLETE),
        ([COMPLETE, PARTIAL], PARTIAL),
        ([COMPLETE, FAILED], PARTIAL),
        ([PARTIAL, FAILED], PARTIAL),
        ([FAILED, FAILED], FAILED),
        ([], COMPLETE),
    ],
)
def test_a_job_is_what_its_members_are_together(ended: list[JobState], state: JobState) -> None:
    assert together([(one, "") for one in ended])[0] is state


def test_notes_are_told_once_and_a_few_of_many() -> None:
    assert together([(FAILED, "no"), (FAILED, "no")]) == (FAILED, "no")
    many = together([(FAILED, f"no {n}") for n in range(8)])[1]
    assert many.splitlines() == [*(f"no {n}" for n in range(5)), "and 3 more like these"]


def test_progress_counts_what_was_done_and_what_is_being_done() -> None:
    desk = desk_of(members=4, done=1)
    first, second = seat(1), seat(2)
    desk.seats += [first, second]
    first.runs.append(Accounting(planned=10, answered=4, failed=1, frames_sampled=5, calls=3))
    second.runs.append(Accounting(planned=30, reused=10, shared=5, frames_covered=9, cost=0.5))
    progress = desk.progress()
    assert (progress.asks_done, progress.asks_planned) == (20, 40)
    assert (progress.members_done, progress.under_way) == (1, 1.0)
    assert progress.fraction == pytest.approx((1 + 0.5 + 0.5) / 4)
    assert (progress.frames_covered, progress.frames_planned) == (9, 9)
    assert (progress.calls, progress.cost, progress.failed) == (3, 0.5, 1)
    assert progress.current == "video 1"
    desk.end(second, (COMPLETE, ""))
    progress = desk.progress()
    assert (progress.members_done, progress.asks_done, progress.cost) == (2, 20, 0.5)


def test_what_did_not_come_to_an_end_is_not_done() -> None:
    desk = desk_of(members=2)
    one = seat()
    desk.seats.append(one)
    one.runs.append(Accounting(planned=4, answered=1))
    desk.end(one, None)
    assert desk.progress().members_done == 0
    assert desk.progress().fraction == pytest.approx(0.125)
    desk.begin_again([])
    again = desk.progress()
    assert (again.asks_planned, again.fraction) == (0, 0.125), "it is kept, and done once more"


def test_progress_does_not_go_back_as_another_run_of_a_media_begins() -> None:
    desk, first, second = desk_of(), Accounting(planned=4), Accounting(planned=40)
    watch = watched(desk, first, second)
    start(watch, first)
    assert desk.progress().asks_planned == 44
    first.answered = 4
    before = desk.progress()
    start(watch, second)
    assert (desk.progress().fraction, desk.progress().asks_planned) == (0.5, 44)
    assert before.fraction == 0.5


def test_what_a_run_recalls_after_a_stop_is_no_progress() -> None:
    desk, first, second = desk_of(), Accounting(planned=4), Accounting(planned=4)
    watch = watched(desk, first, second)
    start(watch, first)
    first.answered = 2
    desk.hear(Wish.PAUSE)
    start(watch, second)
    first.answered, second.reused, second.frames_covered = 3, 4, 4
    for paused in (desk.progress(), left(desk).progress()):
        assert paused.fraction == pytest.approx(3 / 8), "a call in flight may still be answered"
        assert (paused.asks_done, paused.asks_planned, paused.reused) == (3, 8, 0)


def test_progress_does_not_go_back_as_a_plan_grows() -> None:
    desk, run = desk_of(), Accounting(planned=10, answered=9)
    start(watched(desk, run), run)
    before = desk.progress()
    run.planned = 20
    after = desk.progress()
    assert (after.fraction, after.current_fraction) == (before.fraction, 0.9)
    assert after.asks_planned == 20
    run.answered = 20
    assert 0.99 < desk.progress().fraction < 1.0, "it is done once what came of it is kept"
    desk.end(desk.seats[0], (COMPLETE, ""))
    assert desk.progress().fraction == 1.0


def test_progress_does_not_go_back_as_a_job_is_taken_up_again() -> None:
    job = a_job(members=4)
    kept = replace(job.progress, members_done=1, under_way=0.6)
    desk = Desk(Claim(replace(job, progress=kept), 2, "w"))
    desk.begin_again([(COMPLETE, "")])
    assert desk.progress().fraction == pytest.approx(0.4)
    run = Accounting(planned=10, reused=5)
    start(watched(desk, run), run)
    assert desk.progress().fraction == pytest.approx(0.4)
    run.reused = 8
    assert desk.progress().fraction == pytest.approx(0.45)


def test_of_a_media_that_has_ended_nothing_more_is_to_come() -> None:
    desk, run = desk_of(members=2), Accounting(planned=10, unsupported=1, answered=5)
    start(watched(desk, run), run)
    left(desk, (COMPLETE, ""))
    progress = desk.progress()
    assert (progress.asks_done, progress.asks_planned, progress.fraction) == (6, 6, 0.5)


def watched(desk: Desk, *runs: Accounting) -> Watch:
    one = seat()
    desk.seats.append(one)
    watch = one.watch(desk.stop)
    watch.planned(runs)
    return watch


def start(watch: Watch, run: Accounting) -> None:
    watch.started(None, run)  # pyright: ignore[reportArgumentType]


def left(desk: Desk, ended: tuple[JobState, str] | None = None) -> Desk:
    desk.end(desk.seats[0], ended)
    return desk


def test_which_media_a_member_is_is_told_once() -> None:
    desk = desk_of()
    one = seat(3)
    desk.seats.append(one)
    assert desk.newly_known() == ()
    one.media = make_footage().media
    assert desk.newly_known() == ((3, one.media.digest),)
    assert desk.newly_known() == ()


def test_the_time_that_is_left_counts_members_that_are_not_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr(desks.time, "monotonic", lambda: now)
    desk = desk_of(members=4)
    counts = Accounting(planned=10)
    one = seat()
    desk.seats.append(one)
    one.runs.append(counts)
    assert desk.progress().eta_s is None
    now, counts.answered = 102.0, 4
    progress = desk.progress()
    assert progress.rate == pytest.approx(2.0)
    # 6 asks of this member and 10 each of three others, at 2 a second.
    assert progress.eta_s == pytest.approx(18.0)
    ended = desk.progress(ended=True)
    assert (ended.rate, ended.eta_s, ended.stage) == (None, None, Stage.ENDED)
    assert ended.fraction == pytest.approx(0.1), "what was stopped says how far it had come"


def test_a_wish_decides_how_a_job_ends() -> None:
    for wish, state in ((Wish.PAUSE, JobState.PAUSED), (Wish.CANCEL, JobState.CANCELLED)):
        desk = desk_of()
        desk.ended.append((COMPLETE, ""))
        desk.hear(wish)
        assert desk.stop.is_set()
        assert desk.outcome[0] is state


def test_progress_of_another_version_is_read() -> None:
    progress = Progress(Stage.ASKING, "a", 0.25, 3, 1, 0.5, 10, 5, cost=1.5, rate=2.0)
    assert unpacked(packed(progress)) == progress
    assert unpacked({**packed(progress), "new": 1}) == progress
    assert unpacked({"stage": "asking"}) == Progress(Stage.ASKING)
    assert unpacked(None) == Progress()
