"""Every way in which a result leaves: files, JSON, the terminal, whatever its encoding and size."""

# PyAV leaves the encoders' keyword arguments and packets without a type.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import simplejpeg
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from stored import rows

import sightline as package
from conftest import TAGS, Ran, Sightline
from sightline.exports.result import Result, SpanDocument
from sightline.testing.behaviour import Behaviour, Fault
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.video import Rendered

PIXELS = ("--endpoint", "pixels", "--tags", "dark, bright")
STRANGE_NAMES = [
    "two words.mp4",
    "spaß und 猫.mp4",
    "[bold]not markup.mp4",
    "b\udce9te.mp4",  # Latin-1 on a UTF-8 system
    "-dash.mp4",
    "line\nbreak.mp4",
]


def truthful(server: TruthfulEndpoint, *more: str) -> list[str]:
    return ["--endpoint", server.base_url, "--model", "truthful", *more]


def copy(clip: Rendered, path: Path, *, extra: bytes = b"") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(clip.path.read_bytes() + extra)
    return path


def result_in(path: Path) -> Result:
    return Result.model_validate_json(path.read_text(encoding="utf-8"))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# ------------------------------------------------------------------------------- result.json


def test_a_result_file_is_written_to_the_current_folder(sightline: Sightline, clip: Rendered):
    ran = sightline.run("analyze", clip.path, *PIXELS)
    assert ran.code == 0, ran.err
    assert names(sightline.cwd) == {"clip.result.json"}
    assert "Wrote clip.result.json" in ran.err
    result = result_in(sightline.cwd / "clip.result.json")
    assert (result.format, result.version, result.state) == ("sightline.result", 1, "complete")
    assert result.media.path == str(clip.path)
    assert (result.media.duration, result.media.frame_count) == (30, 300)
    assert [tag.tag for tag in result.tags] == ["dark", "bright"]
    (run,) = result.runs
    assert (run.endpoints, run.models, run.frames_sampled) == (("pixels",), ("pixels-1",), 15)


@pytest.mark.parametrize(
    ("options", "written", "printed"),
    [
        (["--out", "made/for/it"], {"made/for/it/clip.result.json"}, False),
        (["--no-save"], set[str](), False),
        (["--json"], set[str](), True),
        (["--json", "--out", "here"], {"here/clip.result.json"}, True),
        (["--json", "--out", "here", "--no-save"], set[str](), True),
        (["--ai-json", "--out", "here"], {"here/clip.result.json", "here/clip.mp4.AI.json"}, False),
        (["--ai-json", "--out", "here", "--no-save"], {"here/clip.mp4.AI.json"}, False),
    ],
)
def test_what_is_written_is_what_was_asked_for(
    sightline: Sightline, clip: Rendered, options: list[str], written: set[str], printed: bool
):
    ran = sightline.run("analyze", clip.path, *PIXELS, *options)
    assert ran.code == 0, ran.err
    found = {str(p.relative_to(sightline.cwd)) for p in sightline.cwd.rglob("*") if p.is_file()}
    assert found == written
    if printed:
        assert len(ran.out.splitlines()) == 1
        assert ran.result.state == "complete"
    else:
        assert ran.out.startswith(str(clip.path))


def test_json_is_one_line_a_video_in_order(sightline: Sightline, clip: Rendered, tmp_path: Path):
    other = copy(clip, tmp_path / "other.mp4", extra=b"\0" * 8)
    ran = sightline.analyze(other, "gone.mp4", clip.path, *PIXELS)
    results = [Result.model_validate_json(line) for line in ran.out.splitlines()]
    assert [result.media.path for result in results] == [str(other), str(clip.path)]
    assert "gone.mp4" in ran.err


