"""Contact sheets, looked at through the pixels of the file that is written."""

from io import BytesIO

import numpy as np
import pytest
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from sightline.errors import InputError
from sightline.media.sheet import MARK, MOST_PIXELS, MOST_TILES, Tile, draw, packed, plan
from sightline.values import Picture

HD = (1920, 1080)
UPRIGHT = (1080, 1920)


def picture(colour: tuple[int, int, int], size: tuple[int, int]) -> Picture:
    pixels = np.full((size[1], size[0], 3), colour, np.uint8)
    return Picture(0, simplejpeg.encode_jpeg(pixels, quality=95), *size)


def drawn(tiles: list[Tile], columns: int, suffix: str = ".png") -> NDArray[np.uint8]:
    content = packed(draw("a clip.mp4", "0:10.0 - 64 x 36", tiles, columns), suffix)
    with Image.open(BytesIO(content)) as image:
        return np.asarray(image.convert("RGB"))


def count_of(pixels: NDArray[np.uint8], colour: tuple[int, int, int]) -> int:
    return int((np.abs(pixels.astype(int) - colour).max(axis=2) < 12).sum())


def test_every_tile_is_there_whole_and_in_order() -> None:
    colours = [(250, 20, 20), (20, 250, 20), (20, 20, 250), (250, 250, 20), (250, 20, 250)]
    tiles = [Tile(f"0:0{n}.0", picture(colour, (64, 36))) for n, colour in enumerate(colours)]
    pixels = drawn(tiles, columns=3)
    centres: list[tuple[float, float]] = []
    for colour in colours:
        rows, columns = np.nonzero(np.abs(pixels.astype(int) - colour).max(axis=2) < 12)
        assert len(rows) == 64 * 36
        centres.append((rows.mean(), columns.mean()))
    assert centres == sorted(centres)
    assert len({round(row) for row, _ in centres}) == 2


def test_pictures_of_every_shape_lie_whole_in_equal_cells() -> None:
    tiles = [
        Tile("0:00.0", picture((250, 20, 20), (80, 40))),
        Tile("0:01.0", picture((20, 250, 20), (40, 80))),
        Tile("0:02.0", picture((20, 20, 250), (10, 10))),
    ]
    pixels = drawn(tiles, columns=3)
    assert count_of(pixels, (250, 20, 20)) == 80 * 40
    assert count_of(pixels, (20, 250, 20)) == 40 * 80
    assert count_of(pixels, (20, 20, 250)) == 10 * 10
    middles = [
        np.nonzero(np.abs(pixels.astype(int) - colour).max(axis=2) < 12)
        for colour in ((250, 20, 20), (20, 250, 20), (20, 20, 250))
    ]
    assert len({round(rows.mean()) for rows, _ in middles}) == 1


def test_a_lost_frame_leaves_its_place_and_says_so() -> None:
    there, lost = Tile("0:00.0", picture((250, 20, 20), (64, 36))), Tile("0:01.0", None)
    whole, holed = drawn([there, there, there], 3), drawn([there, lost, there], 3)
    assert whole.shape == holed.shape
    assert count_of(holed, (250, 20, 20)) == 2 * 64 * 36
    assert not np.array_equal(drawn([lost], 1), drawn([Tile("", None)], 1))


def test_captions_and_the_title_are_written_and_fit() -> None:
    grey = picture((128, 128, 128), (64, 36))
    bare = drawn([Tile("", grey)] * 2, 2)
    told = drawn([Tile("0:00.0", grey)] * 2, 2)
    assert told.shape[0] > bare.shape[0]
    long = drawn([Tile("a very long name of a picture in an album.jpg", grey)] * 2, 2)
    assert long.shape == told.shape
    margin = long[:, :4], long[:, -4:]
    assert all(int(np.ptp(side.reshape(-1, 3), axis=0).max()) == 0 for side in margin)


@pytest.mark.parametrize("title", ["", "日本 ünïcode", "a" * 500, "line\nbreak"])
def test_any_title_can_be_drawn(title: str) -> None:
    tiles = [Tile("0:00.0", picture((128, 128, 128), (64, 36)))]
    assert draw(title, title, tiles, 1).width == draw("x", "x", tiles, 1).width


@pytest.mark.parametrize(("suffix", "kind"), [(".jpg", "JPEG"), (".PNG", "PNG"), ("", "JPEG")])
def test_a_sheet_is_of_the_kind_its_name_says_and_carries_the_mark(suffix: str, kind: str) -> None:
    content = packed(draw("x", "y", [Tile("", picture((9, 9, 9), (16, 16)))], 1), suffix)
    with Image.open(BytesIO(content)) as image:
        assert image.format == kind
    assert MARK in content[:4096]


@pytest.mark.parametrize(("size", "columns"), [(HD, 4), (UPRIGHT, 8), ((640, 480), 4)])
def test_sixteen_frames_make_a_full_grid_of_a_screens_shape(
    size: tuple[int, int], columns: int
) -> None:
    grid = plan(16, size)
    assert (grid.columns, grid.rows) == (columns, 16 // columns)


@pytest.mark.parametrize("size", [HD, UPRIGHT, (1000, 1000), (5000, 30), (3, 900)])
@pytest.mark.parametrize("count", [1, 2, 3, 7, 16, 100, MOST_TILES])
def test_every_plan_holds_all_its_tiles_and_is_bounded(count: int, size: tuple[int, int]) -> None:
    grid = plan(count, size)
    assert grid.columns * grid.rows >= count
    assert grid.columns * (grid.rows - 1) < count
    assert grid.side <= min(480, max(size))
    area = grid.columns * grid.rows * grid.side**2 * min(size) / max(size)
    assert area <= MOST_PIXELS


def test_columns_and_size_can_be_given() -> None:
    grid = plan(10, HD, columns=3, side=100)
    assert (grid.columns, grid.rows, grid.side) == (3, 4, 100)
    assert plan(2, HD, columns=50).columns == 2


@pytest.mark.parametrize("count", [0, MOST_TILES + 1])
def test_too_many_tiles_are_refused(count: int) -> None:
    with pytest.raises(InputError, match=f"1 to {MOST_TILES} frames"):
        plan(count, HD)


def test_an_absurd_size_is_refused_with_the_way_out() -> None:
    with pytest.raises(InputError, match=r"40 megapixels is the most.*--resize"):
        plan(400, HD, side=4000)
    with pytest.raises(InputError, match="smaller tiles"):
        draw("x", "y", [Tile("", Picture(0, b"", 8000, 6000))], 1)
    with pytest.raises(InputError, match="0 columns"):
        plan(4, HD, columns=0)
