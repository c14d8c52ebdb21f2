"""Live events: one order for all, heard again from where one was, over processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from sightline.services.runs import events as live
from sightline.services.runs.events import Events
from sightline.store import DatabaseUrl, Store, events


@pytest.fixture
async def two(store_location: Path | DatabaseUrl) -> AsyncGenerator[tuple[Events, Events]]:
    """As two servers over one database."""
    async with await Store.open(store_location) as one, await Store.open(store_location) as other:
        both = Events(one), Events(other)
        yield both
        for each in both:
            await each.aclose()


async def hear(source: Events, count: int, *, after: int | None = None) -> list[int]:
    """The numbers that were told, of so many events."""
    heard: list[int] = []
    async with asyncio.timeout(60), aclosing(source.listen(after=after)) as listening:
        async for event in listening:
            heard.append(event.data["n"])  # pyright: ignore[reportArgumentType]
            if len(heard) == count:
                break
    return heard


async def begun(*listening: asyncio.Task[list[int]]) -> None:
    """Until they listen: nothing tells, so they are given their time."""
    await asyncio.sleep(0.5)
    assert not any(task.done() for task in listening)


async def test_all_listeners_hear_all_in_one_order(two: tuple[Events, Events]) -> None:
    here, there = two
    tasks = [asyncio.create_task(hear(source, 60)) for source in (here, here, there)]
    await begun(*tasks)
    await asyncio.gather(
        *(here.tell("run", {"n": n}) for n in range(30)),
        *(there.tell("run", {"n": n}) for n in range(30, 60)),
    )
    heard = await asyncio.gather(*tasks)
    assert sorted(heard[0]) == list(range(60))
    assert heard[0] == heard[1] == heard[2]


async def test_who_comes_back_hears_what_was_missed_and_goes_on(
    two: tuple[Events, Events],
) -> None:
    here, there = two
    for n in range(5):
        await here.tell("run", {"n": n}, job="j")
    for source in two:
        assert await hear(source, 3, after=2) == [2, 3, 4]
    task = asyncio.create_task(hear(there, 4, after=3))
    await asyncio.sleep(0.3)
    await here.tell("run", {"n": 5})
    await here.tell("run", {"n": 6})
    assert await task == [3, 4, 5, 6]


async def test_who_comes_first_hears_only_what_is_new(two: tuple[Events, Events]) -> None:
    here, _ = two
    await here.tell("run", {"n": 0})
    for after in (None, 10**6):  # the second is of another database
        task = asyncio.create_task(hear(here, 1, after=after))
        await begun(task)
        await here.tell("run", {"n": 1})
        assert await task == [1]


async def test_who_falls_behind_is_sent_away(
    two: tuple[Events, Events], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_BEHIND", 3)
    here, _ = two
    async with aclosing(here.listen()) as listening:
        first = asyncio.create_task(anext(listening))
        await asyncio.sleep(0.5)
        for n in range(10):
            await here.tell("run", {"n": n})
        assert (await first).data == {"n": 0}
        await asyncio.sleep(0.5)  # all of them wait for it by now
        rest = [event.data["n"] async for event in listening]
    assert len(rest) < 9, "it was not sent away"
    assert rest == list(range(1, len(rest) + 1)), "and what it heard has no gap"


async def test_closing_ends_all_listening(two: tuple[Events, Events]) -> None:
    here, _ = two
    task = asyncio.create_task(hear(here, 1))
    await begun(task)
    await here.aclose()
    assert await asyncio.wait_for(task, 30) == []


async def test_old_events_are_forgotten_and_their_numbers_not_given_again(
    store_location: Path | DatabaseUrl,
) -> None:
    async with await Store.open(store_location) as store:
        source = Events(store)
        await source.tell("run", {"n": 1})
        later = datetime.now(UTC) + timedelta(hours=1)
        assert await store.database.write(partial(events.forget, before=later)) == 1
        await source.tell("run", {"n": 2})
        assert await store.database.read(events.last) == 2
        await source.aclose()