def test_videos_of_one_name_do_not_overwrite_each_other(
    sightline: Sightline, clip: Rendered, tmp_path: Path
):
    one = copy(clip, tmp_path / "a" / "clip.mp4")
    two = copy(clip, tmp_path / "b" / "clip.mp4", extra=b"\0" * 8)
    ran = sightline.run("analyze", one, two, *PIXELS)
    assert ran.code == 0, ran.err
    results = [result_in(path) for path in sightline.cwd.iterdir()]
    assert {result.media.path for result in results} == {str(one), str(two)}


def test_a_second_run_replaces_the_file_whole(sightline: Sightline, clip: Rendered):
    target = sightline.cwd / "clip.result.json"
    target.write_text("x" * 1_000_000)
    assert sightline.run("analyze", clip.path, *PIXELS).code == 0
    assert result_in(target).state == "complete"
    assert names(sightline.cwd) == {"clip.result.json"}


@pytest.mark.parametrize(
    ("out", "option"),
    [
        ("a-file/below", []),
        ("a-file", ["--json"]),
        ("/proc/nothing", ["--ai-json", "--no-save"]),
        ("/dev/null/x", []),
    ],
)
def test_an_unwritable_output_is_told_before_any_call(
    sightline: Sightline, clip: Rendered, out: str, option: list[str]
):
    (sightline.cwd / "a-file").write_text("mine")
    with TruthfulEndpoint(clip.truth) as server:
        ran = sightline.run(
            "analyze", clip.path, "--tags", "car", "--out", out, *option, *truthful(server)
        )
        assert server.requests == 0
    assert ran.code == 2
    assert ran.out == ""
    said = " ".join(ran.err.split())
    assert f"results cannot be written to {Path(sightline.cwd, out)}" in said
    assert "--out" in said
    assert "Traceback" not in said
    assert (sightline.cwd / "a-file").read_text() == "mine"


def test_a_current_folder_that_cannot_be_written_names_the_way_out(
    sightline: Sightline, clip: Rendered
):
    sightline.cwd = Path("/proc/self")
    ran = sightline.run("analyze", clip.path, *PIXELS)
    assert ran.code == 2
    assert "--no-save" in ran.err
    assert sightline.run("analyze", clip.path, *PIXELS, "--no-save").code == 0


# --------------------------------------------------------------------------------- *.AI.json


def assert_haven(document: Any, clip: Rendered, tags: set[str]) -> None:
    assert document.keys() == {"tags"}
    assert document["tags"].keys() == tags
    for tag, entry in document["tags"].items():
        assert entry.keys() == {"ai_model_name", "time_frames"}
        assert entry["ai_model_name"] == "truthful"
        true = [(clip.clock.seconds(a), clip.clock.seconds(b)) for a, b in clip.spans(tag)]
        assert len(entry["time_frames"]) == len(true)
        for frame, (start, end) in zip(entry["time_frames"], true, strict=True):
            assert frame.keys() == {"start", "end", "confidence"}
            assert frame["start"] == pytest.approx(start, abs=0.51)
            assert frame["end"] == pytest.approx(end, abs=0.51)
            assert frame["confidence"] == 1


@pytest.mark.parametrize("out", [None, "folder"])
def test_haven_gets_its_own_shape_beside_the_video_or_in_the_folder(
    sightline: Sightline, clip: Rendered, tmp_path: Path, out: str | None
):
    video = copy(clip, tmp_path / "films" / "clip.mp4")
    more = ["--out", out] if out else []
    with TruthfulEndpoint(clip.truth) as server:
        ran = sightline.run(
            "analyze", video, "--tags", ",".join(TAGS), "--every", "0.5s", "--ai-json", *more,
            *truthful(server),
        )  # fmt: skip
    assert ran.code == 0, ran.err
    folder = sightline.cwd / out if out else video.parent
    text = (folder / "clip.mp4.AI.json").read_text(encoding="utf-8")
    assert_haven(json.loads(text), clip, set(TAGS))
    # The tag that never happens was looked for, and says so.
    assert json.loads(text)["tags"]["umbrella"]["time_frames"] == []
    assert names(video.parent) == ({"clip.mp4"} if out else {"clip.mp4", "clip.mp4.AI.json"})


