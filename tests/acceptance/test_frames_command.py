"""`sightline frames`: the very frames that were wanted, as files that say when they are from."""

from __future__ import annotations

import json
import signal
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from conftest import Ran, Sightline
from sightline.testing.code import read_jpeg
from sightline.testing.damage import cut_short, flip_bytes
from sightline.testing.truth import random_truth
from sightline.testing.video import Encoding, Rendered, render


def lines(ran: Ran) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ran.out.splitlines()]


def numbers(folder: Path) -> list[int]:
    """Of the frames in a folder, in the order of their files' names."""
    codes = [read_jpeg(path.read_bytes()) for path in sorted(folder.iterdir())]
    return [-1 if code is None else code.frame for code in codes]


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        image.load()
        return image.size


def children_of(pid: int) -> list[str]:
    """Processes, where the system tells them as Linux does."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [child for task in tasks for child in task.read_text().split()]


def test_alone_it_writes_one_sheet_beside_nothing_else(sightline: Sightline, clip: Rendered):
    ran = sightline.run("frames", clip.path)
    assert ran.code == 0, ran.err
    assert [path.name for path in sightline.cwd.iterdir()] == ["clip.sheet.jpg"]
    width, height = size_of(sightline.cwd / "clip.sheet.jpg")
    assert ran.out == f"clip.sheet.jpg: 16 frames, {width} x {height} pixels\n"
    # No library is made by looking.
    assert not sightline.data_dir.exists()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (["--every", "5s"], [0, 50, 100, 150, 200, 250]),
        (["--frames", "3"], [0, 149, 299]),
        (["--at", "1.25, 0:29.95"], [12, 299]),
    ],
)
def test_single_frames_are_those_that_were_wanted_in_order(
    sightline: Sightline, clip: Rendered, policy: list[str], expected: list[int]
):
    ran = sightline.run("frames", clip.path, *policy, "--out", "stills")
    assert ran.code == 0, ran.err
    assert ran.out == f"{len(expected)} frames in stills\n"
    folder = sightline.cwd / "stills"
    assert numbers(folder) == expected
    assert all(path.name.startswith("clip 0-00-") for path in folder.iterdir())
    assert {size_of(path) for path in folder.iterdir()} == {(320, 180)}


def test_all_frames_of_a_turned_video_of_uneven_rate(sightline: Sightline, tmp_path: Path):
    truth = random_truth(3, duration_s=3)
    pts = tuple(n * 90 + 7 * (n % 3) for n in range(truth.frame_count))
    encoding = Encoding(pts=pts, time_base=Fraction(1, 1000), rotation=90, b_frames=2)
    film = render(truth, tmp_path / "turned.mp4", encoding=encoding)
    ran = sightline.run("frames", film.path, "--all-frames", "--out", "stills", "--json")
    assert ran.code == 0, ran.err
    assert numbers(sightline.cwd / "stills") == list(range(truth.frame_count))
    told = lines(ran)
    assert [one["time"] for one in told] == [round(t, 6) for t in film.times_s]
    assert [one["pts"] for one in told] == list(film.pts)
    assert {(one["width"], one["height"]) for one in told} == {truth.size}
    for one in told:
        assert (sightline.cwd / one["file"]).stat().st_size == one["bytes"]


def test_size_quality_and_budget_are_kept(sightline: Sightline, clip: Rendered):
    def bytes_of(*options: str) -> int:
        ran = sightline.run("frames", clip.path, "--at", "3", "--out", "x", "--json", *options)
        assert ran.code == 0, ran.err
        [one] = lines(ran)
        assert size_of(sightline.cwd / one["file"]) == (one["width"], one["height"])
        return one["bytes"]

    plain = bytes_of()
    assert bytes_of("--quality", "30", "--resize", "64", "--times") < plain
    assert bytes_of("--max-bytes", "3000") <= 3000 < plain


def test_what_somebody_else_made_is_left_alone(sightline: Sightline, clip: Rendered):
    command = ("frames", clip.path, "--frames", "4", "--out", "stills")
    assert sightline.run(*command).code == 0
    own = sorted((sightline.cwd / "stills").iterdir())
    own[2].write_bytes(b"a holiday")
    own[0].unlink()
    ran = sightline.run(*command)
    assert ran.code == 2
    assert f"{own[2]} is there already and was not made by sightline" in ran.err
    assert "--overwrite" in ran.err
    assert own[2].read_bytes() == b"a holiday"
    assert not own[0].exists()
    # Its own it writes again without a question, any other when it is told to.
    assert sightline.run(*command, "--overwrite").code == 0
    assert numbers(sightline.cwd / "stills") == [0, 99, 199, 299]


def test_a_sheet_goes_where_it_is_told_to(sightline: Sightline, clip: Rendered):
    ran = sightline.run("frames", clip.path, "--out", "all of it.png", "--every", "10s", "--json")
    assert ran.code == 0, ran.err
    [told] = lines(ran)
    assert told["file"] == "all of it.png"
    assert told["times"] == [0.0, 10.0, 20.0]
    assert size_of(sightline.cwd / "all of it.png") == (told["width"], told["height"])
    ran = sightline.run(
        "frames", clip.path, "--sheet", "--out", "sheets", "--columns", "1", "--times",
        "--resize", "160",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    width, height = size_of(sightline.cwd / "sheets" / "clip.sheet.jpg")
    assert width < 200 < 16 * 90 < height


def test_more_frames_than_a_sheet_holds_are_thinned_and_it_says_so(
    sightline: Sightline, tmp_path: Path
):
    film = render(random_truth(5, duration_s=45, size=(160, 96)), tmp_path / "long.mp4")
    ran = sightline.run("frames", film.path, "--all-frames")
    assert ran.code == 0, ran.err
    assert "400 frames" in ran.out
    assert "450 frames were chosen and a sheet holds 400" in ran.err


def test_frames_by_their_looks(sightline: Sightline, tmp_path: Path):
    truth = random_truth(11, duration_s=20, mean_scene_s=4)
    film = render(truth, tmp_path / "scenes.mp4", variant="visible")
    ran = sightline.run("frames", film.path, "--scenes", "--out", "scenes", "--json")
    assert ran.code == 0, ran.err
    assert len(lines(ran)) == len(truth.cuts) + 1
    ran = sightline.run("frames", film.path, "--motion", "5", "--out", "motion", "--json")
    assert ran.code == 0, ran.err
    assert 1 <= len(lines(ran)) <= 5


def test_what_is_lost_is_reported_and_the_rest_is_there(sightline: Sightline, tmp_path: Path):
    film = render(
        random_truth(1, duration_s=20),
        tmp_path / "film.mp4",
        encoding=Encoding(faststart=True, gop=20),
    )
    short = cut_short(film.path, tmp_path / "short.mp4", keep=0.6)
    ran = sightline.run("frames", short, "--every", "1s", "--out", "stills")
    assert ran.code == 3, (ran.out, ran.err)
    assert "short.mp4 was cut short: it ends at" in ran.err
    found = numbers(sightline.cwd / "stills")
    assert 5 < len(found) < 20
    assert found == [n * 10 for n in range(len(found))]


def test_a_damaged_file_gives_what_can_be_had(sightline: Sightline, tmp_path: Path):
    film = render(random_truth(2, duration_s=10), tmp_path / "film.mp4", encoding=Encoding(gop=10))
    torn = flip_bytes(film.path, tmp_path / "torn.mp4", seed=4)
    ran = sightline.run("frames", torn, "--every", "1s", "--out", "stills", "--json")
    assert "Traceback" not in ran.err
    told = lines(ran)
    assert len(told) == 10
    assert all((one["file"] is None) == (one["lost"] is not None) for one in told)
    lost = [one["lost"] for one in told if one["lost"]]
    assert ran.code == (3 if lost else 0)
    assert all(detail in ran.err for detail in lost)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing.mp4"], "there is no such file"),
        (["{clip}", "--at", "31"], "outside the video, which lasts 0:30.0"),
        (["{clip}", "--columns", "3", "--out", "stills"], "--columns is for a contact sheet"),
        (["{clip}", "--out", "/proc/no/such"], "cannot be written"),
        (["{clip}", "--all-frames", "--resize", "8000", "--sheet"], "megapixels is the most"),
    ],
)
def test_what_cannot_be_done_is_said_before_it_is_begun(
    sightline: Sightline, clip: Rendered, arguments: list[str], words: str
):
    ran = sightline.run("frames", *(one.format(clip=clip.path) for one in arguments))
    assert ran.code == 2, ran.err
    assert words in " ".join(ran.err.split())
    assert "Traceback" not in ran.err
    assert list(sightline.cwd.iterdir()) == []


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """Long enough to be stopped in the middle."""
    folder = tmp_path_factory.mktemp("long")
    return render(random_truth(8, duration_s=480, size=(640, 360)), folder / "long.mp4")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_leaves_whole_files_and_no_decoder(
    sightline: Sightline, film: Rendered, number: signal.Signals
):
    folder = sightline.cwd / "stills"
    process = sightline.start("frames", film.path, "--all-frames", "--out", "stills")
    while not folder.exists() or len(list(folder.glob("*.jpg"))) < 20:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    decoders = children_of(process.pid)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert out == ""
    assert not [pid for pid in decoders if Path(f"/proc/{pid}").exists()]
    assert "Traceback" not in err
    written = sorted(path.name for path in folder.iterdir())
    assert f"Stopped; {len(written)} frames written." in err
    assert len(written) < film.truth.frame_count
    assert numbers(folder) == list(range(len(written)))
