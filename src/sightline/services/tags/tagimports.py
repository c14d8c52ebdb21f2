"""Tag lists and per-tag settings of the source systems, as a tag set of ours.

Read are

- `.txt`: names, with commas or line ends between;
- JSON or TOML with `analysis_tags`, Haven Player's setting: names with commas between;
- JSON or TOML of the engine's `category_config`, alone or anywhere in the document, or what it
  holds: `{CATEGORY: {TAG: {RenamedTag, TagThreshold, MaxGap, MinMarkerDuration,
  RequiredDuration}}}`; without categories too;
- `.csv` with these as columns, beside `Tag` (or `TagName`) and, if need be, `Category`.

A setting that is left out counts as it does there, but for what cannot be read: that is an error
which names the tag and the field, where the source systems go on with 0.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from sightline.errors import InputError
from sightline.recipes.tags import Length, Share
from sightline.services.tags.tagfile import OFF, TagSetFile, read_length, validated

_RENAMED, _THRESHOLD, _GAP, _SHORTEST, _REQUIRED = _FIELDS = (
    "RenamedTag",
    "TagThreshold",
    "MaxGap",
    "MinMarkerDuration",
    "RequiredDuration",
)
_DEFAULTS: Mapping[str, object] = {
    _THRESHOLD: 0.5,
    _GAP: "6s",
    _SHORTEST: "12s",
    _REQUIRED: "20s",
}
"""What the engine takes for a setting that is left out."""

_LIST = "analysis_tags"
_SETTINGS = "category_config"
_SECONDS = re.compile(r"(-?(?:\d+(?:\.\d*)?|\.\d+))\s*s?")
_DEEPEST = 8
_TAG_COLUMNS = ("Tag", "TagName", "Name")


@dataclass(frozen=True, slots=True)
class _Row:
    """One tag with its settings, as they are in the file."""

    tag: str
    category: str | None
    settings: Mapping[str, object]


def is_table(path: Path) -> bool:
    return path.suffix.lower() == ".csv"


def is_list(path: Path) -> bool:
    return path.suffix.lower() == ".txt"


def is_foreign(document: object) -> bool:
    """Whether it has the shape of a source system's file; one of ours has the list `tags`."""
    return _LIST in _mapping(document) or _table_in(document) is not None


def read_document(document: object, path: Path) -> TagSetFile:
    """The tags of a JSON or TOML document for which `is_foreign` holds.

    Raises `InputError` naming the file, the tag and the field.
    """
    if (table := _table_in(document)) is not None:
        return _of_rows(list(_rows(table, path)), path)
    listed = _mapping(document)[_LIST]
    if not isinstance(listed, str):
        raise InputError(f"{path}: {_LIST} is not a text of names with commas between")
    return _of_list(listed, path)


def read_text(text: str, path: Path) -> TagSetFile:
    """The tags of a `.csv` or `.txt` file. Raises `InputError` as `read_document` does."""
    if is_list(path):
        return _of_list(text.replace("\n", ",").replace("\r", ","), path)
    try:
        lines = [
            {(name or "").strip(): (cell or "") for name, cell in line.items() if name is not None}
            for line in csv.DictReader(io.StringIO(text, newline=""))
        ]
    except csv.Error as error:
        raise InputError(f"{path} is not CSV: {error}") from error
    names = {name for line in lines for name in line}
    column = next((name for name in _TAG_COLUMNS if name in names), None)
    if column is None:
        raise InputError(
            f"{path} has no tags: its first line must name the columns, and one of them be Tag; "
            f"the others may be Category, {', '.join(_FIELDS)}"
        )
    rows = [
        _Row(
            line[column].strip(),
            line.get("Category", "").strip() or None,
            {name: cell for name, cell in line.items() if name in _FIELDS and cell.strip()},
        )
        for line in lines
        if any(cell.strip() for cell in line.values())
    ]
    strange = sorted(names - {column, "Category", *_FIELDS})
    if strange:
        raise InputError(
            f"{path}: there is no setting {strange[0]!r}; columns may be {column}, Category, "
            f"{', '.join(_FIELDS)}"
        )
    return _of_rows(rows, path)


