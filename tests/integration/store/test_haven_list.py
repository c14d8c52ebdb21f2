"""Haven's list of videos and the moments on them, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from sightline.errors import Conflict, NotFound
from sightline.store import DatabaseUrl, Store, haven
from sightline.store.haven import HavenMark, HavenVideo

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FOUND = (HavenMark("car", 1.5, 4.0, 0.9), HavenMark("dog", 0.0, None, 1.0))


@pytest.fixture
async def store(store_location: Path | DatabaseUrl) -> AsyncGenerator[Store]:
    async with await Store.open(store_location) as opened:
        yield opened


def video(name: str) -> HavenVideo:
    return HavenVideo(0, Path(f"/films/{name}"), name, 30, 0, False, None, NOW, NOW)


async def add(store: Store, name: str, *, found: tuple[HavenMark, ...] = ()) -> HavenVideo:
    return await store.database.write(partial(haven.add, new=video(name), found=found))


async def marks(store: Store, one: HavenVideo) -> list[tuple[int, str]]:
    kept = await store.database.read(partial(haven.marks, video=one))
    return [(mark.id, mark.tag) for mark in kept]


async def titles(store: Store) -> list[str]:
    listed = await store.database.read(partial(haven.listing, offset=0, limit=100))
    return [one.title for one in listed]


async def test_the_latest_is_in_front_until_another_is_moved_there(store: Store) -> None:
    added = [await add(store, name) for name in "abc"]
    assert [one.position for one in added] == [0, 1, 2]
    assert await titles(store) == ["c", "b", "a"]
    await store.database.write(partial(haven.move_to_front, path=added[1].path))
    assert await titles(store) == ["b", "c", "a"]
    await store.database.write(partial(haven.remove, path=added[2].path))
    assert await titles(store) == ["b", "a"]


async def test_a_path_is_in_the_list_once(store: Store) -> None:
    path = "odd \udcff name.mp4"
    added = await add(store, path)
    with pytest.raises(Conflict):
        await add(store, path)
    assert await store.database.read(partial(haven.find, path=added.path)) == added
    for work in (haven.find, haven.remove, haven.move_to_front):
        with pytest.raises(NotFound):
            await store.database.write(partial(work, path=Path("/films/none")))


async def test_what_was_found_is_replaced_and_what_was_marked_stays(store: Store) -> None:
    other = await add(store, "other", found=FOUND)
    one = await add(store, "one", found=FOUND)
    mine = HavenMark("mine", 2.0, None, 1.0)
    marked = await store.database.write(partial(haven.mark, video=one, new=mine))
    assert marked.id > 0
    for tag in ("cat", "cow"):
        found = (HavenMark(tag, 3.0, 4.0, 0.5),)
        await store.database.write(partial(haven.replace_found, video=one, found=found))
        assert [name for _, name in await marks(store, one)] == ["mine", tag]
    again = await store.database.write(partial(haven.mark, video=one, new=mine))
    assert again.id > marked.id
    assert [name for _, name in await marks(store, other)] == ["dog", "car"]
    known = await store.database.read(partial(haven.find, path=one.path))
    assert known.has_ai_data
    assert known.updated_at > NOW


async def test_two_that_replace_at_once_leave_what_one_of_them_found(store: Store) -> None:
    one = await add(store, "one")
    lists = [tuple(HavenMark(f"{n}", float(at), None, 1.0) for at in range(20)) for n in range(8)]
    await asyncio.gather(
        *(
            store.database.write(partial(haven.replace_found, video=one, found=found))
            for found in lists
        )
    )
    kept = await marks(store, one)
    assert len(kept) == 20
    assert len({tag for _, tag in kept}) == 1
    assert len({number for number, _ in kept}) == 20


async def test_removing_a_video_removes_its_moments(store: Store) -> None:
    one = await add(store, "one", found=FOUND)
    await store.database.write(partial(haven.remove, path=one.path))
    again = await add(store, "one")
    assert await marks(store, again) == []
