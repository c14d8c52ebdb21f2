import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
import simplejpeg
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from sightline.media.codec import encode
from sightline.media.codec.encode import JpegEncoder, display_size, fit
from sightline.values import Clock, Jpeg, Picture, PictureTransform

COLOURS = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "grey": (128, 128, 128),
}
SQUARE = Fraction(1)
CLOCK = Clock(Fraction(1, 1000), start=500)


def flat(colour: tuple[int, int, int], size: tuple[int, int] = (64, 48)) -> VideoFrame:
    pixels = np.full((size[1], size[0], 3), colour, np.uint8)
    return VideoFrame.from_ndarray(pixels, "rgb24")


def shown(
    frame: VideoFrame, aspect: Fraction = SQUARE, transform: PictureTransform | None = None
) -> NDArray[np.uint8]:
    encoder = JpegEncoder(aspect, CLOCK)
    picture = encoder.encode(frame, transform or PictureTransform(), Jpeg(), pts=7)
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


def noise(size: tuple[int, int], seed: int = 1) -> VideoFrame:
    """What JPEG packs worst."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return VideoFrame.from_ndarray(pixels, "rgb24").reformat(format="yuv420p")


def packed(
    frame: VideoFrame, jpeg: Jpeg, transform: PictureTransform = PictureTransform(), pts: int = 500
) -> Picture:
    return JpegEncoder(SQUARE, CLOCK).encode(frame, transform, jpeg, pts=pts)


def test_quality_is_what_was_asked_for() -> None:
    sizes = [len(packed(noise((320, 240)), Jpeg(quality)).jpeg) for quality in (10, 50, 85, 100)]
    assert sizes == sorted(set(sizes))


def test_a_budget_costs_quality_before_it_costs_size() -> None:
    frame = noise((320, 240))
    free = packed(frame, Jpeg(90))
    assert packed(frame, Jpeg(90, len(free.jpeg))) == free
    tight = packed(frame, Jpeg(90, len(free.jpeg) // 2))
    assert len(tight.jpeg) <= len(free.jpeg) // 2
    assert (tight.width, tight.height) == (320, 240)


@pytest.mark.parametrize("stamped", [False, True])
@pytest.mark.parametrize("size", [(1920, 1080), (401, 903), (4000, 3), (1, 1)])
@pytest.mark.parametrize("budget", [1024, 1500, 5000, 20_000])
def test_every_budget_is_kept_and_the_size_told_is_true(
    budget: int, size: tuple[int, int], stamped: bool
) -> None:
    frame = noise(size)
    transform = PictureTransform(2000, stamped)
    picture = packed(frame, Jpeg(95, budget), transform)
    assert len(picture.jpeg) <= budget
    height, width, _, _ = simplejpeg.decode_jpeg_header(picture.jpeg)
    assert (picture.width, picture.height) == (width, height)
    assert picture == packed(frame, Jpeg(95, budget), transform)


def test_a_shrunk_picture_keeps_its_shape_and_uses_its_budget() -> None:
    picture = packed(noise((1600, 900)), Jpeg(85, 8000), PictureTransform(1600))
    assert picture.width / picture.height == pytest.approx(16 / 9, rel=0.03)
    assert len(picture.jpeg) > 4000


def test_a_budget_below_any_jpeg_gives_a_small_one() -> None:
    assert len(packed(noise((640, 480)), Jpeg(85, 1)).jpeg) <= 1024


def stamp_box(pixels: NDArray[np.uint8]) -> tuple[int, int]:
    """Width and height of the black box in the lower left corner of a grey picture."""
    dark = pixels.max(axis=2) < 60
    row, column = dark[-2], dark[:, 1]
    return int(np.argmin(row)), int(np.argmin(column[::-1]))


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (640, 360), (129, 97)])
def test_a_stamp_lies_in_the_corner_and_leaves_the_rest_alone(size: tuple[int, int]) -> None:
    plain = shown(flat(COLOURS["grey"], size))
    stamped = shown(flat(COLOURS["grey"], size), transform=PictureTransform(stamped=True))
    assert stamped.shape == plain.shape
    width, height = stamp_box(stamped)
    assert 10 <= height <= max(20, plain.shape[0] // 8)
    assert 20 <= width <= max(64, plain.shape[1] // 3)
    box = stamped[-height:, :width]
    assert box.max() > 220
    assert box.min() < 20
    # Blocks of 16 pixels beside the box may ring a little.
    assert_close(stamped[: -height - 16], COLOURS["grey"])
    assert_close(stamped[:, width + 16 :], COLOURS["grey"])


def test_a_stamp_tells_the_time_since_the_first_frame() -> None:
    def corner(pts: int) -> NDArray[np.uint8]:
        picture = packed(
            flat(COLOURS["grey"], (512, 288)), Jpeg(), PictureTransform(512, True), pts
        )
        return simplejpeg.decode_jpeg(picture.jpeg)[-40:, :120].astype(int)

    assert np.array_equal(corner(1500), corner(1540))  # both 0:01.0
    assert np.abs(corner(1500) - corner(1700)).max() > 150
    assert stamp_box(corner(500))[0] < stamp_box(corner(3_700_500))[0]  # 0:00.0 and 1:01:40.0


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_stamp_is_upright_whatever_the_file_stores(
    monkeypatch: pytest.MonkeyPatch, rotation: int
) -> None:
    size = (300, 400) if rotation % 180 else (400, 300)
    frame = flat(COLOURS["grey"], size)

    def turns(frame: VideoFrame) -> int:
        return rotation // 90

    monkeypatch.setattr(encode, "quarter_turns", turns)
    upright = shown(flat(COLOURS["grey"], (400, 300)), transform=PictureTransform(stamped=True))
    turned = shown(frame, transform=PictureTransform(stamped=True))
    assert stamp_box(turned) == stamp_box(upright)


def test_a_stamp_is_no_mark_on_the_decoders_own_frame() -> None:
    frame = flat(COLOURS["grey"], (64, 64)).reformat(format="yuvj420p")
    frame.colorspace = 5  # BT.601, so that it is passed on as it is
    before = frame.to_ndarray()
    packed(frame, Jpeg(), PictureTransform(64, stamped=True))
    assert np.array_equal(frame.to_ndarray(), before)


@pytest.mark.parametrize("size", [(1, 1), (3, 90), (90, 3), (20, 20)])
def test_a_stamp_in_a_tiny_picture_is_cut_and_not_an_error(size: tuple[int, int]) -> None:
    assert shown(flat(COLOURS["blue"], size), transform=PictureTransform(stamped=True)).size


def test_threads_with_an_encoder_each_give_what_one_gives() -> None:
    frames = [noise((321, 199), seed) for seed in range(12)]
    transform = PictureTransform(160, stamped=True)
    alone = [packed(frame, Jpeg(80, 6000), transform) for frame in frames]

    def pack(frame: VideoFrame) -> Picture:
        return packed(frame, Jpeg(80, 6000), transform)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(pack, frames * 4)) == alone * 4
