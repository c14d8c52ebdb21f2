import asyncio
import random
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from av.video.frame import VideoFrame
from clips import CLIPS, Clip, cut, decode_all, make, remux, thumbnail
from numpy.typing import NDArray

from sightline.errors import MediaError
from sightline.media.encode import JpegEncoder
from sightline.media.files import look
from sightline.media.reader import VideoReader
from sightline.media.source import FileSource
from sightline.ports import FrameReader, MediaSource
from sightline.values import FrameIndex, FrameLost, Picture, PictureTransform

WHOLE = PictureTransform(512)
LONG = Clip("long.mp4", pts=range(0, 16_000, 40), size=(320, 240), options={"preset": "ultrafast"})


async def read(reader: FrameReader, frames: Sequence[int]) -> list[Picture | FrameLost]:
    return [item async for item in reader.read(frames, WHOLE)]


def seen(item: Picture | FrameLost) -> NDArray[np.uint8]:
    assert isinstance(item, Picture), item
    return thumbnail(VideoFrame.from_ndarray(simplejpeg.decode_jpeg(item.jpeg), "rgb24"))


def assert_is(item: Picture | FrameLost, pts: int, pictures: dict[int, NDArray[np.uint8]]) -> None:
    """It is the frame at `pts`, and no other frame of the video looks more like it."""
    assert item.pts == pts
    picture = seen(item).astype(int)
    distance = {at: float(np.abs(picture - other).mean()) for at, other in pictures.items()}
    assert distance[pts] < 6
    assert distance[pts] == min(distance.values())


async def assert_no_thread_left() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("decode "):
            await asyncio.to_thread(thread.join, 20)
            assert not thread.is_alive()


@pytest.fixture
async def long(tmp_path: Path) -> AsyncIterator[tuple[VideoReader, FrameIndex]]:
    path = make(LONG, tmp_path)
    _, index = await FileSource().probe(look(path))
    reader = FileSource().open(look(path), index)
    yield reader, index
    await reader.aclose()
    await assert_no_thread_left()


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
async def test_any_frames_are_those_of_a_plain_decode(clip: Clip, tmp_path: Path) -> None:
    path = make(clip, tmp_path)
    source: MediaSource = FileSource()
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
async def test_all_that_can_be_read_of_a_cut_file_is_given(name: str, tmp_path: Path) -> None:
    clip = Clip("long.mp4", pts=range(0, 6000, 40), size=(320, 240), options={"bf": "2"})
    whole = remux(make(clip, tmp_path), tmp_path / name, movflags="faststart")
    path = cut(whole, tmp_path / f"cut {name}")
    _, index = await FileSource().probe(look(path))
    reader = FileSource().open(look(path), index)
    items = await read(reader, index.pts)
    assert [item.pts for item in items] == list(index.pts)
    assert not [item for item in items if isinstance(item, FrameLost)]
    await reader.aclose()


async def test_a_damaged_stretch_costs_its_frames_only(tmp_path: Path) -> None:
    path = make(Clip("clip.mp4", pts=range(0, 4000, 40), size=(320, 240)), tmp_path)
    whole = decode_all(path)
    _, index = await FileSource().probe(look(path))
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + (content.index(b"moov") - content.index(b"mdat")) // 2
    content[start : start + 4000] = bytes(4000)
    path.write_bytes(content)
    reader = FileSource().open(look(path), index)
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


async def test_a_file_that_went_away_is_named(tmp_path: Path) -> None:
    path = make(Clip("clip.mp4"), tmp_path)
    file = look(path)
    _, index = await FileSource().probe(file)
    path.unlink()
    reader = FileSource().open(file, index)
    with pytest.raises(MediaError, match="no such file"):
        await read(reader, index.pts)
    await reader.aclose()


async def test_the_decoder_keeps_to_its_lead(
    long: tuple[VideoReader, FrameIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, index = long
    encoded: list[int] = []
    encode = JpegEncoder.encode

    def counted(
        self: JpegEncoder, frame: VideoFrame, transform: PictureTransform, *, pts: int
    ) -> Picture:
        encoded.append(pts)
        return encode(self, frame, transform, pts=pts)

    monkeypatch.setattr(JpegEncoder, "encode", counted)
    taken = 0
    async for _ in reader.read(index.pts, WHOLE):
        taken += 1
        if taken % 50 == 0:
            await asyncio.sleep(0.05)
        assert len(encoded) - taken <= 16
    assert taken == len(index)


async def test_leaving_early_and_coming_back(long: tuple[VideoReader, FrameIndex]) -> None:
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


async def test_cancelling_a_reader(long: tuple[VideoReader, FrameIndex]) -> None:
    reader, index = long
    for pause in (0, 0.001, 0.02, 0.05):
        task = asyncio.create_task(read(reader, index.pts))
        await asyncio.sleep(pause)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert len(await read(reader, index.pts[:5])) == 5


async def test_closing_while_others_read(long: tuple[VideoReader, FrameIndex]) -> None:
    reader, index = long
    generator = reader.read(index.pts, WHOLE)
    await anext(generator)
    await reader.aclose()
    await reader.aclose()
    await generator.aclose()


async def test_two_reads_at_once_do_not_disturb_each_other(
    long: tuple[VideoReader, FrameIndex],
) -> None:
    reader, index = long
    alone = await read(reader, index.pts[::7])
    forth, back = await asyncio.gather(
        read(reader, index.pts[::7]),
        read(reader, index.pts[::7]),
    )
    assert forth == back == alone
