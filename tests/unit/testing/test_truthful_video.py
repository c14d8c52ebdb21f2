"""What is rendered can be read back from the file, frame by frame and tick by tick."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.error import FFmpegError, InvalidDataError
from av.video.reformatter import Interpolation

from sightline.testing.code import Code, read_code
from sightline.testing.damage import cut_short, flip_bytes, write_noise, write_nothing
from sightline.testing.truth import Truth, random_truth
from sightline.testing.video import Encoding, Rendered, render, uneven_pts, write_audio

TRUTH = random_truth(11, duration_s=6, rate=10, mean_scene_s=1)
NTSC = random_truth(12, duration_s=3, rate=Fraction(30_000, 1001))
SLOW = (("preset", "fast"), ("x264-params", "open-gop=1"))


def codes(path: Path, side: int = 256) -> list[tuple[int | None, Code | None]]:
    """The pts and code of every frame, scaled down as for a model."""
    found: list[tuple[int | None, Code | None]] = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            scale = min(1.0, side / max(frame.width, frame.height))
            small = frame.reformat(
                round(frame.width * scale),
                round(frame.height * scale),
                "gray",
                interpolation=Interpolation.AREA,
            )
            upright = np.rot90(small.to_ndarray(), frame.rotation // 90)
            found.append((frame.pts, read_code(np.ascontiguousarray(upright, np.uint8))))
    return found


def expected(rendered: Rendered) -> list[tuple[int, Code]]:
    truth = rendered.truth
    return [
        (pts, Code(truth.video, frame, truth.scene(frame), truth.mask(frame)))
        for frame, pts in enumerate(rendered.pts)
    ]


@pytest.mark.parametrize(
    ("suffix", "b_frames"),
    [
        *((suffix, b_frames) for suffix in (".mp4", ".mkv", ".mov", ".ts") for b_frames in (0, 3)),
        (".avi", 0),
    ],
)
def test_every_container_gives_every_frame_back(tmp_path: Path, suffix: str, b_frames: int) -> None:
    encoding = Encoding(b_frames=b_frames, gop=20, options=SLOW)
    rendered = render(TRUTH, tmp_path / f"clip{suffix}", encoding=encoding)
    assert codes(rendered.path) == expected(rendered)
    assert len(rendered.keyframes) >= 3
    assert np.allclose(rendered.times_s, [n / 10 for n in range(60)], atol=0.001)
    assert rendered.clock.seconds(rendered.end) == pytest.approx(6.0, abs=0.001)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("vp9.webm", Encoding("libvpx-vp9", (("deadline", "realtime"), ("cpu-used", "8")))),
        ("mpeg4.mp4", Encoding("mpeg4", ())),
        ("mpeg2.mpg", Encoding("mpeg2video", ())),
        ("motion.avi", Encoding("mjpeg", (), "yuvj420p")),
        ("animated.gif", Encoding("gif", (), "rgb8")),
    ],
)
def test_other_codecs_carry_the_code(tmp_path: Path, name: str, encoding: Encoding) -> None:
    truth = random_truth(13, duration_s=2, rate=25)
    rendered = render(truth, tmp_path / name, encoding=encoding)
    assert codes(rendered.path) == expected(rendered)


@pytest.mark.parametrize("size", [(320, 180), (180, 320), (960, 540), (256, 256)])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rotated_files_are_upright_when_turned(
    tmp_path: Path, size: tuple[int, int], rotation: int
) -> None:
    truth = random_truth(14, duration_s=1, size=size)
    rendered = render(truth, tmp_path / "turned.mp4", encoding=Encoding(rotation=rotation))
    assert codes(rendered.path) == expected(rendered)
    with av.open(str(rendered.path)) as container:
        stored = container.streams.video[0]
        turned = (stored.height, stored.width) if rotation % 180 else (stored.width, stored.height)
        assert turned == size


def test_uneven_frames_keep_their_times(tmp_path: Path) -> None:
    pts = uneven_pts(TRUTH)
    encoding = Encoding(pts=pts, time_base=Fraction(1, 1000), start_s=Fraction(3, 2), b_frames=2)
    rendered = render(TRUTH, tmp_path / "uneven.mkv", encoding=encoding)
    assert rendered.pts == tuple(1500 + tick for tick in pts)
    assert len({b - a for a, b in pairwise(pts)}) > 20
    assert codes(rendered.path) == expected(rendered)
    tag = TRUTH.tags[0]
    starts = [pts[start] + 1500 for start, _ in TRUTH.events[tag]]
    assert [start for start, _ in rendered.spans(tag)] == starts


def test_ntsc_ticks_are_exact(tmp_path: Path) -> None:
    rendered = render(NTSC, tmp_path / "ntsc.mp4")
    assert [pts * rendered.time_base for pts in rendered.pts] == [
        Fraction(n * 1001, 30_000) for n in range(NTSC.frame_count)
    ]
    assert rendered.end * rendered.time_base == NTSC.duration_s


def test_ticks_find_their_frames(tmp_path: Path) -> None:
    rendered = render(TRUTH, tmp_path / "clip.mp4")
    assert [rendered.frame_at(pts) for pts in rendered.pts] == list(range(60))
    assert [rendered.frame_at(pts - 1) for pts in rendered.pts[1:]] == list(range(59))
    assert rendered.frame_at(rendered.end + 99) == 59
    last = TRUTH.tags[1]
    assert rendered.spans(last)[-1][1] == rendered.end


def test_a_still_stretch_of_a_visible_video_is_one_picture(tmp_path: Path) -> None:
    truth = Truth(Fraction(10), 40, (320, 180), ("car",), {"car": ((20, 40),)})
    rendered = render(truth, tmp_path / "visible.mp4", variant="visible")
    seen = [code for _, code in codes(rendered.path)]
    before, after = Code(truth.video, 0, 0, 0), Code(truth.video, 20, 0, 1)
    assert seen == [before] * 20 + [after] * 20


def test_sound_beside_the_picture_may_be_longer(tmp_path: Path) -> None:
    rendered = render(TRUTH, tmp_path / "sound.mp4", encoding=Encoding(audio_s=8.0))
    assert codes(rendered.path) == expected(rendered)
    with av.open(str(rendered.path)) as container:
        assert len(container.streams.audio) == 1
        assert container.duration == pytest.approx(8_000_000, rel=0.02)


def test_a_file_of_sound_has_no_picture(tmp_path: Path) -> None:
    with av.open(str(write_audio(tmp_path / "sound.mp4"))) as container:
        assert not container.streams.video
        assert len(container.streams.audio) == 1


@pytest.mark.parametrize(
    ("name", "encoding", "message"),
    [
        ("a.mp4", Encoding(rotation=45), "45"),
        ("a.avi", Encoding(rotation=90), ".avi"),
        ("a.avi", Encoding(b_frames=2), ".avi"),
        ("a.mkv", Encoding(faststart=True), ".mkv"),
        ("a.mp4", Encoding(pts=(0, 1)), "time_base"),
        ("a.mp4", Encoding(pts=(0, 1), time_base=Fraction(1, 10)), "2 pts for 60"),
        ("a.mp4", Encoding(pts=(0,) * 60, time_base=Fraction(1, 10)), "increase"),
    ],
)
def test_an_encoding_that_cannot_be_is_refused(
    tmp_path: Path, name: str, encoding: Encoding, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        render(TRUTH, tmp_path / name, encoding=encoding)


@pytest.mark.parametrize(("suffix", "faststart"), [(".mp4", True), (".mkv", False)])
def test_a_file_cut_short_keeps_its_first_frames(
    tmp_path: Path, suffix: str, faststart: bool
) -> None:
    encoding = Encoding(faststart=faststart, gop=10)
    whole = render(TRUTH, tmp_path / f"whole{suffix}", encoding=encoding)
    cut = cut_short(whole.path, tmp_path / f"cut{suffix}")
    assert cut.stat().st_size < whole.path.stat().st_size
    found: list[int | None] = []
    with av.open(str(cut)) as container:
        try:
            found.extend(frame.pts for frame in container.decode(video=0))
        except FFmpegError:
            assert suffix == ".mp4"
    assert 10 < len(found) < 50
    assert found == list(whole.pts[: len(found)])


def test_flipped_bytes_spoil_some_frames_and_never_lie(tmp_path: Path) -> None:
    whole = render(TRUTH, tmp_path / "whole.mkv", encoding=Encoding(gop=10))
    flipped = flip_bytes(whole.path, tmp_path / "flipped.mkv", seed=3)
    true = dict(expected(whole))
    seen = {pts: code for pts, code in codes(flipped) if pts is not None}
    good = [pts for pts, code in seen.items() if code is not None and code == true.get(pts)]
    assert 0 < len(good) < len(true)
    assert all(code is None or code in true.values() for code in seen.values())


def test_nothing_and_noise_do_not_open(tmp_path: Path) -> None:
    for path in (write_nothing(tmp_path / "a.mp4"), write_noise(tmp_path / "b.mp4", seed=1)):
        with pytest.raises(InvalidDataError):
            av.open(str(path))
