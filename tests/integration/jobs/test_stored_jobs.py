"""Jobs in the store: claimed once, fenced, rescued, and tried again, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from sightline.errors import Conflict, NotFound, RunTaken
from sightline.services.runs.jobs import Jobs
from sightline.services.runs.specs import RunSpec, Wanted
from sightline.store import Store, claims, jobs
from sightline.store.jobrows import LONGEST_STORY
from sightline.testing.jobs import FakeQueue
from sightline.values import Claim, Job, JobState, Member, Progress, Stage, Wish

SPEC = RunSpec.read({"tags": ["car"]})


def wanted(*names: str, **more: object) -> Wanted:
    paths = [f"/videos/{name}.mp4" for name in names or ("a",)]
    return Wanted.model_validate({"spec": SPEC, "paths": paths, **more})


async def made(services: Jobs, *names: str, **more: object) -> Job:
    return (await services.create(wanted(*names, **more)))[0]


async def claimed(store: Store, job: Job, worker: str = "w1") -> Claim:
    work = partial(claims.claim, name=job.id, turn=job.turn, worker=worker)
    found = await store.database.write(work)
    assert found is not None
    return found[0]


async def finish(
    store: Store, claim: Claim, state: JobState = JobState.COMPLETE, note: str = ""
) -> Job:
    end = partial(
        claims.finish, claim=claim, state=state, note=note, progress=Progress(Stage.ENDED)
    )
    return await store.database.write(end)


async def test_a_job_is_stored_queued_and_found(services: Jobs, queue: FakeQueue) -> None:
    job, new = await services.create(wanted("a", "b", priority=7, start_after_s=60))
    assert new
    assert queue.turns == {(job.id, 1): (7, 60)}
    assert (job.state, job.title, job.members) == (JobState.QUEUED, "car", 2)
    assert await services.get(job.id) == await services.get(job.number) == job
    found = await services.members(job)
    assert [(m.title, m.path) for m in found.items] == [
        ("a", Path("/videos/a.mp4")),
        ("b", Path("/videos/b.mp4")),
    ]
    assert RunSpec.read(job.spec) == SPEC
    for missing in ("nothing", "half\0", 10**9, -1, 1 << 70):
        with pytest.raises(NotFound, match="there is no run"):
            await services.get(missing)


async def test_the_same_request_is_the_same_job_while_that_lives(
    services: Jobs, store: Store
) -> None:
    job = await made(services)
    again, new = await services.create(wanted())
    assert (again.id, new) == (job.id, False)
    assert (await services.create(wanted("b")))[1]
    assert (await services.create(wanted(again=True)))[1]
    await finish(store, await claimed(store, job))
    await services.cancel(await services.get(3))
    after, new = await services.create(wanted())
    assert new
    assert after.id != job.id


async def test_lists_are_newest_first_in_parts_with_totals(services: Jobs) -> None:
    for n in range(5):
        await made(services, f"v{n}", source="haven" if n == 3 else "api")
    page = await services.list(limit=2)
    assert ([job.number for job in page.items], page.total, page.exact) == ([5, 4], 5, True)
    page = await services.list(limit=2, offset=4)
    assert ([job.number for job in page.items], page.total) == ([1], 5)
    assert [job.number for job in (await services.list(sources=["haven"])).items] == [4]
    assert (await services.list(states=[JobState.COMPLETE])).total == 0
    assert (await services.list(media="0" * 64)).total == 0


async def test_only_one_of_many_claims_a_turn(services: Jobs, store: Store) -> None:
    job = await made(services)
    work = [partial(claims.claim, name=job.id, turn=1, worker=f"w{n}") for n in range(5)]
    given = await asyncio.gather(*map(store.database.write, work))
    assert sum(claim is not None for claim in given) == 1
    assert (
        await store.database.write(partial(claims.claim, name=job.id, turn=2, worker="w")) is None
    )


async def test_a_rescued_job_refuses_what_its_old_worker_writes(
    services: Jobs, store: Store
) -> None:
    job = await made(services)
    old = await claimed(store, job)
    rescued = await store.database.write(partial(claims.rescue, job=old.job, most=3))
    assert (rescued.state, rescued.rescues, rescued.worker) == (JobState.QUEUED, 1, None)
    member = replace((await services.members(job)).items[0], state=JobState.COMPLETE)
    for late in (
        partial(claims.end_member, claim=old, member=member),
        partial(claims.check, claim=old),
    ):
        with pytest.raises(RunTaken, match="is not this worker's any more"):
            await store.database.write(late)
    with pytest.raises(RunTaken):
        await finish(store, old)
    await store.database.write(
        partial(claims.report, reports=[claims.Report(old, Progress(asks_done=5))])
    )
    assert (await services.get(job.id)).progress.asks_done == 0
    assert not await store.database.write(partial(claims.holds, claim=old))
    assert await store.database.write(partial(claims.hand_back, claim=old, why="")) is None
    new = await claimed(store, rescued, "w2")
    assert await store.database.read(partial(claims.wishes, claims=[old])) == {}
    assert await store.database.read(partial(claims.wishes, claims=[new])) == {job.id: None}
    ended = await finish(store, new)
    assert [line.what for line in ended.story] == [
        "begun by w1",
        "w1 fell silent",
        "taken up by w2",
        "complete",
    ]


async def test_a_second_rescue_of_the_same_death_changes_nothing(
    services: Jobs, store: Store
) -> None:
    old = await claimed(store, await made(services))
    rescue = partial(claims.rescue, job=old.job, most=3)
    first = await store.database.write(rescue)
    assert await store.database.write(rescue) == first
    await claimed(store, first, "w2")
    assert (await store.database.write(rescue)).state is JobState.RUNNING


async def test_a_job_that_kills_its_workers_fails_with_its_story(
    services: Jobs, store: Store
) -> None:
    job = await made(services, "a", "b")
    for n in range(3):
        claim = await claimed(store, await services.get(job.id), f"w{n}")
        await store.database.write(partial(claims.rescue, job=claim.job, most=2))
    job = await services.get(job.id)
    assert job.state is JobState.FAILED
    assert "died 3 times" in job.note
    assert all(f"w{n} fell silent" in job.note for n in range(3))
    assert {m.state for m in (await services.members(job)).items} == {JobState.FAILED}
    again = await services.retry(job)
    assert (again.rescues, again.note, again.turn) == (0, "", 2)


async def test_what_waits_is_cancelled_and_paused_at_once(
    services: Jobs, store: Store, queue: FakeQueue
) -> None:
    job = await made(services)
    paused = await services.pause(job)
    assert paused.state is JobState.PAUSED
    assert queue.turns == {}
    with pytest.raises(Conflict, match=r"one cannot pause it now\. It is paused"):
        await services.pause(paused)
    resumed = await services.resume(paused)
    assert (resumed.state, resumed.turn) == (JobState.QUEUED, 2)
    assert list(queue.turns) == [(job.id, 2)]
    cancelled = await services.cancel(resumed)
    assert cancelled.state is JobState.CANCELLED
    assert cancelled.ended_at is not None
    assert cancelled.progress.stage is Stage.ENDED
    with pytest.raises(Conflict, match="has ended: retry"):
        await services.cancel(cancelled)
    with pytest.raises(Conflict, match="cannot resume"):
        await services.resume(cancelled)
    turn = partial(claims.claim, name=job.id, turn=2, worker="w")
    assert await store.database.write(turn) is None


async def test_a_wish_reaches_the_worker_and_outlives_it(services: Jobs, store: Store) -> None:
    heard: list[tuple[str, Wish]] = []

    class AtWork:
        def hear(self, job: str, wish: Wish) -> None:
            heard.append((job, wish))

    services.at_work = AtWork()
    job = await made(services)
    claim = await claimed(store, job)
    now = await services.cancel(job)
    assert (now.state, now.wish) == (JobState.RUNNING, Wish.CANCEL)
    assert heard == [(job.id, Wish.CANCEL)]
    told = await store.database.read(partial(claims.wishes, claims=[claim]))
    assert told == {job.id: Wish.CANCEL}
    rescued = await store.database.write(partial(claims.rescue, job=claim.job, most=3))
    assert rescued.state is JobState.CANCELLED


async def test_a_job_that_ends_while_it_is_cancelled_is_cancelled(
    services: Jobs, store: Store
) -> None:
    job = await made(services)
    claim = await claimed(store, job)
    await services.cancel(job)
    assert (await finish(store, claim)).state is JobState.CANCELLED


async def test_retry_does_again_what_did_not_end_well(services: Jobs, store: Store) -> None:
    job = await made(services, "a", "b", "c")
    claim = await claimed(store, job)
    with pytest.raises(Conflict, match="is running: cancel or pause it first"):
        await services.retry(job)
    states = (JobState.COMPLETE, JobState.FAILED, JobState.PARTIAL)
    for member, state in zip((await services.members(job)).items, states, strict=True):
        ended = replace(member, state=state, note="n", media="0" * 64, counts={"answered": 1})
        await store.database.write(partial(claims.end_member, claim=claim, member=ended))
    await finish(store, claim, JobState.PARTIAL, "some failed")
    assert (await services.list(media="0" * 64)).total == 1
    again = await services.retry(await services.get(job.id))
    assert (again.state, again.note, again.progress.members_done) == (JobState.QUEUED, "", 1)
    states_now = [(m.state, m.note) for m in (await services.members(job)).items]
    assert states_now == [
        (JobState.COMPLETE, "n"),
        (JobState.QUEUED, ""),
        (JobState.QUEUED, ""),
    ]


async def test_another_priority_is_another_place_in_the_queue(
    services: Jobs, store: Store, queue: FakeQueue
) -> None:
    job = await made(services)
    now = await services.prioritise(job, 3)
    assert queue.turns == {(job.id, now.turn): (3, 0.0)}
    await claimed(store, now)
    assert (await services.prioritise(now, 9)).turn == now.turn


async def test_what_a_worker_hands_back_waits_for_another(services: Jobs, store: Store) -> None:
    claim = await claimed(store, await made(services))
    back = await store.database.write(partial(claims.hand_back, claim=claim, why="it was stopped"))
    assert back is not None
    assert (back.state, back.turn, back.rescues) == (JobState.QUEUED, 2, 0)
    assert back.story[-1].what == "it was stopped"


async def test_a_long_story_keeps_its_beginning_and_its_end(services: Jobs, store: Store) -> None:
    job = await made(services)
    for n in range(60):
        job = await store.database.write(partial(jobs.again, job=job, what=f"turn {n}"))
    assert len(job.story) == LONGEST_STORY
    assert (job.story[0].what, job.story[-1].what) == ("turn 0", "turn 59")


async def test_members_keep_how_they_ended(services: Jobs, store: Store) -> None:
    job = await made(services)
    claim = await claimed(store, job)
    member = (await services.members(job)).items[0]
    ended: Member = replace(
        member, state=JobState.PARTIAL, note="half", media="ab", counts={"answered": 3}
    )
    await store.database.write(partial(claims.end_member, claim=claim, member=ended))
    kept = (await services.members(job)).items[0]
    assert kept.ended_at is not None
    assert replace(kept, ended_at=None) == ended
