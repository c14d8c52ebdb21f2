"""The books of slots and trouble, on both databases."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncGenerator, Generator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, select, update

from sightline.store import DatabaseUrl
from sightline.store.database import Database
from sightline.store.shares import Claim, Share, Trouble, look, settle
from sightline.store.worktables import endpoint_shares, endpoint_states, workers
from sightline.testing.postgres import RunningPostgres

GPU = "openai http://gpu:1/v1 m"


class Books:
    """The endpoint's books, and workers that are alive until they are not."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def hire(self, *names: str) -> None:
        now = datetime.now(UTC)
        row = {"host": "h", "pid": 1, "version": "1", "roles": "", "state": "alive", "beats": 0}
        rows = [{"id": name, "started_at": now, "seen_at": now, **row} for name in names]
        await self.database.write(lambda c: c.execute(workers.insert(), rows))

    async def bury(self, name: str) -> None:
        dead = update(workers).where(workers.c.id == name).values(state="dead")
        await self.database.write(lambda c: c.execute(dead))

    async def settle(
        self, worker: str, wanted: int, *, keeps: int = 0, slots: int = 10, **more: object
    ) -> Share:
        claim = replace(Claim(GPU, worker, wanted, keeps, slots), **more)
        share = await self.database.write(partial(settle, claim=claim))
        assert share is not None
        return share

    async def look(self, worker: str, wanted: int, *, keeps: int = 0, slots: int = 10) -> Share:
        return await self.database.read(
            partial(look, claim=Claim(GPU, worker, wanted, keeps, slots))
        )

    async def held(self) -> dict[str, int]:
        def read(connection: Connection) -> dict[str, int]:
            query = select(endpoint_shares.c.worker, endpoint_shares.c.held)
            return {row.worker: row.held for row in connection.execute(query)}

        return await self.database.read(read)


@pytest.fixture
async def books(store_location: Path | DatabaseUrl) -> AsyncGenerator[Books]:
    database = await Database.open(store_location)
    try:
        yield Books(database)
    finally:
        await database.aclose()


async def test_one_gives_up_as_much_as_its_calls_allow_and_the_other_takes_what_is_free(
    books: Books,
):
    await books.hire("a", "b")
    assert await books.settle("a", 10) == Share(10, 10, None)
    assert (await books.settle("b", 10)).held == 0
    share = await books.settle("a", 10, keeps=8)
    assert (share.held, share.target) == (8, 5)
    assert (await books.settle("b", 10)).held == 2
    assert (await books.settle("a", 10, keeps=5)).held == 5
    assert (await books.settle("b", 10)).held == 5
    assert (await books.settle("a", 0, keeps=1)).held == 1
    assert (await books.settle("b", 10)).held == 9
    assert (await books.settle("a", 0)).held == 0
    assert await books.held() == {"b": 9}


async def test_a_look_tells_what_to_settle_would_change_and_changes_nothing(books: Books):
    await books.hire("a", "b")
    assert (await books.look("a", 0)).due is False
    assert (await books.look("a", 4)).due is True
    await books.settle("a", 4)
    assert await books.look("a", 4, keeps=4) == Share(4, 4, None, due=False)
    assert (await books.look("a", 5, keeps=4)).due is True
    await books.settle("b", 10)
    await books.settle("a", 8, keeps=4)
    busy, freed = await books.look("b", 10, keeps=6), await books.look("b", 10, keeps=5)
    assert (busy.held, busy.target, busy.due) == (6, 5, False)
    assert (freed.held, freed.target, freed.due) == (6, 5, True)
    assert await books.held() == {"a": 4, "b": 6}


async def test_what_the_dead_held_is_free_and_they_get_nothing_more(books: Books):
    await books.hire("a", "b")
    await books.settle("a", 10)
    await books.settle("b", 10)
    await books.bury("a")
    assert (await books.look("a", 10, keeps=10)).held == 0
    assert (await books.settle("a", 10, keeps=10)).held == 0
    assert (await books.settle("b", 10)).held == 10
    assert await books.held() == {"b": 10}


async def test_whoever_is_not_known_gets_nothing(books: Books):
    assert (await books.settle("stranger", 10)).held == 0
    assert (await books.look("stranger", 10)).due is False


async def test_the_newest_number_of_slots_counts_for_all(books: Books):
    await books.hire("a", "b")
    await books.settle("a", 10)
    assert (await books.settle("b", 10, slots=4)).target == 5, "that is no news"
    share = await books.settle("b", 10, slots=4, slots_are_news=True)
    assert (share.held, share.target) == (0, 2)
    assert (await books.settle("a", 10, keeps=3)).held == 3
    assert (await books.settle("b", 10)).held == 1


