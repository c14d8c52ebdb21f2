"""A worker with the store of either database, a queue in memory and analyses that obey the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import update

from sightline.errors import MediaError, RunTaken, Stopped, StoreError
from sightline.jobs import worker as working
from sightline.jobs.rescue import Rescuer
from sightline.jobs.worker import Surroundings, Worker
from sightline.services.runs.analysis import Watch
from sightline.services.runs.events import Events
from sightline.services.runs.jobs import Jobs
from sightline.services.runs.requests import AnalysisRequest
from sightline.services.runs.specs import RunSpec, Wanted
from sightline.store import Store, claims, worktables
from sightline.testing.fakes import make_footage
from sightline.testing.jobs import FakeQueue
from sightline.values import (
    Accounting,
    Analysis,
    Claim,
    Conclusion,
    Job,
    JobState,
    Media,
    Run,
    RunReport,
    RunState,
    Stage,
)

MEDIA: Media = make_footage().media
Behave = Callable[[Path, Watch], Awaitable[RunState]]


def analysis(state: RunState, note: str = "") -> Analysis:
    run = Run("r", MEDIA.digest, "tagging", "q", ("m",), state, 1)
    report = RunReport(run, ("e",), Conclusion(state, (), note), Accounting(), 0.1)
    return Analysis(MEDIA, "a.mp4", (report,))


async def complete(path: Path, watch: Watch) -> RunState:
    return RunState.COMPLETE


async def until_stopped(path: Path, watch: Watch) -> RunState:
    await watch.stop.wait()
    return RunState.INTERRUPTED


@dataclass
class ObedientAnalyst:
    """Counts what it is asked, and behaves as the test wants."""

    behave: Behave = complete
    paths: list[Path] = field(default_factory=list[Path])
    claims: list[Claim | None] = field(default_factory=list[Claim | None])
    at_once: int = 0
    most_at_once: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def analyze(
        self,
        path: Path,
        request: AnalysisRequest,
        *,
        watch: Watch | None = None,
        claim: Claim | None = None,
    ) -> Analysis:
        watch = watch or Watch()
        self.paths.append(path)
        self.claims.append(claim)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.begun.set()
        watch.known(MEDIA)
        await asyncio.sleep(0.01)  # an analysis takes some time
        try:
            return analysis(await self.behave(path, watch))
        finally:
            self.at_once -= 1


@dataclass
class House:
    store: Store
    services: Jobs
    queue: FakeQueue
    analyst: ObedientAnalyst
    worker: Worker

    async def make(self, *names: str) -> Job:
        spec = RunSpec.read({"tags": ["car"]})
        paths = tuple(Path(f"/v/{name}.mp4") for name in names or ("a",))
        return (await self.services.create(Wanted(spec=spec, paths=paths)))[0]

    async def perform(self, job: Job) -> Job:
        now = await self.services.get(job.id)
        await asyncio.wait_for(self.worker.perform(now.id, now.turn), 60)
        return await self.services.get(job.id)

    def begin(self, job: Job) -> asyncio.Task[None]:
        return asyncio.create_task(self.worker.perform(job.id, job.turn))

    async def members(self, job: Job) -> list[tuple[JobState, str]]:
        page = await self.services.members(job)
        return [(member.state, member.note) for member in page.items]


@pytest.fixture
async def house(
    store: Store, services: Jobs, queue: FakeQueue, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[House]:
    monkeypatch.setattr(working, "_WAIT_S", 0.05)
    monkeypatch.setattr(working, "_TAKEN_WAIT_S", 0.05)
    analyst, events = ObedientAnalyst(), Events(store)
    around = Surroundings(analyst, services, events, members_at_once=2, shares_database=True)
    worker = Worker(store, around)
    yield House(store, services, queue, analyst, worker)
    await worker.leave()
    await events.aclose()


async def test_a_job_is_done_member_by_member(house: House) -> None:
    job = await house.perform(await house.make("a", "b", "c", "d", "e"))
    assert (job.state, job.note, job.worker) == (JobState.COMPLETE, "", None)
    assert house.analyst.paths == [Path(f"/v/{name}.mp4") for name in "abcde"]
    assert house.analyst.most_at_once == 2
    assert {claim and claim.attempt for claim in house.analyst.claims} == {1}
    page = await house.services.members(job)
    assert {member.media for member in page.items} == {MEDIA.digest}
    assert job.progress.stage is Stage.ENDED
    assert (job.progress.members_done, job.progress.fraction) == (5, 1.0)


async def test_one_bad_file_does_not_spoil_the_others(house: House) -> None:
    async def behave(path: Path, watch: Watch) -> RunState:
        match path.stem:
            case "bad":
                raise MediaError("bad.mp4 holds no picture")
            case "worse":
                raise ValueError("what is this")
            case _:
                return RunState.COMPLETE

    house.analyst.behave = behave
    job = await house.perform(await house.make("bad", "good", "worse"))
    assert job.state is JobState.PARTIAL
    assert await house.members(job) == [
        (JobState.FAILED, "bad.mp4 holds no picture"),
        (JobState.COMPLETE, ""),
        (JobState.FAILED, "/v/worse.mp4: an unexpected error (ValueError: what is this)"),
    ]
    assert "bad.mp4 holds no picture" in job.note

    house.analyst.behave, house.analyst.paths = complete, []
    again = await house.services.retry(job)
    job = await house.perform(again)
    assert (job.state, job.note) == (JobState.COMPLETE, "")
    assert [path.stem for path in house.analyst.paths] == ["bad", "worse"]


@pytest.mark.parametrize("in_this_process", [True, False])
async def test_cancel_stops_the_work_and_keeps_what_was_done(
    house: House, in_this_process: bool
) -> None:
    async def behave(path: Path, watch: Watch) -> RunState:
        return await (complete if path.stem == "a" else until_stopped)(path, watch)

    house.analyst.behave = behave
    house.services.at_work = house.worker if in_this_process else None
    job = await house.make("a", "b", "c")
    task = house.begin(job)
    async with asyncio.timeout(60):
        while len(house.analyst.paths) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await house.services.cancel(job)
    await asyncio.wait_for(task, 60)
    job = await house.services.get(job.id)
    assert (job.state, job.wish) == (JobState.CANCELLED, None)
    assert job.note == "cancelled; what was answered is kept"
    states = [state for state, _ in await house.members(job)]
    assert states == [JobState.COMPLETE, JobState.CANCELLED, JobState.CANCELLED]


async def test_pause_and_resume_go_on_with_what_is_left(house: House) -> None:
    house.analyst.behave = until_stopped
    house.services.at_work = house.worker
    job = await house.make("a")
    task = house.begin(job)
    await house.analyst.begun.wait()
    await house.services.pause(job)
    await asyncio.wait_for(task, 60)
    paused = await house.services.get(job.id)
    assert (paused.state, paused.ended_at) == (JobState.PAUSED, None)
    assert await house.members(paused) == [(JobState.QUEUED, "")]
    house.analyst.behave = complete
    resumed = await house.services.resume(paused)
    assert (await house.perform(resumed)).state is JobState.COMPLETE


async def test_a_worker_that_leaves_hands_its_jobs_back(house: House) -> None:
    house.analyst.behave = until_stopped
    job = await house.make("a")
    task = house.begin(job)
    await house.analyst.begun.wait()
    await house.worker.leave()
    await asyncio.wait_for(task, 60)
    back = await house.services.get(job.id)
    assert (back.state, back.turn, back.rescues) == (JobState.QUEUED, 2, 0)
    assert (job.id, 2) in house.queue.turns
    assert "handed back" in back.story[-1].what


async def test_a_job_that_another_took_up_is_left_alone(house: House) -> None:
    house.analyst.behave = until_stopped
    job = await house.make("a")
    task = house.begin(job)
    await house.analyst.begun.wait()
    mine = await house.services.get(job.id)
    rescued = await house.store.database.write(partial(claims.rescue, job=mine, most=3))
    claim = partial(claims.claim, name=job.id, turn=rescued.turn, worker="other")
    assert await house.store.database.write(claim)
    await asyncio.wait_for(task, 60)
    theirs = await house.services.get(job.id)
    assert (theirs.state, theirs.worker) == (JobState.RUNNING, "other")
    assert await house.members(theirs) == [(JobState.QUEUED, "")]


async def test_the_same_analysis_of_another_process_is_waited_for(house: House) -> None:
    times = 0

    async def behave(path: Path, watch: Watch) -> RunState:
        nonlocal times
        times += 1
        if times < 3:
            raise RunTaken("the same analysis is being done by process 7")
        return RunState.COMPLETE

    house.analyst.behave = behave
    assert (await house.perform(await house.make("a"))).state is JobState.COMPLETE
    assert times == 3


async def test_trouble_with_the_database_makes_a_job_wait_and_not_fail(house: House) -> None:
    times = 0

    async def behave(path: Path, watch: Watch) -> RunState:
        nonlocal times
        times += 1
        if path.stem == "b" and times < 4:
            raise StoreError("the database is away")
        return RunState.COMPLETE

    house.analyst.behave = behave
    job = await house.perform(await house.make("a", "b"))
    assert job.state is JobState.COMPLETE
    assert job.progress.members_done == 2
    assert [path.stem for path in house.analyst.paths].count("a") == 1


async def test_a_stop_while_a_file_is_read_is_no_failure(house: House) -> None:
    async def behave(path: Path, watch: Watch) -> RunState:
        await watch.stop.wait()
        raise Stopped("stopped while it was being read")

    house.analyst.behave = behave
    house.services.at_work = house.worker
    job = await house.make("a")
    task = house.begin(job)
    await house.analyst.begun.wait()
    await house.services.cancel(job)
    await asyncio.wait_for(task, 60)
    assert (await house.services.get(job.id)).state is JobState.CANCELLED


async def test_how_far_a_job_is_can_be_read_while_it_runs(house: House) -> None:
    go_on = asyncio.Event()

    async def behave(path: Path, watch: Watch) -> RunState:
        counts = Accounting(planned=10, answered=4, frames_sampled=10, frames_covered=4)
        watch.planned([counts])
        watch.started(None, counts)  # pyright: ignore[reportArgumentType]
        await go_on.wait()
        return RunState.COMPLETE

    house.analyst.behave = behave
    job = await house.make("a")
    task = house.begin(job)
    async with asyncio.timeout(60):
        while (now := await house.services.get(job.id)).progress.asks_done == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert now.progress.stage is Stage.ASKING
    assert now.progress.fraction == pytest.approx(0.4)
    assert (now.progress.frames_covered, now.progress.current) == (4, "a")
    assert (await house.services.members(job)).items[0].media == MEDIA.digest
    go_on.set()
    await task


async def test_what_is_to_be_done_at_the_end_is_done_with_it_or_not_at_all(
    house: House, store: Store
) -> None:
    ended: list[str] = []

    async def after(job: Job) -> str | None:
        ended.append(f"after {job.state}")
        return "AI.json could not be written"

    around = Surroundings(
        house.analyst,
        house.services,
        Events(store),
        at_end=lambda _, job: ended.append(f"at {job.state}"),
        after_end=after,
    )
    job = await house.make("a")
    await Worker(store, around).perform(job.id, 1)
    assert ended == ["at complete", "after complete"]
    assert (await house.services.get(job.id)).note == "AI.json could not be written"


async def test_what_failed_before_a_rescue_still_counts(house: House) -> None:
    async def behave(path: Path, watch: Watch) -> RunState:
        if path.stem == "bad":
            raise MediaError("no picture")
        return await until_stopped(path, watch)

    house.analyst.behave = behave
    job = await house.make("bad", "good")
    task = house.begin(job)
    async with asyncio.timeout(60):
        while (await house.members(job))[0][0] is not JobState.FAILED:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    now = await house.services.get(job.id)
    await house.store.database.write(partial(claims.rescue, job=now, most=3))
    await asyncio.wait_for(task, 60)
    house.analyst.behave = complete
    assert (await house.perform(job)).state is JobState.PARTIAL
    assert [path.stem for path in house.analyst.paths] == ["bad", "good", "good"]


# ---------------------------------------------------------------------------------------- rescue


async def test_the_living_take_up_what_the_dead_have_left(house: House) -> None:
    job = await house.make("a")
    claim = partial(claims.claim, name=job.id, turn=1, worker="dead")
    await house.store.database.write(claim)
    house.queue.turns.clear()
    house.queue.held["dead"] = [(job.id, 1), ("erased", 4)]
    rescuer = Rescuer(house.store, house.queue, house.services, rescues=lambda: 3)
    await rescuer.sweep()
    assert house.queue.rescued == [(job.id, 1)]
    assert house.queue.over == [("erased", 4)]
    now = await house.services.get(job.id)
    assert (now.state, now.rescues) == (JobState.QUEUED, 1)
    await rescuer.sweep()
    assert (await house.services.get(job.id)).rescues == 1
    house.queue.held.clear()
    assert (await house.perform(now)).state is JobState.COMPLETE


async def test_a_job_that_the_queue_never_got_is_queued(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sightline.services.runs.jobs.ORPHANED_S", -1.0)
    job = await house.make("a")
    house.queue.turns.clear()
    await house.services.aclose()

    await house.store.database.write(
        lambda connection: connection.execute(update(worktables.jobs).values(queued_at=None))
    )
    await Rescuer(house.store, house.queue, house.services, rescues=lambda: 3).sweep()
    assert list(house.queue.turns) == [(job.id, 1)]


async def test_a_job_whose_turn_was_lost_gets_another(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sightline.jobs.rescue._LOST_AFTER_S", -1.0)
    job = await house.make("a")
    await house.services.aclose()
    rescuer = Rescuer(house.store, house.queue, house.services, rescues=lambda: 3)
    await rescuer.sweep()
    assert list(house.queue.turns) == [(job.id, 1)], "it waits as it should"
    house.queue.turns.clear()
    await rescuer.sweep()
    assert list(house.queue.turns) == [(job.id, 2)]


async def test_members_that_are_left_count_with_those_that_are_done(house: House) -> None:
    async def behave(path: Path, watch: Watch) -> RunState:
        return await (complete if path.stem == "a" else until_stopped)(path, watch)

    house.analyst.behave = behave
    job = await house.make("a", "b")
    task = house.begin(job)
    async with asyncio.timeout(60):
        while len(house.analyst.paths) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    house.services.at_work = house.worker
    await house.services.pause(job)
    await asyncio.wait_for(task, 60)
    house.analyst.behave = complete
    job = await house.perform(await house.services.resume(await house.services.get(job.id)))
    assert (job.state, job.progress.members_done) == (JobState.COMPLETE, 2)
    assert [path.stem for path in house.analyst.paths] == ["a", "b", "b"]
    assert replace(job.progress, members=2) == job.progress
