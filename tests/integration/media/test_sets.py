"""Image sets: the pictures of a folder or a manifest, in order, at their times, or lost alone."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame
from clips import Clip, make
from PIL import Image
from PIL.Image import Exif

from sightline.errors import MediaError
from sightline.media import sets
from sightline.media.codec.pictures import Beat, Pictures
from sightline.media.codec.sets import ImageSet
from sightline.media.codec.stills import Stills
from sightline.media.sets import is_set, look_set
from sightline.values import FrameIndex, Media, MediaKind

SECOND = 1_000_000


def beat() -> None:
    pass


def picture(path: Path, shade: int, taken: str = "", size: tuple[int, int] = (40, 30)) -> Path:
    """Of one grey, by which it is told from others."""
    exif = Exif()
    exif[0x10F] = "Maker"
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (shade, shade, shade)).save(path, exif=exif)
    return path


def manifest(folder: Path, *entries: object, name: str = "list.json") -> Path:
    (folder / name).write_text(json.dumps(entries))
    return folder / name


def read(path: Path) -> tuple[Media, FrameIndex, list[int | None]]:
    """What a set holds, and the shade of each of its pictures."""
    pictures: Pictures = ImageSet(look_set(path))
    media, index = pictures.probe(beat)
    assert media.kind is MediaKind.IMAGE_SET
    assert media.frame_count == len(index) == len(index.names)
    assert media.clock.time_base == pictures.time_base
    assert list(index.keyframes) == list(index.pts)
    assert media.end == index.end
    given = list(pictures.frames(index, index.pts, beat))
    assert [pts for pts, _ in given] == list(index.pts)
    pictures.ensure_unwritten()
    pictures.close()
    shades = [frame and round(frame.to_ndarray(format="gray").mean()) for _, frame in given]
    return media, index, shades


def refusal(path: Path) -> str:
    with pytest.raises(MediaError) as refused:
        read(path)
    assert str(path) in str(refused.value)
    return str(refused.value)


def test_a_folder_is_its_pictures_as_a_person_sorts_them(tmp_path: Path) -> None:
    for shade, name in enumerate(("p1.png", "P2.PNG", "p10.png", "p010.webp", "q.tif"), 1):
        picture(tmp_path / name, shade * 40)
    picture(tmp_path / ".hidden.png", 9)
    picture(tmp_path / "below" / "deep.png", 9)
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "notes.txt").write_text("no picture")
    make(Clip("clip.mp4"), tmp_path)
    assert is_set(tmp_path)
    media, index, shades = read(tmp_path)
    assert list(index.names) == ["p1.png", "P2.PNG", "p10.png", "p010.webp", "q.tif"]
    assert shades == [40, 80, 120, 160, 200]
    assert list(index.pts) == [turn * SECOND for turn in range(5)]
    assert (media.duration_s, media.taken_at) == (5.0, None)
    assert (media.container, media.codec) == ("folder", "images")
    assert media.size_bytes == sum((tmp_path / name).stat().st_size for name in index.names)


def test_times_come_from_metadata_and_names(tmp_path: Path) -> None:
    picture(tmp_path / "b_20250810_120000.jpg", 10, "2025:08:10 12:00:05")
    picture(tmp_path / "a_20250810_120002.jpg", 20)
    picture(tmp_path / "c.jpg", 30, "2025:08:10 12:00:01")
    media, index, shades = read(tmp_path)
    assert shades == [30, 20, 10]
    assert list(index.pts) == [0, SECOND, 4 * SECOND]
    assert media.taken_at == "2025-08-10T12:00:01"
    assert media.duration_s == 7.0


def test_a_manifest_says_what_metadata_and_names_do_not(tmp_path: Path) -> None:
    known = "0b0e0c7e-6f6d-4c6b-9b0a-4a3f6d2f1e5a"
    picture(tmp_path / "a" / "one.jpg", 10, "2025:08:10 12:00:05")
    picture(tmp_path / "b" / f"photo_{known}_x.jpg", 20, "2025:08:10 12:00:09")
    picture(tmp_path / "b" / "one.jpg", 30, "2025:08:10 11:00:00")
    path = manifest(
        tmp_path,
        "a/one.jpg",
        f"b/photo_{known}_x.jpg",
        {"path": "b/one.jpg", "id": "last", "time": "2025-08-10T12:00:06"},
    )
    assert is_set(path)
    media, index, shades = read(path)
    assert list(index.names) == ["a/one.jpg", "last", known]
    assert shades == [10, 30, 20]
    assert list(index.pts) == [0, SECOND, 4 * SECOND]
    assert media.container == "manifest"


def test_seconds_have_a_clock_of_their_own(tmp_path: Path) -> None:
    for shade in (10, 20, 30):
        picture(tmp_path / f"{shade}.jpg", shade, f"2025:08:10 12:00:{60 - shade}")
    path = manifest(
        tmp_path, {"path": "10.jpg", "time": 7.1}, "20.jpg", {"path": "30.jpg", "time": 7}
    )
    media, index, shades = read(path)
    assert shades == [30, 10, 20]
    assert list(index.pts) == [0, 100_000, 100_001]
    assert media.taken_at is None


def test_a_set_is_known_by_what_it_shows(tmp_path: Path) -> None:
    def digest(**last: object) -> str:
        path = manifest(tmp_path, "a.jpg", {"path": "b.jpg", **last})
        return read(path)[0].digest

    picture(tmp_path / "a.jpg", 10)
    picture(tmp_path / "b.jpg", 20)
    plain = digest(id="b.jpg")
    assert digest() == plain == read(tmp_path)[0].digest
    assert len({plain, digest(id="other"), digest(time=3), digest(time="2025-08-10")}) == 4
    picture(tmp_path / "b.jpg", 21)
    assert digest() != plain
    (tmp_path / "moved").mkdir()
    before = digest()
    for name in ("a.jpg", "b.jpg", "list.json"):
        (tmp_path / name).rename(tmp_path / "moved" / name)
    assert read(tmp_path / "moved" / "list.json")[0].digest == before


def test_a_picture_that_cannot_be_decoded_is_lost_alone(tmp_path: Path) -> None:
    picture(tmp_path / "0.jpg", 10)
    noise = np.random.default_rng(1).integers(0, 255, (90, 90, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "1.png")
    half = (tmp_path / "1.png").read_bytes()[:9000]
    (tmp_path / "1.png").write_bytes(half)
    (tmp_path / "2.jpg").write_bytes(b"no picture")
    (tmp_path / "3.jpg").write_bytes(b"")
    picture(tmp_path / "4.jpg", 50)
    media, index, shades = read(tmp_path)
    assert shades == [10, None, None, None, 50]
    assert len(index) == 5
    assert (media.width, media.height) == (90, 90)
    (tmp_path / "0.jpg").unlink()
    (tmp_path / "4.jpg").unlink()
    assert "not one of its 3 pictures can be decoded" in refusal(tmp_path)


def test_the_size_is_that_of_the_largest(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg", 10, size=(60, 20))
    picture(tmp_path / "b.jpg", 10, size=(30, 50))
    picture(tmp_path / "c.jpg", 10, size=(39, 39))
    media, _, _ = read(tmp_path)
    assert (media.width, media.height) == (39, 39)


def test_every_kind_of_picture_may_be_a_member(tmp_path: Path) -> None:
    kinds = ("jpg", "png", "webp", "avif", "tiff", "bmp", "gif", "ppm", "qoi", "jp2")
    for nth, suffix in enumerate(kinds):
        Image.new("RGB", (32, 32), (nth * 20,) * 3).save(tmp_path / f"{nth}.{suffix}")
    frames = [Image.new("RGB", (32, 32), (shade,) * 3) for shade in (220, 10)]
    for nth, suffix in enumerate(("webp", "png", "gif", "avif"), len(kinds)):
        path = tmp_path / f"{nth}.{suffix}"
        frames[0].save(path, save_all=True, append_images=frames[1:], duration=50)
    _, _, shades = read(tmp_path)
    wanted = [nth * 20 for nth in range(len(kinds))] + [220] * 4
    assert shades == [pytest.approx(shade, abs=3) for shade in wanted]


def test_a_video_in_a_manifest_is_refused(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg", 10)
    make(Clip("clip.mp4"), tmp_path)
    path = manifest(tmp_path, "a.jpg", "clip.mp4")
    with pytest.raises(MediaError, match=r"clip.mp4 is a video.*leave it out"):
        read(path)


def test_a_folder_without_pictures_says_what_to_do(tmp_path: Path) -> None:
    assert "is a folder with no picture in it" in refusal(tmp_path)
    make(Clip("clip.mp4"), tmp_path)
    assert "name the video files in it" in refusal(tmp_path)


def test_a_member_that_is_missing_is_named_with_its_line(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg", 10)
    (tmp_path / "list.jsonl").write_text('"a.jpg"\n\n"b.jpg"\n"a.jpg/c.jpg"')
    assert "line 3: b.jpg: there is no such file" in refusal(tmp_path / "list.jsonl")
    (tmp_path / "list.jsonl").write_text('"a.jpg"\n"a.jpg/c.jpg"')
    assert "line 2: a.jpg/c.jpg: there is no such file" in refusal(tmp_path / "list.jsonl")
    (tmp_path / "list.jsonl").write_text('"a.jpg"\n"."')
    assert "line 2: .: is not a file" in refusal(tmp_path / "list.jsonl")
    (tmp_path / "list.jsonl").write_text('"a.jpg"\n"\\ud800.jpg"')
    assert "line 2:" in refusal(tmp_path / "list.jsonl")


def test_nothing_outside_its_folder_is_reached(tmp_path: Path) -> None:
    secret = picture(tmp_path / "secret" / "a.jpg", 10)
    inside = tmp_path / "set"
    picture(inside / "deep" / "b.jpg", 20)
    (inside / "link.jpg").symlink_to(secret)
    (inside / "way").symlink_to(secret.parent)
    (inside / "kept.jpg").symlink_to("deep/b.jpg")
    assert "line 1: link.jpg: leads out of the folder" in refusal(manifest(inside, "link.jpg"))
    assert "way/a.jpg: leads out of the folder" in refusal(manifest(inside, "way/a.jpg"))
    assert "link.jpg: leads out of the folder" in refusal(inside)
    assert read(manifest(inside, "kept.jpg"))[2] == [20]
    os.mkfifo(inside / "pipe.jpg")
    assert "pipe.jpg: is not a file" in refusal(manifest(inside, "pipe.jpg"))


def test_no_two_pictures_share_a_name(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg", 10)
    picture(tmp_path / "b.jpg", 10)
    path = manifest(tmp_path, {"path": "a.jpg", "id": "b.jpg"}, "b.jpg")
    assert "'b.jpg' would name two pictures, a.jpg and b.jpg" in refusal(path)
    known = "0b0e0c7e-6f6d-4c6b-9b0a-4a3f6d2f1e5a"
    for name in ("a", "b"):
        (tmp_path / f"{name}.jpg").rename(tmp_path / f"{name}_{known}.jpg")
    assert "give each an id of its own in a manifest" in refusal(tmp_path)


def test_names_that_are_no_text_can_be_kept(tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg")
    picture(tmp_path / "a.jpg", 10).rename(odd)
    _, index, shades = read(tmp_path)
    assert list(index.names) == ["caf\N{REPLACEMENT CHARACTER}.jpg"]
    assert shades == [10]


def test_a_look_is_the_same_when_nothing_happened(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg", 10)
    picture(tmp_path / "b.jpg", 20)
    path = manifest(tmp_path, "a.jpg", "b.jpg")
    seen = [look_set(tmp_path), look_set(path)]
    (tmp_path / "result.json").write_text("{}")
    assert seen == [look_set(tmp_path), look_set(path)]
    assert seen[0].path == tmp_path
    assert 0 <= seen[0].inode < 2**64


def overwrite(folder: Path) -> None:
    picture(folder / "b.jpg", 99)


def touch(folder: Path) -> None:
    os.utime(folder / "b.jpg", ns=(1, 1))


def swap(folder: Path) -> None:
    (folder / "a.jpg").rename(folder / "c.jpg")
    (folder / "b.jpg").rename(folder / "a.jpg")
    (folder / "c.jpg").rename(folder / "b.jpg")


def add(folder: Path) -> None:
    picture(folder / "c.jpg", 30)
    manifest(folder, "a.jpg", "b.jpg", "c.jpg")


def drop(folder: Path) -> None:
    (folder / "b.jpg").unlink()


def reorder(folder: Path) -> None:
    manifest(folder, "b.jpg", "a.jpg")
    (folder / "a.jpg").rename(folder / "z.jpg")
    picture(folder / "a.jpg", 10)


CHANGES = [overwrite, touch, swap, add, drop, reorder]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("listed", [False, True])
def test_a_set_that_changes_between_look_and_open_is_refused(
    change: Callable[[Path], None], listed: bool, tmp_path: Path
) -> None:
    picture(tmp_path / "a.jpg", 10)
    picture(tmp_path / "b.jpg", 20)
    path = manifest(tmp_path, "a.jpg", "b.jpg")
    seen = look_set(path if listed else tmp_path)
    ImageSet(seen)
    change(tmp_path)
    with pytest.raises(MediaError, match=r"changed while it was being read|no such file"):
        ImageSet(seen)


@pytest.mark.parametrize("change", CHANGES)
def test_a_set_that_changes_while_it_is_probed_is_refused(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    picture(tmp_path / "a.jpg", 10)
    picture(tmp_path / "b.jpg", 20)
    pictures = ImageSet(look_set(manifest(tmp_path, "a.jpg", "b.jpg")))
    left = [change]

    def meanwhile() -> None:
        if left:
            left.pop()(tmp_path)

    with pytest.raises(MediaError, match=r"changed while it was being read|no such file"):
        pictures.probe(meanwhile)


@pytest.mark.parametrize("change", [overwrite, touch, swap, drop])
def test_a_picture_that_changed_is_not_given(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    picture(tmp_path / "a.jpg", 10)
    picture(tmp_path / "b.jpg", 20)
    pictures = ImageSet(look_set(tmp_path))
    _, index = pictures.probe(beat)
    given = pictures.frames(index, index.pts, beat)
    assert next(given)[1] is not None
    change(tmp_path)
    with pytest.raises(MediaError, match=r"changed while it was being read|no such file"):
        next(given)


def test_any_frames_are_given_in_any_order(tmp_path: Path) -> None:
    for nth in range(6):
        picture(tmp_path / f"{nth}.jpg", nth * 40)
    pictures = ImageSet(look_set(tmp_path))
    _, index = pictures.probe(beat)
    for wanted in ([5], [0, 3], [2], [1, 2, 4]):
        given = pictures.frames(index, [index.pts[nth] for nth in wanted], beat)
        for nth, (pts, frame) in zip(wanted, given, strict=True):
            assert (pts, frame is not None) == (index.pts[nth], True)
            assert frame is not None
            assert frame.to_ndarray(format="gray").mean() == pytest.approx(nth * 40)


def test_a_probe_decodes_one_picture_and_holds_none_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for nth in range(300):
        picture(tmp_path / f"{nth}.jpg", 10)
    decoded: list[int] = []
    picture_of = Stills.picture

    def counting(self: Stills, number: int, beat: Beat) -> VideoFrame | None:
        decoded.append(number)
        return picture_of(self, number, beat)

    monkeypatch.setattr(Stills, "picture", counting)
    listing = Path("/proc/self/fd") if Path("/proc/self/fd").exists() else tmp_path
    open_files: list[int] = []

    def counted() -> None:
        open_files.append(sum(1 for _ in listing.iterdir()))

    counted()
    ImageSet(look_set(tmp_path)).probe(counted)
    assert len(decoded) == 1
    assert max(open_files) <= open_files[0] + 3


def test_what_is_no_set(tmp_path: Path) -> None:
    assert not is_set(tmp_path / "nowhere")
    assert not is_set(tmp_path / "nowhere.json")
    assert not is_set(picture(tmp_path / "a.jpg", 10))
    with pytest.raises(MediaError, match="no such file"):
        look_set(tmp_path / "nowhere")
    assert ".jpg" in sets.PICTURE_SUFFIXES
