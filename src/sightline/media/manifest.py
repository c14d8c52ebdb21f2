"""The list of an image set: which pictures, what they are called, and when they were taken.

It is JSON (an array, or an object with one under `images`), JSON lines, or CSV with a heading:

    [{"path": "door/1.jpg", "id": "door-1", "time": "2025-08-10T16:54:40+02:00"}, "door/2.jpg"]

`path` is relative to the manifest. `id` and `time` may be left out; a time is ISO 8601 or a number
of seconds. What is not known or does not fit is refused with its line, never passed over: a column
`timestamp` that nobody reads would give every picture a wrong time.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path, PureWindowsPath
from typing import cast

from sightline.errors import MediaError
from sightline.media.moments import Moment, parse_moment
from sightline.values.text import plain_line

SUFFIXES = {".json", ".jsonl", ".ndjson", ".csv"}
"""What the name of a manifest ends in."""
_MOST_BYTES = 64 * 1024 * 1024
_FIELDS = ("path", "id", "time")
_SPACE = re.compile(r"\s*")

_Found = tuple[int, object]
"""A line, counted from 1, and what JSON holds from there on."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture, as the manifest has it."""

    path: str
    """Relative, without `..`; whether it exists is not known yet."""
    line: int
    """Where it begins, counted from 1."""
    id: str | None = None
    time: Moment | None = None


def read_manifest(path: Path, content: bytes) -> list[Entry]:
    """What a manifest of this name and content lists, in its order: at least one picture.

    Raises `MediaError`, naming the line, for anything in it that is not as it should be.
    """
    if len(content) > _MOST_BYTES:
        raise MediaError(f"{path} is too large for a list of pictures; name a video or a folder")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise refused(path, line, "is not UTF-8 text; save it as UTF-8") from error
    entries = [_entry(path, line, item) for line, item in _items(path, text)]
    if not entries:
        raise MediaError(f"{path} lists no picture; write at least one path into it")
    _ensure_one_clock(path, entries)
    return entries


def refused(path: Path, line: int, what: str) -> MediaError:
    return MediaError(f"{path}, line {line}: {what}")


def _items(path: Path, text: str) -> Iterator[_Found]:
    match path.suffix.lower():
        case ".csv":
            return _csv_items(path, text)
        case ".json":
            return _json_items(path, text)
        case _:
            return _json_lines(path, text)


def _json_lines(path: Path, text: str) -> Iterator[_Found]:
    for line, row in enumerate(text.split("\n"), 1):
        if row.strip():
            yield line, _json(path, row, line)


def _json_items(path: Path, text: str) -> Iterator[_Found]:
    """The items of the array, each with its line.

    The whole is known to be valid JSON before its array is walked through, so that the walk needs
    no care for anything else.
    """
    whole = _json(path, text, 1)
    decoder = json.JSONDecoder(parse_float=Decimal)
    position = _past_space(text, 0)
    if isinstance(whole, dict):
        if list(cast("dict[str, object]", whole)) != ["images"]:
            raise refused(path, 1, 'must be a list of pictures, or {"images": [ ... ]} and no more')
        _, end = decoder.raw_decode(text, _past_space(text, position + 1))
        position = _past_space(text, _past_space(text, end) + 1)
    if text[position] != "[":
        raise refused(path, 1, 'must be a list of pictures, or {"images": [ ... ]}')
    counted, line = 0, 1
    position = _past_space(text, position + 1)
    while text[position] != "]":
        line += text.count("\n", counted, position)
        counted = position
        item, end = decoder.raw_decode(text, position)
        yield line, item
        position = _past_space(text, end)
        if text[position] == ",":
            position = _past_space(text, position + 1)


def _past_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _json(path: Path, text: str, line: int) -> object:
    try:
        return json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        at = line + error.lineno - 1
        raise refused(path, at, f"is not JSON ({error.msg}, column {error.colno})") from error
    except (RecursionError, ValueError) as error:
        raise refused(path, line, "is not JSON that can be read") from error


def _csv_items(path: Path, text: str) -> Iterator[_Found]:
    rows = csv.reader(StringIO(text, newline=""), strict=True)
    line = 1
    try:
        heading = [name.strip() for name in next(rows, list[str]())]
        if "path" not in heading:
            raise refused(path, 1, "must name the columns: path, and if wanted id and time")
        if len(set(heading)) < len(heading):
            raise refused(path, 1, "names a column twice")
        line = rows.line_num + 1
        for row in rows:
            if len(row) not in {0, len(heading)}:
                raise refused(path, line, f"has {len(row)} columns, not {len(heading)}")
            if row:
                cells = zip(heading, row, strict=True)
                yield line, {name: cell for name, cell in cells if cell or name == "path"}
            line = rows.line_num + 1
    except csv.Error as error:
        raise refused(path, line, f"is not CSV ({error})") from error


def _entry(path: Path, line: int, item: object) -> Entry:
    if isinstance(item, str):
        item = {"path": item}
    if not isinstance(item, dict):
        raise refused(path, line, 'must be a path, or an object such as {"path": "a.jpg"}')
    fields = cast("Mapping[str, object]", item)
    if unknown := [name for name in fields if name not in _FIELDS]:
        named = plain_line(unknown[0])
        raise refused(path, line, f"'{named}' is not known here; use path, id and time")
    return Entry(
        _path(path, line, fields.get("path")),
        line,
        _id(path, line, fields.get("id")),
        _time(path, line, fields.get("time")),
    )


def _path(path: Path, line: int, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise refused(path, line, "has no path of a picture")
    try:
        os.fsencode(value)
    except UnicodeEncodeError as error:
        raise refused(
            path, line, f"{plain_line(value)} holds half a character, as no file's name does"
        ) from error
    if Path(value).is_absolute() or PureWindowsPath(value).anchor:
        raise refused(path, line, f"{plain_line(value)} must be relative to the manifest's folder")
    if ".." in {*Path(value).parts, *PureWindowsPath(value).parts}:
        raise refused(path, line, f"{plain_line(value)} must not lead out with '..'")
    return value


def _id(path: Path, line: int, value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip() or value != plain_line(value):
        raise refused(path, line, "its id must be text on one line, or a whole number")
    return value


def _time(path: Path, line: int, value: object) -> Moment | None:
    if value is None:
        return None
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        try:
            return parse_moment(value)
        except ValueError:
            pass
    raise refused(
        path,
        line,
        f"'{plain_line(str(value))[:40]}' is no time; write it as 2025-08-10T16:54:40+02:00, or as"
        " a number of seconds",
    )


def _ensure_one_clock(path: Path, entries: list[Entry]) -> None:
    def kind(moment: Moment) -> str:
        if isinstance(moment, datetime):
            return "a date without a zone" if moment.tzinfo is None else "a date with a zone"
        return "a number of seconds"

    timed = [(entry.line, kind(entry.time)) for entry in entries if entry.time is not None]
    for line, found in timed:
        if found != timed[0][1]:
            raise refused(
                path,
                line,
                f"its time is {found}, that of line {timed[0][0]} {timed[0][1]}; one clock needs"
                " them all alike",
            )
