"""What browsers get to play: right pictures at right times, however the file came."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import CLIPS, Clip, cut, decode_all, make

from sightline.errors import MediaError
from sightline.media.converter import Converter
from sightline.media.source import FileSource
from sightline.media.wire import Converting, Form, How
from sightline.testing.truth import random_truth
from sightline.testing.video import Encoding, render
from sightline.values import FrameIndex, Media

ROOM = 1 << 30
BY_NAME = {clip.name: clip for clip in CLIPS}


async def convert(
    path: Path, target: Path, *, room: int = ROOM
) -> tuple[Media, FrameIndex, Converting]:
    async with FileSource() as source:
        file = await source.look(path)
        media, index = await source.probe(file)
        told = [one async for one in Converter().convert(file, index, target, most_bytes=room)]
    return media, index, told[-1]


async def probed(path: Path) -> tuple[Media, FrameIndex]:
    async with FileSource() as source:
        return await source.probe(await source.look(path))


def times(media: Media, index: FrameIndex) -> list[float]:
    return [media.clock.seconds(pts) for pts in index.pts]


def sounds(path: Path) -> list[tuple[str, float]]:
    with av.open(str(path)) as container:
        return [
            (stream.codec_context.name, float((stream.duration or 0) * (stream.time_base or 0)))
            for stream in container.streams.audio
        ]


def alike(one: Path, other: Path) -> float:
    """The largest difference of two videos, frame by frame, as a mean over the small picture."""
    pairs = zip(decode_all(one).values(), decode_all(other).values(), strict=True)
    return max(float(np.abs(a.astype(int) - b.astype(int)).mean()) for a, b in pairs)


@pytest.mark.parametrize(
    ("name", "how", "form"),
    [
        ("b-frames.mp4", How.AS_IT_IS, Form.MP4),
        ("uneven.mp4", How.AS_IT_IS, Form.MP4),
        ("vp9.webm", How.AS_IT_IS, Form.WEBM),
        ("b-frames.mkv", How.REMUXED, Form.MP4),
        ("late.mp4", How.REMUXED, Form.MP4),
        ("late.mkv", How.REMUXED, Form.MP4),
        ("b-frames.ts", How.REMUXED, Form.MP4),
        ("flash.flv", How.REMUXED, Form.MP4),
        ("odd.mkv", How.TRANSCODED, Form.MP4),
        ("hevc 10 bit.mp4", How.TRANSCODED, Form.MP4),
        ("mpeg4.avi", How.TRANSCODED, Form.MP4),
        ("b-frames.avi", How.TRANSCODED, Form.MP4),
        ("mpeg2.mpg", How.TRANSCODED, Form.MP4),
        ("palette.gif", How.TRANSCODED, Form.MP4),
    ],
)
async def test_every_frame_is_shown_at_its_time(
    tmp_path: Path, name: str, how: How, form: Form
) -> None:
    path, target = make(BY_NAME[name], tmp_path), tmp_path / "out"
    media, index, last = await convert(path, target)
    assert (last.how, last.form) == (how, form)
    if how is How.AS_IT_IS:
        assert not target.exists()
        return
    made, made_index = await probed(target)
    assert made_index.pts[0] == 0
    assert times(made, made_index) == pytest.approx(times(media, index), abs=1e-4)
    assert made.codec == "h264"
    content = target.read_bytes()
    assert 0 <= content.find(b"moov") < content.find(b"mdat"), "it has to be whole to be played"
    if (media.width, media.height) == (made.width, made.height):
        assert alike(path, target) < 4, "other pictures than the file's, or in another order"


async def test_it_can_be_played_from_anywhere(tmp_path: Path) -> None:
    path, target = make(BY_NAME["mpeg4.avi"], tmp_path), tmp_path / "out"
    media, _, _ = await convert(path, target)
    with av.open(str(target)) as container:
        stream = container.streams.video[0]
        assert stream.time_base
        at = round(Fraction(3, 2) / stream.time_base)
        container.seek(at, stream=stream)
        found = [frame.time for frame in container.decode(stream) if (frame.pts or 0) >= at]
    assert found[0] == pytest.approx(1.52, abs=0.021)
    assert media.duration_s == pytest.approx(2.4)


async def test_a_turned_video_stays_turned(tmp_path: Path) -> None:
    clip = Clip("turned.mov", "mpeg4", rotation=90)
    path, target = make(clip, tmp_path), tmp_path / "out"
    media, _, last = await convert(path, target)
    made, _ = await probed(target)
    assert last.how is How.TRANSCODED
    assert (made.width, made.height) == (media.width, media.height) == (96, 160)
    assert alike(path, target) < 4


async def test_a_large_picture_becomes_one_that_plays_easily(tmp_path: Path) -> None:
    clip = Clip("large.avi", "mpeg4", pts=range(3), time_base=Fraction(1, 25), size=(2560, 1440))
    target = tmp_path / "out"
    await convert(make(clip, tmp_path), target)
    made, _ = await probed(target)
    assert (made.width, made.height) == (1920, 1080)


def with_sound(tmp_path: Path, name: str, codec: str = "libx264") -> Path:
    truth = random_truth(7, duration_s=3, tags=("car",))
    options = (("preset", "ultrafast"),) if codec == "libx264" else ()
    encoding = Encoding(codec=codec, options=options, audio_s=3.0)
    return render(truth, tmp_path / name, encoding=encoding).path


@pytest.mark.parametrize(
    ("name", "codec", "how", "sound"),
    [
        ("clip.mp4", "libx264", How.AS_IT_IS, None),
        ("clip.mov", "libx264", How.REMUXED, "aac"),
        ("clip.ts", "libx264", How.REMUXED, "aac"),
        ("clip.mkv", "libx264", How.REMUXED, "aac"),
        ("clip.avi", "mpeg4", How.TRANSCODED, "aac"),
    ],
)
async def test_sound_is_as_long_as_it_was(
    tmp_path: Path, name: str, codec: str, how: How, sound: str | None
) -> None:
    path = with_sound(tmp_path, name, codec)
    target = tmp_path / "out"
    _, _, last = await convert(path, target)
    assert last.how is how
    if sound:
        ((heard, length),) = sounds(target)
        assert heard == sound
        assert length == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize("name", ["b-frames.mkv", "b-frames.ts", "mpeg2.mpg"])
async def test_what_is_left_of_a_cut_file_is_played(tmp_path: Path, name: str) -> None:
    path = cut(make(BY_NAME[name], tmp_path), tmp_path / f"cut {name}")
    target = tmp_path / "out"
    media, index, _ = await convert(path, target)
    _, made_index = await probed(target)
    assert 0 < media.duration_s < 2.4
    assert len(made_index) >= len(index) - 2


async def test_a_file_that_outgrows_its_room_is_given_up(tmp_path: Path) -> None:
    target = tmp_path / "out"
    big = Clip("h264.mkv", size=(1920, 1080), options={"preset": "ultrafast", "crf": "1"})
    path = make(big, tmp_path)
    assert path.stat().st_size > 1 << 20
    with pytest.raises(MediaError, match=r"no room.*cache_max_bytes"):
        await convert(path, target, room=1 << 20)


async def test_who_leaves_ends_it(tmp_path: Path) -> None:
    path, target = make(BY_NAME["mpeg2.mpg"], tmp_path), tmp_path / "out"
    async with FileSource() as source:
        file = await source.look(path)
        _, index = await source.probe(file)
        converting = Converter().convert(file, index, target, most_bytes=ROOM)
        assert (await anext(converting)).how is How.TRANSCODED
        await converting.aclose()
    await asyncio.sleep(0)


async def test_a_file_that_has_changed_is_refused(tmp_path: Path) -> None:
    path, target = make(BY_NAME["mpeg2.mpg"], tmp_path), tmp_path / "out"
    async with FileSource() as source:
        file = await source.look(path)
        _, index = await source.probe(file)
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(MediaError, match="changed"):
            async for _ in Converter().convert(file, index, target, most_bytes=ROOM):
                pass


async def test_a_child_that_looks_at_frames_cannot_write(tmp_path: Path) -> None:
    """The same request to the other kind of child."""
    from sightline.media.child import DECODER, Child
    from sightline.media.wire import Convert, Done, Open

    path, target = make(BY_NAME["mpeg2.mpg"], tmp_path), tmp_path / "out"
    async with FileSource() as source:
        file = await source.look(path)
        _, index = await source.probe(file)
    child = await Child.start(DECODER, memory_mb=4096, stall_s=60)

    async def to_the_end() -> None:
        while not isinstance(await child.reply(turn, path), Done):
            pass

    try:
        child.ask(Open(file, index, 1))
        turn = child.ask(Convert(target))
        with pytest.raises(MediaError, match="no room"):
            await to_the_end()
    finally:
        child.kill()
        await child.gone()
    assert not target.exists() or not target.stat().st_size
