"""Tag sets as a person uses them: changed at will, imported, checked, tuned, and asked once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import Sightline
from sightline.services.tags.tagsets import read_file
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.video import Rendered

FIRST = """
[[tags]]
name = "car"
[[tags]]
name = "dog"
"""

CHANGES = {
    "threshold": 'name = "car"\nthreshold = 0.9\nimage_threshold = 0.1',
    "gap": 'name = "car"\nmax_gap = "10%"',
    "lengths": 'name = "car"\nmin_length = "2s"\nrequired_length = "50%"',
    "off": 'name = "car"\nmin_length = "off"\nrequired_length = "off"',
    "renamed": 'name = "car"\nrenamed = "Automobile"',
    "name": 'name = "Automobile"\ndescription = "car"',
    "category": 'name = "car"\ncategory = "pose"',
}


def truthful(server: TruthfulEndpoint) -> list[str]:
    return ["--endpoint", server.base_url, "--model", "truthful", "--every", "0.5s"]


def test_changing_anything_but_the_wording_makes_no_call(sightline: Sightline, clip: Rendered):
    file = sightline.cwd / "tags.toml"
    with TruthfulEndpoint(clip.truth) as server:
        file.write_text(FIRST)
        first = sightline.analyze(clip.path, "--tag-set", file, *truthful(server))
        assert first.code == 0, first.err
        asked = server.requests
        changed = list(CHANGES.values())
        exclusive = (
            'exclusive = ["pose"]\n[[tags]]\nname = "car"\ncategory = "pose"\n'
            '[[tags]]\nname = "dog"\ncategory = "pose"\n'
        )
        for text in [*(f'[[tags]]\n{c}\n[[tags]]\nname = "dog"\n' for c in changed), exclusive]:
            file.write_text(text)
            again = sightline.analyze(clip.path, "--tag-set", file, *truthful(server))
            assert again.code == 0, again.err
            assert server.requests == asked, text
            assert again.result.runs[0].asked == 0


def test_an_example_asks_that_tag_again_and_no_other(sightline: Sightline, clip: Rendered):
    file = sightline.cwd / "tags.toml"
    file.write_text(FIRST)
    with TruthfulEndpoint(clip.truth) as server:
        sightline.analyze(clip.path, "--tag-set", file, *truthful(server))
        asked_before = len(server.log.lines)
        file.write_text(FIRST.replace('name = "car"', 'name = "car"\nnegative = ["a toy"]'))
        ran = sightline.analyze(clip.path, "--tag-set", file, *truthful(server))
        assert ran.code == 0, ran.err
        asked = {line.tag for line in server.log.lines[asked_before:]}
    assert asked == {"car (not: a toy)"}


def test_settings_of_the_source_systems_are_imported(sightline: Sightline, tmp_path: Path):
    config = {"category_config": {"sport": {"run": {"RenamedTag": "Running", "MaxGap": "30s"}}}}
    source = tmp_path / "haven.json"
    source.write_text(json.dumps(config))
    ran = sightline.run("tags", "import", source, "--out", "tags.toml")
    assert ran.code == 0, ran.err
    assert "Wrote 1 tags" not in ran.out
    assert read_file(sightline.cwd / "tags.toml") == read_file(source)
    printed = sightline.run("tags", "import", source)
    assert printed.out == (sightline.cwd / "tags.toml").read_text()
    shown = sightline.run("tags", "check", source, COLUMNS="120")
    assert shown.code == 0, shown.err
    for words in ("run → Running", "sport", "30s", "12s", "20s", "1 tag"):
        assert words in shown.out
    as_json = json.loads(sightline.run("tags", "check", "tags.toml", "--json").out)
    assert as_json["tags"][0]["max_gap"] == 30


def test_an_import_that_cannot_be_read_names_tag_and_setting(sightline: Sightline):
    (sightline.cwd / "bad.json").write_text('{"run": {"MaxGap": "six"}}')
    for command in (
        ["tags", "import", "bad.json", "--out", "x.toml"],
        ["tags", "check", "bad.json"],
    ):
        ran = sightline.run(*command)
        assert ran.code == 2
        assert "bad.json: MaxGap of the tag 'run': 'six' is no length" in " ".join(ran.err.split())
    assert not (sightline.cwd / "x.toml").exists()


def corrected(clip: Rendered, tag: str, form: str) -> Any:
    true = [[float(a), float(b)] for a, b in clip.truth.spans(tag)]
    if form == "activitynet":
        notes = [{"segment": stretch, "label": tag} for stretch in true]
        return {"database": {clip.path.stem: {"duration": 30, "annotations": notes}}}
    spans = [{"start": a, "end": b} for a, b in true]
    return {
        "format": "sightline.result",
        "version": 1,
        "media": {"path": str(clip.path), "duration": 30},
        "tags": [{"tag": tag, "spans": spans}],
    }


@pytest.mark.parametrize("form", ["activitynet", "result"])
def test_markers_are_tuned_from_answers_that_are_kept(
    sightline: Sightline, clip: Rendered, form: str
):
    """A set that joins and drops too much is brought back to what a person says is there."""
    tags = sightline.cwd / "tags.toml"
    tags.write_text(
        '[[tags]]\nname = "Auto"\nrenamed = "car"\ndescription = "car"\nmax_gap = "20s"\n'
        'category = "x"\n[[tags]]\nname = "dog"\n'
    )
    (sightline.cwd / "right.json").write_text(json.dumps(corrected(clip, "car", form)))
    with TruthfulEndpoint(clip.truth) as server:
        ran = sightline.analyze(clip.path, "--tag-set", tags, *truthful(server))
        assert ran.code == 0, ran.err
    # The server is gone: nothing can be asked.
    arguments = ["tune", clip.path, "--corrected", "right.json", "--tag-set", tags]
    ran = sightline.run(*arguments, "--out", "tuned.toml", COLUMNS="120")
    assert ran.code == 0, ran.err
    assert "before" in ran.out
    assert "after" in ran.out
    assert "dog stays as it is: right.json does not name it" in ran.out
    told = json.loads(sightline.run(*arguments, "--json").out)
    (car,) = told["tags"]
    assert car["corrected"] == len(clip.truth.spans("car"))
    assert car["before"]["f1"] < car["after"]["f1"] == 1
    assert car["after"]["boundary"] <= 0.5
    tuned = read_file(sightline.cwd / "tuned.toml")
    auto, dog = tuned.tags
    assert (auto.name, auto.renamed, auto.description, auto.category) == ("Auto", "car", "car", "x")
    assert auto.max_gap == car["after"]["max_gap"] != 20
    assert dog == read_file(tags).tags[1]


def test_tuning_without_answers_says_what_to_do(sightline: Sightline, clip: Rendered):
    (sightline.cwd / "right.json").write_text(json.dumps(corrected(clip, "car", "result")))
    ran = sightline.run("tune", clip.path, "--corrected", "right.json")
    assert ran.code == 2
    said = " ".join(ran.err.split())
    assert "no answers to its wording are kept" in said
    assert "Analyze the video first with the same tag set" in said
