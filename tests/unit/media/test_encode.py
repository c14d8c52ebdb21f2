import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
import simplejpeg
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from sightline.media.encode import JpegEncoder, display_size, fit
from sightline.values import PictureTransform

COLOURS = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "grey": (128, 128, 128),
}
SQUARE = Fraction(1)


def flat(colour: tuple[int, int, int], size: tuple[int, int] = (64, 48)) -> VideoFrame:
    pixels = np.full((size[1], size[0], 3), colour, np.uint8)
    return VideoFrame.from_ndarray(pixels, "rgb24")


def shown(
    frame: VideoFrame, aspect: Fraction = SQUARE, transform: PictureTransform | None = None
) -> NDArray[np.uint8]:
    picture = JpegEncoder(aspect).encode(frame, transform or PictureTransform(), pts=7)
    pixels = simplejpeg.decode_jpeg(picture.jpeg)
    assert picture.pts == 7
    assert pixels.shape == (picture.height, picture.width, 3)
    return pixels


def assert_close(pixels: NDArray[np.uint8], colour: tuple[int, int, int]) -> None:
    assert np.abs(pixels.astype(int) - np.array(colour)).max() <= 4


@pytest.mark.parametrize("name", COLOURS)
@pytest.mark.parametrize(
    "pixel_format",
    [
        "yuv420p",
        "yuvj420p",
        "yuv422p",
        "yuv444p",
        "yuv420p10le",
        "yuva420p",
        "nv12",
        "gbrp",
        "rgba",
    ],
)
@pytest.mark.parametrize("space", ["itu709", "itu601"])
def test_colours_survive(name: str, pixel_format: str, space: str) -> None:
    frame = flat(COLOURS[name]).reformat(format=pixel_format, dst_colorspace=space)
    assert_close(shown(frame), COLOURS[name])


@pytest.mark.parametrize(("size", "space"), [((1280, 720), "itu709"), ((640, 480), "itu601")])
def test_untagged_video_is_seen_as_players_do(size: tuple[int, int], space: str) -> None:
    frame = flat(COLOURS["red"], size).reformat(format="yuv420p", dst_colorspace=space)
    frame.colorspace = 2
    assert_close(shown(frame), COLOURS["red"])


@pytest.mark.parametrize("level", [0, 90, 255])
def test_grey_stays_grey(level: int) -> None:
    frame = VideoFrame.from_ndarray(np.full((48, 64), level, np.uint8), "gray")
    assert_close(shown(frame), (level, level, level))


def test_what_is_transparent_is_white() -> None:
    pixels = np.zeros((40, 40, 4), np.uint8)
    pixels[:, :20] = (255, 0, 0, 255)
    result = shown(VideoFrame.from_ndarray(pixels, "rgba"))
    assert_close(result[:, :16], COLOURS["red"])
    assert_close(result[:, 24:], COLOURS["white"])


def test_to_put_a_picture_on_white_takes_little_memory_and_leaves_it_as_it_was() -> None:
    pixels = np.full((2000, 1000, 4), (255, 0, 0, 0), np.uint8)
    frame = VideoFrame.from_ndarray(pixels, "rgba")
    tracemalloc.start()
    result = shown(frame)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert_close(result, COLOURS["white"])
    assert np.array_equal(frame.to_ndarray(), pixels)
    assert peak < pixels.nbytes / 2


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (159, 97), (641, 359), (2, 900), (900, 2)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    pixels = shown(flat(COLOURS["blue"], size))
    assert_close(pixels, COLOURS["blue"])


@pytest.mark.parametrize(
    ("size", "longest", "expected"),
    [
        ((1920, 1080), 512, (512, 288)),
        ((1080, 1920), 512, (288, 512)),
        ((320, 240), 512, (320, 240)),
        ((512, 10), 512, (512, 10)),
        ((5000, 3), 512, (512, 1)),
    ],
)
def test_fit_keeps_the_shape_and_never_enlarges(
    size: tuple[int, int], longest: int, expected: tuple[int, int]
) -> None:
    assert fit(size, PictureTransform(longest)) == expected


def test_pixel_aspect_widens() -> None:
    frame = flat(COLOURS["green"], (720, 576))
    assert display_size(frame, Fraction(16, 15)) == (768, 576)
    assert shown(frame, Fraction(16, 15)).shape == (384, 512, 3)
    assert shown(frame, Fraction(1, 2), PictureTransform(1000)).shape == (576, 360, 3)


def test_a_fine_pattern_averages_instead_of_aliasing() -> None:
    stripes = np.zeros((800, 800, 3), np.uint8)
    stripes[:, ::2] = 255
    small = shown(VideoFrame.from_ndarray(stripes, "rgb24"), transform=PictureTransform(200))
    assert np.abs(small.astype(int) - 127).max() <= 6
