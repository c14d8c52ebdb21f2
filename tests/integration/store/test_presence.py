"""Who is alive, on both databases, and what becomes of what the dead have held."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import update
from worlds import QUICK, add, as_text, open_run, told, until

from sightline.errors import RunTaken
from sightline.store import DatabaseUrl, Store
from sightline.store.database import Database
from sightline.store.holds import Hold
from sightline.store.worktables import workers
from sightline.testing.fakes import make_footage
from sightline.version import __version__

WORKER = Path(__file__).with_name("worker.py")
Location = Path | DatabaseUrl


async def opened(at: Location, *roles: str) -> Store:
    return await Store.open(at, roles=roles, pace=QUICK)


def start(library: Location, folder: Path) -> subprocess.Popen[str]:
    arguments = [as_text(library), str(folder), "r", "100000"]
    return subprocess.Popen(
        [sys.executable, str(WORKER), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def found_dead(store: Store) -> Sequence[str]:
    while True:
        if dead := await store.presence.look():
            return dead
        await asyncio.sleep(QUICK.beat_s)


async def eventually(store: Store, name: str) -> Hold:
    """What another one has let go of, which may take a moment to be known."""
    while True:
        if hold := await store.hold(name):
            return hold
        await asyncio.sleep(0.01)


async def test_a_process_is_on_the_list_until_it_says_good_bye(store_location: Location) -> None:
    async with await opened(store_location, "serve", "worker") as one:
        async with await opened(store_location, "worker") as two:
            first, second = await one.workers()
            assert (first.id, second.id) == (one.presence.id, two.presence.id)
            assert (first.roles, second.roles) == (("serve", "worker"), ("worker",))
            assert (first.state, first.pid, first.version) == ("alive", os.getpid(), __version__)
            assert first.started_at <= second.started_at
            assert one.presence.sure
            assert not one.presence.lost
        assert [worker.state for worker in await one.workers()] == ["alive", "gone"]
        assert await one.presence.look() == []


async def test_a_killed_process_is_found_dead_and_told_of_once(
    store_location: Location, tmp_path: Path
) -> None:
    async with (
        await opened(store_location, "worker") as one,
        await opened(store_location, "worker") as other,
    ):
        with start(store_location, tmp_path) as worker:
            assert worker.stdout is not None
            worker.stdout.readline()
            assert await one.presence.look() == []
            worker.kill()
        (dead,) = await found_dead(one)
        assert str(worker.pid) in dead
        states = {record.id: record.state for record in await one.workers()}
        alive = {one.presence.id: "alive", other.presence.id: "alive"}
        assert states == {dead: "dead"} | alive
        assert await one.presence.look() == []
        assert await other.presence.look() == [dead], "found by another, and still worth telling"


async def test_a_hold_is_for_one_alone_until_it_is_released(store_location: Location) -> None:
    async with await opened(store_location) as one, await opened(store_location) as other:
        hold = await one.hold("rescue")
        assert hold is not None
        hold.check()
        assert await other.hold("rescue") is None
        assert await one.hold("rescue") is None
        assert await other.hold("else") is not None
        hold.release()
        again = await one.hold("rescue")
        assert again is not None
        hold.release()  # a second time, which is nothing to the new one
        assert await other.hold("rescue") is None
        again.release()
        assert await eventually(other, "rescue")


async def test_holds_go_with_the_process_that_says_good_bye(store_location: Location) -> None:
    async with await opened(store_location) as one:
        assert await one.hold("rescue") is not None
        async with await opened(store_location) as other:
            assert await other.hold("mine") is not None
            assert await one.hold("mine") is None
        assert await one.hold("mine") is not None


async def test_of_many_who_want_it_at_once_one_has_it(store_location: Location) -> None:
    stores = [await opened(store_location) for _ in range(3)]
    for n in range(5):
        asked = [store.hold(f"h{n}") for store in stores for _ in range(4)]
        taken = [hold for hold in await asyncio.gather(*asked) if hold is not None]
        assert len(taken) == 1
    for store in stores:
        await store.aclose()


async def test_who_was_declared_dead_learns_of_it_and_holds_nothing(
    store_location: Location,
) -> None:
    if isinstance(store_location, Path):
        return  # there a process that lives holds its lock, and cannot be held for dead
    database = await Database.open(store_location, pace=QUICK)
    async with Store(database) as one, await opened(store_location) as other:
        hold = await one.hold("rescue")
        assert hold is not None
        dead = update(workers).where(workers.c.id == one.presence.id).values(state="dead")
        await database.write(lambda connection: connection.execute(dead).close())
        await until(lambda: one.presence.lost)
        assert not one.presence.sure
        with pytest.raises(RunTaken, match="hold it for dead"):
            hold.check()
        with pytest.raises(RunTaken, match="hold it for dead"):
            await one.hold("else")
        assert await other.hold("rescue") is not None


async def test_a_stopped_process_loses_its_run_and_leaves_no_trace_in_it(
    postgres_url: str, tmp_path: Path
) -> None:
    location = DatabaseUrl.parse(postgres_url)
    media = make_footage(name="shared").media
    async with await opened(location) as store:
        with start(location, tmp_path) as worker:
            assert worker.stdout is not None
            assert worker.stderr is not None
            for _ in range(3):
                worker.stdout.readline()
            worker.send_signal(signal.SIGSTOP)
            ledger = await open_run(store, media)
            assert ledger.run.attempt == 2
            before = await ledger.entries()
            await ledger.record(*told([777]))
            worker.send_signal(signal.SIGCONT)
            _, complaint = await asyncio.to_thread(worker.communicate)
        assert f"run {ledger.run.id} was taken over by another process" in complaint
        entries = await ledger.entries()
        assert [entry.seq for entry in entries] == list(range(1, len(before) + 2))
        assert entries[-1].ask == 777
        ledger.close()
        states = {record.pid: record.state for record in await store.workers()}
        assert states == {os.getpid(): "alive", worker.pid: "dead"}


async def test_a_living_holder_is_not_waited_for(store_location: Location, tmp_path: Path) -> None:
    async with await opened(store_location) as one, await opened(store_location) as other:
        media = (await add(one, tmp_path / "clip.mp4")).media
        ledger = await open_run(one, media)
        with pytest.raises(RunTaken, match=rf"process {os.getpid()} on .*Wait for it to end"):
            await open_run(other, media)
        assert [w.state for w in await one.workers() if w.id == one.presence.id] == ["alive"]
        ledger.close()
