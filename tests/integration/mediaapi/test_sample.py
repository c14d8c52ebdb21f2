"""The sample video: made once, and such that the engine which only measures finds its scenes."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest
from httpx import AsyncClient
from media_server import LibraryHere

from sightline.endpoints.pixels import PixelsEndpoint
from sightline.errors import StoreError, StoreFull
from sightline.media.sample import draw_sample
from sightline.ports import Shown
from sightline.prompts.templates import presence
from sightline.services.library.samples import Samples
from sightline.values import Answer, Ask, AskId, Picture, PictureTransform, Presence

SAMPLE = "/api/v1/media/sample"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drawn") / "sample.mp4"
    asyncio.run(draw_sample(path))
    return path


async def test_it_is_made_once_and_comes_back_when_it_was_erased(
    client: AsyncClient, library: LibraryHere
) -> None:
    first, second = await asyncio.gather(client.post(SAMPLE), client.post(SAMPLE))
    assert {first.status_code, second.status_code} == {201, 200}
    told = first.json()
    assert second.json()["id"] == told["id"]
    assert (told["title"], told["width"], told["height"]) == ("Sample scenes", 640, 360)
    assert told["duration_s"] == pytest.approx(60, abs=0.1)
    playback = f"/api/v1/media/{told['id']}/playback"
    while (play := (await client.get(playback)).json())["state"] == "preparing":  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    assert (play["state"], play["how"]) == ("ready", "as it is")
    assert (await client.delete(f"/api/v1/media/{told['id']}")).status_code == 200
    again = await client.post(SAMPLE)
    assert (again.status_code, again.json()["id"]) == (201, told["id"])
    folder = library.settings.data_dir / "samples"
    assert [path.name for path in folder.iterdir()] == ["Sample scenes.mp4"]


@pytest.mark.parametrize(
    ("second", "there", "absent"),
    [
        (5, "red, bright, grey", "blue, dark"),
        (17, "blue", "red, dark, green"),
        (27, "green, yellow", "red, blue, dark"),
        (37, "dark", "bright, red, blue, black screen"),
        (43.5, "dark, black screen", "bright"),
        (48, "orange, yellow", "blue, dark, red"),
        (57, "red, bright", "orange, green"),
    ],
)
async def test_its_scenes_can_be_told_by_colour_and_light(
    library: LibraryHere, drawn: Path, second: float, there: str, absent: str
) -> None:
    shelved = await library.services.shelf.add(drawn)
    clock = shelved.media.clock
    async with aclosing(library.source.open(shelved.file, shelved.frames)) as reader:
        wanted = [shelved.frames.at(clock.pts(second))]
        (picture,) = [one async for one in reader.read(wanted, PictureTransform())]
    assert isinstance(picture, Picture)
    tags = [*there.split(", "), *absent.split(", ")]
    asks = [Ask(AskId(n), (picture.pts,), presence(tag)) for n, tag in enumerate(tags)]
    reply = await PixelsEndpoint().answer([Shown(picture, second)], asks)
    said = {
        tag: outcome.value.probability >= 0.5
        for tag, outcome in zip(tags, reply.outcomes, strict=True)
        if isinstance(outcome, Answer) and isinstance(outcome.value, Presence)
    }
    assert said == dict.fromkeys(there.split(", "), True) | dict.fromkeys(absent.split(", "), False)


async def test_where_there_is_no_room_that_is_said_and_nothing_is_left(
    library: LibraryHere,
) -> None:
    async def full(target: Path) -> None:
        await asyncio.to_thread(target.write_bytes, b"part")
        raise OSError(28, "No space left on device")

    folder = library.settings.data_dir
    with pytest.raises(StoreFull, match=r"No space left on device\. Free some disk"):
        await Samples(lambda: library.settings, library.services.shelf, draw=full).add()
    assert list((folder / "samples").iterdir()) == []


async def test_a_folder_that_takes_no_file(library: LibraryHere, tmp_path: Path) -> None:
    async def nowhere(_: Path) -> None:
        await draw_sample(tmp_path / "there is none" / "sample.mp4")

    with pytest.raises(StoreError, match=r"cannot be made: .*No such file"):
        await Samples(lambda: library.settings, library.services.shelf, draw=nowhere).add()
