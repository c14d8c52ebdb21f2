"""Fakes must keep the promises of the ports they stand in for."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from pathlib import Path

import pytest
import simplejpeg

from sightline.errors import RateLimited
from sightline.ports import Endpoint, FrameReader, MediaSource, Shown
from sightline.prompts import templates
from sightline.testing.fakes import FakeEndpoint, FakeReader, FakeSource, make_footage
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    AskId,
    FrameLost,
    Picture,
    PictureTransform,
    Presence,
    SeenFile,
    UnknownReason,
)

FILE = SeenFile(Path("clip.mp4"), 1, 2, size_bytes=3, mtime_ns=4, ctime_ns=5)


def shown(*frames: int) -> list[Shown]:
    return [Shown(Picture(pts, b"", 16, 16), pts / 10) for pts in frames]


def asks(*tags: str, frames: tuple[int, ...] = (7,)) -> list[Ask]:
    return [Ask(AskId(n), frames, templates.presence(tag)) for n, tag in enumerate(tags)]


@pytest.mark.parametrize("start", [0, 999])
@pytest.mark.parametrize("rate", [10, Fraction(30_000, 1001)])
def test_footage_is_sampled_evenly_from_the_first_frame(rate: Fraction | int, start: int) -> None:
    footage = make_footage(10.0, rate, 3, start=start)
    media, frames = footage.media, footage.frames
    assert media.frame_count == len(frames) == round(10 * rate)
    assert media.duration_s == pytest.approx(10, abs=0.05)
    assert media.clock.seconds(frames.pts[0]) == 0.0
    assert media.lost_s == 0.0
    assert all(frames.holds(pts) for pts in (*footage.sample, *frames.keyframes))
    seconds = [media.clock.seconds(pts) for pts in footage.sample]
    assert seconds == pytest.approx([0, 3, 6, 9], abs=0.04)


def test_footage_of_another_name_is_another_media() -> None:
    assert make_footage() == make_footage()
    assert make_footage(name="a").media.digest != make_footage(name="b").media.digest


async def test_a_source_gives_each_frame_once_and_says_which_are_lost() -> None:
    footage = make_footage(3, 10, 1)
    source = FakeSource(footage, lost=[footage.sample[1]])
    port: MediaSource = source
    media, index = await port.probe(FILE)
    assert (media, index) == (footage.media, footage.frames)
    reader: FrameReader = port.open(FILE, index)
    given = [item async for item in reader.read(footage.sample, PictureTransform())]
    assert [item.pts for item in given] == list(footage.sample)
    assert [isinstance(item, FrameLost) for item in given] == [False, True, False]
    first = given[0]
    assert isinstance(first, Picture)
    assert simplejpeg.decode_jpeg(first.jpeg).shape == (first.height, first.width, 3)
    await reader.aclose()
    assert source.readers[0].closed
    assert source.readers[0].read_frames == list(footage.sample)


async def test_a_reader_refuses_a_frame_that_is_not_in_its_index() -> None:
    reader = FakeReader(make_footage().frames)
    with pytest.raises(ValueError, match="pts 1"):
        _ = [item async for item in reader.read([1], PictureTransform())]


async def test_an_endpoint_says_what_its_script_says() -> None:
    failed = AskFailed(UnknownReason.UNSUPPORTED, "no")
    fake = FakeEndpoint(
        lambda frames, question: Presence(0.9) if question["tag"] == "car" else failed
    )
    port: Endpoint = fake
    reply = await port.answer(shown(7), asks("car", "dog"))
    answer, refusal = reply.outcomes
    assert isinstance(answer, Answer)
    assert (answer.value, answer.call, answer.model) == (Presence(0.9), reply.call.id, port.model)
    assert refusal is failed
    assert [(e.frames, e.seconds) for e in fake.exchanges] == [((7,), (0.7,))]
    assert [question["tag"] for question in fake.exchanges[0].questions] == ["car", "dog"]
    await port.aclose()
    assert fake.closed


async def test_a_scripted_error_fails_the_exchange() -> None:
    fake = FakeEndpoint(lambda frames, question: RateLimited("slow down"))
    with pytest.raises(RateLimited):
        await fake.answer(shown(7), asks("car"))
    assert fake.in_flight == 0


async def test_asks_about_other_frames_are_refused() -> None:
    fake = FakeEndpoint(lambda frames, question: Presence(1.0))
    with pytest.raises(ValueError, match="not about the frames shown"):
        await fake.answer(shown(7), asks("car", frames=(8,)))


async def test_exchanges_in_flight_are_counted() -> None:
    gate = asyncio.Event()
    fake = FakeEndpoint(lambda frames, question: Presence(1.0), pause=gate.wait)
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(fake.answer(shown(7), asks("car")))
        await asyncio.sleep(0)
        assert fake.in_flight == 3
        gate.set()
    assert (fake.in_flight, fake.peak_in_flight) == (0, 3)
