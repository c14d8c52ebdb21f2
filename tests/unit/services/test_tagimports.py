"""Tag lists and settings of the source systems, and what is said of those that cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sightline.errors import InputError
from sightline.recipes.tags import Share, Tag
from sightline.services.tags.tagfile import TagEntry
from sightline.services.tags.tagsets import read_file, read_tag_set

RUN = {
    "RenamedTag": "Running",
    "TagThreshold": 0.6,
    "MaxGap": "30s",
    "MinMarkerDuration": "1.5",
    "RequiredDuration": "5%",
}
RUNNING = Tag(
    "Running",
    "run",
    threshold=0.6,
    max_gap_s=30,
    min_length_s=1.5,
    required_s=Share(0.05),
    category="sport",
)


def written(tmp_path: Path, document: Any, name: str = "haven.json") -> Path:
    path = tmp_path / name
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


@pytest.mark.parametrize(
    "document",
    [
        {"sport": {"run": RUN}},
        {"category_config": {"sport": {"run": RUN}}},
        {"llm": {"x": 1}, "processing": {"models": {}, "category_config": {"sport": {"run": RUN}}}},
    ],
)
def test_settings_by_category(tmp_path: Path, document: Any):
    assert read_tag_set(written(tmp_path, document)) == (RUNNING,)


def test_settings_without_categories_and_what_is_left_out(tmp_path: Path):
    path = written(tmp_path, {"run": {"RenamedTag": "run"}, "sit": {"MaxGap": 0}})
    assert read_tag_set(path) == (
        Tag("run", "run", max_gap_s=6, min_length_s=12, required_s=20),
        Tag("sit", "sit", max_gap_s=0, min_length_s=12, required_s=20),
    )


@pytest.mark.parametrize("nothing", [0, "0", "0s", "0%", -1, "-1s"])
def test_zero_or_less_turns_markers_and_the_tag_of_the_video_off(tmp_path: Path, nothing: Any):
    settings = {"MinMarkerDuration": nothing, "RequiredDuration": nothing}
    (tag,) = read_tag_set(written(tmp_path, {"run": settings}))
    assert (tag.markers, tag.whole) == (False, False)


def test_haven_player_s_list(tmp_path: Path):
    config = {"id": 1, "analysis_tags": "car, red dog,,person", "llm_model": "x"}
    found = read_tag_set(written(tmp_path, config))
    assert found == (Tag.named("car"), Tag.named("red dog"), Tag.named("person"))


def test_a_plain_list(tmp_path: Path):
    path = written(tmp_path, "car, dog\nperson\r\n", "tags.txt")
    assert [tag.name for tag in read_tag_set(path)] == ["car", "dog", "person"]


def test_a_table(tmp_path: Path):
    path = written(
        tmp_path,
        "\ufeffTag,Category,RenamedTag,TagThreshold,MaxGap,MinMarkerDuration,RequiredDuration\n"
        'run,sport,Running,0.6,30s,1.5,5%\n"sit, or kneel",,,,,,\n\n',
        "tags.csv",
    )
    assert read_file(path).tags == [
        TagEntry(
            name="run",
            category="sport",
            renamed="Running",
            threshold=0.6,
            max_gap=30.0,
            min_length=1.5,
            required_length=Share(0.05),
        ),
        TagEntry(name="sit, or kneel", max_gap=6.0, min_length=12.0, required_length=20.0),
    ]


@pytest.mark.parametrize("field", ["MaxGap", "MinMarkerDuration", "RequiredDuration"])
@pytest.mark.parametrize(
    "value", ["nonsense", "", "6 seconds", "1m", "120%", "%", True, None, [], {}, "nan", "inf"]
)
def test_what_is_no_length_names_tag_and_field(tmp_path: Path, field: str, value: Any):
    path = written(tmp_path, {"sport": {"run": RUN | {field: value}}})
    with pytest.raises(InputError) as caught:
        read_tag_set(path)
    assert str(caught.value).startswith(f"{path}: {field} of the tag 'run': {value!r}")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"TagThreshold": "high"}, "TagThreshold of the tag 'run': 'high' is not a number"),
        ({"TagThreshold": 50}, "TagThreshold of the tag 'run': 50 is not a number from 0 to 1"),
        ({"TagThreshold": True}, "TagThreshold of the tag 'run'"),
        ({"MaxGap": -1}, "MaxGap of the tag 'run': -1 is less than 0"),
        ({"MaxGap": "6s", "Maxgap": "6s"}, "Maxgap of the tag 'run': there is no such setting"),
        ({"RenamedTag": 5}, "RenamedTag of the tag 'run': 5 is not a text"),
    ],
)
def test_other_settings_that_cannot_be_used(tmp_path: Path, settings: Any, words: str):
    with pytest.raises(InputError) as caught:
        read_tag_set(written(tmp_path, {"run": settings}))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.txt", " , \n", "names no tag"),
        ("a.csv", "", "has no tags: its first line must name the columns"),
        ("a.csv", "Category,MaxGap\nx,6s\n", "has no tags"),
        ("a.csv", "Tag,Colour\nx,red\n", "there is no setting 'Colour'"),
        ("a.csv", "Tag,MaxGap\nrun,soon\n", "MaxGap of the tag 'run': 'soon'"),
        ("a.json", '{"analysis_tags": ["car"]}', "analysis_tags is not a text"),
        ("a.json", '{"analysis_tags": ","}', "names no tag"),
        ("a.json", '{"category_config": {}}', "names no tag"),
        ("a.json", '{"category_config": {"sport": {"run": 5}}}', "the tag 'run' of 'sport' has no"),
        ("a.json", '{"category_config": {"sport": 5}}', "'sport' is neither a tag"),
        ("a.json", '{"a": {"x": {"MaxGap": 1}}, "b": {"x": {"MaxGap": 1}}}', "the tag 'x' twice"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, name: str, text: str, words: str):
    path = written(tmp_path, text, name)
    with pytest.raises(InputError) as caught:
        read_tag_set(path)
    assert str(path) in str(caught.value)
    assert words in str(caught.value)
