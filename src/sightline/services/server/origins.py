"""Where each setting comes from, and whether it can be changed while the server runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from sightline import settings
from sightline.settings import Group, Kind, Nature, Outside, Settings, Tree, said

MASK = "********"
"""Stands for a secret, which is never shown; written, it means: as it is."""

Path = tuple[str, ...]
"""The names that lead to a setting, from the first level down."""

FIXED: Mapping[Path, str] = {
    ("data_dir",): "it is where the database is looked for",
    ("database_url",): "it is where the database is looked for",
    ("server", "listen"): "a server listens where it was told to when it began",
}
"""Those that are never kept in the database, and why."""


class Origin(StrEnum):
    """A place that settings come from."""

    DEFAULT = "default"
    ALIAS = "alias"
    """A name in the environment that another system gave it."""
    FILE = "file"
    DATABASE = "database"
    DOTENV = ".env"
    ENVIRONMENT = "environment"
    COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it is in force."""

    path: Path
    value: object
    """As JSON; a secret is masked."""
    default: object
    origin: Origin
    place: str
    """Which file or variable says it; empty for a default."""
    fixed: str
    """Why it cannot be changed here, and where it can; empty when it can."""
    nature: Nature
    group: Group
    description: str

    @property
    def name(self) -> str:
        return ".".join(self.path)

    @property
    def secret(self) -> bool:
        return self.nature.kind is Kind.SECRET


@dataclass(frozen=True, slots=True)
class Places:
    """What each place says, read once."""

    command_line: Tree
    outside: Outside
    stored: Tree
    file: Tree
    file_name: str
    aliases: Tree

    @classmethod
    def read(cls, stored: Tree, command_line: Tree) -> Places:
        """Raises `SettingsError` for a file that cannot be read."""
        file, outside = settings.file_says(), Outside.read()
        spoken_of = {*stored, *file, *command_line, *outside.settings}
        return cls(
            command_line=command_line,
            outside=outside,
            stored=stored,
            file=file,
            file_name=str(settings.file_in_force()),
            aliases=settings.aliases_say(spoken_of),
        )

    def origin(self, *path: str) -> tuple[Origin, str]:
        """The place that decides a setting, and its name."""
        if said(self.command_line, *path) is not None:
            return Origin.COMMAND_LINE, "the command line"
        if variables := self.outside.at(*path):
            is_environment = variables[0].endswith(" in the environment")
            return Origin.ENVIRONMENT if is_environment else Origin.DOTENV, variables[0]
        if said(self.stored, *path) is not None:
            return Origin.DATABASE, "the database"
        if said(self.file, *path) is not None:
            return Origin.FILE, self.file_name
        if said(self.aliases, *path) is not None:
            return Origin.ALIAS, "another system's name in the environment"
        return Origin.DEFAULT, ""

    def why_fixed(self, *path: str) -> str:
        """Why nobody can change a setting by storing it, and what to do; empty when one can."""
        if reason := FIXED.get(path):
            return (
                f"{'.'.join(path)} is not kept in the database, as {reason}: set it in the "
                "settings file, the environment or on the command line, and start again."
            )
        origin, place = self.origin(*path)
        if origin in {Origin.COMMAND_LINE, Origin.ENVIRONMENT, Origin.DOTENV}:
            return f"{place} decides {'.'.join(path)}: change it there."
        return ""

    def home_of_endpoint(self, name: str) -> str:
        """Which place other than the database makes this endpoint; empty when none does.

        One that the database makes has its kind there; it may hold just a pause of another's.
        """
        if said(self.stored, "endpoints", name, "kind") is not None:
            return ""
        if said(self.command_line, "endpoints", name) is not None:
            return "the command line"
        if variables := self.outside.at("endpoints", name):
            return variables[0]
        if said(self.file, "endpoints", name) is not None:
            return self.file_name
        if said(self.aliases, "endpoints", name) is not None:
            return "another system's name in the environment"
        return ""

    @property
    def stored_endpoints(self) -> dict[str, object]:
        """Without what is left of one that another place had made and makes no longer."""
        stored = cast("Tree", self.stored.get("endpoints") or {})
        return {
            name: one
            for name, one in stored.items()
            if said(stored, name, "kind") is not None or self.home_of_endpoint(name)
        }


def view(loaded: Settings, places: Places) -> tuple[Setting, ...]:
    """Every setting, those of each endpoint included, in the order in which they are declared."""
    return tuple(_setting(path, field, value, places) for path, field, value in _leaves(loaded, ()))


def _setting(path: Path, field: FieldInfo, value: object, places: Places) -> Setting:
    origin, place = places.origin(*path)
    nature = settings.nature_of(field)
    secret = nature.kind is Kind.SECRET
    default = field.get_default(call_default_factory=True, validated_data={})
    return Setting(
        path=path,
        value=(MASK if value else None) if secret else to_jsonable_python(value),
        default=to_jsonable_python(default),
        origin=origin,
        place=place,
        fixed=places.why_fixed(*path),
        nature=nature,
        group=settings.group_of(path, field),
        description=" ".join((field.description or "").split()),
    )


def _leaves(model: BaseModel, path: Path) -> Iterator[tuple[Path, FieldInfo, object]]:
    for name, field in type(model).model_fields.items():
        value: object = getattr(model, name)
        if isinstance(model, Settings) and name == "endpoints":
            for endpoint, one in model.endpoints.items():
                yield from _leaves(one, (*path, name, endpoint))
        elif isinstance(value, BaseModel):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), field, value
