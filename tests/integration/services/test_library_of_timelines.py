"""The library tells of tags what timelines tell: chips, filters, lists of tags and search."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path

import pytest
from filmdesk import FOOTAGE, Desk, opened, seen, tagging, unseen
from sqlalchemy import Connection, Engine, event, update

from sightline.recipes.tagging import Tagging
from sightline.recipes.tags import Tag
from sightline.services.library.catalogue import Library
from sightline.services.timelines import totals
from sightline.services.timelines.totals import AGAIN_S, Totals
from sightline.store import DatabaseUrl, LibraryItem, events, shown
from sightline.store.readings import Reading
from sightline.store.shelf import Sought
from sightline.store.tables import frame_indexes
from sightline.values import Track

ALL_S = FOOTAGE.media.duration_s


@pytest.fixture
async def desk(store_location: Path | DatabaseUrl, tmp_path: Path) -> AsyncGenerator[Desk]:
    async with opened(store_location, tmp_path) as desk:
        yield desk


@pytest.fixture
async def small(tmp_path: Path) -> AsyncGenerator[Desk]:
    """On one database."""
    async with opened(tmp_path / "library.db", tmp_path) as desk:
        yield desk


async def told(desk: Desk) -> dict[str, tuple[float, int]]:
    """Seconds and spans by tag, as the library has it, in all the ways of asking."""
    standing = (await desk.library.standings([desk.item]))[desk.item.media.digest]
    by_tag = {one.tag: (one.seconds, one.spans) for one in standing.tags}
    assert standing.tags_total == len(by_tag)
    listed, number = await desk.library.tags(limit=50)
    assert dict(listed) == dict.fromkeys(by_tag, 1)
    assert number == len(by_tag)
    for tag in ("car", "dog", "boat"):
        sought = Sought(tags=[tag]) if tag < "c" else Sought(words=[tag])
        _, total = await desk.library.page(sought, offset=0, limit=1)
        assert total == int(tag in by_tag), sought
    return by_tag


async def shown_by_timeline(desk: Desk) -> dict[str, tuple[float, int]]:
    clock = FOOTAGE.media.clock
    return {
        row.track.tag: (
            round(float(clock.time_base * sum(one.end - one.start for one in spans)), 6),
            len(spans),
        )
        for row in (await desk.look()).rows
        if (spans := row.track.spans)
    }


async def reject(desk: Desk, tag: str) -> str:
    """All of it, as on the page."""
    said = await desk.corrections.add(
        desk.item, tag=tag, start_s=0, end_s=ALL_S, by="Kim", present=False
    )
    return said.id


async def test_what_people_say_counts_at_once_and_until_it_is_taken_back(desk: Desk) -> None:
    await desk.done(tagging("car", "dog"))
    before = await told(desk)
    assert set(before) == {"car", "dog"}
    rejected = await reject(desk, "dog")
    assert set(await told(desk)) == {"car"}
    added = await desk.corrections.add(desk.item, tag="boat", start_s=40, end_s=50, by="Kim")
    assert (await told(desk))["boat"] == (pytest.approx(10, abs=0.2), 1)
    assert await told(desk) == await shown_by_timeline(desk)
    for said in (rejected, added.id):
        await desk.corrections.take_back(desk.item, said)
    assert await told(desk) == before
    await desk.library.erase(desk.item)
    assert await desk.library.tags(limit=5) == ((), 0)


async def test_it_holds_when_other_runs_end(desk: Desk) -> None:
    await reject(desk, "dog")
    assert await told(desk) == {}
    await desk.done(tagging("car", "dog"))
    assert set(await told(desk)) == {"car"}, "what was said before holds for what comes"
    playing = await desk.begin(tagging("boat", worded="a {}"), again="2")
    await playing.hear(seen)
    assert set(await told(desk)) == {"car"}, "it goes on"
    await playing.end()
    assert set(await told(desk)) == {"car", "boat"}
    await desk.done(tagging("car", worded="any {}"), unseen, again="3")
    assert set(await told(desk)) == {"boat"}
    assert await told(desk) == await shown_by_timeline(desk)


async def test_other_numbers_change_what_is_found(desk: Desk) -> None:
    await desk.done(tagging("car", "dog"))
    before = await told(desk)
    await desk.timelines.keep_reading(desk.item, "car", Reading(0.95, 0.0, 0.0))
    assert set(await told(desk)) == {"dog"}
    await desk.timelines.keep_reading(desk.item, "car", Reading(0.1, 0.0, 0.0))
    assert (await told(desk))["car"] == (pytest.approx(ALL_S), 1)
    await desk.timelines.drop_reading(desk.item, "car")
    assert await told(desk) == before


async def test_totals_are_those_of_the_timeline(small: Desk) -> None:
    """Each step changes what the timeline is told from in another way."""
    alone = [Tag(name, name, category="things", exclusive=True) for name in ("car", "dog")]
    recipe = Tagging((*alone, Tag.named("boat")))

    async def say(tag: str, start: float, end: float, *, present: bool = True) -> None:
        await small.corrections.add(
            small.item, tag=tag, start_s=start, end_s=end, by="Kim", present=present
        )

    steps = [
        lambda: small.done(recipe),
        lambda: say("car", 3, 9, present=False),
        lambda: say("kite", 20, 50),
        lambda: small.timelines.keep_reading(small.item, "car", Reading(0.95, 0.0, 0.0)),
        lambda: small.done(tagging("car", "kite", worded="a {}"), unseen, again="2"),
        lambda: say("kite", 30, 31, present=False),
        lambda: small.timelines.drop_reading(small.item, "car"),
        lambda: small.done(tagging("boat", worded="any {}"), again="3"),
        lambda: small.timelines.keep_reading(small.item, "boat", Reading(0.1, 0.0, 40.0)),
    ]
    for number, step in enumerate(steps):
        await step()
        assert await told(small) == await shown_by_timeline(small), number


async def test_a_process_that_dies_in_between_leaves_nothing_untrue(desk: Desk) -> None:
    await desk.done(tagging("car", "dog"))
    await reject(desk, "dog")
    (due,) = await desk.store.database.read(shown.due)
    items, _ = await Library(desk.store).page(offset=0, limit=5)
    standing = (await Library(desk.store).standings(items))[due.digest]
    assert standing.behind
    assert {one.tag for one in standing.tags} == {"car", "dog"}, "as it was, until it is made"
    await reject(desk, "car")
    await desk.store.database.write(partial(shown.keep, made=due, tags=[]))
    assert len(await desk.store.database.read(shown.due)) == 1, "it was made for what was before"
    assert await told(desk) == {}
    await desk.store.database.write(partial(shown.keep, made=due, tags=[shown.ShownTag("x", 1, 1)]))
    assert await told(desk) == {}, "who comes late changes nothing"


async def test_whatever_fails_stands_in_nobodys_way(
    small: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await small.done(tagging("car", "dog"))
    tried: list[str] = []
    now = 0.0

    class Failing:
        async def settled(self, item: LibraryItem) -> Sequence[Track]:
            tried.append(item.media.digest)
            raise ZeroDivisionError("no such luck")

    failing = Totals(small.store, small.events, Failing(), clock=lambda: now)
    library = Library(small.store, totals=failing)
    await reject(small, "dog")
    with caplog.at_level(logging.WARNING):
        looks = [await library.tags(limit=5) for _ in range(3)]
    assert [dict(listed) for listed, _ in looks] == 3 * [{"car": 1, "dog": 1}]
    assert len(tried) == 1, "not at each look"
    assert "no such luck" in caplog.text
    now = AGAIN_S
    await library.tags(limit=5)
    assert len(tried) == 2
    await failing.aclose()


async def test_nobody_waits_long(small: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await small.done(tagging("car", "dog"))
    go_on = asyncio.Event()

    class Slow:
        async def settled(self, item: LibraryItem) -> Sequence[Track]:
            await go_on.wait()
            return await small.timelines.settled(item)

    monkeypatch.setattr(totals, "WAIT_S", 0.05)
    slow = Totals(small.store, small.events, Slow())
    library = Library(small.store, totals=slow)
    await reject(small, "dog")
    assert dict((await library.tags(limit=5))[0]) == {"car": 1, "dog": 1}
    last = await small.store.database.read(events.last)
    go_on.set()
    async with aclosing(small.events.listen(after=last)) as heard:
        assert (await anext(heard)).kind == "timeline"
    assert dict((await library.tags(limit=5))[0]) == {"car": 1}
    await slow.aclose()


async def test_frames_that_are_not_known_are_waited_for(small: Desk) -> None:
    def age(connection: Connection, *, by: int) -> None:
        connection.execute(update(frame_indexes).values(version=frame_indexes.c.version + by))

    await small.done(tagging("car", "dog"))
    await reject(small, "dog")
    await small.store.database.write(partial(age, by=-1))
    assert await small.store.database.read(shown.due) == []
    assert set(await told(small)) == {"car", "dog"}
    await small.store.database.write(partial(age, by=1))
    assert set(await told(small)) == {"car"}


async def test_a_page_costs_no_more_statements_where_people_say_something(small: Desk) -> None:
    counted: list[str] = []

    def count(*told: object) -> None:
        counted.append(str(told[2]))

    async def cost(sought: Sought) -> int:
        counted.clear()
        items, _ = await small.library.page(sought, offset=0, limit=5)
        assert items
        await small.library.standings(items)
        return sum(one.startswith(("SELECT", "WITH")) for one in counted)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        await small.done(tagging("car", "dog"))
        plain = [await cost(sought) for sought in (Sought(), Sought(tags=["car"]))]
        await reject(small, "dog")
        await told(small)
        assert [await cost(sought) for sought in (Sought(), Sought(tags=["car"]))] == plain
        assert plain == [10, 10]
    finally:
        event.remove(Engine, "before_cursor_execute", count)
