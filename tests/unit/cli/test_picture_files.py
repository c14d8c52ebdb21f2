"""Files for frames: names that sort and are safe, marks, and nobody else's files."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from sightline.cli import pictures
from sightline.errors import OutputError
from sightline.values import Clock, FrameIndex

MS = Clock(Fraction(1, 1000), start=70)


def names_of(frames: list[int], name: str = "wedding.mp4", clock: Clock = MS) -> list[str]:
    index = FrameIndex(frames, frames[:1], frames[-1] + 1)
    names = pictures.Names(pictures.safe(Path(name).stem) or "media", clock, index, frames)
    return [names.of(pts) for pts in frames]


def test_a_name_tells_media_and_time() -> None:
    at = 12 * 60_000 + 3_400
    assert names_of([70, 70 + at]) == ["wedding 0-00-00.000.jpg", "wedding 0-12-03.400.jpg"]


@pytest.mark.parametrize(
    ("ticks_per_second", "step"), [(90_000, 3003), (1000, 1), (1_000_000, 1), (10**9, 7), (24, 1)]
)
def test_names_sort_as_times_and_none_is_given_twice(ticks_per_second: int, step: int) -> None:
    clock = Clock(Fraction(1, ticks_per_second), start=5)
    names = names_of([5 + step * n for n in range(2000)], clock=clock)
    assert all(before < after for before, after in pairwise(names))


def test_times_half_a_millisecond_apart_stay_apart() -> None:
    clock = Clock(Fraction(1, 2000))
    assert len(set(names_of([1, 2, 3, 4, 5], clock=clock))) == 5
    assert len(set(names_of([1, 3, 5, 7], clock=clock))) == 4


def test_names_of_many_hours_sort() -> None:
    names = names_of([70 + hour * 3_600_000 for hour in range(101)])
    assert names == sorted(names)
    assert names[9] == "wedding 009-00-00.000.jpg"


def test_pictures_of_a_set_keep_their_names() -> None:
    index = FrameIndex([0, 1000], [0, 1000], 2000, ("IMG_1.HEIC", "sub/a:b.png"))
    names = pictures.Names("album", Clock(Fraction(1, 1000)), index, index.pts)
    assert [names.of(pts) for pts in index.pts] == [
        "album 0-00-00.000 IMG_1.jpg",
        "album 0-00-01.000 a_b.jpg",
    ]


@pytest.mark.parametrize(
    "name",
    ["a:b?.mp4", "\x1b[31mred.mp4", "...mp4", "con\udcff.mp4", "\u202egpj.mp4", "x" * 251 + ".mp4",
     "日本" * 60 + ".mp4", " .mp4"],
)  # fmt: skip
def test_every_name_can_be_written_everywhere(name: str, tmp_path: Path) -> None:
    [made] = names_of([70], name)
    assert not set('<>:"/\\|?*\x1b\u202e\udcff') & set(made)
    assert not made.startswith((".", " "))
    assert len(made.encode()) <= 255
    pictures.write(tmp_path / made, b"x")
    assert [path.name for path in tmp_path.iterdir()] == [made]


def test_a_marked_jpeg_is_the_same_picture() -> None:
    pixels = np.arange(32 * 32 * 3, dtype=np.uint8).reshape(32, 32, 3)
    jpeg = simplejpeg.encode_jpeg(pixels)
    marked = pictures.marked(jpeg)
    assert len(marked) == len(jpeg) + len(pictures.COMMENT)
    assert marked[:20] == jpeg[:20]
    assert np.array_equal(simplejpeg.decode_jpeg(marked), simplejpeg.decode_jpeg(jpeg))


def test_own_files_may_be_written_again_and_others_not(tmp_path: Path) -> None:
    own, foreign = tmp_path / "own.jpg", tmp_path / "foreign.jpg"
    jpeg = simplejpeg.encode_jpeg(np.zeros((8, 8, 3), np.uint8))
    pictures.write(own, pictures.marked(jpeg))
    foreign.write_bytes(jpeg)
    pictures.ensure_free(tmp_path, ["own.jpg", "new.jpg"])
    with pytest.raises(OutputError, match=r"foreign\.jpg is there already.*--overwrite"):
        pictures.ensure_free(tmp_path, ["own.jpg", "foreign.jpg"])
    (tmp_path / "folder.jpg").mkdir()
    with pytest.raises(OutputError, match=r"foreign\.jpg and 1 more is there"):
        pictures.ensure_free(tmp_path, ["foreign.jpg", "folder.jpg"])


def test_a_folder_that_is_not_there_is_free_and_made(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    pictures.ensure_free(folder, ["x.jpg"])
    pictures.prepare(folder)
    assert list(folder.iterdir()) == []


def test_what_cannot_be_written_says_where_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    for write in (
        lambda: pictures.prepare(file),
        lambda: pictures.ensure_free(file, ["x"]),
        lambda: pictures.write(file / "x.jpg", b"x"),
    ):
        with pytest.raises(OutputError, match="--out"):
            write()
    (tmp_path / "taken").mkdir()
    with pytest.raises(OutputError, match="taken cannot be written"):
        pictures.write(tmp_path / "taken", b"x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "taken"]