def test_haven_gets_no_partial_result_unless_allowed(
    sightline: Sightline, clip: Rendered, tmp_path: Path
):
    video = copy(clip, tmp_path / "clip.mp4")
    with TruthfulEndpoint(clip.truth, Behaviour(faults={Fault.MISSING: 1.0})) as server:
        arguments = [
            "analyze", video, "--tags", "car,dog", "--every", "0.5s", "--ai-json",
            *truthful(server),
        ]  # fmt: skip
        ran = sightline.run(*arguments)
        assert ran.code == 3
        said = " ".join(ran.err.split())
        assert "clip.mp4.AI.json was not written: part of the result is unknown" in said
        assert "--allow-partial" in said
        assert names(tmp_path) == {"clip.mp4", "home"}
        ran = sightline.run(*arguments, "--allow-partial")
        missing = next(line.tag for line in server.log.lines if line.outcome == "left_out")
    assert ran.code == 3
    document = json.loads((tmp_path / "clip.mp4.AI.json").read_text())
    # What nothing is known of is left out: an empty list would call it absent.
    assert_haven(document, clip, {"car", "dog"} - {missing})


# ------------------------------------------------------------------------------- names and text


def test_any_file_name_works_everywhere(sightline: Sightline, clip: Rendered, tmp_path: Path):
    videos = [copy(clip, sightline.cwd / name) for name in STRANGE_NAMES]
    given = [f"./{name}" for name in STRANGE_NAMES]
    shown = [os.fsencode(name).decode(errors="replace") for name in STRANGE_NAMES]
    ran = sightline.run("analyze", *PIXELS, "--out", tmp_path / "ä out", "--ai-json", *given)
    assert ran.code == 0, ran.err
    results = {f"{video.stem}.result.json" for video in videos}
    assert names(tmp_path / "ä out") == results | {f"{name}.AI.json" for name in STRANGE_NAMES}
    paths = {result_in(tmp_path / "ä out" / name).media.path for name in results}
    assert paths == set(shown)
    again = sightline.analyze(*PIXELS, *given)
    assert again.code == 0, again.err
    told = [Result.model_validate_json(line) for line in again.out.splitlines()]
    assert [result.media.path for result in told] == shown
    assert all(result.runs[0].reused == 30 for result in told)
    listed = sightline.run("library", "list", COLUMNS="300")
    assert listed.code == 0, listed.err
    for name in ("two words.mp4", "spaß und 猫.mp4", "[bold]not markup.mp4"):
        assert f"{sightline.cwd / name}" in listed.out
    # They are one media: removed by any of its names, it is off the list.
    removed = sightline.run("library", "remove", "--", "b\udce9te.mp4")
    assert removed.code == 0, removed.err
    assert rows(sightline.data_dir).files == 0


def test_a_result_that_cannot_be_written_does_not_spoil_the_others(
    sightline: Sightline, clip: Rendered, tmp_path: Path
):
    long = copy(clip, tmp_path / ("x" * 251 + ".mp4"))
    ran = sightline.run("analyze", long, clip.path, *PIXELS, "--ai-json", "--out", "here")
    assert ran.code == 2
    assert "AI.json cannot be written: File name too long" in ran.err
    assert "Traceback" not in ran.err
    short = {name for name in names(sightline.cwd / "here") if not name.startswith("x")}
    assert short == {"clip.result.json", "clip.mp4.AI.json"}
    assert len(names(sightline.cwd / "here")) == 3


