"""`sightline eval`: from files to measures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import TAGS, Sightline
from sightline.exports.result import to_json
from sightline.exports.scores import ScoresDocument
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.results import result, span, unknown
from sightline.testing.video import Rendered
from sightline.values import RunState, Track

TRUTH = result(
    Track("car", (span(0, 10_000), span(30_000, 40_000)), ()),
    Track("dog", (span(5000, 8000),), ()),
)
FOUND = result(
    Track("car", (span(0, 9000), span(30_000, 40_000)), ()),
    Track("dog", (), (unknown(0, 30_000),)),
    state=RunState.PARTIAL,
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    truth, found = tmp_path / "truth.json", tmp_path / "found.json"
    truth.write_text(to_json(TRUTH))
    found.write_text(to_json(FOUND))
    return truth, found


def lines(text: str) -> dict[str, list[str]]:
    """The rows of the table by name; cells are two spaces apart."""
    rows = [
        [cell.strip() for cell in line.split("  ") if cell.strip()] for line in text.split("\n")
    ]
    return {row[0]: row[1:] for row in rows if row}


def test_what_is_unknown_stands_beside_the_measures(sightline: Sightline, files: tuple[Path, Path]):
    ran = sightline.run("eval", *files, "--by-tag", COLUMNS="80")
    assert ran.code == 3, ran.err
    assert ran.out.startswith("1 video, 2 tags; 75 % of the time is known\n")
    assert max(map(len, ran.out.splitlines())) <= 80
    rows = lines(ran.out)
    assert rows["span F1 at tIoU 0.5"] == ["0.800", "1.000"]
    assert rows["frame recall"] == [f"{19 / 23:.3f}", f"{19 / 20:.3f}"]
    assert rows["spans in the truth"] == ["3", "2"]
    assert rows["dog"] == ["1", "0", "0.000", "0.000", "–", "0.000", "–", "50 %"]
    assert "3 calls for 9 asks" in ran.out


def test_the_document_for_scripts(sightline: Sightline, files: tuple[Path, Path]):
    ran = sightline.run("eval", *files, "--json", "--step", "1s")
    assert ran.code == 3, ran.err
    told = ScoresDocument.model_validate(json.loads(ran.out))
    assert (told.coverage, told.step, told.videos) == (0.75, 1.0, ("film",))
    # At 0.95 alone, 9 s of 10 are no match, and come first: precision 1/2 up to recall 1/2.
    assert told.known.map == pytest.approx((9 * 1 + 1 / 4) / 10)
    assert told.all.map == pytest.approx((9 * 1 + 1 / 4) / 10 / 2)  # of the dog 0
    assert told.known.boundary
    assert told.known.boundary.p95_frames == pytest.approx(0.85 * 25)
    assert told.spent
    assert told.spent.calls == 3


def test_a_perfect_result_is_complete(sightline: Sightline, files: tuple[Path, Path]):
    ran = sightline.run("eval", files[0], files[0])
    assert ran.code == 0, ran.err
    assert lines(ran.out)["segmental F1@50"] == ["1.000"]


def test_nothing_known_has_failed(sightline: Sightline, files: tuple[Path, Path], tmp_path: Path):
    other = tmp_path / "other.json"
    other.write_text(to_json(result(Track("cat", (span(0, 1000),), ()))))
    ran = sightline.run("eval", files[0], other)
    assert ran.code == 1
    assert "Not in the truth, so left out: tags: cat" in ran.err


def test_activitynet_out_and_in_gives_the_same(
    sightline: Sightline, files: tuple[Path, Path], tmp_path: Path
):
    folder = tmp_path / "out"
    refused = sightline.run("eval", *files, "--to-activitynet", folder)
    assert "activitynet-results.json was not written" in refused.err
    assert [path.name for path in folder.iterdir()] == ["activitynet-truth.json"]
    ours = sightline.run("eval", *files, "--json", "--to-activitynet", folder, "--allow-partial")
    theirs = sightline.run(
        "eval", folder / "activitynet-truth.json", folder / "activitynet-results.json", "--json"
    )
    assert theirs.code == ours.code == 3
    one, other = json.loads(ours.out), json.loads(theirs.out)
    assert one.pop("spent")
    assert other.pop("spent") is None
    assert one == other


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--step", "0"], "--step 0 is no length of time"),
        (["--step", "soon"], "soon"),
        (["--to-activitynet", "truth.json/below"], "Name another folder"),
    ],
)
def test_options_that_cannot_be_used(
    sightline: Sightline, files: tuple[Path, Path], more: list[Any], told: str
):
    (sightline.cwd / "truth.json").write_text("")
    ran = sightline.run("eval", *files, *more)
    assert ran.code == 2
    assert told in ran.err


def test_a_file_that_cannot_be_used_is_named(sightline: Sightline, files: tuple[Path, Path]):
    files[1].write_text('{"format": "sightline.result"}')
    ran = sightline.run("eval", *files, COLUMNS="200")
    assert ran.code == 2
    assert f"{files[1]} cannot be used:" in ran.err
    assert "media: Field required" in ran.err


def test_a_real_analysis_against_the_truth_of_its_video(
    sightline: Sightline, clip: Rendered, tmp_path: Path
):
    """Every frame is asked and answered truly: the result is the truth."""
    spans = {
        tag: [(clip.clock.seconds(a), clip.clock.seconds(b)) for a, b in clip.spans(tag)]
        for tag in TAGS
    }
    entry = {
        "duration": 30.0,
        "annotations": [
            {"label": tag, "segment": segment} for tag in TAGS for segment in spans[tag]
        ],
    }
    truth, found = tmp_path / "annotations.json", tmp_path / "found.jsonl"
    truth.write_text(json.dumps({"database": {"clip": entry}}))
    with TruthfulEndpoint(clip.truth) as server:
        ran = sightline.analyze(
            clip.path, "--tags", ",".join(TAGS), "--all-frames",
            "--endpoint", server.base_url, "--model", "truthful",
        )  # fmt: skip
    assert ran.code == 0, ran.err
    found.write_text(ran.out)
    scored = sightline.run("eval", truth, found, "--json")
    assert scored.code == 0, scored.err
    told = ScoresDocument.model_validate(json.loads(scored.out))
    assert told.coverage == 1
    assert told.all.map == 1
    assert told.all.span_f1 == {"0.50": 1, "0.75": 1, "0.90": 1}
    assert (told.all.frame_precision, told.all.frame_recall) == (1, 1)
    assert told.all.boundary
    assert told.all.boundary.p95 < 1e-5
    assert told.spent
    assert told.spent.calls > 0
