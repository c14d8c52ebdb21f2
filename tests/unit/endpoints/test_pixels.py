"""The pixels engine on pictures whose content is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import simplejpeg
from numpy.typing import NDArray

from sightline.endpoints.pixels import PixelsEndpoint
from sightline.errors import RequestRejected
from sightline.ports import Shown
from sightline.prompts import templates
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    AskId,
    Method,
    Picture,
    Presence,
    Question,
    Text,
    UnknownReason,
    Usage,
)

Rgb = NDArray[np.uint8]
HEIGHT, WIDTH = 144, 256
PAINTS = {
    "black": (5, 5, 5),
    "white": (250, 250, 250),
    "grey": (128, 128, 128),
    "brown": (110, 70, 35),
    "red": (210, 20, 25),
    "orange": (245, 140, 20),
    "yellow": (240, 225, 40),
    "green": (40, 160, 60),
    "cyan": (30, 200, 210),
    "blue": (30, 70, 200),
    "purple": (120, 40, 170),
    "pink": (250, 150, 190),
}


def flat(rgb: tuple[int, int, int]) -> Rgb:
    return np.full((HEIGHT, WIDTH, 3), rgb, np.uint8)


def noise(low: int = 0, high: int = 256, *, grey: bool = False) -> Rgb:
    shape = (HEIGHT, WIDTH, 1 if grey else 3)
    drawn = np.random.default_rng(7).integers(low, high, shape, dtype=np.uint8)
    return np.ascontiguousarray(np.broadcast_to(drawn, (HEIGHT, WIDTH, 3)))


def blurred(rgb: Rgb, reach: int = 6) -> Rgb:
    out = rgb.astype(np.float64)
    for axis in (0, 1):
        out = sum(np.roll(out, d, axis) for d in range(-reach, reach + 1)) / (2 * reach + 1)
    return np.asarray(out, np.float64).astype(np.uint8)


def shown(*pictures: Rgb) -> list[Shown]:
    return [
        Shown(Picture(i, simplejpeg.encode_jpeg(p, 85), p.shape[1], p.shape[0]), float(i))
        for i, p in enumerate(pictures)
    ]


async def outcomes(questions: Sequence[Question], *pictures: Rgb) -> tuple[Answer | AskFailed, ...]:
    frames = tuple(range(len(pictures)))
    asks = [Ask(AskId(i), frames, question) for i, question in enumerate(questions)]
    return (await PixelsEndpoint().answer(shown(*pictures), asks)).outcomes


async def sure(tag: str, *pictures: Rgb) -> float:
    (outcome,) = await outcomes([templates.presence(tag)], *pictures)
    assert isinstance(outcome, Answer)
    assert isinstance(outcome.value, Presence)
    return outcome.value.probability


async def words(*pictures: Rgb) -> str:
    (outcome,) = await outcomes([templates.describe()], *pictures)
    assert isinstance(outcome, Answer)
    assert isinstance(outcome.value, Text)
    return outcome.value.text


@pytest.mark.parametrize("painted", PAINTS)
async def test_each_colour_is_found_where_it_is_and_nowhere_else(painted: str) -> None:
    tags = [templates.presence(name) for name in PAINTS]
    found = await outcomes(tags, flat(PAINTS[painted]))
    probabilities = {
        name: outcome.value.probability
        for name, outcome in zip(PAINTS, found, strict=True)
        if isinstance(outcome, Answer) and isinstance(outcome.value, Presence)
    }
    assert probabilities.pop(painted) > 0.95
    assert max(probabilities.values()) < 0.05


async def test_a_colour_counts_by_the_area_it_covers() -> None:
    def patch(height: int, width: int) -> Rgb:
        picture = flat(PAINTS["grey"])
        picture[:height, :width] = PAINTS["red"]
        return picture

    shares = [(8, 16), (48, 40), (72, 128)]  # 0.3 %, 5 %, 25 %
    rising = [await sure("red", patch(*share)) for share in shares]
    assert rising == [pytest.approx(p, abs=0.1) for p in (0.0, 0.5, 1.0)]


async def test_brightness() -> None:
    assert await sure("dark", flat((20, 20, 30))) > 0.95
    assert await sure("dark", flat((115, 115, 115))) < 0.05
    assert await sure("bright", flat((210, 210, 200))) > 0.95
    assert await sure("bright", flat((115, 115, 115))) < 0.05
    assert await sure("a black screen", flat((3, 3, 3))) > 0.95
    half = flat((3, 3, 3))
    half[:, : WIDTH // 2] = 200
    assert await sure("black screen", half) < 0.05


async def test_colourful_and_monochrome() -> None:
    assert await sure("colorful", noise()) > 0.95
    assert await sure("colourful", noise(grey=True)) < 0.05
    assert await sure("black and white", noise(grey=True)) > 0.95
    assert await sure("monochrome", noise()) < 0.05


async def test_contrast() -> None:
    steps = flat((0, 0, 0))
    steps[:, WIDTH // 2 :] = 255
    assert await sure("high contrast", steps) > 0.95
    assert await sure("low-contrast", steps) < 0.05
    assert await sure("low contrast", noise(110, 140, grey=True)) > 0.95
    assert await sure("high contrast", noise(110, 140, grey=True)) < 0.05


async def test_sharpness_does_not_depend_on_contrast() -> None:
    tiles = np.repeat(np.repeat(noise(grey=True)[::16, ::16], 16, axis=0), 16, axis=1)
    for picture in (tiles, tiles // 2 + 60):
        assert await sure("sharp", picture) > 0.95
        assert await sure("blurry", picture) < 0.05
        soft = blurred(blurred(picture))  # one box blur alone leaves kinks
        assert await sure("blurry", soft) > 0.9
        assert await sure("sharp", soft) < 0.1


async def test_of_several_pictures_one_is_enough() -> None:
    assert await sure("red", flat(PAINTS["blue"]), flat(PAINTS["red"])) > 0.95


@pytest.mark.parametrize(
    "tag", ["car", "red car", "a dark alley", "night", "blue sky", "person", "", "sharp knife"]
)
async def test_what_it_cannot_measure_is_unsupported_with_the_way_out(tag: str) -> None:
    (outcome,) = await outcomes([templates.presence(tag)], flat(PAINTS["red"]))
    assert isinstance(outcome, AskFailed)
    assert outcome.reason is UnknownReason.UNSUPPORTED
    assert repr(tag) in outcome.detail
    assert "Attach a model" in outcome.detail


@pytest.mark.parametrize("level", [0, 90, 255])
async def test_in_a_picture_of_one_tone_nothing_is_sharp_and_nothing_blurry(level: int) -> None:
    assert await sure("sharp", flat((level, level, level))) < 0.05
    assert await sure("blurry", flat((level, level, level))) < 0.05


async def test_one_exchange_answers_what_it_can_and_refuses_the_rest() -> None:
    asks = [
        Ask(AskId(0), (0,), templates.presence("Red")),
        Ask(AskId(1), (0,), templates.presence("car")),
    ]
    reply = await PixelsEndpoint().answer(shown(flat(PAINTS["red"])), asks)
    red, car = reply.outcomes
    assert isinstance(red, Answer)
    assert isinstance(car, AskFailed)
    assert (red.model, red.endpoint, red.method) == ("pixels-1", "pixels", Method.MEASURED)
    assert red.call == reply.call.id
    assert reply.call.usage == Usage()
    assert "red 1.000" in reply.call.raw


async def test_a_question_in_words_is_unsupported() -> None:
    (outcome,) = await outcomes([templates.answer("What happens?")], flat(PAINTS["red"]))
    assert isinstance(outcome, AskFailed)
    assert outcome.reason is UnknownReason.UNSUPPORTED


async def test_a_description_says_only_what_is_measured() -> None:
    assert await words(flat((4, 4, 4))) == "Black screen, mostly black."
    half = flat(PAINTS["blue"])
    half[: HEIGHT // 2] = PAINTS["white"]
    assert (await words(half)).startswith("Bright, mostly white and blue")
    assert (await words(noise(grey=True))).endswith("; sharp.")


async def test_a_description_of_several_pictures_says_what_changes_and_where() -> None:
    before, after = flat((60, 60, 60)), flat((60, 60, 60))
    after[: HEIGHT // 3, -WIDTH // 3 :] = 240
    assert "most in the upper right." in await words(before, after)
    assert "Next to nothing changes" in await words(before, before)
    assert "differ in size" in await words(before, before[:64].copy())


async def test_what_is_no_jpeg_is_rejected_by_its_frame() -> None:
    broken = [Shown(Picture(42, b"not a jpeg", 1, 1), 0.0)]
    with pytest.raises(RequestRejected, match="frame 42"):
        await PixelsEndpoint().answer(broken, [Ask(AskId(0), (42,), templates.presence("red"))])


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (3, 3)])
async def test_pictures_of_any_size_are_measured(size: tuple[int, int]) -> None:
    assert await sure("red", np.full((*size, 3), PAINTS["red"], np.uint8)) > 0.9
