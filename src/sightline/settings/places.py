"""Where settings are looked for: the files, and the variables of the environment and `.env`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from dotenv import dotenv_values
from platformdirs import user_config_path

from sightline.errors import SettingsError

PREFIX = "SIGHTLINE_"
CONFIG_VARIABLE = "SIGHTLINE_CONFIG"
DOTENV = (".env", ".env.local")
HERE = Path("sightline.toml")

Tree = Mapping[str, object]
"""Settings by their names, nested as they are."""


def file_in_force() -> Path:
    """The settings file, or where the user's would be when there is none."""
    if named := os.environ.get(CONFIG_VARIABLE):
        if not Path(named).is_file():
            raise SettingsError(f"{CONFIG_VARIABLE} names {named}, which is not a file")
        return Path(named)
    if not HERE.exists():
        return user_config_path("sightline", appauthor=False) / "settings.toml"
    if not HERE.is_file():
        raise SettingsError(f"{HERE.absolute()} is not a file; name another in {CONFIG_VARIABLE}")
    return HERE


def stamp_of_files() -> tuple[object, ...]:
    """Another value when a file that settings come from was written, made or removed."""

    def stamp(path: Path) -> object:
        try:
            seen = path.stat()
        except OSError:
            return None
        return seen.st_mtime_ns, seen.st_size, seen.st_ino

    return tuple((path, stamp(path)) for path in (file_in_force(), *map(Path, DOTENV)))


def dotenv(name: str) -> Mapping[str, str | None]:
    """Our variables in one of `DOTENV`; none where there is no such file."""
    try:
        values = dotenv_values(name, interpolate=False, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = "it is not UTF-8 text" if isinstance(error, ValueError) else error.strerror or error
        raise SettingsError(f"{Path(name).absolute()} cannot be read: {why}") from error
    return {name: value for name, value in values.items() if is_ours(name)}


def outside_file(*path: str) -> tuple[str, ...]:
    """Where else than in the settings file something is said at or below this setting.

    The file has no say over it then. Each is a variable with its place, as in
    `SIGHTLINE_ENDPOINTS__DESK__URL in .env`.
    """
    return Outside.read().at(*path)


@dataclass(frozen=True, slots=True)
class Outside:
    """What the environment and the current folder's `.env` files say, read once."""

    _variables: tuple[tuple[str, str, str], ...]
    """Name, place and value; the place that wins comes first."""

    @classmethod
    def read(cls) -> Outside:
        files = [(name, dotenv(name)) for name in DOTENV]
        places = [("the environment", os.environ), *reversed(files)]
        return cls(
            tuple(
                (name, place, value or "")
                for place, names in places
                for name, value in names.items()
                if is_ours(name)
            )
        )

    def at(self, *path: str) -> tuple[str, ...]:
        """As `outside_file`."""
        return tuple(
            f"{name.upper()} in {place}"
            for name, place, value in self._variables
            if _says(name, value, path)
        )

    @property
    def settings(self) -> frozenset[str]:
        """Those of the first level of which something is said."""
        named = (name.lower().removeprefix(PREFIX.lower()) for name, _, _ in self._variables)
        return frozenset(name.split("__")[0] for name in named)


def said(source: Tree, *path: str) -> object:
    """What a tree says of a setting; None when it says nothing."""
    value: object = source
    for name in path:
        value = cast("Mapping[str, object]", value).get(name) if isinstance(value, dict) else None
    return value


def _says(variable: str, value: str, path: tuple[str, ...]) -> bool:
    named = tuple(variable.lower().removeprefix(PREFIX.lower()).split("__"))
    if named[: len(path)] == path:
        return True
    if path[: len(named)] != named:
        return False
    try:
        told: object = json.loads(value)
    except ValueError:
        return False
    for name in path[len(named) :]:
        if not isinstance(told, dict) or name not in told:
            return False
        told = cast("dict[str, object]", told)[name]
    return True


def is_ours(name: str) -> bool:
    """Whether a variable of this name is meant for us."""
    return name.upper().startswith(PREFIX) and name.upper() != CONFIG_VARIABLE


def refuse_unknown_names(known: Iterable[str]) -> None:
    """pydantic-settings passes over names it does not know; a typing error must not go unseen."""
    fields = {field.upper() for field in known}
    files = {name: dotenv(name) for name in DOTENV}
    for place, names in {"the environment": os.environ, **files}.items():
        for name in filter(is_ours, names):
            if name.upper().removeprefix(PREFIX).split("__")[0] not in fields:
                raise SettingsError(
                    f"{name.upper()} in {place} is not a setting. "
                    f"There are: {', '.join(PREFIX + field for field in sorted(fields))}"
                )
