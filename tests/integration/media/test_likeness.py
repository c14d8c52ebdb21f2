"""What must end a group of near-duplicates and what must not, in files as encoders leave them."""

# PyAV leaves the encoders' keyword arguments and the packets' streams without a type.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from sightline.media.codec.measure import Meter
from sightline.values import Sharing

Rgb = NDArray[np.uint8]

HD = 1920, 1080
SMALL = 640, 360
CHANGE_AT, LENGTH = 12, 24
X264 = {"preset": "veryfast", "g": "20"}
"""Key frames often: a picture that stands still is coded anew each time, a little different."""


def write(path: Path, pictures: Sequence[Rgb], *, crf: int = 26, codec: str = "libx264") -> Path:
    with av.open(str(path), "w") as container:
        options = {**X264, "crf": str(crf)} if codec == "libx264" else {"b": "4000000"}
        stream = container.add_stream(codec, rate=25, options=options)
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for n, picture in enumerate(pictures):
            frame = VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def groups(path: Path, sharing: Sharing | None = None) -> list[int]:
    """The numbers of the frames that begin a group; each group must be contiguous."""
    meter = Meter(sharing or Sharing())
    with av.open(str(path)) as container:
        alike = [meter.measure(f, n).alike_to for n, f in enumerate(container.decode(video=0))]
    assert alike == sorted(alike)
    assert all(representative <= n for n, representative in enumerate(alike))
    return sorted(set(alike))


def slide(size: tuple[int, int], lines: int = 6) -> Rgb:
    width, height = size
    image = Image.new("RGB", size, (248, 248, 244))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width, height // 8), (30, 60, 120))
    for n in range(lines):
        place = width // 16, height * (n + 2) // 9
        draw.text(place, f"{n + 1}. A point to be made", (30, 30, 30), font=font(height / 16))
    return np.asarray(image)


