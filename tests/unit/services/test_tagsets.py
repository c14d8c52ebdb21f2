"""Tags as people write them, and what is said of those that cannot be used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sightline.errors import InputError
from sightline.prompts.templates import presence
from sightline.recipes.tags import Share, Tag
from sightline.services.tags.tagfile import TagEntry, TagSetFile, to_toml
from sightline.services.tags.tagsets import parse_tags, read_file, read_tag_set, unique


def names(text: str) -> list[str]:
    return [tag.name for tag in parse_tags(text)]


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("car", ["car"]),
        ("car, person", ["car", "person"]),
        (" red car ,,person,", ["red car", "person"]),
        ("猫, straße", ["猫", "straße"]),
        ("a;b", ["a;b"]),
    ],
)
def test_a_list_is_split_at_commas(text: str, tags: list[str]):
    assert names(text) == tags
    assert all(tag.wording == tag.name for tag in parse_tags(text))


@pytest.mark.parametrize("text", ["", " ", ",", " , ,"])
def test_a_list_without_a_tag_is_an_error(text: str):
    with pytest.raises(InputError, match="names no tag"):
        parse_tags(text)


def test_a_tag_named_twice_is_an_error():
    with pytest.raises(InputError, match="--tags names the tag 'car' twice"):
        parse_tags("car, dog, car ,car")
    with pytest.raises(InputError, match="here names the tag 'a' twice"):
        unique([Tag.named("a"), Tag("a", "another wording")], "here")


@pytest.mark.parametrize("text", ["Polish,polish", "red car, red  car", "straße,STRASSE"])
def test_names_that_differ_only_in_case_or_spaces_are_one(text: str):
    one, two = (name.strip() for name in text.split(","))
    with pytest.raises(InputError, match=f"'{one}' and '{two}' have one name"):
        parse_tags(text)


def test_wordings_that_a_reply_cannot_tell_apart_are_refused():
    tags = [Tag("car", "a car"), Tag("auto", "A  car")]
    with pytest.raises(InputError, match="here: the tags 'car' and 'auto' have one wording"):
        unique(tags, "here")
    same = [Tag("sure", "a car", threshold=0.9), Tag("maybe", "a car", threshold=0.3)]
    assert unique(same, "here") == tuple(same)


@pytest.mark.parametrize("character", ["\n", "\r", "\t", "\x1b", "\x9b", "\u2028", "\u202e"])
def test_a_tag_is_one_line_of_text(character: str):
    with pytest.raises(InputError, match="a tag holds a line break or a control character"):
        parse_tags(f"a{character}b")
    with pytest.raises(InputError, match="the wording of a tag holds"):
        Tag("a", f"x{character}y")


INF, NAN = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": " "}, "a tag is empty"),
        ({"wording": ""}, "the wording of a tag is empty"),
        ({"threshold": 1.1}, "threshold of the tag 'a' must be from 0 to 1"),
        ({"threshold": -0.1}, "threshold"),
        ({"threshold": NAN}, "threshold"),
        ({"max_gap_s": INF}, "max_gap_s of the tag 'a'"),
        ({"max_gap_s": -1}, "max_gap_s"),
        ({"min_length_s": NAN}, "min_length_s of the tag 'a'"),
        ({"required_s": -1}, "required_s of the tag 'a'"),
        ({"max_gap_s": Share(1.1)}, "max_gap_s of the tag 'a' must be from 0% to 100%"),
        ({"image_threshold": 2}, "image_threshold of the tag 'a' must be from 0 to 1"),
        ({"category": ""}, "the category of the tag 'a' is empty"),
        ({"exclusive": True}, "the tag 'a' is exclusive and has no category"),
    ],
)
def test_a_tag_that_cannot_be(given: dict[str, Any], words: str):
    with pytest.raises(InputError, match=words):
        replace(Tag.named("a"), **given)


TOML = """
tags = [
    "car",
    {name = "crowd", description = "more than ten people", threshold = 0.8},
    {name = "speech", max_gap = "1m30s", min_length = 0.5},
]
"""
JSON = """
{"tags": [
    "car",
    {"name": "crowd", "description": "more than ten people", "threshold": 0.8},
    {"name": "speech", "max_gap": 90, "min_length": "500ms"}
]}
"""


@pytest.mark.parametrize(("name", "text"), [("set.toml", TOML), ("set.json", JSON), ("set", TOML)])
def test_a_file_holds_names_and_settings(tmp_path: Path, name: str, text: str):
    path = tmp_path / name
    path.write_text(text)
    assert read_tag_set(path) == (
        Tag("car", "car"),
        Tag("crowd", "more than ten people", threshold=0.8),
        Tag("speech", "speech", max_gap_s=90, min_length_s=0.5),
    )


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.toml", "tags = [", "is not TOML"),
        ("a.json", "tags = []", "is not JSON"),
        ("a.json", "[" * 100_000, "is not JSON"),
        ("a.toml", "", "tags: Field required"),
        ("a.toml", "tags = []", "tags: List should have at least 1 item"),
        ("a.toml", 'tags = "car"', "tags: Input should be a valid list"),
        ("a.toml", "tags = [1]", "tags.0: "),
        ("a.toml", 'tags = ["  "]', "tags.0.name: String should have at least 1 character"),
        ("a.toml", f'tags = ["{"x" * 401}"]', "tags.0.name: String should have at most 400"),
        ("a.toml", 'tags = ["a"]\nname = "x"', "name: Extra inputs"),
        ("a.toml", 'tags = [{name = "a", gap = 1}]', "tags.0.gap: Extra inputs"),
        ("a.toml", 'tags = [{name = "a", threshold = 1.1}]', "tags.0.threshold: Input should"),
        ("a.toml", 'tags = [{name = "a", threshold = nan}]', "tags.0.threshold: "),
        (
            "a.toml",
            'tags = [{name = "a", max_gap = -1}]',
            "tags.0.max_gap: a length is 0 seconds or more",
        ),
        ("a.toml", 'tags = [{name = "a", max_gap = inf}]', "tags.0.max_gap: "),
        ("a.toml", 'tags = [{name = "a", min_length = "x"}]', "'x' is not a time"),
        ("a.json", '{"tags": [null]}', "tags.0: "),
        ("a.json", '{"tags": ["a\\nb"]}', "tags.0.name: this holds a line break"),
        ("a.json", '{"tags": ["\\ud800"]}', "tags.0.name: "),
        ("a.toml", 'tags = ["a", {name = "a"}]', "names the tag 'a' twice"),
        ("a.toml", 'tags = [{name = "a", max_gap = "101%"}]', "more than the whole video"),
        ("a.toml", 'tags = [{name = "a", max_gap = "off"}]', "max_gap: 'off' is not a time"),
        ("a.toml", 'tags = [{name = "a", max_gap = true}]', "max_gap: True is no length"),
        ("a.toml", 'tags = [{name = "a", required_length = "-1"}]', "(the tag 'a')"),
        ("a.toml", 'tags = [{name = "a", min_length = []}]', "min_length: [] is no length"),
        ("a.toml", 'tags = [{name = "a", image_threshold = 2}]', "image_threshold: Input should"),
        ("a.toml", 'tags = [{name = "a", positive = ["x\\ny"]}]', "positive.0: this holds"),
        ("a.toml", 'tags = [{name = "a", description = "b", question = "c?"}]', "not both"),
        ("a.toml", f'tags = [{{name = "a", positive = {["x" * 300] * 4}}}]', "may have 1000"),
        ("a.toml", 'tags = ["a", {name = "b", renamed = "a"}]', "names the tag 'a' twice"),
        ("a.toml", 'exclusive = ["x"]\ntags = ["a"]', "'x' has no tags"),
        (
            "a.toml",
            'exclusive = ["x"]\ntags = ["a", {name = "b", category = "x"}]',
            "'x' has 1 tag: two at least",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_field(
    tmp_path: Path, name: str, text: str, words: str
):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_tag_set(path)
    assert str(path) in str(caught.value)
    assert words in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    (tmp_path / "latin.toml").write_bytes('tags = ["café"]'.encode("latin-1"))
    for name, words in (
        ("none.toml", "No such file"),
        (".", "Is a directory"),
        ("latin.toml", "is not UTF-8 text"),
    ):
        with pytest.raises(InputError, match=words) as caught:
            read_tag_set(tmp_path / name)
        assert str(tmp_path) in str(caught.value)
        assert "Errno" not in str(caught.value)


FULL = """
exclusive = ["pose"]

