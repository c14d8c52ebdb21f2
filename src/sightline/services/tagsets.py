"""Tags as people write them: a list on the command line, or a file.

A tag-set file is TOML or JSON with one key, `tags`: a list whose members are names, or tables of
a tag's settings (`name`, `description`, `threshold`, `max_gap`, `min_length`).
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from sightline.errors import InputError
from sightline.recipes.tags import Tag, check_line
from sightline.values.times import parse_time


def _line(text: str) -> str:
    try:
        check_line("this", text)
    except InputError as error:
        raise ValueError(str(error)) from error
    return text


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=400),
    AfterValidator(_line),
]


def _seconds(value: object) -> object:
    """A number of seconds, or a text such as "6s"."""
    if not isinstance(value, str):
        return value
    try:
        return float(parse_time(value))
    except InputError as error:
        raise ValueError(str(error)) from error


Length = Annotated[float, BeforeValidator(_seconds), Field(ge=0, allow_inf_nan=False)]


class TagEntry(BaseModel):
    """One tag of a file."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    description: Name | None = None
    """What the model is told to look for; the name when left out."""
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    max_gap: Length = 0.0
    min_length: Length = 0.0

    def to_tag(self) -> Tag:
        return Tag(
            self.name,
            self.description or self.name,
            threshold=self.threshold,
            max_gap_s=self.max_gap,
            min_length_s=self.min_length,
        )


def _entry(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class TagSetFile(BaseModel):
    """The file as a whole."""

    model_config = ConfigDict(extra="forbid")

    tags: Annotated[list[Annotated[TagEntry, BeforeValidator(_entry)]], Field(min_length=1)]


def parse_tags(text: str, source: str = "--tags") -> tuple[Tag, ...]:
    """Tags of a comma-separated list. Raises `InputError` for an empty one."""
    names = [name.strip() for name in text.split(",")]
    tags = [Tag.named(name) for name in names if name]
    if not tags:
        raise InputError(f"{source} names no tag. Write it like 'car, person'")
    return unique(tags, source)


def read_tag_set(path: Path) -> tuple[Tag, ...]:
    """Tags of a TOML or JSON file. Raises `InputError` naming the file and the field."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"the tag set {path} cannot be read: {reason}; check the name") from error
    except UnicodeDecodeError as error:
        raise InputError(f"the tag set {path} is not UTF-8 text; save it as such") from error
    try:
        document: object = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise InputError(f"the tag set {path} is not {kind}: {error}") from error
    try:
        file = TagSetFile.model_validate(document)
    except ValidationError as error:
        problems = "\n".join(
            f"  {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()
        )
        raise InputError(f"the tag set {path} cannot be used:\n{problems}") from error
    return unique([entry.to_tag() for entry in file.tags], str(path))


def unique(tags: Sequence[Tag], source: str) -> tuple[Tag, ...]:
    """Raises `InputError` when two tags have one name, or wordings that a reply cannot tell apart.

    Replies name tags by their wording, and models do not keep its case or spaces. Tags of exactly
    one wording are fine: it is asked once for all of them.
    """
    for tag, other in combinations(tags, 2):
        if tag.name == other.name:
            raise InputError(f"{source} names the tag '{tag.name}' twice; once is enough")
        for kind in ("name", "wording"):
            texts = getattr(tag, kind), getattr(other, kind)
            if texts[0] != texts[1] and _folded(texts[0]) == _folded(texts[1]):
                raise InputError(
                    f"{source}: the tags '{tag.name}' and '{other.name}' have one {kind} but for "
                    "case and spaces; keep one"
                )
    return tuple(tags)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
