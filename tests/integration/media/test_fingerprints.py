"""The same pictures are known again in whatever they were encoded as, and others are not."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path

import imageio_ffmpeg
import pytest

from sightline.media.fingerprints import Fingerprint, same_pictures
from sightline.media.source import FileSource
from sightline.testing.truth import random_truth
from sightline.testing.video import Encoding, render

RECORDINGS = Path(__file__).parents[4] / "shared/media"
TRUTH = random_truth(21, duration_s=12, tags=("car",))
SMALL = ("-vf", "scale=160:-2", "-c:v", "libx264", "-preset", "veryfast", "-crf", "36")
SQUARE = ("-vf", "scale=128:128", "-c:v", "mpeg4", "-b:v", "100k")


@pytest.fixture
async def source() -> AsyncGenerator[FileSource]:
    async with FileSource() as source:
        yield source


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fingerprints")


@pytest.fixture(scope="module")
def video(folder: Path) -> Path:
    return render(TRUTH, folder / "one.mp4").path


def encoded(video: Path, into: Path, *how: str, before: tuple[str, ...] = ()) -> Path:
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    command = (ffmpeg, "-v", "error", "-nostdin", *before, "-i", str(video), "-an", *how)
    subprocess.run((*command, "-pix_fmt", "yuv420p", str(into)), check=True)
    return into


async def printed(source: FileSource, path: Path, *like: Fingerprint) -> Fingerprint:
    file = await source.look(path)
    media, frames = await source.probe(file)
    seconds = like[0].seconds if like else ()
    return await source.fingerprint(file, frames, media.clock, seconds=seconds)


async def alike(source: FileSource, one: Path, other: Path) -> bool:
    mine = await printed(source, one)
    assert len(mine.seconds) == 24
    return same_pictures(mine, await printed(source, other, mine))


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("small.mkv", SMALL),
        ("square.avi", SQUARE),
        ("upright.mp4", ("-vf", "scale=96:320", "-c:v", "libx264", "-preset", "veryfast")),
    ],
)
async def test_encoded_anew(source: FileSource, video: Path, name: str, how: tuple[str, ...]):
    assert await alike(source, video, encoded(video, video.with_name(name), *how))


async def test_stored_turned(source: FileSource, video: Path) -> None:
    turned = render(TRUTH, video.with_name("turned.mp4"), encoding=Encoding(rotation=90)).path
    assert await alike(source, video, turned)


async def test_another_video(source: FileSource, video: Path) -> None:
    other = random_truth(22, duration_s=12, tags=("car",))
    path = render(other, video.with_name("other.mp4")).path
    assert not await alike(source, video, path)


async def test_where_nothing_moves_nothing_can_be_told(source: FileSource, folder: Path) -> None:
    still = ("-f", "lavfi")
    one = encoded(Path("smptebars=size=160x120:duration=5"), folder / "a.mp4", before=still)
    other = encoded(Path("smptebars=size=160x120:duration=5"), folder / "b.mp4", before=still)
    assert not await alike(source, one, other)


async def test_other_times_cannot_be_compared(source: FileSource, video: Path) -> None:
    mine = await printed(source, video)
    file = await source.look(video)
    media, frames = await source.probe(file)
    other = await source.fingerprint(file, frames, media.clock, seconds=(0.0, *mine.seconds[1:]))
    assert not same_pictures(mine, other)


async def test_what_is_kept_comes_back(source: FileSource, video: Path) -> None:
    mine = await printed(source, video)
    partly = Fingerprint(mine.seconds, (b"", *mine.pictures[1:]))
    for one in (mine, partly, Fingerprint((), ())):
        assert Fingerprint.unpack(one.pack()) == one
    for broken in (b"", b"\x01", mine.pack()[:-1], mine.pack() + b"x"):
        with pytest.raises(ValueError, match="a fingerprint"):
            Fingerprint.unpack(broken)


async def test_lost_frames_are_passed_over_while_they_are_few(
    source: FileSource, video: Path
) -> None:
    mine = await printed(source, video)
    some = Fingerprint(mine.seconds, (b"",) * 8 + mine.pictures[8:])
    few = Fingerprint(mine.seconds, (b"",) * 13 + mine.pictures[13:])
    assert same_pictures(mine, some)
    assert not same_pictures(mine, few)


# --------------------------------------------------------------------------------- recordings


@pytest.fixture
def recording(request: pytest.FixtureRequest) -> Path:
    path = RECORDINGS / str(request.param)
    if not path.exists():
        pytest.skip("../shared/media is not there")
    return path


@pytest.mark.parametrize("recording", ["please.mkv", "car-detection.mp4"], indirect=True)
async def test_a_recording_encoded_anew(
    source: FileSource, recording: Path, tmp_path: Path
) -> None:
    assert await alike(source, recording, encoded(recording, tmp_path / "small.mp4", *SMALL))
    assert await alike(source, recording, encoded(recording, tmp_path / "square.avi", *SQUARE))


@pytest.mark.parametrize("recording", ["car-detection.mp4"], indirect=True)
async def test_parts_of_what_one_fixed_camera_saw(
    source: FileSource, recording: Path, tmp_path: Path
) -> None:
    parts = [
        encoded(recording, tmp_path / f"{at}.mp4", *SMALL, before=("-ss", at, "-t", "14"))
        for at in ("0", "1", "15")
    ]
    assert not await alike(source, parts[0], parts[1]), "the same, a second later"
    assert not await alike(source, parts[0], parts[2])