@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "cp437"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=["ascii", "latin-1", "cp437", "C"],
)
def test_a_console_that_is_not_utf_8_shows_a_readable_timeline(
    sightline: Sightline, clip: Rendered, env: dict[str, str]
):
    video = copy(clip, sightline.cwd / "spaß 猫.mp4")
    ran = run_for_bytes(sightline, "analyze", video, "gone ß.mp4", *PIXELS, **env)
    encoding = env.get("PYTHONIOENCODING", "ascii")
    out, err = ran.stdout.decode(encoding), ran.stderr.decode(encoding)
    assert ran.returncode == 2
    assert "Traceback" not in err
    assert "there is no such file" in err
    bar = next(line for line in out.splitlines() if line.startswith("dark "))
    assert set(bar.split()[1]) == {"."}
    ran = run_for_bytes(sightline, "analyze", "--json", video, *PIXELS, **env)
    result = Result.model_validate_json(ran.stdout)
    assert result.media.path == str(video)


def run_for_bytes(
    sightline: Sightline, *arguments: str | Path, **env: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "sightline.cli.main", *arguments],
        cwd=sightline.cwd,
        env={**sightline.env, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_a_reader_that_leaves_early_causes_no_traceback(
    sightline: Sightline, clip: Rendered, option: list[str]
):
    with sightline.start("analyze", clip.path, "--describe", *PIXELS, *option) as process:
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        err = process.stderr.read()
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    # What was answered is kept all the same.
    assert rows(sightline.data_dir).facts > 0


@pytest.mark.parametrize("columns", [20, 40, 300])
def test_any_width_of_terminal(sightline: Sightline, clip: Rendered, columns: int):
    with TruthfulEndpoint(clip.truth) as server:
        ran = sightline.run(
            "analyze", clip.path, "--tags", ",".join(TAGS), "--describe", "--frames", "20",
            *truthful(server), COLUMNS=str(columns),
        )  # fmt: skip
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert max(map(len, lines)) <= columns
    if columns >= 40:
        for tag in TAGS:
            assert any(line.startswith(f"{tag} ") and len(line.split()) == 2 for line in lines)


def test_verbose_shows_every_row(sightline: Sightline, clip: Rendered):
    with TruthfulEndpoint(clip.truth) as server:
        arguments = ["analyze", clip.path, "--describe", "--frames", "20", *truthful(server)]
        short = sightline.run(*arguments)
        long = sightline.run(*arguments, "-v")
    assert short.out.count("frame ") == 12
    assert "and 8 more: --verbose shows them" in short.out
    assert long.out.count("frame ") == 20
    assert "more: --verbose" not in long.out


def test_nothing_but_results_goes_to_standard_output(sightline: Sightline, clip: Rendered):
    ran = sightline.run("analyze", clip.path, *PIXELS, "--json", SIGHTLINE_DISCOVER="true")
    assert ran.code == 0
    json.loads(ran.out)
    assert "\x1b" not in ran.out + ran.err


def test_version_and_help(sightline: Sightline):
    assert sightline.run("--version").out == f"sightline {package.__version__}\n"
    for arguments in (["--help"], ["analyze", "--help"], ["library", "--help"]):
        ran = sightline.run(*arguments)
        assert ran.code == 0
        assert "Usage" in ran.out
        assert ran.err == ""
    assert not sightline.data_dir.exists()


# ----------------------------------------------------------------------------- what is looked at


def frames_seen(server: TruthfulEndpoint) -> list[int]:
    return sorted({line.frame for line in server.log.lines if line.frame is not None})


@pytest.mark.parametrize(
    ("options", "frames"),
    [
        (["--every", "5s"], range(0, 300, 50)),
        (["--every", "0:07.5"], range(0, 300, 75)),
        (["-f", "4"], [0, 99, 199, 299]),
        (["--frames", "1"], [150]),
        (["--keyframes"], range(0, 300, 50)),
        (["--all-frames"], range(300)),
        (["--at", "2.05, 0:10,0:29.99"], [20, 100, 299]),
        ([], range(0, 300, 20)),
    ],
)
def test_the_frames_are_those_that_were_asked_for(
    sightline: Sightline, clip: Rendered, options: list[str], frames: range | list[int]
):
    with TruthfulEndpoint(clip.truth) as server:
        ran = sightline.analyze(clip.path, "--tags", "car", *options, *truthful(server))
        assert frames_seen(server) == list(frames)
    assert ran.code in {0, 3}, ran.err
    assert ran.result.runs[0].frames_sampled == len(frames)
    assert ran.result.runs[0].failed == 0


def test_moments_by_hand_speak_for_themselves_only(sightline: Sightline, clip: Rendered):
    (start, end), *_ = clip.truth.spans("bicycle")
    inside, outside = (start + end) / 2, end + 1
    with TruthfulEndpoint(clip.truth) as server:
        ran = sightline.analyze(
            clip.path, "--tags", "bicycle", "--describe", "--at", f"{inside},{outside}",
            *truthful(server),
        )  # fmt: skip
    (tag,) = ran.result.tags
    (span,) = tag.spans
    frame = int(inside * 10) / 10
    assert (span.start, span.end) == (frame, pytest.approx(frame + 0.1))
    assert span.end_range[1] <= outside + 0.1
    # All else was not looked at, and is not called absent.
    assert {one.reason for one in tag.unknown} == {"unasked"}
    told = sum(one.end - one.start for one in tag.unknown)
    assert told == pytest.approx(30 - 0.2)
    assert [d.end - d.start for d in ran.result.descriptions] == [pytest.approx(0.1)] * 2


def test_the_short_options_of_the_source_system(sightline: Sightline, clip: Rendered):
    with TruthfulEndpoint(clip.truth) as server:
        ran = sightline.analyze(
            clip.path, "-f", "3", "-p", "What is it?", "-r", "300", "-t", "7", "--min-tokens", "5",
            "-m", "truthful", "-v", "--no-save", "--endpoint", server.base_url,
        )  # fmt: skip
        assert frames_seen(server) == [0, 149, 299]
        assert server.requests == 1
    assert ran.code == 0, ran.err
    (answer,) = ran.result.descriptions
    assert answer.prompt == "What is it?"
    # The server holds to the limit of 7 tokens, and the result says that the text was cut.
    assert answer.cut
    assert ran.result.runs[0].tokens_out == 7


def test_a_tag_set_sets_thresholds_gaps_and_lengths(sightline: Sightline, clip: Rendered):
    sets = {
        "car": "",
        "vehicle": 'max_gap = "30s"',
        "long drive": 'min_length = "2.5s"',
        "surely": "threshold = 0.9",
    }
    tags: dict[str, tuple[SpanDocument, ...]] = {}
    with TruthfulEndpoint(clip.truth, Behaviour(doubt=0.3)) as server:
        for name, more in sets.items():
            (sightline.cwd / "set.toml").write_text(
                f'[[tags]]\nname = "{name}"\ndescription = "car"\n{more}\n'
            )
            ran = sightline.analyze(
                clip.path, "--tag-set", "set.toml", "--tags", "dog", "--every", "0.5s",
                *truthful(server),
            )  # fmt: skip
            assert ran.code == 0, ran.err
            assert [tag.tag for tag in ran.result.tags] == ["dog", name]
            tags[name] = ran.result.tags[1].spans
        assert {line.tag for line in server.log.lines} == {"car", "dog"}
        # One wording is asked once, however many tags are made of it.
        assert max(server.log.answered().values()) == 1
    assert len(tags["car"]) == len(clip.truth.spans("car")) > 2
    (one,) = tags["vehicle"]
    assert (one.start, one.end) == (tags["car"][0].start, tags["car"][-1].end)
    assert tags["long drive"] == tuple(s for s in tags["car"] if s.end - s.start >= 2.5)
    assert 0 < len(tags["long drive"]) < len(tags["car"])
    seen = [sum(span.end - span.start for span in tags[name]) for name in ("surely", "car")]
    assert seen[0] < seen[1]


def draw(path: Path) -> Path:
    """Left half red, right half near black."""
    pixels = np.full((120, 200, 3), 20, np.uint8)
    pixels[:, :100] = [200, 30, 30]
    if path.suffix == ".jpg":
        path.write_bytes(simplejpeg.encode_jpeg(pixels, quality=90))
        return path
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream("png", rate=1)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 200, 120, "rgb24"
        container.mux(stream.encode(VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("name", ["picture.jpg", "picture.png"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_image_is_tagged_and_described(sightline: Sightline, name: str):
    picture = draw(sightline.cwd / name)
    arguments = [picture, "--endpoint", "pixels", "--tags", "red, blue", "--describe"]
    ran = sightline.analyze(*arguments)
    assert ran.code == 0, ran.err
    result = ran.result
    assert (result.media.kind, result.media.width, result.media.height) == ("image", 200, 120)
    found = {tag.tag: len(tag.spans) for tag in result.tags}
    assert found == {"red": 1, "blue": 0}
    (description,) = result.descriptions
    assert "red" in (description.text or "")
    shown = sightline.run("analyze", *arguments)
    assert shown.code == 0
    assert "0:00" not in shown.out.split("descriptions")[0]
    assert any(line.split() == ["blue", "─", "absent"] for line in shown.out.splitlines())


# ------------------------------------------------------------------------------------ the library


def limited(sightline: Sightline, *arguments: str | Path, bytes_a_file: int) -> Ran:
    """The command where no file may grow beyond a size, as with a quota or a full disk."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_a_file, bytes_a_file))

    ran = subprocess.run(
        [sys.executable, "-m", "sightline.cli.main", *arguments],
        cwd=sightline.cwd,
        env=sightline.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        preexec_fn=limit,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


@pytest.mark.parametrize("kilobytes", [50, 700])
def test_a_full_disk_is_told_and_what_was_stored_is_kept(
    sightline: Sightline, clip: Rendered, kilobytes: int
):
    arguments = ["analyze", clip.path, "--endpoint", "pixels", "--describe", "--all-frames"]
    ran = limited(sightline, *arguments, bytes_a_file=kilobytes * 1024)
    assert ran.code == 1, (ran.out, ran.err)
    said = " ".join(ran.err.split())
    assert "sightline.db: no space is left for the library" in said
    assert "run the same command again" in said
    assert "Traceback" not in said
    assert not list(sightline.cwd.iterdir())
    again = sightline.run(*arguments, "--json")
    assert again.code == 0, again.err
    (run,) = again.result.runs
    assert run.answered + run.reused == 300
    assert run.reused > 0 or kilobytes == 50


@pytest.mark.parametrize("data_dir", ["a-file", "a-file/below", "/proc/nothing"])
def test_a_library_that_cannot_be_kept_there_is_told_before_any_call(
    sightline: Sightline, clip: Rendered, data_dir: str
):
    (sightline.cwd / "a-file").write_text("mine")
    with TruthfulEndpoint(clip.truth) as server:
        ran = sightline.run(
            "analyze", clip.path, "--tags", "car", "--data-dir", data_dir, *truthful(server)
        )
        assert server.requests == 0
    assert ran.code == 1
    said = " ".join(ran.err.split())
    assert f"{data_dir}/sightline.db: it cannot be used as the library" in said
    assert "Traceback" not in said
    assert (sightline.cwd / "a-file").read_text() == "mine"


def test_a_library_that_is_another_kind_of_file_is_left_alone(sightline: Sightline, clip: Rendered):
    sightline.data_dir.mkdir()
    database = sightline.data_dir / "sightline.db"
    database.write_text("my shopping list\n" * 100)
    ran = sightline.run("analyze", clip.path, *PIXELS)
    assert ran.code == 1
    assert "it is not a database" in " ".join(ran.err.split())
    assert "Traceback" not in ran.err
    assert database.read_text() == "my shopping list\n" * 100
