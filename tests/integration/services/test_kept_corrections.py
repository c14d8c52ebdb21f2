"""What people say of tags is kept as it was said, and only what can be meant."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from sightline.errors import InputError, NotFound
from sightline.media.files import look
from sightline.services.library.catalogue import Library
from sightline.services.runs.events import Events
from sightline.services.timelines.corrections import Corrections
from sightline.store import DatabaseUrl, LibraryItem, Store
from sightline.testing.fakes import make_footage
from sightline.values import SeenFile


@pytest.fixture
async def store(store_location: Path | DatabaseUrl) -> AsyncGenerator[Store]:
    async with await Store.open(store_location) as store:
        yield store


@pytest.fixture
async def events(store: Store) -> AsyncGenerator[Events]:
    events = Events(store)
    yield events
    await events.aclose()


@pytest.fixture
def corrections(store: Store, events: Events) -> Corrections:
    return Corrections(store, events)


@pytest.fixture
async def item(store: Store, tmp_path: Path) -> LibraryItem:
    return await add(store, tmp_path / "street.mp4")


async def add(store: Store, path: Path) -> LibraryItem:
    footage = make_footage(name=path.name)
    await store.remember_media(footage.media, footage.frames, file=_touched(path))
    return await Library(store).get(footage.media.digest)


def _touched(path: Path) -> SeenFile:
    path.touch()
    return look(path)


async def test_they_come_out_as_they_went_in_and_in_that_order(
    corrections: Corrections, item: LibraryItem
) -> None:
    first = await corrections.add(
        item, tag="red car", start_s=1, end_s=2.5, by="Kim", replaces=(1, 3), note=" too long\x07 "
    )
    second = await corrections.add(
        item, tag="red car", start_s=2, end_s=3, by="this machine", present=False
    )
    assert await corrections.of(item) == (first, second)
    assert (first.replaces, first.note, first.by) == ((1, 3), "too long\ufffd", "Kim")
    assert (second.replaces, second.present, second.origin) == (None, False, None)


async def test_one_that_is_taken_back_is_gone(
    corrections: Corrections, item: LibraryItem, store: Store, tmp_path: Path
) -> None:
    other = await add(store, tmp_path / "other.mp4")
    said = await corrections.add(item, tag="car", start_s=0, end_s=1, by="Kim")
    with pytest.raises(NotFound, match="'other' has no correction"):
        await corrections.take_back(other, said.id)
    await corrections.take_back(item, said.id)
    assert await corrections.of(item) == ()
    with pytest.raises(NotFound, match="GET /api/v1/media/"):
        await corrections.take_back(item, said.id)


async def test_a_change_is_told_as_an_event(
    corrections: Corrections, events: Events, item: LibraryItem
) -> None:
    said = await corrections.add(item, tag="car", start_s=0, end_s=1, by="Kim")
    await corrections.take_back(item, said.id)
    heard = events.listen(after=0)
    for _ in range(2):
        event = await anext(heard)
        assert (event.kind, event.data) == ("timeline", {"media": item.media.digest})
    await heard.aclose()


async def test_what_reaches_past_the_end_is_cut_there(
    corrections: Corrections, item: LibraryItem
) -> None:
    longest = item.media.duration_s
    said = await corrections.add(item, tag="car", start_s=1, end_s=longest + 5, by="Kim")
    assert said.end_s == longest


@pytest.mark.parametrize(
    ("tag", "start_s", "end_s", "why"),
    [
        ("", 0, 1, "is empty"),
        ("two\nlines", 0, 1, "line break"),
        ("\ud800", 0, 1, "not UTF-8"),
        ("car", 1e6, 1e6 + 1, "has no second 1e"),
        ("car", 1, 1, "ends later than it starts"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    corrections: Corrections, item: LibraryItem, tag: str, start_s: float, end_s: float, why: str
) -> None:
    with pytest.raises(InputError, match=why):
        await corrections.add(item, tag=tag, start_s=start_s, end_s=end_s, by="Kim")
    assert await corrections.of(item) == ()


async def test_they_go_with_their_media(
    corrections: Corrections, store: Store, item: LibraryItem
) -> None:
    await corrections.add(item, tag="car", start_s=0, end_s=1, by="Kim")
    await store.erase_media(item.media.digest)
    assert await corrections.of(item) == ()
    with pytest.raises(NotFound, match="not in the library any more"):
        await corrections.add(item, tag="car", start_s=0, end_s=1, by="Kim")
