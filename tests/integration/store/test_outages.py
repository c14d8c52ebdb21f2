"""PostgreSQL goes away and comes back: nothing is lost, nothing is there twice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from meddler import Failure, meddling
from worlds import QUICK, add, open_run, told, until

from sightline.errors import StoreError
from sightline.store import DatabaseUrl, Store
from sightline.testing.postgres import PASSWORD, RunningPostgres, running_postgres


@pytest.fixture(scope="module")
def server() -> Generator[RunningPostgres]:
    """One that these tests may stop."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def url(server: RunningPostgres) -> str:
    return server.create_database()


async def numbers(store: Store, run: str, asked: int) -> None:
    """The run has these records, each of ten asks, and each once."""
    media = (await store.list_media())[0].media
    ledger = await open_run(store, media, run)
    entries = await ledger.entries()
    assert [entry.ask for entry in entries] == list(range(10 * asked))
    assert [entry.seq for entry in entries] == list(range(1, 10 * asked + 1))
    assert (await store.results(ledger.run.id)).calls == asked
    ledger.close()


@pytest.mark.parametrize("end", [RunningPostgres.stop, RunningPostgres.kill])
async def test_work_goes_on_after_an_outage(
    server: RunningPostgres,
    url: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    end: Callable[[RunningPostgres], None],
) -> None:
    async with await Store.open(DatabaseUrl.parse(url)) as store:
        media = (await add(store, tmp_path / "clip.mp4")).media
        ledgers = [await open_run(store, media, f"r{n}") for n in range(4)]
        counts = [0] * 4
        ending = asyncio.Event()

        async def work(n: int) -> None:
            while not ending.is_set():
                first = 10 * counts[n]
                await ledgers[n].record(*told(range(first, first + 10)))
                counts[n] += 1

        async def progress() -> None:
            """Of each of them."""
            before = list(counts)
            await until(lambda: all(now > was for now, was in zip(counts, before, strict=True)))

        tasks = [asyncio.create_task(work(n)) for n in range(4)]
        with caplog.at_level(logging.WARNING, "sightline.store"):
            for _ in range(3):
                await progress()
                await asyncio.to_thread(end, server)
                await asyncio.sleep(0.5)
                await asyncio.to_thread(server.start)
        await progress()
        ending.set()
        await asyncio.gather(*tasks)
        for n, ledger in enumerate(ledgers):
            ledger.close()
            await numbers(store, f"r{n}", counts[n])
        told_of = [record.getMessage() for record in caplog.records]
        assert len(told_of) == 6, "each outage is told of once, however many wait"
        assert all("the connection was lost" in message for message in told_of[::2])
        assert all("it is back after" in message for message in told_of[1::2])
        assert all(store.where in message and PASSWORD not in message for message in told_of)


@pytest.mark.parametrize("failure", ["reply lost", "commit lost", "commit late"])
async def test_a_write_whose_end_is_unknown_is_done_once(
    server: RunningPostgres, url: str, tmp_path: Path, failure: Failure
) -> None:
    port = urlsplit(url).port
    assert port is not None
    async with meddling(port) as meddler:
        there = url.replace(f":{port}/", f":{meddler.port}/")
        async with await Store.open(DatabaseUrl.parse(there)) as store:
            media = (await add(store, tmp_path / "clip.mp4")).media
            ledger = await open_run(store, media)
            await ledger.record(*told(range(10)))
            for n in (1, 2):
                meddler.failure = failure
                first = 10 * n
                stored = await ledger.record(*told(range(first, first + 10)))
                assert len(stored) == 10
            await ledger.record(*told(range(30, 40)))
            ledger.close()
            await numbers(store, "r", 4)
        assert meddler.failed == [failure] * 2


async def test_patience_ends_with_a_message(
    server: RunningPostgres, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sightline.store.postgres.PATIENCE_S", 0.5)
    async with await Store.open(DatabaseUrl.parse(url)) as store:
        media = (await add(store, tmp_path / "clip.mp4")).media
        ledger = await open_run(store, media)
        await asyncio.to_thread(server.stop)
        with pytest.raises(StoreError, match=r"test_\d+.*could not be reached.*goes on") as raised:
            await ledger.record(*told(range(10)))
        assert PASSWORD not in str(raised.value)
        with pytest.raises(StoreError, match="could not be reached"):
            await store.list_media()
        await asyncio.to_thread(server.start)
        await ledger.record(*told(range(10)))
        ledger.close()
        await numbers(store, "r", 1)


async def test_who_is_cancelled_does_not_wait_for_the_server(
    server: RunningPostgres, url: str, tmp_path: Path
) -> None:
    store = await Store.open(DatabaseUrl.parse(url))
    media = (await add(store, tmp_path / "clip.mp4")).media
    ledger = await open_run(store, media)
    await asyncio.to_thread(server.stop)
    task = asyncio.create_task(ledger.record(*told(range(10))))
    await asyncio.sleep(0.5)
    assert not task.done()
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=30)
    assert done
    assert task.cancelled()
    ledger.close()
    await asyncio.wait_for(store.aclose(), timeout=30)
    await asyncio.to_thread(server.start)


async def test_an_outage_makes_unsure_and_kills_nobody(server: RunningPostgres, url: str) -> None:
    async with (
        await Store.open(DatabaseUrl.parse(url), pace=QUICK) as one,
        await Store.open(DatabaseUrl.parse(url), pace=QUICK) as other,
    ):
        dead: list[str] = []

        async def watch() -> None:
            while True:
                dead.extend(await other.presence.look())
                await asyncio.sleep(0.2)

        watching = asyncio.create_task(watch())
        assert one.presence.sure
        await asyncio.to_thread(server.stop)
        await until(lambda: not one.presence.sure)
        await asyncio.sleep(QUICK.dead_after_s)
        await asyncio.to_thread(server.start)
        await until(lambda: one.presence.sure)
        await asyncio.sleep(QUICK.dead_after_s)
        assert (one.presence.lost, other.presence.lost, dead) == (False, False, [])
        watching.cancel()
        await asyncio.wait([watching])
