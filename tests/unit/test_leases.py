"""Several processes' pools on one endpoint, as far as one process and a file can play them."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from pooling import Desk, ask, desk, picture, presence, yes
from sqlalchemy import Connection, select

from sightline.endpoints.pool import Member, Pool, Retries
from sightline.endpoints.pool.breaker import State
from sightline.endpoints.pool.lease import Lease
from sightline.errors import EndpointDown
from sightline.services.endpoints import shares as room
from sightline.services.endpoints.shares import Leases
from sightline.store.database import Database
from sightline.store.worktables import endpoint_states
from sightline.testing.fakes import FakeEndpoint, Script
from sightline.values import Presence, Question

SLOTS = 6


class Server:
    """One server, as the endpoints of all processes see it together."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.peak = 0

    async def answer(self) -> None:
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            await asyncio.sleep(0.01)
        finally:
            self.in_flight -= 1


class Process:
    """One process's pool."""

    def __init__(self, server: Server, database: Database, script: Script, slots: int) -> None:
        self.database = database
        self.endpoint = FakeEndpoint(script, slots=slots, pause=server.answer)
        self.member = Member(self.endpoint)
        self.pool = Pool((), retries=Retries(first_wait_s=30.0))
        self.leases = Leases(database, self.pool)
        self.leases.join(self.member, kind="openai", url="http://gpu:1/v1")
        self.pool.add(self.member)
        self._asked = 0

    @asynccontextmanager
    async def load(self) -> AsyncGenerator[Desk]:
        """More to do than it has slots, until left."""
        async with desk(self.pool) as one, asyncio.TaskGroup() as tasks:

            async def put() -> None:
                while True:
                    self._asked += 1
                    frame = self._asked
                    await one.lane.put(picture(frame), [presence(frame, frame=frame)])
                    await asyncio.sleep(0)

            putting = tasks.create_task(put())
            yield one
            putting.cancel()

    @property
    def lease(self) -> Lease:
        assert self.member.lease
        return self.member.lease

    @property
    def granted(self) -> int:
        return self.lease.granted

    @property
    def in_flight(self) -> int:
        return self.lease.in_flight

    async def aclose(self) -> None:
        await self.leases.aclose()
        await self.pool.aclose()


class House:
    """Starts processes."""

    def __init__(self, file: Path, stack: AsyncExitStack) -> None:
        self._file = file
        self._stack = stack
        self.server = Server()

    async def start(self, script: Script = yes, *, slots: int = SLOTS) -> Process:
        database = await Database.open(self._file, roles=("worker",))
        self._stack.push_async_callback(database.aclose)
        process = Process(self.server, database, script, slots)
        self._stack.push_async_callback(process.aclose)
        return process


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[House]:
    for pace in ("_CONTENT_S", "_HUNGRY_S", "_EMPTY_S", "_OWING_S", "_AGAIN_S", "_LINGER_S"):
        monkeypatch.setattr(room, pace, 0.02)
    async with AsyncExitStack() as stack:
        yield House(tmp_path / "library.db", stack)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  (it has no event)
            await asyncio.sleep(0.005)


async def told_of_trouble(database: Database) -> None:
    def look(connection: Connection) -> bool:
        until = select(endpoint_states.c.open_until)
        return any(connection.scalars(until))

    async with asyncio.timeout(20):
        while not await database.read(look):  # noqa: ASYNC110  (nor has it)
            await asyncio.sleep(0.005)


async def test_alone_it_has_all_of_them(house: House):
    one = await house.start()
    async with one.load():
        await until(lambda: one.granted == SLOTS)
        await until(lambda: house.server.peak == SLOTS)
    await until(lambda: one.granted == 0)


async def test_those_who_come_later_get_as_many(house: House):
    first, second, third = [await house.start() for _ in range(3)]
    async with first.load():
        await until(lambda: first.granted == SLOTS)
        async with second.load():
            await until(lambda: (first.granted, second.granted) == (3, 3))
            async with third.load():
                await until(lambda: (first.granted, second.granted, third.granted) == (2, 2, 2))
            await until(lambda: (first.granted, second.granted) == (3, 3))
        await until(lambda: first.granted == SLOTS)
    assert house.server.peak == SLOTS


async def test_with_more_processes_than_slots_all_have_their_turn(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sightline.store.shares.TURN_S", 1)
    many = [await house.start(slots=1) for _ in range(3)]
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(one.load()) for one in many]
        await until(lambda: all(len(one.heard) > 3 for one in desks))
    assert house.server.peak == 1


async def test_a_new_number_of_slots_is_everybodys(house: House):
    one, other = await house.start(), await house.start()
    async with one.load(), other.load():
        await until(lambda: (one.granted, other.granted) == (3, 3))
        smaller = FakeEndpoint(yes, slots=2, pause=house.server.answer)
        member = Member(smaller)
        one.leases.join(member, kind="openai", url="http://gpu:1/v1")
        one.pool.replace(member)
        await until(lambda: (one.granted, other.granted) == (1, 1))
        await until(lambda: one.in_flight + other.in_flight <= 2)
        house.server.peak = 0
        await asyncio.sleep(0.2)
    assert house.server.peak <= 2


async def test_who_goes_leaves_its_slots_to_others(house: House):
    one, other = await house.start(), await house.start()
    async with other.load():
        async with one.load():
            await until(lambda: (one.granted, other.granted) == (3, 3))
        await one.leases.aclose()
        await until(lambda: other.granted == SLOTS)


async def test_one_found_down_is_left_alone_by_all_until_one_was_answered(house: House):
    down = asyncio.Event()
    down.set()

    def script(frames: tuple[int, ...], question: Question) -> EndpointDown | Presence:
        return EndpointDown("nothing listens there") if down.is_set() else yes(frames, question)

    one = await house.start(script)
    other = await house.start(script)
    async with one.load():
        await until(lambda: one.member.breaker.state is State.OPEN)
        await told_of_trouble(other.database)
        async with other.load():
            await until(lambda: other.member.breaker.hearsay)
            asked = len(other.endpoint.exchanges)
            await asyncio.sleep(0.1)
            assert len(other.endpoint.exchanges) == asked
            down.clear()
            one.member.breaker.succeed()
            await ask(one.pool, presence(0))
            await until(lambda: other.member.breaker.state is State.CLOSED)
            await until(lambda: len(other.endpoint.exchanges) > asked)


async def test_who_is_held_for_dead_asks_nothing_more(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    one, other = await house.start(), await house.start()
    async with one.load() as lane, other.load():
        await until(lambda: (one.granted, other.granted) == (3, 3))
        monkeypatch.setattr(one.database.presence, "lost", True)
        monkeypatch.setattr(one.database.presence, "sure", False)
        await until(lambda: lane.lane.gave_up is not None)
    assert "hold it for dead" in str(one.member.gave_up)
    assert one.granted == 0
