"""What a person can get wrong: each is told which file or setting, and the way out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from stored import all_results, rows

from conftest import Ran, Sightline
from sightline.testing.damage import cut_short, write_noise, write_nothing
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.video import Encoding, Rendered, render, write_audio
from sightline.values import Track

PIXELS = ("--endpoint", "pixels", "--tags", "dark")


def assert_refused(ran: Ran, *words: str) -> None:
    """Exit code 2, one plain message that holds all of `words`, and no result."""
    assert ran.code == 2, (ran.out, ran.err)
    assert ran.out == ""
    said = " ".join(ran.err.split())
    for word in words:
        assert word in said
    assert "Traceback" not in said
    assert "Error(" not in said


def a_folder(path: Path) -> None:
    path.mkdir()


def a_text(path: Path) -> None:
    path.write_text("Dear diary,\n" * 100)


def noise(path: Path) -> None:
    write_noise(path, seed=1)


def nothing(path: Path) -> None:
    write_nothing(path)


def sound(path: Path) -> None:
    write_audio(path)


def missing(path: Path) -> None:
    del path


BAD_FILES = [
    pytest.param("gone.mp4", missing, ["there is no such file", "check the name"], id="missing"),
    pytest.param("folder", a_folder, ["is a folder", "name the video files"], id="folder"),
    pytest.param("empty.mp4", nothing, ["empty (0 bytes)", "copy or download"], id="empty"),
    pytest.param("noise.mp4", noise, ["not a video or image", "convert it"], id="noise"),
    pytest.param("diary.txt", a_text, ["not a video or image", "convert it"], id="text"),
    pytest.param("song.m4a", sound, ["only audio (aac)", "nothing to look at"], id="audio"),
    pytest.param("x" * 300 + ".mp4", missing, ["File name too long"], id="long name"),
]


@pytest.mark.parametrize(("name", "make", "words"), BAD_FILES)
def test_a_file_without_a_picture_is_named_with_the_way_out(
    sightline: Sightline, name: str, make: Callable[[Path], None], words: list[str]
):
    make(sightline.cwd / name)
    ran = sightline.run("analyze", name, *PIXELS)
    assert_refused(ran, name[:60], *words)
    assert not list(sightline.cwd.glob("*.result.json"))
    stored = rows(sightline.data_dir)
    assert (stored.media, stored.runs, stored.facts) == (0, 0, 0)


def test_a_device_is_not_waited_for(sightline: Sightline):
    assert_refused(sightline.run("analyze", "/dev/zero", *PIXELS), "/dev/zero", "device, pipe")


def test_an_mp4_cut_before_its_index_says_that_it_was_cut(
    sightline: Sightline, clip: Rendered, tmp_path: Path
):
    cut = cut_short(clip.path, tmp_path / "half.mp4")
    ran = sightline.run("analyze", cut, *PIXELS)
    assert_refused(ran, "half.mp4", "cut off before its index (moov)", "copy or download it again")
    assert rows(sightline.data_dir).media == 0


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_of_a_file_cut_in_the_middle_the_rest_is_analysed_and_the_loss_told(
    sightline: Sightline, clip: Rendered, tmp_path: Path, suffix: str
):
    whole = render(
        clip.truth, tmp_path / f"whole{suffix}", encoding=Encoding(faststart=suffix == ".mp4")
    )
    cut = cut_short(whole.path, tmp_path / f"cut{suffix}", keep=0.6)
    with TruthfulEndpoint(clip.truth) as server:
        ran = sightline.analyze(
            cut, "--tags", "car,person", "--every", "1s", "--endpoint", server.base_url,
            "--model", "truthful", "--out", tmp_path / "out",
        )  # fmt: skip
        asked = {line.frame for line in server.log.lines}
    assert ran.code == 3, ran.err
    result = ran.result
    assert result.state == "partial"
    readable = result.media.duration
    assert 10 < readable < 25
    assert result.media.lost == pytest.approx(30 - readable, abs=0.2)
    (run,) = result.runs
    assert f"cut short: its last {result.media.lost:.1f} s" in run.note
    for tag in result.tags:
        (lost,) = tag.unknown
        assert (lost.start, lost.reason) == (readable, "failed")
        assert lost.end == pytest.approx(30, abs=0.2)
        assert all(span.end <= readable for span in tag.spans)
        # What can be seen is found as in the whole video.
        inside = [pair for pair in whole.truth.spans(tag.tag) if pair[1] < readable - 1]
        assert len(tag.spans) >= len(inside) > 0
    assert asked == set(range(0, int(readable * 10), 10))
    stored = [track for r in all_results(sightline.data_dir) for track in r.findings]
    assert all(isinstance(track, Track) and len(track.unknown) == 1 for track in stored)


def test_a_person_sees_the_loss(sightline: Sightline, clip: Rendered, tmp_path: Path):
    encoding = Encoding(faststart=True)
    whole = render(clip.truth, tmp_path / "whole.mp4", encoding=encoding)
    cut = cut_short(whole.path, tmp_path / "cut.mp4", keep=0.6)
    tags = ("--tags", "dark, bright")
    ran = sightline.run("analyze", cut, "--endpoint", "pixels", *tags, COLUMNS="200")
    assert ran.code == 3
    # Once, for both tags, and up to the end that the file promises.
    assert " ".join(ran.out.split()).count("dark, bright: not known") == 1
    bar = next(line for line in ran.out.splitlines() if line.startswith("dark "))
    assert bar.rstrip().endswith("╱╱╱")
    assert bar.count("╱") / (bar.count("╱") + bar.count("─")) == pytest.approx(0.4, abs=0.05)
    assert "0:25.0" in ran.out.splitlines()[1]


def test_one_bad_file_does_not_spoil_the_others(
    sightline: Sightline, clip: Rendered, tmp_path: Path
):
    other = tmp_path / "other.mp4"
    other.write_bytes(clip.path.read_bytes() + b"\0" * 8)
    bad = write_nothing(tmp_path / "empty.mp4")
    ran = sightline.run("analyze", "gone.mp4", clip.path, bad, other, *PIXELS)
    assert ran.code == 2
    assert "gone.mp4" in ran.err
    assert "empty.mp4" in ran.err
    assert "Traceback" not in ran.err
    names = {path.name for path in sightline.cwd.iterdir()}
    assert names == {"clip.result.json", "other.result.json"}
    assert [r.record.run.state for r in all_results(sightline.data_dir)] == ["complete"] * 2


# --------------------------------------------------------------------------------- the request


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--at", "40"], ["0:40.0 is outside", "which lasts 0:30.0"]),
        (["--at", "soon"], ["'soon' is not a time", "write it like"]),
        (["--at", " , "], ["no moment", "--at 12.5,30"]),
        (["--every", "0"], ["more than 0 seconds"]),
        (["--every", "2s", "--frames", "5"], ["give one of them"]),
        (["--keyframes", "--all-frames"], ["give one of them"]),
        (["--frames", "0"], ["--frames"]),
        (["--resize", "9000"], ["--resize"]),
        (["--tags", ""], ["--tags names no tag", "'car, person'"]),
        (["--tags", "car, dog,car"], ["the tag 'car' twice"]),
        (["--ask", "  "], ["the question is empty"]),
        (["--nonsense"], ["--nonsense"]),
        (["--endpoint", "desktop"], ["no endpoint 'desktop'", "Configured: none", "'pixels'"]),
        (["--endpoint", "ftp://box/v1"], ["'ftp://box/v1' is not an http:// or https:// URL"]),
        (["--endpoint", "http://"], ["'http://' is not an http:// or https:// URL"]),
        (["--endpoint", "http://box:99999"], ["not a URL"]),
        (["--endpoint", "http://[::1"], ["not a URL"]),
        (["--endpoint", "pixels", "--model", "vl"], ["leave out --model vl"]),
    ],
)
def test_a_request_that_cannot_be_meant_is_refused(
    sightline: Sightline, clip: Rendered, arguments: list[str], words: list[str]
):
    assert_refused(sightline.run("analyze", clip.path, *arguments), *words)
    assert not list(sightline.cwd.iterdir())


def test_a_password_in_a_url_is_refused_and_not_repeated(sightline: Sightline, clip: Rendered):
    ran = sightline.run("analyze", clip.path, "--endpoint", "http://me:hunter2@box/v1")
    assert_refused(ran, "endpoint box", "carries a user name or password")
    assert "hunter2" not in ran.err


def test_words_that_are_not_unicode_are_refused(sightline: Sightline, clip: Rendered):
    for option in ("--tags", "--ask"):
        ran = sightline.run("analyze", clip.path, option, "caf\udce9")
        assert_refused(ran, "not UTF-8 text", "caf\\udce9")


def test_no_video_at_all(sightline: Sightline):
    assert_refused(sightline.run("analyze"), "Missing argument", "VIDEO")


# --------------------------------------------------------------------------- files of settings


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("set.toml", None, ["No such file", "check the name"]),
        ("set.toml", b"tags = [", ["is not TOML", "end of document"]),
        ("set.toml", b"", ["tags", "required"]),
        ("set.json", b'{"tags": ["car", ""]}', ["tags.1"]),
        ("set.toml", b'tags = ["car"]\ncolour = "red"', ["colour"]),
        ("set.toml", b'[[tags]]\nname = "car"\ntreshold = 0.7', ["tags.0.treshold"]),
        ("set.toml", b'[[tags]]\nname = "car"\nthreshold = 7', ["tags.0.threshold"]),
        ("set.toml", b'tags = ["car", "dog", "car"]', ["the tag 'car' twice"]),
    ],
)
def test_a_bad_tag_set_is_named_with_the_field(
    sightline: Sightline, clip: Rendered, name: str, content: bytes | None, words: list[str]
):
    if content is not None:
        (sightline.cwd / name).write_bytes(content)
    ran = sightline.run("analyze", clip.path, "--tag-set", name)
    assert_refused(ran, name, *words)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({"SIGHTLINE_ENDPONT": "x"}, ["SIGHTLINE_ENDPONT", "environment", "SIGHTLINE_ENDPOINT,"]),
        ({"SIGHTLINE_EVERY_S": "often"}, ["every_s", "valid number", "the environment"]),
        ({"SIGHTLINE_ENDPOINTS": "{"}, ["endpoints", "JSON"]),
        ({"SIGHTLINE_CONFIG": "nowhere.toml"}, ["SIGHTLINE_CONFIG", "nowhere.toml"]),
        ({".env": "SIGHTLINE_EVREY_S=1"}, ["SIGHTLINE_EVREY_S", ".env"]),
        ({".env.local": "SIGHTLINE_EVERY_S=never"}, ["every_s", ".env.local"]),
        ({"sightline.toml": "evrey_s = 1"}, ["evrey_s", "no such setting", "sightline.toml"]),
        ({"sightline.toml": "every_s = "}, ["sightline.toml", "end of document"]),
        ({"sightline.toml": "\udcff"}, ["sightline.toml", "decode"]),
        (
            {"sightline.toml": '[endpoints.desk]\nurll = "http://x"'},
            ["endpoints.desk.urll", "no such setting"],
        ),
    ],
)
def test_a_bad_setting_is_named_with_its_place(
    sightline: Sightline, clip: Rendered, place: dict[str, str], words: list[str]
):
    env = {name: value for name, value in place.items() if name.startswith("SIGHTLINE_")}
    for name in place.keys() - env.keys():
        (sightline.cwd / name).write_text(place[name], errors="surrogateescape")
    assert_refused(sightline.run("analyze", clip.path, **env), *words)
    assert not sightline.data_dir.exists()


def test_a_secret_that_cannot_be_used_is_not_shown(sightline: Sightline, clip: Rendered):
    toml = '[endpoints.desk]\nurl = "http://127.0.0.1:9"\napi_key = ["hunter2"]\n'
    (sightline.cwd / "sightline.toml").write_text(toml)
    ran = sightline.run("analyze", clip.path)
    assert_refused(ran, "endpoints.desk.api_key", "sightline.toml")
    assert "hunter2" not in ran.err
    (sightline.cwd / "sightline.toml").unlink()
    ran = sightline.run("analyze", clip.path, SIGHTLINE_ENDPOINTS='{"a": {"api_key": "hunter2"')
    assert_refused(ran, "endpoints")
    assert "hunter2" not in ran.err
