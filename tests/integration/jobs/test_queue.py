"""DBOS behind `JobQueue`: every turn once, in order, and again when its worker has died."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sightline.errors import StoreError
from sightline.jobs import pace
from sightline.jobs.pace import Shift
from sightline.jobs.queue import DbosQueue, Taker


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'jobs.db'}"
    return request.getfixturevalue("postgres_url")


@asynccontextmanager
async def opened(url: str, *, at_once: int = 10) -> AsyncGenerator[DbosQueue]:
    queue = await DbosQueue.open(url, at_once=at_once)
    try:
        yield queue
    finally:
        await queue.aclose()


@asynccontextmanager
async def taking(
    url: str, perform: Callable[[str, int], Awaitable[None]], *, worker: str
) -> AsyncGenerator[None]:
    taker = Taker(perform)
    await taker.start(url, worker=worker)
    try:
        yield
    finally:
        await taker.aclose()


class Done:
    """Notes turns as they are performed."""

    def __init__(self) -> None:
        self.turns: list[tuple[str, int]] = []
        self._news = asyncio.Condition()

    async def __call__(self, job: str, turn: int) -> None:
        async with self._news:
            self.turns.append((job, turn))
            self._news.notify_all()

    async def reach(self, count: int) -> None:
        async with asyncio.timeout(60), self._news:
            await self._news.wait_for(lambda: len(self.turns) >= count)


async def settled(queue: DbosQueue, turns: int) -> None:
    """Until so many turns are over for the queue too."""
    async with asyncio.timeout(60):
        while len(await queue.ended()) < turns:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_turns_are_taken_once_the_most_urgent_first(url: str) -> None:
    done = Done()
    async with opened(url, at_once=1) as queue:
        for n, priority in enumerate((100, 50, 1, 100)):
            for _ in range(2):  # again is no more
                await queue.enqueue(f"job-{n}", turn=1, priority=priority)
        async with taking(url, done, worker="w1"):
            await done.reach(4)
            await settled(queue, 4)
            assert done.turns == [("job-2", 1), ("job-1", 1), ("job-0", 1), ("job-3", 1)]
            await queue.enqueue("job-0", turn=1, priority=1)
            await queue.enqueue("job-0", turn=2, priority=1)
            await done.reach(5)
            assert done.turns[4:] == [("job-0", 2)]
            await settled(queue, 5)
            assert await queue.begun() == {}
            await queue.forget(await queue.ended())
            assert await queue.ended() == []


async def test_what_is_withdrawn_or_not_due_is_not_done(url: str) -> None:
    done = Done()
    async with opened(url) as queue:
        await queue.enqueue("withdrawn", turn=1, priority=1)
        await queue.enqueue("later", turn=1, priority=1, start_after_s=3600)
        await queue.enqueue("soon", turn=1, priority=1, start_after_s=0.5)
        await queue.withdraw("withdrawn", turn=1)
        asked = [("withdrawn", 1), ("later", 1), ("soon", 1), ("never", 1)]
        assert set(await queue.waiting(asked)) == {("later", 1), ("soon", 1)}
        async with taking(url, done, worker="w1"):
            await done.reach(1)
            await settled(queue, 2)
            assert done.turns == [("soon", 1)]
        assert await queue.waiting(asked) == [("later", 1)]


async def test_a_turn_whose_worker_left_it_is_handed_out_again(url: str) -> None:
    began = asyncio.Event()

    async def hang(job: str, turn: int) -> None:
        began.set()
        await asyncio.Event().wait()

    done = Done()
    async with opened(url) as queue:
        await queue.enqueue("job", turn=1, priority=1)
        async with taking(url, hang, worker="w1"):
            await asyncio.wait_for(began.wait(), 60)
            assert await queue.begun() == {"w1": [("job", 1)]}
        # The worker is gone; the turn is not over, and nobody takes it by himself.
        assert await queue.begun() == {"w1": [("job", 1)]}
        async with taking(url, done, worker="w2"):
            await queue.rescue("job", turn=1)
            await done.reach(1)
            await settled(queue, 1)
            await queue.rescue("job", turn=1)  # it has ended: nothing happens
            await queue.enqueue("other", turn=1, priority=1)
            await done.reach(2)
        assert done.turns == [("job", 1), ("other", 1)]


async def test_no_more_at_once_than_was_said(url: str) -> None:
    now = most = 0

    async def count(job: str, turn: int) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.05)
        now -= 1

    async with opened(url, at_once=2) as queue:
        for n in range(8):
            await queue.enqueue(f"{n}", turn=1, priority=1)
        async with taking(url, count, worker="w1"):
            await settled(queue, 8)
    assert most == 2


async def test_an_error_in_a_turn_ends_that_turn_only(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    done = Done()

    async def fail(job: str, turn: int) -> None:
        await done(job, turn)
        if job == "bad":
            raise RuntimeError("no")

    async with opened(url) as queue:
        await queue.enqueue("bad", turn=1, priority=1)
        await queue.enqueue("good", turn=1, priority=2)
        async with taking(url, fail, worker="w1"):
            await done.reach(2)
            await settled(queue, 2)


async def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the queue of runs cannot be used"):
        await DbosQueue.open("postgresql://nobody:secret@127.0.0.1:9/none", at_once=1)
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="the queue of runs cannot be used"):
        await DbosQueue.open(f"sqlite:///{tmp_path}/file/jobs.db", at_once=1)


async def test_a_queue_that_rested_takes_turns_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "REST_AFTER_S", 0.2)
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    done, rested = Done(), asyncio.Event()

    async def begin() -> Taker:
        taker = Taker(done)
        await taker.start(url, worker="w1")
        return taker

    async def end(taker: Taker) -> None:
        await taker.aclose()
        rested.set()

    async def needed() -> bool:
        return len(await queue.ended()) < len(done.turns) or not done.turns

    async with opened(url) as queue:
        shift = Shift(begin=begin, end=end, needed=needed)
        queue.queued = shift.wake
        task = asyncio.create_task(shift.run())
        for n in range(3):
            await queue.enqueue(f"job-{n}", turn=1, priority=1)
            await done.reach(n + 1)
            if n < 2:
                rested.clear()
                await asyncio.wait_for(rested.wait(), 60)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await shift.aclose()
    assert [job for job, _ in done.turns] == ["job-0", "job-1", "job-2"]
