from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange
from clips import pattern
from numpy.typing import NDArray

from sightline.media.codec.measure import Measured, Meter
from sightline.media.sampling import Motion, sample, to_measure
from sightline.values import Clock, FrameIndex, Sharing, Signals

Rgb = NDArray[np.uint8]

FORMATS = [
    "yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuvj444p", "yuv411p", "yuv420p10le",
    "yuv422p10le", "yuv444p12le", "nv12", "p010le", "yuyv422", "gray", "gray10le", "ya8",
    "rgb24", "bgra", "rgb8", "gbrp", "rgb48le", "yuva420p", "monob",
]  # fmt: skip
SIZES = [
    (1920, 1080), (1081, 1921), (853, 481), (481, 241), (480, 120), (640, 119), (479, 640),
    (161, 97), (3, 3), (1, 1), (1, 700), (4001, 2), (2, 4001),
]  # fmt: skip


def frame_of(pixels: Rgb, pixel_format: str = "yuv420p") -> VideoFrame:
    frame = VideoFrame.from_ndarray(np.ascontiguousarray(pixels), "rgb24")
    return frame if pixel_format == "rgb24" else frame.reformat(format=pixel_format)


def flat(level: int, size: tuple[int, int] = (640, 360)) -> Rgb:
    return np.full((size[1], size[0], 3), level, np.uint8)


def measured(frames: Sequence[VideoFrame], sharing: Sharing | None = None) -> list[Measured]:
    meter = Meter(sharing)
    return [meter.measure(frame, 100 + 40 * n) for n, frame in enumerate(frames)]


def squared(pixels: Rgb, at: tuple[float, float], level: int, side: float = 0.25) -> Rgb:
    """With a square in it; place and side as shares of the width and height."""
    height, width = pixels.shape[:2]
    x, y = int(at[0] * width), int(at[1] * height)
    changed = pixels.copy()
    changed[y : y + int(side * height), x : x + int(side * width)] = level
    return changed


@pytest.mark.parametrize("pixel_format", FORMATS)
@pytest.mark.parametrize("size", [(640, 360), (159, 97)])
def test_every_pixel_format_is_measured(pixel_format: str, size: tuple[int, int]) -> None:
    picture = pattern(5, size)
    frames = [
        frame_of(pixels, pixel_format)
        for pixels in (picture, picture, squared(picture, (0.5, 0.5), 250), 255 - picture)
    ]
    first, same, changed, inverted = measured(frames, Sharing())
    assert same == (140, first.brightness, first.sharpness, 0.0, 0.0, first.pts)
    assert changed.alike_to == changed.pts
    assert changed.motion > 0.5
    assert inverted.alike_to == inverted.pts
    assert inverted.change > 10
    assert 20 < first.brightness < 235


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "yuv444p", "rgb24"])
def test_every_size_is_measured(size: tuple[int, int], pixel_format: str) -> None:
    dark, again, light = measured(
        [frame_of(flat(level, size), pixel_format) for level in (40, 40, 200)], Sharing()
    )
    assert again.alike_to == dark.pts
    assert light.alike_to == light.pts
    assert dark.brightness == pytest.approx(40, abs=4)
    assert light.brightness == pytest.approx(200, abs=4)
    assert light.motion == pytest.approx(160 * 219 / 255, abs=4)
    assert light.change == pytest.approx(light.motion, abs=1)


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (854, 480), (640, 360), (1000, 563)])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv420p10le"])
def test_no_part_of_the_picture_is_out_of_sight(size: tuple[int, int], pixel_format: str) -> None:
    """A square of 1/40 of the longer side, anywhere, also at the edges and in the corners."""
    empty = flat(90, size)
    side = max(size) // 40
    for x in np.linspace(0, size[0] - side, 6).astype(int):
        for y in np.linspace(0, size[1] - side, 6).astype(int):
            changed = empty.copy()
            changed[y : y + side, x : x + side] = 140
            frames = [frame_of(pixels, pixel_format) for pixels in (empty, changed)]
            before, after = measured(frames, Sharing())
            assert after.alike_to == after.pts, (x, y)
            assert before.alike_to == before.pts


@pytest.mark.parametrize("size", [(640, 360), (200, 100)])
def test_brightness_is_of_the_picture_not_of_its_coding(size: tuple[int, int]) -> None:
    for pixel_format in ("yuv420p", "yuvj420p", "yuv420p10le", "rgb24", "gray"):
        for level in (0, 128, 255):
            (row,) = measured([frame_of(flat(level, size), pixel_format)])
            assert row.brightness == pytest.approx(level, abs=2), (pixel_format, level)


def test_full_range_is_known_by_its_tag() -> None:
    frame = frame_of(flat(0), "yuvj420p")
    tagged = frame.reformat(format="yuv420p", dst_color_range=ColorRange.JPEG)
    (row,) = measured([tagged])
    assert row.brightness == 0


