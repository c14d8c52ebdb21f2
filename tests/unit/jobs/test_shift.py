"""Whoever takes turns is there while there are any, and no turn is left lying."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from sightline.errors import StoreError
from sightline.jobs import pace
from sightline.jobs.pace import Shift, keep_pace
from sightline.testing.jobs import FakeQueue


class Place:
    """Notes who comes and goes."""

    def __init__(self) -> None:
        self.there = 0
        self.came = 0
        self.needed = False
        self.fails = False
        self.looked = asyncio.Event()

    async def begin(self) -> str:
        if self.fails:
            self.fails = False
            raise StoreError("not now")
        await asyncio.sleep(0.01)
        self.there += 1
        self.came += 1
        return "somebody"

    async def end(self, who: str) -> None:
        assert who == "somebody"
        self.there -= 1

    async def is_needed(self) -> bool:
        self.looked.set()
        return self.needed

    async def until(self, there: int) -> None:
        async with asyncio.timeout(30):
            while self.there != there:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def look(self) -> None:
        self.looked.clear()
        await asyncio.wait_for(self.looked.wait(), 30)


@asynccontextmanager
async def on_shift(place: Place) -> AsyncGenerator[Shift[str]]:
    shift = Shift(begin=place.begin, end=place.end, needed=place.is_needed)
    task = asyncio.create_task(shift.run())
    try:
        yield shift
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await shift.aclose()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "REST_AFTER_S", 0.05)
    monkeypatch.setattr(pace, "_SAY_AGAIN_S", 0.05)


async def test_nobody_is_there_before_the_first_turn_and_after_the_last() -> None:
    place = Place()
    async with on_shift(place) as shift:
        await asyncio.sleep(0.1)
        assert place.came == 0
        place.needed = True
        shift.wake()
        await place.until(1)
        await place.look()
        await place.look()
        assert place.there == 1, "what goes on is not left"
        place.needed = False
        await place.until(0)
        shift.wake()
        await place.until(1)
        assert place.came == 2
    assert place.there == 0


async def test_who_is_ended_while_coming_is_gone_after() -> None:
    place = Place()
    async with on_shift(place) as shift:
        shift.wake()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert place.there == 0


async def test_trouble_at_the_beginning_is_tried_again() -> None:
    place = Place()
    place.fails = True
    async with on_shift(place) as shift:
        shift.wake()
        await place.until(1)


async def test_the_queue_is_looked_at_often_only_while_there_is_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pace, "_LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(pace, "_IDLE_AFTER_S", 0.05)
    queue, busy = FakeQueue(), [0]
    task = asyncio.create_task(keep_pace(queue, lambda: busy[0]))
    for wanted in (False, True, False):
        busy[0] = int(wanted)
        async with asyncio.timeout(30):
            while queue.busy is not wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