async def test_trouble_is_heard_of_by_all_until_one_was_answered(books: Books):
    await books.hire("a", "b")
    await books.settle("a", 1)
    told = (await books.settle("a", 1, trouble=Trouble(20.0, "refused"))).trouble
    heard = (await books.look("b", 1)).trouble
    assert told
    assert heard
    assert heard.reason == "refused"
    assert 0 < heard.for_s <= 20.0
    assert heard.until == told.until
    later = (await books.settle("b", 1, trouble=Trouble(1.0, "again"))).trouble
    assert later
    assert later.reason == "refused", "the longer one counts"
    assert (await books.settle("b", 1, answered=True)).trouble is None
    assert (await books.look("a", 1)).trouble is None


async def test_trouble_that_is_over_is_told_as_such(books: Books):
    await books.hire("a")
    await books.settle("a", 1, trouble=Trouble(20.0, "refused"))
    past = datetime.now(UTC) - timedelta(days=1)
    await books.database.write(lambda c: c.execute(update(endpoint_states).values(open_until=past)))
    heard = (await books.look("a", 1)).trouble
    assert heard is not None
    assert heard.for_s == 0.0


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_no_more_is_held_than_there_is(books: Books, seed: int):
    """Workers come, want, shrink, go and die in any order; what each may fill stays within."""
    chance = random.Random(seed)
    alive = [f"w{n}" for n in range(4)]
    held = dict.fromkeys(alive, 0)
    await books.hire(*alive)
    for step in range(120):
        name = chance.choice(alive)
        wanted = chance.choice([0, 1, 3, 10])
        share = await books.settle(name, wanted, keeps=chance.randint(0, held[name]))
        assert share.held <= max(held[name], share.target)
        held[name] = share.held
        assert (await books.held()).get(name, 0) == share.held
        assert sum(held.values()) <= 10
        if step % 40 == 39:
            gone = chance.choice(alive)
            await books.bury(gone)
            held.pop(gone)
            alive[alive.index(gone)] = fresh = f"n{step}"
            held[fresh] = 0
            await books.hire(fresh)
            await books.settle(chance.choice(alive), 10)
            held |= {n: h for n, h in (await books.held()).items() if n in held}
    for _ in range(3):
        for name in alive:
            held[name] = (await books.settle(name, 10)).held
    assert sorted(held.values()) == [2, 2, 3, 3], "all that is wanted is used, and fairly"


async def test_many_at_once_keep_within_it(store_location: Path | DatabaseUrl):
    databases = [await Database.open(store_location) for _ in range(3)]
    try:
        await Books(databases[0]).hire("w0", "w1", "w2")
        peaks: list[int] = []

        async def work(number: int) -> None:
            chance = random.Random(number)
            held = 0
            for _ in range(25):
                keeps = chance.randint(0, held)
                claim = Claim(GPU, f"w{number}", chance.choice([0, 4, 10]), keeps, 10)
                share = await databases[number].write(partial(settle, claim=claim))
                held = held if share is None else share.held
                peaks.append(sum((await Books(databases[number]).held()).values()))

        await asyncio.gather(*(work(n) for n in range(3)))
        assert 0 < max(peaks) <= 10
    finally:
        for database in databases:
            await database.aclose()


@pytest.fixture
def server_location(postgres: RunningPostgres, migrated_database: str) -> Generator[DatabaseUrl]:
    url = postgres.create_database(like=migrated_database)
    yield DatabaseUrl.parse(url)
    postgres.drop_database(url)


async def test_one_that_is_stopped_while_it_settles_holds_nobody_up(server_location: DatabaseUrl):
    database = await Database.open(server_location)
    books = Books(database)
    inside, go_on = threading.Event(), threading.Event()
    try:
        await books.hire("a", "b")
        await books.settle("a", 10)

        def stopped(connection: Connection) -> None:
            settle(connection, Claim(GPU, "a", 10, 10, 10))
            inside.set()
            assert go_on.wait(30)

        stopping = asyncio.create_task(database.write(stopped))
        await asyncio.to_thread(inside.wait, 30)
        claim = Claim(GPU, "b", 10, 0, 10)
        assert await database.write(partial(settle, claim=claim)) is None
        assert (await books.look("b", 10)).target == 5, "nor does it keep others from looking"
        go_on.set()
        await stopping
        assert (await books.settle("b", 10)).target == 5
    finally:
        go_on.set()
        await database.aclose()


async def test_who_leaves_the_list_takes_its_share_along(books: Books):
    await books.hire("a")
    await books.settle("a", 10)
    await books.database.write(lambda c: c.execute(delete(workers).where(workers.c.id == "a")))
    assert await books.held() == {}