def test_a_blurred_picture_is_less_sharp() -> None:
    rng = np.random.default_rng(1)
    sharp = np.repeat(np.repeat(rng.integers(0, 255, (90, 160, 1), np.uint8), 4, 0), 4, 1)
    sharp = np.repeat(sharp, 3, axis=2)
    small = frame_of(sharp).reformat(40, 22, interpolation="AREA")
    blurred = small.reformat(640, 360, interpolation="BICUBIC")
    rows = measured([frame_of(sharp), blurred, frame_of(flat(120))])
    assert rows[0].sharpness > 2 * rows[1].sharpness > 0
    assert rows[2].sharpness == 0


def test_motion_is_to_the_frame_before_and_sharing_to_the_representative() -> None:
    frames = [frame_of(flat(level), "yuvj420p") for level in (100, 103, 106, 109, 112)]
    rows = measured(frames, Sharing(within=6.0))
    assert [row.alike_to for row in rows] == [100, 100, 100, 220, 220]
    assert [row.motion for row in rows] == [0.0, 3.0, 3.0, 3.0, 3.0]


def test_without_sharing_each_frame_is_its_own() -> None:
    rows = measured([frame_of(flat(100))] * 3)
    assert [row.alike_to for row in rows] == [row.pts for row in rows]


def test_alike_up_to_the_threshold_itself() -> None:
    frames = [frame_of(flat(level), "yuvj420p") for level in (100, 106)]
    assert measured(frames, Sharing(within=6.0))[1].alike_to == 100
    assert measured(frames, Sharing(within=5.9))[1].alike_to == 140
    assert measured(frames[:1] * 2, Sharing(within=0.0))[1].alike_to == 100


def test_another_size_or_format_begins_a_group() -> None:
    shapes = [
        (640, 360, "yuv420p"), (320, 180, "yuv420p"), (320, 180, "yuv444p"), (360, 640, "rgb24"),
        (360, 640, "rgb24"), (640, 360, "yuv420p"),
    ]  # fmt: skip
    frames = [frame_of(flat(90, (width, height)), pixels) for width, height, pixels in shapes]
    rows = measured(frames, Sharing())
    assert [row.alike_to for row in rows] == [100, 140, 180, 220, 220, 300]


def test_measures_do_not_depend_on_frames_before() -> None:
    """But for what is a difference: nothing is left over in a buffer."""
    frames = [frame_of(pattern(n, (640, 360))) for n in range(4)]
    alone = [measured([frame])[0] for frame in frames]
    for row, own in zip(measured(frames), alone, strict=True):
        assert (row.brightness, row.sharpness) == (own.brightness, own.sharpness)


@pytest.mark.parametrize("size", [(640, 360), (120, 90)])
def test_a_change_of_transparency_alone_is_a_change(size: tuple[int, int]) -> None:
    """What is hidden is shown on white, whatever colour it has."""
    rgba = np.zeros((size[1], size[0], 4), np.uint8)
    rgba[..., 3] = 255
    hidden = rgba.copy()
    hidden[: size[1] // 4, : size[0] // 4, 3] = 0
    frames = [VideoFrame.from_ndarray(pixels, "rgba") for pixels in (rgba, hidden)]
    for pixel_format in ("rgba", "yuva420p"):
        shown = [frame.reformat(format=pixel_format) for frame in frames]
        assert measured(shown, Sharing())[1].alike_to == 140


def test_a_frame_is_left_as_it_was() -> None:
    """The picture for the model is made from it afterwards."""
    for pixel_format in ("yuv420p", "bgra", "yuv420p10le"):
        frame = frame_of(pattern(3, (640, 360)), pixel_format)
        before = frame.to_ndarray(format="rgb24").copy()
        measured([frame, frame], Sharing())
        assert np.array_equal(frame.to_ndarray(format="rgb24"), before)


def test_the_policy_by_motion_finds_what_moves() -> None:
    """From the pictures to the choice: three short movements in 300 frames."""
    moving = {60: 0.2, 61: 0.4, 150: 0.2, 151: 0.6, 240: 0.1, 241: 0.5}
    still = squared(flat(90), (0.5, 0.1), 200)
    index = FrameIndex(range(300), [0], 300)
    policy = Motion(3)
    frames = to_measure(policy, index)
    assert frames is not None
    meter = Meter(None)
    at = 0.5
    rows: list[Measured] = []
    for pts in frames:
        at = moving.get(pts, at)
        pixels = squared(flat(90), (at, 0.1), 200) if pts in moving else still
        rows.append(meter.measure(frame_of(pixels), pts))
    pts, brightness, sharpness, motion, change, alike = zip(*rows, strict=True)
    signals = Signals(pts, brightness, sharpness, motion, change, alike, None)
    chosen = sample(policy, index, Clock(Fraction(1, 25)), signals)
    assert all(any(abs(frame - middle) <= 2 for middle in (61, 151, 241)) for frame in chosen)
    assert len(chosen) == 3