def _of_list(listed: str, path: Path) -> TagSetFile:
    names = [name.strip() for name in listed.split(",") if name.strip()]
    if not names:
        raise InputError(f"{path} names no tag. Write it like 'car, person'")
    return validated({"tags": names}, path)


# ------------------------------------------------------------------------- settings by category


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_settings(value: object) -> bool:
    return any(name in _FIELDS for name in _mapping(value))


def _table_in(document: object, depth: int = 0) -> Mapping[str, object] | None:
    """The tags, or categories of tags, with their settings; None where there are none."""
    members = _mapping(document)
    if isinstance(found := members.get(_SETTINGS), Mapping):
        return cast("Mapping[str, object]", found)
    if any(_is_settings(one) or any(map(_is_settings, _mapping(one).values()))
           for one in members.values()):  # fmt: skip
        return members
    if depth < _DEEPEST:
        for one in members.values():
            if (found := _table_in(one, depth + 1)) is not None:
                return found
    return None


def _rows(table: Mapping[str, object], path: Path) -> Iterator[_Row]:
    for name, value in table.items():
        members = _mapping(value)
        if _is_settings(value):
            yield _Row(name, None, members)
            continue
        if not _is_mapping(value):
            raise InputError(f"{path}: {name!r} is neither a tag with settings nor a category")
        for tag, settings in members.items():
            if not _is_mapping(settings):
                raise InputError(f"{path}: the tag {tag!r} of {name!r} has no settings")
            yield _Row(tag, name, _mapping(settings))


def _of_rows(rows: Sequence[_Row], path: Path) -> TagSetFile:
    if not rows:
        raise InputError(f"{path} names no tag")
    return validated({"tags": [_entry(row, path) for row in rows]}, path)


def _entry(row: _Row, path: Path) -> dict[str, object]:
    given = _Settings(row, path)
    strange = [name for name in row.settings if name not in _FIELDS]
    if strange:
        raise given.error(strange[0], f"there is no such setting; there are {', '.join(_FIELDS)}")
    entry: dict[str, object] = {
        "name": row.tag,
        "threshold": given.threshold(),
        "max_gap": given.length(_GAP, least=0.0),
        "min_length": given.length(_SHORTEST),
        "required_length": given.length(_REQUIRED),
    }
    if row.category is not None:
        entry["category"] = row.category
    renamed = row.settings.get(_RENAMED)
    if renamed is not None and not isinstance(renamed, str):
        raise given.error(_RENAMED, f"{renamed!r} is not a text")
    if renamed and renamed.strip() != row.tag:
        entry["renamed"] = renamed
    return entry


@dataclass(frozen=True, slots=True)
class _Settings:
    """Those of one tag, read one by one."""

    row: _Row
    path: Path

    def error(self, field: str, problem: str) -> InputError:
        return InputError(f"{self.path}: {field} of the tag {self.row.tag!r}: {problem}")

    def threshold(self) -> float:
        value = self.row.settings.get(_THRESHOLD, _DEFAULTS[_THRESHOLD])
        number = math.nan
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            with suppress(ValueError):
                number = float(value)
        if not 0 <= number <= 1:
            raise self.error(_THRESHOLD, f"{value!r} is not a number from 0 to 1")
        return number

    def length(self, field: str, *, least: float | None = None) -> Length | str:
        """The length; `off` for zero or less, unless that counts as `least`."""
        value = self.row.settings.get(field, _DEFAULTS[field])
        length: Length | None = None
        if isinstance(value, str):
            text = value.strip()
            if plain := _SECONDS.fullmatch(text):
                length = float(plain[1])
            elif text.endswith("%"):
                with suppress(ValueError):
                    length = read_length(text)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            length = float(value) if math.isfinite(value) else None
        if length is None:
            raise self.error(field, f"{value!r} is no length: write seconds, '6s' or '5%'")
        amount = length.of_video if isinstance(length, Share) else length
        if amount > 0:
            return length
        if least is None:
            return OFF
        if amount < 0:
            raise self.error(field, f"{value!r} is less than 0")
        return least
