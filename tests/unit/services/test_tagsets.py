"""Tags as people write them, and what is said of those that cannot be used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sightline.errors import InputError
from sightline.recipes.tags import Tag
from sightline.services.tagsets import parse_tags, read_tag_set, unique


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
        ("a.toml", 'tags = [{name = "a", max_gap = -1}]', "tags.0.max_gap: Input should"),
        ("a.toml", 'tags = [{name = "a", max_gap = inf}]', "tags.0.max_gap: "),
        ("a.toml", 'tags = [{name = "a", min_length = "x"}]', "'x' is not a time"),
        ("a.json", '{"tags": [null]}', "tags.0: "),
        ("a.json", '{"tags": ["a\\nb"]}', "tags.0.name: Value error, this holds a line break"),
        ("a.json", '{"tags": ["\\ud800"]}', "tags.0.name: "),
        ("a.toml", 'tags = ["a", {name = "a"}]', "names the tag 'a' twice"),
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
