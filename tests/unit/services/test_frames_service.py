"""Looking at files without asking: the choice of frames, their pictures, sheets and looks."""

from contextlib import aclosing
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from sightline.errors import InputError
from sightline.media.sampling import AllFrames, At, Even, Scenes
from sightline.media.sheet import MOST_TILES
from sightline.services.library.frames import ContactSheet, Frames, Looked
from sightline.testing.fakes import FakeSource, make_footage
from sightline.values import FrameLost, Jpeg, Picture, PictureTransform, Sharing

FOOTAGE = make_footage(duration_s=60, rate=10, start=500)
PTS = FOOTAGE.frames.pts


class Told:
    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def __call__(self, done: int, of: int) -> None:
        self.seen.append((done, of))


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "a clip.mp4"
    path.write_bytes(b"x")
    return path


async def looked_at(source: FakeSource, clip: Path) -> tuple[Frames, Looked]:
    frames = Frames(source)
    return frames, await frames.look(clip)


async def sheet_of(
    frames: Frames, looked: Looked, chosen: list[int], told: Told, *, side: int | None = None
) -> ContactSheet:
    return await frames.sheet(
        looked,
        chosen,
        suffix=".png",
        columns=None,
        longest_side=side,
        jpeg=Jpeg(),
        stamped=False,
        told=told,
    )


async def test_frames_are_chosen_by_time_without_decoding(clip: Path) -> None:
    source = FakeSource(FOOTAGE)
    frames, looked = await looked_at(source, clip)
    assert len(await frames.choose(looked, Even(16), Told())) == 16
    assert source.readers == []
    with pytest.raises(InputError, match="outside the video"):
        await frames.choose(looked, At((Fraction(61),)), Told())


async def test_frames_are_chosen_by_looks_after_measuring_all_and_telling_so(clip: Path) -> None:
    source = FakeSource(FOOTAGE)
    frames, looked = await looked_at(source, clip)
    told = Told()
    chosen = await frames.choose(looked, Scenes(), told)
    assert set(chosen) <= set(PTS)
    assert told.seen[-1] == (len(PTS), len(PTS))
    assert [reader.closed for reader in source.readers] == [True]


async def test_pictures_come_in_order_and_the_reader_is_closed_when_left(clip: Path) -> None:
    source = FakeSource(FOOTAGE, lost=PTS[2:3])
    frames, looked = await looked_at(source, clip)
    given: list[Picture | FrameLost] = []
    async with aclosing(frames.pictures(looked, PTS[:100], PictureTransform(), Jpeg())) as pictures:
        async for item in pictures:
            given.append(item)
            if len(given) == 5:
                break
    assert [item.pts for item in given] == list(PTS[:5])
    assert isinstance(given[2], FrameLost)
    assert source.readers[0].closed
    assert len(source.readers[0].read_frames) == 5


async def test_a_sheet_tells_what_it_shows_and_what_is_lost(clip: Path) -> None:
    frames, looked = await looked_at(FakeSource(FOOTAGE, lost=PTS[10:11]), clip)
    told = Told()
    sheet = await sheet_of(frames, looked, list(PTS[:20:2]), told)
    assert list(sheet.shown) == list(PTS[:20:2])
    assert [item.pts for item in sheet.lost] == [PTS[10]]
    assert told.seen == [(n, 10) for n in range(1, 11)]
    with Image.open(BytesIO(sheet.packed)) as image:
        assert image.size == (sheet.width, sheet.height)


async def test_a_sheet_of_too_many_shows_as_many_as_it_holds_evenly(clip: Path) -> None:
    source = FakeSource(FOOTAGE)
    frames, looked = await looked_at(source, clip)
    chosen = list(await frames.choose(looked, AllFrames(), Told()))
    sheet = await sheet_of(frames, looked, chosen, Told())
    assert len(sheet.shown) == MOST_TILES
    assert (sheet.shown[0], sheet.shown[-1]) == (PTS[0], PTS[-1])
    assert source.readers[0].read_frames == list(sheet.shown)


async def test_an_absurd_sheet_is_refused_before_anything_is_decoded(clip: Path) -> None:
    source = FakeSource(FOOTAGE)
    frames, looked = await looked_at(source, clip)
    with pytest.raises(InputError, match="megapixels"):
        await sheet_of(frames, looked, list(PTS), Told(), side=8000)
    assert source.readers == []


async def test_looks_count_what_sharing_would_save(clip: Path) -> None:
    step = PTS[1] - PTS[0]

    def second(pts: int) -> int:
        """Each picture stands for 5 s."""
        return (pts - PTS[0]) // (50 * step)

    source = FakeSource(FOOTAGE, looks=second)
    frames, looked = await looked_at(source, clip)
    told = Told()
    looks = await frames.looks(looked, Sharing(within=4.0), every_s=2.0, told=told)
    assert (looks.measured, looks.different, looks.alike_within) == (600, 12, 4.0)
    assert (looks.sampled, looks.sampled_different) == (30, 12)
    assert told.seen == [(n, 630) for n in range(1, 631)]
    assert all(reader.closed for reader in source.readers)
