# pillow_heif, and a part of Pillow, leave their parameters without a type.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

"""Pictures and animations: upright, in their colours, at their times, or refused for a reason."""

import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from clips import pattern
from numpy.typing import NDArray
from PIL import Image, ImageCms
from PIL.Image import Exif

from sightline.errors import MediaError
from sightline.media.codec import container
from sightline.media.codec.formats import HEAD_BYTES, still_form
from sightline.media.codec.pictures import Left, Pictures
from sightline.media.codec.stills import Stills
from sightline.media.files import look
from sightline.values import FrameIndex, Media, MediaKind

Pixels = NDArray[np.uint8]
RED, GREEN, BLUE, WHITE = (230, 20, 20), (20, 200, 20), (20, 20, 230), (255, 255, 255)


def beat() -> None:
    pass


def corners(size: tuple[int, int] = (96, 64)) -> Image.Image:
    """Upright: red, green in the upper half, blue, white in the lower one."""
    pixels = np.empty((size[1], size[0], 3), np.uint8)
    top, left = size[1] // 2, size[0] // 2
    pixels[:top, :left], pixels[:top, left:] = RED, GREEN
    pixels[top:, :left], pixels[top:, left:] = BLUE, WHITE
    return Image.fromarray(pixels)


def assert_corners(pixels: Pixels, *, within: int = 12) -> None:
    height, width, _ = pixels.shape
    at = [(1, 1), (1, 3), (3, 1), (3, 3)]
    shown = [pixels[height * row // 4, width * column // 4].astype(int) for row, column in at]
    for colour, wanted in zip(shown, (RED, GREEN, BLUE, WHITE), strict=True):
        assert np.abs(colour - wanted).max() <= within, shown


def read(path: Path) -> tuple[Media, FrameIndex, list[Pixels | None]]:
    assert still_form(path.read_bytes()[:HEAD_BYTES])
    stills: Pictures = Stills(look(path))
    try:
        media, index = stills.probe(beat)
        assert stills.time_base == media.clock.time_base
        shown = [
            None if frame is None else frame.to_ndarray(format="rgba").astype(np.uint8)
            for _, frame in stills.frames(index, index.pts, beat)
        ]
        stills.ensure_unwritten()
    finally:
        stills.close()
    return media, index, shown


def read_one(path: Path) -> tuple[Media, Pixels]:
    media, index, (pixels,) = read(path)
    assert pixels is not None
    assert media.kind is MediaKind.IMAGE
    assert (media.width, media.height) == (pixels.shape[1], pixels.shape[0])
    assert (media.frame_count, len(index), media.duration_s) == (1, 1, 0.04)
    assert media.digest == hashlib.blake2b(path.read_bytes(), digest_size=32).hexdigest()
    return media, pixels[..., :3]


def refusal(path: Path) -> str:
    with pytest.raises(MediaError) as refused:
        read(path)
    assert str(path) in str(refused.value)
    return str(refused.value)


SIDES = {
    1: ("top", "left"),
    2: ("top", "right"),
    3: ("bottom", "right"),
    4: ("bottom", "left"),
    5: ("left", "top"),
    6: ("right", "top"),
    7: ("right", "bottom"),
    8: ("left", "bottom"),
}
"""Where each orientation puts the stored row 0 and column 0: Exif 3.0, 4.6.5.1.6."""


def stored(upright: Image.Image, orientation: int) -> Image.Image:
    row, column = SIDES[orientation]
    pixels = np.asarray(upright)
    if row in {"left", "right"}:
        pixels = pixels.transpose(1, 0, 2)
    if row in {"bottom", "right"}:
        pixels = pixels[::-1]
    if column in {"bottom", "right"}:
        pixels = pixels[:, ::-1]
    return Image.fromarray(np.ascontiguousarray(pixels))


def described(**details: str) -> Exif:
    """Exif data of these texts, by name; `Orientation` is a number."""
    tags = {
        "DateTimeOriginal": 0x9003,
        "DateTimeDigitized": 0x9004,
        "SubsecTimeOriginal": 0x9291,
        "OffsetTimeOriginal": 0x9011,
    }
    exif = Exif()
    exif[0x10F] = "Maker"
    inner = exif.get_ifd(0x8769)
    for name, text in details.items():
        inner[tags[name]] = text
    return exif


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff", "avif"])
@pytest.mark.parametrize("orientation", SIDES)
def test_every_orientation_comes_out_upright(orientation: int, suffix: str, tmp_path: Path) -> None:
    exif = Exif()
    exif[0x112] = orientation
    path = tmp_path / f"turned.{suffix}"
    stored(corners(), orientation).save(path, exif=exif, quality=95)
    media, pixels = read_one(path)
    assert (media.width, media.height) == (96, 64)
    assert_corners(pixels)


def heic(image: Image.Image, path: Path, exif: bytes = b"", **options: object) -> Path:
    """As a telephone does it: the pixels as they are, the turn in the container and in Exif."""
    pillow_heif.encode(
        image.mode, image.size, image.tobytes(), path, quality=95, exif=exif or None, **options
    )
    return path


@pytest.mark.parametrize("orientation", SIDES)
def test_a_heic_is_turned_once(orientation: int, tmp_path: Path) -> None:
    exif = described(DateTimeOriginal="2025:08:10 16:54:40")
    exif[0x112] = orientation
    path = heic(stored(corners(), orientation), tmp_path / "turned.heic", exif.tobytes())
    assert (b"irot" in path.read_bytes() or b"imir" in path.read_bytes()) == (orientation > 1)
    media, pixels = read_one(path)
    assert (media.width, media.height) == (96, 64)
    assert (media.container, media.codec) == ("heic", "hevc")
    assert media.taken_at == "2025-08-10T16:54:40"
    assert_corners(pixels)


def test_a_heic_in_tiles_and_one_with_several_pictures(tmp_path: Path) -> None:
    tiled = heic(corners((1500, 1100)), tmp_path / "tiled.heic", tile_size=512)
    assert b"grid" in tiled.read_bytes()
    assert_corners(read_one(tiled)[1])
    several = pillow_heif.HeifFile()
    several.add_from_pillow(Image.new("RGB", (64, 64), BLUE))
    several.add_from_pillow(corners())
    several.save(tmp_path / "several.heic", primary_index=1)
    _, pixels = read_one(tmp_path / "several.heic")
    assert_corners(pixels)


@pytest.mark.parametrize(
    ("suffix", "names"),
    [
        ("jpg", ("jpeg", "mjpeg")),
        ("png", ("png", "png")),
        ("webp", ("webp", "webp")),
        ("tiff", ("tiff", "tiff")),
        ("bmp", ("bmp", "bmp")),
        ("avif", ("avif", "av1")),
    ],
)
def test_a_picture_is_known_by_its_content(
    suffix: str, names: tuple[str, str], tmp_path: Path
) -> None:
    path = tmp_path / f"picture.{suffix}"
    corners((97, 61)).save(path, quality=95)
    media, pixels = read_one(path.rename(tmp_path / "no name at all"))
    assert (media.container, media.codec) == names
    assert (media.width, media.height) == (97, 61)
    assert_corners(pixels)


@pytest.mark.parametrize(
    ("details", "told"),
    [
        ({"DateTimeOriginal": "2025:08:10 16:54:40"}, "2025-08-10T16:54:40"),
        (
            {
                "DateTimeOriginal": "2025:08:10 16:54:40",
                "SubsecTimeOriginal": "0071",
                "OffsetTimeOriginal": "+02:00",
            },
            "2025-08-10T16:54:40.007100+02:00",
        ),
        (
            {"DateTimeOriginal": "2025:08:10 16:54:40", "OffsetTimeOriginal": "   :  "},
            "2025-08-10T16:54:40",
        ),
        ({"DateTimeDigitized": "2024:02:29 00:00:00"}, "2024-02-29T00:00:00"),
        ({"DateTimeOriginal": "0000:00:00 00:00:00"}, None),
        ({"DateTimeOriginal": "    :  :     :  :  "}, None),
        ({"DateTimeOriginal": "2025:02:30 16:54:40"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("suffix", ["jpg", "webp", "png", "tiff"])
def test_when_a_photo_was_taken(
    suffix: str, details: dict[str, str], told: str | None, tmp_path: Path
) -> None:
    path = tmp_path / f"photo.{suffix}"
    exif = described(**details)
    if suffix == "tiff":
        # Pillow writes the inner directory of a TIFF only so.
        corners().save(path, tiffinfo={0x8769: dict(exif.get_ifd(0x8769))} if details else {})
    else:
        corners().save(path, exif=exif)
    assert read_one(path)[0].taken_at == told


def test_damaged_metadata_do_not_cost_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    exif = described(DateTimeOriginal="2025:08:10 16:54:40").tobytes()
    corners().save(path, exif=exif[:30], quality=95)
    media, pixels = read_one(path)
    assert media.taken_at is None
    assert_corners(pixels)


def test_print_colours_come_out_as_they_look(tmp_path: Path) -> None:
    path = tmp_path / "print.jpg"
    corners().convert("CMYK").save(path, quality=95)
    assert_corners(read_one(path)[1])


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_sixteen_bits_become_eight(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"deep.{suffix}"
    values = np.linspace(0, 65535, 96 * 64).reshape(64, 96).astype(np.uint16)
    Image.fromarray(values).save(path)
    _, pixels = read_one(path)
    assert (pixels == (values >> 8)[..., None]).all()


def test_sixteen_bits_of_colour(tmp_path: Path) -> None:
    rows = b"".join(
        b"\0" + b"".join(struct.pack(">3H", 51_400, 257 * 10, 257 * y) for _ in range(8))
        for y in range(6)
    )
    path = tmp_path / "deep.png"
    path.write_bytes(png(8, 6, 16, 2, zlib.compress(rows)))
    _, pixels = read_one(path)
    assert np.abs(pixels[5, 5].astype(int) - (200, 10, 5)).max() <= 1


def test_numbers_without_a_white_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "heights.tiff"
    Image.fromarray(np.ones((20, 20), np.float32)).save(path)
    assert "32 bits" in refusal(path)


def with_alpha() -> Image.Image:
    alpha = Image.new("L", (96, 64), 255)
    alpha.paste(0, (0, 0, 48, 32))
    image = corners()
    image.putalpha(alpha)
    return image


@pytest.mark.parametrize("suffix", ["png", "webp", "tiff", "avif"])
def test_transparency_is_kept(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"cut out.{suffix}"
    with_alpha().save(path, lossless=True)
    _, _, (pixels,) = read(path)
    assert pixels is not None
    assert (pixels[8, 8, 3], pixels[8, 80, 3]) == (0, 255)


@pytest.mark.parametrize("mode", ["P", "LA", "1", "L"])
def test_few_colours(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    if mode == "P":
        with_alpha().quantize(8).save(path)
    else:
        image = with_alpha().convert("LA")
        (image if mode == "LA" else image.convert(mode)).save(path)
    _, _, (pixels,) = read(path)
    assert pixels is not None
    assert pixels[8, 8, 3] == (0 if mode in {"P", "LA"} else 255)
    assert tuple(pixels[60, 90]) == (255, 255, 255, 255)
    if mode in {"P", "1"}:
        assert tuple(pixels[48, 24, :2]) == (pytest.approx(20, abs=30), pytest.approx(20, abs=30))


def narrow_profile() -> bytes:
    """sRGB with red and blue exchanged, so that its conversion shows."""
    content = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for at in range(132, 132 + 12 * int.from_bytes(content[128:132], "big"), 12):
        swap = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}.get(bytes(content[at : at + 4]))
        content[at : at + 4] = swap or content[at : at + 4]
    return bytes(content).replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff"])
def test_colours_of_another_profile_become_srgb(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"wide.{suffix}"
    swapped = Image.fromarray(np.ascontiguousarray(np.asarray(corners())[..., ::-1]))
    swapped.save(path, quality=95, icc_profile=narrow_profile())
    assert_corners(read_one(path)[1], within=20)
    swapped.save(path, quality=95, icc_profile=narrow_profile()[:200])
    assert_corners(read_one(path)[1][..., ::-1])


LENGTHS = (40, 13, 300, 7, 0, 120, 41)
"""ms; browsers show one of 10 ms or less for 100 ms."""


def save_animation(path: Path, **options: Any) -> list[Image.Image]:
    frames = [Image.fromarray(pattern(number * 5, (80, 56))) for number in range(len(LENGTHS))]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=list(LENGTHS), **options)
    return frames


@pytest.mark.parametrize("suffix", ["webp", "png"])
def test_an_animation_has_its_times_and_pictures(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"moving.{suffix}"
    frames = save_animation(path, lossless=True)
    media, index, shown = read(path)
    assert media.kind is MediaKind.VIDEO
    assert [Fraction(pts) * media.clock.time_base * 1000 for pts in (*index.pts, index.end)] == [
        *(0, 40, 53, 353, 453, 553, 673, 714)
    ]
    assert media.end == index.end
    assert list(index.keyframes) == list(index.pts)
    assert media.frame_count == len(frames)
    for pixels, frame in zip(shown, frames, strict=True):
        assert pixels is not None
        assert (pixels[..., :3] == np.asarray(frame)).all()


@pytest.mark.parametrize("suffix", ["webp", "png"])
def test_pictures_of_an_animation_in_any_order(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"moving.{suffix}"
    frames = save_animation(path, lossless=True)
    stills = Stills(look(path))
    _, index = stills.probe(beat)
    for wanted in ([5], [1, 2], [6], [0, 6], [3], [0]):
        given = stills.frames(index, [index.pts[number] for number in wanted], beat)
        for number, (pts, frame) in zip(wanted, given, strict=True):
            assert pts == index.pts[number]
            assert frame is not None
            assert (frame.to_ndarray(format="rgb24") == np.asarray(frames[number])).all()
    stills.close()


def test_thirds_of_a_second_do_not_drift(tmp_path: Path) -> None:
    path = tmp_path / "thirds.png"
    save_animation(path)
    content = path.read_bytes()
    for _ in LENGTHS:
        content = with_delay(content, 1, 30)
    path.write_bytes(content)
    media, index, _ = read(path)
    assert [pts * media.clock.time_base for pts in index.pts] == [
        Fraction(number, 30) for number in range(len(LENGTHS))
    ]


def with_delay(content: bytes, numerator: int, denominator: int) -> bytes:
    """The first frame that has another delay gets this one."""
    delay = struct.pack(">HH", numerator, denominator)
    at = content.find(b"fcTL")
    while content[at + 24 : at + 28] == delay:
        at = content.find(b"fcTL", at + 4)
    chunk = content[at : at + 24] + delay + content[at + 28 : at + 30]
    check = struct.pack(">I", zlib.crc32(chunk))
    return content[:at] + chunk + check + content[at + 34 :]


def test_a_picture_for_those_who_cannot_show_animations_is_no_frame(tmp_path: Path) -> None:
    path = tmp_path / "moving.png"
    frames = [Image.fromarray(pattern(number * 5, (80, 56))) for number in range(3)]
    corners((80, 56)).save(
        path, save_all=True, append_images=frames, duration=50, default_image=True
    )
    media, index, shown = read(path)
    assert [media.clock.seconds(pts) for pts in index.pts] == [0.0, 0.05, 0.1]
    for pixels, frame in zip(shown, frames, strict=True):
        assert pixels is not None
        assert (pixels[..., :3] == np.asarray(frame)).all()


def test_an_animation_of_one_picture_is_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "still.webp"
    corners().save(path, save_all=True, duration=500, lossless=True)
    assert_corners(read_one(path)[1])


def test_what_moves_otherwise_is_not_for_this_module(tmp_path: Path) -> None:
    for suffix in ("gif", "avif"):
        path = tmp_path / f"moving.{suffix}"
        save_animation(path)
        assert not still_form(path.read_bytes()[:HEAD_BYTES])
    assert not still_form(b"")
    assert not still_form(b"BM is how this text begins, and nothing else.")
    assert not still_form(b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41")


def chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def png(width: int, height: int, depth: int, colour: int, pixels: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_a_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png(100_000, 100_000, 8, 6, zlib.compress(bytes(1_000_000))))
    assert "100000 x 100000 pixels; more than 200 megapixels" in refusal(path)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff", "bmp", "avif", "heic"])
def test_the_limit_holds_for_every_format(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"large.{suffix}"
    if suffix == "heic":
        heic(corners(), path)
    else:
        corners().save(path)
    read_one(path)
    monkeypatch.setattr(container, "MAX_PIXELS", 96 * 64 - 1)
    assert "too large" in (reason := refusal(path)) or "96 x 64 pixels" in reason


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff", "bmp", "avif", "heic"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_picture_that_is_cut_off_is_refused(suffix: str, share: float, tmp_path: Path) -> None:
    path = tmp_path / f"whole.{suffix}"
    noise = np.random.default_rng(1).integers(0, 255, (120, 160, 3), np.uint8)
    if suffix == "heic":
        heic(Image.fromarray(noise), path)
    else:
        Image.fromarray(noise).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert "is cut off" in refusal(path)


@pytest.mark.parametrize("suffix", ["webp", "png"])
def test_an_animation_that_is_cut_off_is_refused(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"moving.{suffix}"
    save_animation(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    assert "is cut off" in refusal(path)


@pytest.mark.parametrize("suffix", ["webp", "png"])
def test_damage_in_an_animation_costs_what_follows(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"moving.{suffix}"
    frames = save_animation(path, lossless=True)
    content = bytearray(path.read_bytes())
    starts = [at for at in range(len(content)) if content.startswith((b"ANMF", b"fdAT"), at)]
    at = starts[4] + 40
    content[at : at + 60] = b"\xff" * 60
    path.write_bytes(content)
    _, _, shown = read(path)
    assert len(shown) == len(frames)
    assert shown[0] is not None
    assert (shown[0][..., :3] == np.asarray(frames[0])).all()
    assert shown[-1] is None


def test_a_file_in_too_many_pieces_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "moving.webp"
    save_animation(path)
    monkeypatch.setattr("sightline.media.codec.durations._MOST_PIECES", 5)
    assert "pieces" in refusal(path)


def test_a_recording_of_jpegs_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "camera.jpg"
    packed = io.BytesIO()
    corners().save(packed, "JPEG")
    path.write_bytes(packed.getvalue() * 5)
    assert "is a row of 5 JPEG pictures" in refusal(path)


def test_the_preview_in_a_raw_file_is_not_taken_for_the_photo(tmp_path: Path) -> None:
    path = tmp_path / "raw.dng"
    corners().save(path, "TIFF", tiffinfo={50706: bytes((1, 4, 0, 0))})
    assert "raw file of a camera" in refusal(path)


def test_of_a_file_with_pages_the_first_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "pages.tiff"
    corners().save(path, save_all=True, append_images=[Image.new("RGB", (30, 30), BLUE)])
    assert_corners(read_one(path)[1])


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def replace(path: Path) -> None:
    other = path.with_name("other")
    corners((30, 30)).save(other, "PNG")
    other.replace(path)


@pytest.mark.parametrize("change", [grow, replace, Path.unlink])
def test_a_picture_that_changes_is_not_believed(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "photo.png"
    corners().save(path)
    seen = look(path)
    stills = Stills(seen)
    change(path)
    with pytest.raises(MediaError, match="changed while"):
        stills.probe(beat)
    stills.close()
    with pytest.raises(MediaError, match=r"changed while|no such file"):
        Stills(seen)


def test_work_that_nobody_waits_for_ends(tmp_path: Path) -> None:
    path = tmp_path / "moving.webp"
    save_animation(path)
    stills = Stills(look(path))
    _, index = stills.probe(beat)

    def left() -> None:
        raise Left

    with pytest.raises(Left):
        list(stills.frames(index, index.pts, left))
    assert len(list(stills.frames(index, index.pts, beat))) == len(LENGTHS)
    stills.close()
