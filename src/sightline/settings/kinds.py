"""What each setting may be, read from its type: for whoever shows a field in which it is changed.

A type says the kind and the bounds; what it cannot say (a unit, and which settings belong together)
stands beside it in its annotation, as `Annotated[float, Field(gt=0), Unit.SECONDS]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, cast, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo


class Kind(StrEnum):
    """How a setting is written."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    DURATION = "duration"
    """A number of its unit: seconds or days."""
    BYTES = "bytes"
    TEXT = "text"
    CHOICE = "choice"
    LIST = "list"
    """Of texts."""
    SECRET = "secret"  # noqa: S105  (a kind of setting)
    """A text that is never told."""


class Unit(StrEnum):
    """What a number counts."""

    SECONDS = "s"
    DAYS = "days"
    BYTES = "bytes"
    MEGABYTES = "MB"
    PIXELS = "px"


class Group(StrEnum):
    """Settings that are looked for together; those of a table are one."""

    MODELS = "models"
    """Who is asked, and how."""
    LOOKING = "looking"
    """Which pictures are looked at, and what for."""
    DECODING = "decoding"
    LIBRARY = "library"
    """Where everything is kept."""
    SERVER = "server"
    JOBS = "jobs"
    WEBHOOKS = "webhooks"
    ENDPOINTS = "endpoints"
    OTHER = "other"


Number = int | float


@dataclass(frozen=True, slots=True)
class Nature:
    """What a setting may be."""

    kind: Kind
    optional: bool
    """It may be left unsaid, as null; its description tells what that means."""
    unit: Unit | None = None
    at_least: Number | None = None
    more_than: Number | None = None
    """As `at_least`, itself left out."""
    at_most: Number | None = None
    choices: tuple[str, ...] = ()
    """All that a choice may be; of another kind the words that it takes instead."""


def nature_of(field: FieldInfo) -> Nature:
    """What a field of the settings may be."""
    parts = list(_parts(field.annotation, field.metadata))
    types = [one for one, _ in parts if one is not NoneType]
    marks = [mark for _, own in parts for mark in own]
    unit = next((mark for mark in marks if isinstance(mark, Unit)), None)
    return Nature(
        kind=_kind(types, unit),
        optional=len(types) < len(parts),
        unit=unit,
        at_least=_bound(marks, "ge"),
        more_than=_bound(marks, "gt"),
        at_most=_bound(marks, "le"),
        choices=tuple(choice for one in types for choice in _choices(one)),
    )


def group_of(path: Sequence[str], field: FieldInfo) -> Group:
    """With which others a setting is looked for."""
    if len(path) > 1:
        return Group(path[0])
    return next((mark for mark in field.metadata if isinstance(mark, Group)), Group.OTHER)


def _parts(annotation: object, marks: Sequence[object]) -> Iterator[tuple[object, list[object]]]:
    """Each type that a value may have, with what is said beside it."""
    origin: object = get_origin(annotation)
    if origin is Annotated:
        inner, *more = cast("tuple[object, ...]", get_args(annotation))
        yield from _parts(inner, [*marks, *more])
    elif origin is UnionType or origin is cast("object", Union):
        for one in cast("tuple[object, ...]", get_args(annotation)):
            yield from _parts(one, marks)
    else:
        flat: list[object] = []
        for mark in marks:
            flat.extend(mark.metadata if isinstance(mark, FieldInfo) else [mark])
        yield annotation, flat


def _kind(types: Sequence[object], unit: Unit | None) -> Kind:
    first = types[0]
    if SecretStr in types:
        return Kind.SECRET
    if unit in {Unit.SECONDS, Unit.DAYS}:
        return Kind.DURATION
    if unit is Unit.BYTES:
        return Kind.BYTES
    if get_origin(first) is tuple:
        return Kind.LIST
    if _choices(first):
        return Kind.CHOICE
    plain = {bool: Kind.BOOLEAN, int: Kind.INTEGER, float: Kind.NUMBER}
    return plain.get(cast("type", first), Kind.TEXT)


def _choices(one: object) -> list[str]:
    if get_origin(one) is Literal:
        return [str(choice) for choice in get_args(one)]
    if isinstance(one, type) and issubclass(one, Enum):
        return [str(choice.value) for choice in one]
    return []


def _bound(marks: Sequence[object], name: str) -> Number | None:
    found = (getattr(mark, name, None) for mark in marks)
    return next((bound for bound in found if isinstance(bound, int | float)), None)
