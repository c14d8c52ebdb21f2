# PyAV leaves the encoders' keyword arguments and the packets' streams without a type.
# pyright: reportUnknownMemberType=false

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path

import av
import numpy as np
import pytest
import pytest_asyncio
import simplejpeg
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from clips import CLIPS, Clip, cut, decode_all, make, pattern, remux, thumbnail
from numpy.typing import NDArray

from sightline.errors import MediaError
from sightline.media.files import look
from sightline.media.reader import FileReader
from sightline.media.source import FileSource
from sightline.ports import FrameReader
from sightline.values import (
    Alike,
    FrameIndex,
    FrameLost,
    Jpeg,
    Picture,
    PictureTransform,
    ReadFrame,
    SeenFile,
    Sharing,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

WHOLE = PictureTransform(512)
LONG = Clip("long.mp4", pts=range(0, 16_000, 40), size=(320, 240), options={"preset": "ultrafast"})


async def read(reader: FrameReader, frames: Sequence[int]) -> list[ReadFrame]:
    return [item async for item in reader.read(frames, WHOLE)]


def seen(item: ReadFrame) -> NDArray[np.uint8]:
    assert isinstance(item, Picture), item
    return thumbnail(VideoFrame.from_ndarray(simplejpeg.decode_jpeg(item.jpeg), "rgb24"))


def assert_is(item: ReadFrame, pts: int, pictures: dict[int, NDArray[np.uint8]]) -> None:
    """It is the frame at `pts`, and no other frame of the video looks more like it."""
    assert item.pts == pts
    picture = seen(item).astype(int)
    distance = {at: float(np.abs(picture - other).mean()) for at, other in pictures.items()}
    assert distance[pts] < 6
    assert distance[pts] == min(distance.values())


def make_held(path: Path, *, frames: int, held: int) -> Path:
    """Pictures that stay for `held` frames each; nearly lossless, since noise is a difference."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "1"})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for number in range(frames):
            pixels = pattern(number // held * 10, (160, 96))
            container.mux(stream.encode(VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def source() -> AsyncIterator[FileSource]:
    """One child for all of them: none must leave anything behind that another would notice."""
    async with FileSource() as source:
        yield source


@pytest.fixture(scope="module")
def long_file(tmp_path_factory: pytest.TempPathFactory) -> SeenFile:
    return look(make(LONG, tmp_path_factory.mktemp("long")))


@pytest_asyncio.fixture(loop_scope="module")
async def long(
    source: FileSource, long_file: SeenFile
) -> AsyncIterator[tuple[FileReader, FrameIndex]]:
    _, index = await source.probe(long_file)
    async with aclosing(source.open(long_file, index)) as reader:
        yield reader, index


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
async def test_any_frames_are_those_of_a_plain_decode(
    clip: Clip, source: FileSource, tmp_path: Path
) -> None:
    path = make(clip, tmp_path)
    _, index = await source.probe(look(path))
    pictures = decode_all(path)
    reader = source.open(look(path), index)
    choose = random.Random(clip.name)
    subsets = [list(index.pts), *(sorted(choose.sample(index.pts, k)) for k in (1, 1, 1, 3, 9))]
    for frames in [*subsets, [index.pts[-1]], [index.pts[0]]]:
        items = await read(reader, frames)
        assert len(items) == len(frames)
        for item, pts in zip(items, frames, strict=True):
            assert_is(item, pts, pictures)
    await reader.aclose()


@pytest.mark.parametrize("name", ["whole.mp4", "whole.mkv", "whole.ts", "whole.flv"])
async def test_all_that_can_be_read_of_a_cut_file_is_given(
    name: str, source: FileSource, tmp_path: Path
) -> None:
    clip = Clip("long.mp4", pts=range(0, 6000, 40), size=(320, 240), options={"bf": "2"})
    whole = remux(make(clip, tmp_path), tmp_path / name, movflags="faststart")
    path = cut(whole, tmp_path / f"cut {name}")
    _, index = await source.probe(look(path))
    reader = source.open(look(path), index)
    items = await read(reader, index.pts)
    assert [item.pts for item in items] == list(index.pts)
    assert not [item for item in items if isinstance(item, FrameLost)]
    await reader.aclose()


async def test_a_damaged_stretch_costs_its_frames_only(source: FileSource, tmp_path: Path) -> None:
    path = make(Clip("clip.mp4", pts=range(0, 4000, 40), size=(320, 240)), tmp_path)
    whole = decode_all(path)
    _, index = await source.probe(look(path))
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + (content.index(b"moov") - content.index(b"mdat")) // 2
    content[start : start + 4000] = bytes(4000)
    path.write_bytes(content)
    reader = source.open(look(path), index)
    items = await read(reader, index.pts)
    assert [item.pts for item in items] == list(index.pts)
    lost = [item for item in items if isinstance(item, FrameLost)]
    assert 0 < len(lost) < 40
    assert all(item.detail.startswith("clip.mp4: the frame at 0:0") for item in lost)
    for item in (*items[:30], *items[-20:]):
        assert_is(item, item.pts, whole)
    alone = await read(reader, [lost[0].pts])
    assert alone == [lost[0]]
    await reader.aclose()


async def test_a_file_that_went_away_is_named(source: FileSource, tmp_path: Path) -> None:
    path = make(Clip("clip.mp4"), tmp_path)
    file = look(path)
    _, index = await source.probe(file)
    path.unlink()
    reader = source.open(file, index)
    with pytest.raises(MediaError, match="no such file"):
        await read(reader, index.pts)
    await reader.aclose()


async def test_leaving_early_and_coming_back(long: tuple[FileReader, FrameIndex]) -> None:
    reader, index = long
    for start in (0, 200, 100):
        async for item in reader.read(index.pts[start:], WHOLE):
            assert item.pts == index.pts[start]
            break
    generator = reader.read(index.pts, WHOLE)
    assert (await anext(generator)).pts == index.pts[0]
    await generator.aclose()
    rest = await read(reader, index.pts[300:310])
    assert [item.pts for item in rest] == list(index.pts[300:310])


async def test_cancelling_a_reader(long: tuple[FileReader, FrameIndex]) -> None:
    reader, index = long
    for pause in (0, 0.001, 0.02, 0.05):
        task = asyncio.create_task(read(reader, index.pts))
        await asyncio.sleep(pause)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert len(await read(reader, index.pts[:5])) == 5


async def test_closing_while_others_read(long: tuple[FileReader, FrameIndex]) -> None:
    reader, index = long
    generator = reader.read(index.pts, WHOLE)
    await anext(generator)
    await reader.aclose()
    await reader.aclose()
    await generator.aclose()


async def test_a_new_read_ends_the_one_before(long: tuple[FileReader, FrameIndex]) -> None:
    reader, index = long
    before = reader.read(index.pts, WHOLE)
    await anext(before)
    other = reader.read(index.pts[50:60], WHOLE)
    assert (await anext(other)).pts == index.pts[50]
    with pytest.raises(RuntimeError, match="one read at a time"):
        async for _ in before:
            pass
    assert [item.pts async for item in other] == list(index.pts[51:60])


async def test_what_is_alike_comes_without_a_picture(source: FileSource, tmp_path: Path) -> None:
    file = look(make_held(tmp_path / "held.mp4", frames=60, held=20))
    _, index = await source.probe(file)
    groups = {pts: index.pts[nth // 20 * 20] for nth, pts in enumerate(index.pts)}
    sharing = Sharing(within=6, audit=0.2)
    async with aclosing(source.open(file, index)) as reader:
        items = [item async for item in reader.read(index.pts, WHOLE, sharing=sharing)]
        signals = reader.signals
    assert [item.pts for item in items] == list(index.pts)
    for item in items:
        own = groups[item.pts] == item.pts
        if own or sharing.audits(item.pts):
            assert isinstance(item, Picture)
            assert item.alike == (None if own else groups[item.pts])
        else:
            assert item == Alike(item.pts, groups[item.pts])
    kinds = [type(item) for item in items]
    assert kinds.count(Alike) > 30
    assert 3 < kinds.count(Picture) < 30
    assert signals.covers(index.pts)
    assert signals.alike_within == 6
    assert list(signals.alike) == list(groups.values())
    cuts = [pts for pts, change in zip(signals.pts, signals.change, strict=True) if change > 6]
    assert cuts == [index.pts[20], index.pts[40]]


async def test_a_group_goes_on_in_the_next_read(source: FileSource, tmp_path: Path) -> None:
    file = look(make_held(tmp_path / "still.mp4", frames=60, held=60))
    _, index = await source.probe(file)
    pts, sharing = index.pts, Sharing(audit=0)
    async with aclosing(source.open(file, index)) as reader:

        async def alike(start: int, stop: int, sharing: Sharing | None = sharing) -> list[int]:
            """What each frame is like: itself when it has a picture."""
            read = reader.read(pts[start:stop], WHOLE, sharing=sharing)
            return [item.to if isinstance(item, Alike) else item.pts async for item in read]

        assert await alike(0, 4) == [pts[0]] * 4
        assert await alike(4, 6) == [pts[0]] * 2
        assert await alike(8, 10, None) == [*pts[8:10]]
        assert await alike(10, 12) == [pts[10]] * 2
        assert await alike(11, 13) == [pts[11]] * 2
        assert await alike(20, 22, Sharing(within=5, audit=0)) == [pts[20]] * 2
        async for _ in reader.read(pts[22:40], WHOLE, sharing=sharing):
            break  # nobody knows whether its representative was given
        assert await alike(40, 42) == [pts[40]] * 2
        assert await alike(42, 44) == [pts[40]] * 2


async def test_measuring_gives_what_reading_gives(long: tuple[FileReader, FrameIndex]) -> None:
    reader, index = long
    assert len(reader.signals) == 0
    counts = [count async for count in reader.measure(index.pts)]
    assert counts == sorted(counts)
    assert counts[-1] == len(index)
    measured = reader.signals
    assert measured.covers(index.pts)
    assert measured.alike_within is None
    assert list(measured.alike) == list(index.pts)
    kept = list(measured.motion)
    assert kept[0] == 0.0
    assert min(kept[1:]) > 0.0
    # A frame on its own was compared with none: what is known of it stays.
    await read(reader, index.pts[7:8])
    assert list(reader.signals.motion) == kept


async def test_no_frames_are_no_work(long: tuple[FileReader, FrameIndex]) -> None:
    reader, _ = long
    assert await read(reader, []) == []
    assert [count async for count in reader.measure([])] == []


async def test_pictures_are_packed_as_they_are_wanted(long: tuple[FileReader, FrameIndex]) -> None:
    reader, index = long
    small = [item async for item in reader.read(index.pts[:2], PictureTransform(32))]
    packing = Jpeg(quality=20, max_bytes=2000)
    tight = [item async for item in reader.read(index.pts[:2], WHOLE, jpeg=packing)]
    for item in small:
        assert isinstance(item, Picture)
        assert (item.width, item.height) == (32, 24)
        assert simplejpeg.decode_jpeg(item.jpeg).shape == (24, 32, 3)
    for item in tight:
        assert isinstance(item, Picture)
        assert len(item.jpeg) <= 2000
