"""Tag sets in the database: what goes in comes out equal, and nothing else goes in."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from sightline.errors import InputError, NotFound
from sightline.services.tags.tagfile import TagSetFile
from sightline.services.tags.tagsets import read_text
from sightline.services.tags.tagshelf import TagShelf
from sightline.store import DatabaseUrl, Store

STREET = TagSetFile.model_validate(
    {
        "tags": [
            "person",
            {"name": "car", "threshold": 0.6, "max_gap": "5%", "category": "vehicle"},
            {"name": "bus", "min_length": "off", "required_length": "20s", "category": "vehicle"},
        ],
        "exclusive": ["vehicle"],
    }
)


@pytest.fixture
async def shelf(store_location: Path | DatabaseUrl) -> AsyncGenerator[TagShelf]:
    async with await Store.open(store_location) as store:
        yield TagShelf(store)


async def test_a_set_comes_out_as_it_went_in(shelf: TagShelf) -> None:
    kept, is_new = await shelf.put("street", STREET)
    assert is_new
    found = await shelf.get("street")
    assert found.file == STREET == kept.file
    assert found.file.to_tags() == STREET.to_tags()
    assert read_text(await shelf.to_toml("street"), Path("x.toml")) == STREET


async def test_a_set_takes_the_place_of_one_of_its_name(shelf: TagShelf) -> None:
    await shelf.put("street", STREET)
    other = TagSetFile.model_validate({"tags": ["dog"]})
    _, is_new = await shelf.put("street", other)
    assert not is_new
    assert (await shelf.get("street")).file == other
    assert (await shelf.list()).total == 1


async def test_lists_are_by_name_and_in_pages(shelf: TagShelf) -> None:
    for name in ("c", "a", "b"):
        await shelf.put(name, STREET)
    page = await shelf.list(offset=1, limit=1)
    assert ([one.name for one in page.items], page.total, page.exact) == (["b"], 3, True)


async def test_one_that_is_deleted_is_gone(shelf: TagShelf) -> None:
    await shelf.put("street", STREET)
    await shelf.remove("street")
    for name in ("street", "no\0such", "\ud83d"):
        with pytest.raises(NotFound):
            await shelf.get(name)
        with pytest.raises(NotFound):
            await shelf.remove(name)


@pytest.mark.parametrize(
    "name", ["", " x", "x ", "a/b", "../x", "-x", "a\0b", "a\nb", "\ud83d", "x" * 101, "."]
)
async def test_what_cannot_be_a_name_is_refused(shelf: TagShelf, name: str) -> None:
    with pytest.raises(InputError, match="cannot name"):
        await shelf.put(name, STREET)
    assert (await shelf.list()).total == 0


async def test_tags_that_a_reply_cannot_tell_apart_are_refused(shelf: TagShelf) -> None:
    with pytest.raises(InputError, match="case and spaces"):
        await shelf.put("street", TagSetFile.model_validate({"tags": ["Car", "car"]}))


@pytest.mark.parametrize(
    ("file_name", "text", "names"),
    [
        ("tags.txt", "car, person\ndog", ["car", "person", "dog"]),
        ("tags.csv", "Tag,TagThreshold\ncar,0.7\n", ["car"]),
        ("C:\\tags.csv", "\ufeffTag\ncar\n", ["car"]),
        ("config.json", '{"analysis_tags": "car, dog"}', ["car", "dog"]),
        ("x.json", '{"category_config": {"v": {"car": {"MaxGap": "3s"}}}}', ["car"]),
        ("x.toml", 'tags = ["car"]', ["car"]),
    ],
)
async def test_files_of_ours_and_of_others_are_taken_in(
    shelf: TagShelf, file_name: str, text: str, names: list[str]
) -> None:
    kept, _ = await shelf.take_in("mine", text, file_name=file_name)
    assert [tag.name for tag in kept.file.tags] == names
    assert (await shelf.get("mine")).file == kept.file


@pytest.mark.parametrize(
    ("file_name", "text", "named"),
    [
        ("x.json", "{", "x.json is not JSON"),
        ("x.toml", 'tags = ["a"]\nwrong = 1', "wrong"),
        ("x.csv", "Tag,TagThreshold\ncar,lots\n", "TagThreshold of the tag 'car'"),
        ("x.exe", "car", "must end in"),
        ("", "car", "must end in"),
        ("/etc/passwd", "car", "must end in"),
        ("a\0.txt", ",", "names no tag"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_with_its_field(
    shelf: TagShelf, file_name: str, text: str, named: str
) -> None:
    with pytest.raises(InputError, match=named):
        await shelf.take_in("mine", text, file_name=file_name)