def scene(size: tuple[int, int]) -> Rgb:
    """Soft light, a few hard edges and some texture, like a room."""
    width, height = size
    rng = np.random.default_rng(5)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / height
    light = 70 + 60 * x / x.max() + 25 * np.sin(5 * y) * np.cos(3 * x)
    grain = np.repeat(np.repeat(rng.normal(0, 8, (height // 4 + 1, width // 4 + 1)), 4, 0), 4, 1)
    light += np.where(y > 0.6, grain[:height, :width], 0)
    light[int(height * 0.2) : int(height * 0.5), int(width * 0.1) : int(width * 0.2)] = 190
    tints = np.array([1.0, 0.95, 0.85], np.float32)
    return (light[..., None] * tints).clip(0, 255).astype(np.uint8)


def grey(size: tuple[int, int]) -> Rgb:
    return np.full((size[1], size[0], 3), 118, np.uint8)


BACKGROUNDS: Sequence[Callable[[tuple[int, int]], Rgb]] = slide, scene, grey


def font(size: float) -> ImageFont.FreeTypeFont:
    loaded = ImageFont.load_default(size)
    assert isinstance(loaded, ImageFont.FreeTypeFont)
    return loaded


def patched(picture: Rgb, change: tuple[int, int, int], side: int, at: tuple[float, float]) -> Rgb:
    """With a square `change` brighter in red, green and blue."""
    height, width = picture.shape[:2]
    x, y = int(at[0] * width), int(at[1] * height)
    result = picture.astype(np.int16)
    result[y : y + side, x : x + side] += np.array(change, np.int16)
    return result.clip(0, 255).astype(np.uint8)


def written_on(picture: Rgb, fill: tuple[int, int, int], height: int, *, outline: bool) -> Rgb:
    image = Image.fromarray(picture)
    place = picture.shape[1] * 3 // 8, picture.shape[0] * 5 // 6
    ImageDraw.Draw(image).text(
        place,
        "a line of text appears",
        fill,
        font=font(height),
        stroke_width=height // 16 if outline else 0,
        stroke_fill=(0, 0, 0),
    )
    return np.asarray(image)


def embossed_on(picture: Rgb, height: int) -> Rgb:
    """Letters with a light and a dark edge: the mean of every place stays what it was."""
    mask = Image.new("L", (picture.shape[1], picture.shape[0]))
    place = picture.shape[1] * 3 // 8, picture.shape[0] * 5 // 6
    ImageDraw.Draw(mask).text(place, "a line of text appears", 255, font=font(height))
    letters = np.asarray(mask).astype(np.float32) / 255
    relief = 90 * (letters - np.roll(letters, (0, 2), (0, 1)))
    return (picture + relief[..., None]).clip(0, 255).astype(np.uint8)


def then(before: Rgb, after: Rgb) -> list[Rgb]:
    return [before] * CHANGE_AT + [after] * (LENGTH - CHANGE_AT)


@pytest.mark.parametrize("crf", [23, 28])
@pytest.mark.parametrize("background", BACKGROUNDS)
def test_what_stands_still_is_one_group(
    tmp_path: Path, background: Callable[[tuple[int, int]], Rgb], crf: int
) -> None:
    assert groups(write(tmp_path / "still.mp4", [background(SMALL)] * 40, crf=crf)) == [0]


def test_a_still_hd_picture_in_an_older_codec_is_one_group(tmp_path: Path) -> None:
    path = write(tmp_path / "still.avi", [slide(HD)] * 15, codec="mpeg4")
    assert groups(path) == [0]


def test_the_noise_of_a_camera_does_not_end_a_group(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    room = scene(SMALL).astype(np.float32)

    def noisy() -> Iterator[Rgb]:
        for _ in range(30):
            noise = rng.normal(0, 2.5, (SMALL[1], SMALL[0], 1))
            yield (room + noise).clip(0, 255).astype(np.uint8)

    assert groups(write(tmp_path / "noise.mp4", list(noisy()), crf=23)) == [0]


def test_slides_are_one_group_each(tmp_path: Path) -> None:
    pictures = [slide(SMALL, lines) for lines in range(1, 7) for _ in range(30)]
    assert groups(write(tmp_path / "slides.mp4", pictures)) == list(range(0, 180, 30))


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("change", [(30, 30, 30), (-30, -30, -30)])
def test_a_small_object_ends_a_group(
    tmp_path: Path, background: Callable[[tuple[int, int]], Rgb], change: tuple[int, int, int]
) -> None:
    """1.5 % of the width, and not much lighter or darker than what is behind it."""
    before = background(HD)
    if background is slide:
        before = before - 30
    path = write(tmp_path / "object.mp4", then(before, patched(before, change, 29, (0.58, 0.57))))
    assert groups(path) == [0, CHANGE_AT]


@pytest.mark.parametrize("crf", [23, 28])
@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("kind", ["plain", "outlined", "embossed"])
def test_a_line_of_text_ends_a_group(
    tmp_path: Path, background: Callable[[tuple[int, int]], Rgb], kind: str, crf: int
) -> None:
    before = background(SMALL)
    match kind:
        case "plain":
            after = written_on(before, (150, 150, 150), 14, outline=False)
        case "outlined":
            after = written_on(before, (255, 255, 255), 20, outline=True)
        case _:
            after = embossed_on(before, 18)
    path = write(tmp_path / "text.mp4", then(before, after), crf=crf)
    assert groups(path) == [0, CHANGE_AT]


def test_fine_print_ends_a_group_in_hd(tmp_path: Path) -> None:
    before = grey(HD)
    after = written_on(before, (170, 170, 170), 24, outline=False)
    assert groups(write(tmp_path / "print.mp4", then(before, after))) == [0, CHANGE_AT]


@pytest.mark.parametrize("side", [18, 180])
def test_a_change_of_colour_alone_ends_a_group(tmp_path: Path, side: int) -> None:
    """Of the same luma (BT.601): red and green go apart."""
    before = grey(SMALL)
    after = patched(before, (45, -23, 0), side, (0.4, 0.3))
    luma = after.astype(np.float32) @ np.array([0.299, 0.587, 0.114])
    assert abs(luma - luma[0, 0]).max() < 0.5
    assert groups(write(tmp_path / "colour.mp4", then(before, after))) == [0, CHANGE_AT]


def test_a_slow_fade_ends_a_group_again_and_again(tmp_path: Path) -> None:
    """By a third of a level a frame: no frame differs from its neighbour."""
    room = scene(SMALL).astype(np.float32)
    pictures = [(room * (1 - n / 300)).astype(np.uint8) for n in range(180)]
    begun = groups(write(tmp_path / "fade.mp4", pictures))
    assert len(begun) >= 8
    assert max(np.diff([*begun, 180])) <= 40


def test_a_slow_change_in_one_corner_ends_a_group(tmp_path: Path) -> None:
    before = grey(SMALL)
    pictures = [patched(before, (n // 3, n // 3, n // 3), 40, (0.9, 0.85)) for n in range(60)]
    assert len(groups(write(tmp_path / "corner.mp4", pictures))) >= 3


def test_a_small_thing_that_creeps_ends_groups(tmp_path: Path) -> None:
    """A pixel in every second frame: in 24 it has moved by its own length."""
    before = scene(SMALL)
    pictures = [patched(before, (60, 60, 60), 12, (0.3 + n / 2 / SMALL[0], 0.3)) for n in range(72)]
    assert len(groups(write(tmp_path / "creep.mp4", pictures))) >= 3


def test_what_comes_back_is_a_group_of_its_own(tmp_path: Path) -> None:
    """Groups are contiguous: an answer never reaches across something else."""
    one, other = slide(SMALL, 2), slide(SMALL, 5)
    pictures = [one] * 10 + [other] * 10 + [one] * 10
    assert groups(write(tmp_path / "back.mp4", pictures)) == [0, 10, 20]


def test_the_threshold_is_a_setting(tmp_path: Path) -> None:
    before = grey(SMALL)
    path = write(
        tmp_path / "steps.mp4", then(before, patched(before, (12, 12, 12), 60, (0.3, 0.3)))
    )
    assert groups(path, Sharing(within=4.0)) == [0, CHANGE_AT]
    assert groups(path, Sharing(within=30.0)) == [0]
