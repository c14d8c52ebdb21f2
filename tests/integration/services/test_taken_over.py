"""What was said of a video holds in another file of its pictures, and in no other."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path

import imageio_ffmpeg
import pytest

from sightline.errors import NotFound
from sightline.media.source import FileSource
from sightline.services.library.catalogue import Library
from sightline.services.library.fingerprints import Fingerprints
from sightline.services.library.shelf import Shelf
from sightline.services.runs.events import Events
from sightline.services.timelines.corrections import Corrections
from sightline.store import DatabaseUrl, LibraryItem, Store
from sightline.testing.truth import random_truth
from sightline.testing.video import render

FIRST = random_truth(11, duration_s=20, tags=("car",))


@dataclass
class House:
    """A library whose looks can be waited for; its clock is set by hand."""

    library: Library
    shelf: Shelf
    corrections: Corrections
    twins: Fingerprints
    events: Events
    store: Store
    now: float = 0.0

    async def add(self, path: Path) -> LibraryItem:
        return await self.library.get((await self.shelf.add(path)).media.digest)


@pytest.fixture
async def house(store_location: Path | DatabaseUrl) -> AsyncGenerator[House]:
    async with FileSource() as source, await Store.open(store_location) as store:
        events, shelf = Events(store), Shelf(source, store)
        twins = Fingerprints(store, shelf, source, events, clock=lambda: house.now)
        corrections = Corrections(store, events, twins=twins)
        house = House(Library(store), shelf, corrections, twins, events, store)
        yield house
        await twins.aclose()
        await events.aclose()


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(FIRST, tmp_path_factory.mktemp("twins") / "first.mp4").path


@pytest.fixture(scope="module")
def second(first: Path) -> Path:
    """The same pictures: half the size, another codec and container."""
    path = first.with_name("second.mkv")
    how = ("-vf", "scale=160:90", "-c:v", "mpeg4", "-b:v", "100k", "-an")
    command = (imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(first), *how, str(path))
    subprocess.run(command, check=True)
    return path


async def test_they_come_to_another_file_of_the_same_pictures(
    house: House, first: Path, second: Path
) -> None:
    old, new = await house.add(first), await house.add(second)
    one = await house.corrections.add(
        old, tag="car", start_s=2, end_s=4.5, by="Kim", replaces=(2, 5), note="shade"
    )
    two = await house.corrections.add(old, tag="bus", start_s=1, end_s=3, by="Kim", present=False)
    assert await house.corrections.of(new) == ()
    await house.twins.idle()
    given = await house.corrections.of(new)
    digest = old.media.digest
    assert given == tuple(
        replace(said, id=its.id, origin=digest) for said, its in zip((one, two), given, strict=True)
    )
    assert {its.id for its in given}.isdisjoint({one.id, two.id})
    heard = house.events.listen(after=2)
    assert (await anext(heard)).data == {"media": new.media.digest}
    await heard.aclose()


async def test_they_come_also_when_the_first_file_is_gone(
    house: House, first: Path, second: Path, tmp_path: Path
) -> None:
    path = tmp_path / "moved.mp4"
    path.write_bytes(await asyncio.to_thread(first.read_bytes))
    old = await house.add(path)
    await house.corrections.add(old, tag="car", start_s=2, end_s=4, by="Kim")
    await house.twins.idle()
    path.unlink()
    new = await house.add(second)
    await house.corrections.of(new)
    await house.twins.idle()
    assert [said.tag for said in await house.corrections.of(new)] == ["car"]


async def test_what_was_taken_back_does_not_come_again(
    house: House, first: Path, second: Path
) -> None:
    old, new = await house.add(first), await house.add(second)
    await house.corrections.add(old, tag="car", start_s=2, end_s=4, by="Kim")
    await house.corrections.of(new)
    await house.twins.idle()
    (given,) = await house.corrections.of(new)
    await house.corrections.take_back(new, given.id)
    house.now += 3600
    assert await house.corrections.of(new) == ()
    await house.twins.idle()
    assert await house.corrections.of(new) == ()
    assert len(await house.corrections.of(old)) == 1


async def test_what_is_erased_does_not_come_back_by_itself(house: House, first: Path) -> None:
    old = await house.add(first)
    await house.library.erase(old)
    house.twins.mark(old)
    await house.twins.idle()
    assert await house.library.list() == ()
    with pytest.raises(NotFound, match="not in the library any more"):
        await house.shelf.open(old)


async def test_it_is_told_on_which_media_they_were_made(
    house: House, first: Path, second: Path, tmp_path: Path
) -> None:
    old, new = await house.add(first), await house.add(second)
    await house.corrections.add(old, tag="car", start_s=2, end_s=4, by="Kim")
    await house.corrections.of(new)
    await house.twins.idle()
    await house.library.erase(old)
    path = tmp_path / "third.mkv"
    command = (imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(first), "-c", "copy")
    await asyncio.to_thread(subprocess.run, (*command, str(path)), check=True)
    third = await house.add(path)
    await house.corrections.of(third)
    await house.twins.idle()
    (given,) = await house.corrections.of(third)
    assert given.origin == old.media.digest


async def test_it_is_looked_for_again_when_something_may_have_been_said(
    house: House, first: Path, second: Path
) -> None:
    old, new = await house.add(first), await house.add(second)
    await house.corrections.of(new)
    await house.twins.idle()
    await house.corrections.add(old, tag="car", start_s=2, end_s=4, by="Kim")
    house.now += 3600
    await house.corrections.of(new)
    await house.twins.idle()
    assert len(await house.corrections.of(new)) == 1


async def test_other_pictures_of_the_same_length_are_given_none(
    house: House, first: Path, tmp_path: Path
) -> None:
    truth = random_truth(12, duration_s=20, tags=("car",))
    other = (await asyncio.to_thread(render, truth, tmp_path / "other.mp4")).path
    old, new = await house.add(first), await house.add(other)
    await house.corrections.add(old, tag="car", start_s=2, end_s=4, by="Kim")
    await house.corrections.of(new)
    await house.twins.idle()
    assert await house.corrections.of(new) == ()


async def test_what_has_corrections_of_its_own_keeps_to_them(
    house: House, first: Path, second: Path
) -> None:
    old, new = await house.add(first), await house.add(second)
    await house.corrections.add(old, tag="car", start_s=2, end_s=4, by="Kim")
    mine = await house.corrections.add(new, tag="dog", start_s=2, end_s=4, by="Kim")
    assert await house.corrections.of(new) == (mine,)
    await house.twins.idle()
    assert await house.corrections.of(new) == (mine,)
