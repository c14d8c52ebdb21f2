"""The tag-set file: `tags`, a list whose members are names or tables of a tag's settings
(`TagEntry`), and `exclusive`, the categories whose tags exclude each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import tomlkit
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from sightline.errors import InputError
from sightline.recipes.tags import Length, Share, Tag, check_line, worded
from sightline.values.times import parse_time

OFF = "off"
"""Instead of a length: no markers, or never a tag of the video as a whole."""

_PERCENT = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*%")


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


def read_length(value: object) -> Length:
    """A number of seconds, a text such as "6s" or "1m30s", or a share of the video as "5%".

    Raises `ValueError` for everything else.
    """
    if isinstance(value, Share):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} is no length: write seconds, '6s' or '5%'")  # noqa: TRY004
    if isinstance(value, str):
        if percent := _PERCENT.fullmatch(value.strip()):
            if float(percent[1]) > 100:
                raise ValueError(f"{value!r} is more than the whole video")
            return Share(float(percent[1]) / 100)
        try:
            return float(parse_time(value))
        except InputError as error:
            raise ValueError(f"{error}, or a share of the video like 5%") from error
    if not 0 <= value < float("inf"):
        raise ValueError("a length is 0 seconds or more, and has an end")
    return float(value)


def written(length: Length | str) -> float | str:
    """As `read_length` reads it back."""
    return str(length) if isinstance(length, Share) else length


_WRITTEN = PlainSerializer(written, return_type=float | str)
ReadLength = Annotated[float | Share, BeforeValidator(read_length), _WRITTEN]


def _length_or_off(value: object) -> object:
    return value if value is None or value == OFF else read_length(value)


LengthOrOff = Annotated[float | Share | Literal["off"], BeforeValidator(_length_or_off), _WRITTEN]
Threshold = Annotated[float, Field(ge=0, le=1)]
Examples = Annotated[tuple[Name, ...], Field(max_length=12)]


class TagEntry(BaseModel):
    """One tag of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    description: Name | None = None
    """What the model is told to look for; the name when left out."""
    question: Name | None = None
    """What the model is asked instead of being told to look for something."""
    positive: Examples = ()
    """What counts, put to the model with the description or question."""
    negative: Examples = ()
    """What does not."""
    renamed: Name | None = None
    """What it is called in results; its name when left out."""
    category: Name | None = None
    threshold: Threshold = 0.5
    image_threshold: Threshold | None = None
    max_gap: ReadLength = 0.0
    min_length: LengthOrOff = 0.0
    required_length: LengthOrOff | None = None

    @model_validator(mode="after")
    def _asks_one_thing(self) -> TagEntry:
        if self.description and self.question:
            raise ValueError("give a description or a question, not both")
        try:
            _ = self.wording
        except InputError as error:
            raise ValueError(str(error)) from error
        return self

    @property
    def wording(self) -> str:
        """Exactly what the model is asked; nothing else of the tag reaches it."""
        asked = self.description or self.question or self.name
        return worded(asked, positive=self.positive, negative=self.negative)

    def to_tag(self, *, exclusive: bool = False) -> Tag:
        shown, needed = self.min_length, self.required_length
        return Tag(
            self.renamed or self.name,
            self.wording,
            threshold=self.threshold,
            max_gap_s=self.max_gap,
            min_length_s=0.0 if shown == OFF else shown,
            required_s=None if needed == OFF else needed,
            image_threshold=self.image_threshold,
            category=self.category,
            exclusive=exclusive,
            markers=shown != OFF,
            whole=needed != OFF,
        )


def _entry(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


NamedEntry = Annotated[TagEntry, BeforeValidator(_entry, json_schema_input_type=Name | TagEntry)]
"""A tag's name alone, or with its settings."""


class TagSetFile(BaseModel):
    """The file as a whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tags: Annotated[list[NamedEntry], Field(min_length=1)]
    exclusive: tuple[Name, ...] = ()
    """Categories of whose tags at most one holds at any moment."""

    @model_validator(mode="after")
    def _excludes_something(self) -> TagSetFile:
        for category in self.exclusive:
            if (count := sum(tag.category == category for tag in self.tags)) < 2:
                raise ValueError(
                    f"the exclusive category {category!r} has {count or 'no'} tag"
                    f"{'' if count else 's'}: two at least must have it as their category"
                )
        return self

    def to_tags(self) -> list[Tag]:
        return [entry.to_tag(exclusive=entry.category in self.exclusive) for entry in self.tags]


def validated(document: object, path: Path) -> TagSetFile:
    """Raises `InputError` naming the file and the field."""
    try:
        return TagSetFile.model_validate(document)
    except ValidationError as error:
        problems = "\n".join(_problem(one, document) for one in error.errors())
        raise InputError(f"the tag set {path} cannot be used:\n{problems}") from error


def _problem(error: ErrorDetails, document: object) -> str:
    # Of a union, pydantic also names the branch that it tried.
    place = ".".join(str(step) for step in error["loc"] if step not in _BRANCHES)
    tag = _tag_at(error["loc"], document)
    of_tag = f" (the tag {tag!r})" if tag else ""
    return f"  {place}{': ' * bool(place)}{error['msg'].removeprefix('Value error, ')}{of_tag}"


_BRANCHES = {"float", "literal['off']", "is-instance[Share]"}


def _tag_at(location: Sequence[str | int], document: object) -> str:
    """The name of the tag that a problem is about, where there is one and it has one."""
    try:
        _, index, *_ = location
        name = cast("Any", document)["tags"][index]["name"]
    except (ValueError, LookupError, TypeError):
        return ""
    return name if isinstance(name, str) else ""


def to_toml(file: TagSetFile) -> str:
    """The set as a file that reads back equal; what is as by default is left out."""
    return tomlkit.dumps(file.model_dump(mode="json", exclude_defaults=True))


def length_text(length: Length | str | None) -> str:
    """As a table shows it."""
    if length is None:
        return "-"
    return f"{length:g}s" if isinstance(length, float) else str(length)