[[tags]]
name = "sit"
renamed = "Sitting"
description = "a person who sits"
positive = ["on a chair", "on the floor"]
negative = ["a dog that sits"]
category = "pose"
threshold = 0.6
image_threshold = 0.8
max_gap = "5%"
min_length = "off"
required_length = "20s"

[[tags]]
name = "stand"
question = "Does somebody stand?"
category = "pose"
required_length = "off"
"""


def test_everything_that_a_tag_can_say(tmp_path: Path):
    path = tmp_path / "full.toml"
    path.write_text(FULL)
    assert read_tag_set(path) == (
        Tag(
            "Sitting",
            "a person who sits (such as: on a chair; on the floor, but not: a dog that sits)",
            threshold=0.6,
            max_gap_s=Share(0.05),
            required_s=20,
            image_threshold=0.8,
            category="pose",
            exclusive=True,
            markers=False,
        ),
        Tag("stand", "Does somebody stand?", category="pose", exclusive=True, whole=False),
    )


def test_a_set_survives_its_file(tmp_path: Path):
    path = tmp_path / "full.toml"
    path.write_text(FULL)
    file = read_file(path)
    again = tmp_path / "again.toml"
    again.write_text(to_toml(file))
    assert read_file(again) == file
    as_json = tmp_path / "again.json"
    as_json.write_text(file.model_dump_json())
    assert read_file(as_json) == file


def test_only_wording_and_examples_reach_the_model():
    entry = TagEntry(name="sit", description="a person who sits", positive=("on a chair",))
    asked = presence(entry.to_tag().wording).digest

    def changed(**change: Any) -> str:
        document = {**entry.model_dump(exclude_defaults=True), **change}
        return presence(TagEntry.model_validate(document).to_tag().wording).digest

    for change in (
        {"threshold": 0.9},
        {"image_threshold": 0.9},
        {"max_gap": "6s"},
        {"min_length": "10%"},
        {"min_length": "off"},
        {"required_length": 3},
        {"renamed": "Sitting"},
        {"category": "pose"},
        {"name": "other"},
    ):
        assert changed(**change) == asked, change
    assert (
        entry.to_tag(exclusive=False).wording
        == entry.model_copy(update={"category": "x"}).to_tag(exclusive=True).wording
    )
    again: list[dict[str, Any]] = [
        {"description": "somebody sits"},
        {"positive": ["on a bench"]},
        {"positive": []},
        {"negative": ["a dog"]},
    ]
    for change in again:
        assert changed(**change) != asked, change


def test_a_tag_without_examples_is_asked_as_ever():
    """Answers that are kept stay of use."""
    assert TagEntry(name="car").to_tag().wording == "car"
    assert TagSetFile.model_validate({"tags": ["car"]}).to_tags() == [Tag.named("car")]
