"""The settings file, changed by a command and not by hand.

Guarantees: comments, order and all that was not meant stay as they are; the result is read back
and compared before it takes the file's place, all at once; a file that holds a key can be read by
its owner only; a file that somebody else changed meanwhile is left alone.
"""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any, cast

import tomlkit
from pydantic import ValidationError
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable, Table

from sightline import settings
from sightline.errors import SettingsError
from sightline.settings import EndpointSettings, Settings

Scalar = str | int | float | bool
_Table = Mapping[str, object]

_ENDPOINTS = "endpoints"
_HEADER = re.compile(r"\s*\[+(?P<path>[^\[\]].*?)\]+\s*(#.*)?$")


class SettingsFile:
    """One settings file, and changes to it that `save` writes; there need be no file yet.

    Every method raises `SettingsError`, naming the file and the way out, when it cannot do what
    is asked of it.
    """

    def __init__(self, path: Path) -> None:
        # A link, as those have who keep their settings in a repository, stays one.
        self.path = Path(os.path.realpath(path))
        self._found = self._read()
        self._document, self._text = self._parsed(self._found or b"")

    @classmethod
    def in_force(cls) -> SettingsFile:
        """The file that settings come from, or would come from if it existed."""
        return cls(settings.file_in_force())

    def endpoint(self, name: str) -> _Table | None:
        """What the file says of an endpoint; None when it does not know it."""
        return _part(_part(self._document, _ENDPOINTS) or {}, name)

    def says(self, setting: str) -> object:
        """A setting of the first level; None when the file does not say it."""
        return self._document.get(setting)

    # ---------------------------------------------------------------------------- the changes

    def put_endpoint(self, name: str, values: Mapping[str, Scalar | None]) -> None:
        """Add an endpoint, or change one that is there; None takes a value out."""
        meant = deepcopy(self._document)
        table = _made(_made(meant, _ENDPOINTS), name)
        for key, value in values.items():
            table[key] = value
            if value is None:
                del table[key]
        said = {key: value for key, value in values.items() if value is not None}
        if self.endpoint(name) is None:
            ways = partial(_appended, name, said), partial(_inlined, name, said)
        else:
            ways = (partial(_changed, name, values),)
        self._take(ways, meant, f"write there yourself:\n{_block(name, said)}")

    def remove_endpoint(self, name: str) -> None:
        """Take an endpoint out, with the comments that are its own."""
        meant = deepcopy(self._document)
        _made(meant, _ENDPOINTS).pop(name, None)
        ways = partial(_without_block, name), partial(_deleted, name)
        self._take(ways, meant, f"take endpoints.{name} out yourself.")

    def unset(self, setting: str) -> None:
        """Take a setting of the first level out."""
        meant = {key: value for key, value in self._document.items() if key != setting}
        self._take((partial(_unset, setting),), meant, f"take {setting} out yourself.")

    def _take(self, ways: Sequence[Callable[[str], str]], meant: _Table, by_hand: str) -> None:
        """The text of the first way whose outcome says what is meant, and nothing else."""
        for way in ways:
            # The last two are how tomlkit says that it does not do this to that sort of table.
            with suppress(TOMLKitError, KeyError, ValueError, AttributeError, TypeError):
                text = way(self._text)
                document = tomllib.loads(text)
                if _trimmed(document) == _trimmed(meant):
                    self._text, self._document = text, document
                    return
        raise SettingsError(
            f"{self.path} is written in a way that a command cannot change safely: {by_hand}"
        )

    # ----------------------------------------------------------------------------- the writing

    def save(self) -> None:
        """Validate all of it as settings, then write it in the old one's place, or nothing."""
        self._validate()
        content = self._text.encode()
        if content == self._found:
            return
        beside = self.path.with_name(f".{self.path.name}-{secrets.token_hex(8)}.part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside.touch(0o600 if self._holds_key() else 0o666, exist_ok=False)
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if self._found is not None and not self._holds_key():
                beside.chmod(self.path.stat().st_mode & 0o777)
            if self._read() != self._found:
                raise SettingsError(
                    f"{self.path} was changed by somebody else meanwhile; run the command again."
                )
            beside.replace(self.path)
        except OSError as error:
            raise SettingsError(
                f"{self.path} cannot be written: {error.strerror or error}. Name another file in "
                f"{settings.CONFIG_VARIABLE}, or write there yourself."
            ) from error
        finally:
            with suppress(OSError):
                beside.unlink()
        self._found = content

    def _validate(self) -> None:
        problems: list[str] = []
        unknown = [key for key in self._document if key not in Settings.model_fields]
        problems += [f"{key}: there is no such setting" for key in unknown]
        for name, one in (_part(self._document, _ENDPOINTS) or {}).items():
            try:
                EndpointSettings.model_validate(one)
            except ValidationError as error:
                found = error.errors(include_input=False)
                problems += [f"endpoints.{name}.{settings.problem_of(e)}" for e in found]
        if problems:
            listed = "\n".join(f"  {problem}" for problem in problems)
            raise SettingsError(f"{self.path} was not changed; it would say:\n{listed}")

    def _holds_key(self) -> bool:
        tables = (_part(self._document, _ENDPOINTS) or {}).values()
        return any("api_key" in cast("_Table", one) for one in (self._document, *tables))

    def _read(self) -> bytes | None:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SettingsError(f"{self.path} cannot be read: {error.strerror or error}") from error

    def _parsed(self, content: bytes) -> tuple[dict[str, object], str]:
        try:
            text = content.decode()
            document = tomllib.loads(text)
        except ValueError as error:
            raise SettingsError(f"{self.path} is not TOML: {error}. Correct it first.") from error
        endpoints = document.get(_ENDPOINTS, {})
        if not isinstance(endpoints, dict) or not all(
            isinstance(one, dict) for one in cast("dict[str, object]", endpoints).values()
        ):
            raise SettingsError(
                f"{self.path}: each endpoint is a table, [endpoints.NAME]. Correct it first."
            )
        return document, text


def _part(table: _Table, name: str) -> _Table | None:
    found = table.get(name)
    return cast("_Table", found) if isinstance(found, Mapping) else None


def _made(table: dict[str, object], name: str) -> dict[str, object]:
    return cast("dict[str, object]", table.setdefault(name, {}))


def _trimmed(document: _Table) -> _Table:
    return {key: value for key, value in document.items() if key != _ENDPOINTS or value}


# --------------------------------------------------------- ways to change a text, surest first


def _block(name: str, said: Mapping[str, Scalar]) -> str:
    table = tomlkit.table()
    for key, value in said.items():
        table[key] = int(value) if isinstance(value, float) and value.is_integer() else value
    document = tomlkit.document()
    document[_ENDPOINTS] = tomlkit.table(is_super_table=True)
    cast("Table", document[_ENDPOINTS])[name] = table
    return tomlkit.dumps(document)


def _appended(name: str, said: Mapping[str, Scalar], text: str) -> str:
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    return f"{text}{gap}{_block(name, said)}"


def _inlined(name: str, said: Mapping[str, Scalar], text: str) -> str:
    document = tomlkit.parse(text)
    inline = tomlkit.inline_table()
    for key, value in said.items():
        inline[key] = value
    cast("InlineTable", document[_ENDPOINTS])[name] = inline
    return tomlkit.dumps(document)


def _changed(name: str, values: Mapping[str, Scalar | None], text: str) -> str:
    document = tomlkit.parse(text)
    table = cast("MutableMapping[str, Any]", cast("Table", document[_ENDPOINTS])[name])
    # What ends the table stands before the next one, and is about that: new lines go above it.
    after = _taken_from_end(table) if isinstance(table, Table) else []
    for key, value in values.items():
        if value is not None:
            table[key] = value
        elif key in table:
            del table[key]
    for item in after:
        cast("Table", table).add(item)
    return tomlkit.dumps(document)


def _taken_from_end(table: Table) -> list[Any]:
    body = table.value.body
    taken: list[Any] = []
    while body and body[-1][0] is None:
        taken.insert(0, body.pop()[1])
    return taken


def _deleted(name: str, text: str) -> str:
    document = tomlkit.parse(text)
    cast("Table", document[_ENDPOINTS]).remove(name)
    return tomlkit.dumps(document)


def _unset(setting: str, text: str) -> str:
    document = tomlkit.parse(text)
    document.remove(setting)
    return tomlkit.dumps(document)


def _without_block(name: str, text: str) -> str:
    """Comments right above a header are of its table, but those that begin the file are not."""
    lines = text.splitlines(keepends=True)
    headers = [(number, path) for number, line in enumerate(lines) if (path := _header(line))]
    starts = [_with_comments(lines, number) for number, _ in headers] + [len(lines)]
    kept = lines[: starts[0]]
    for (_, path), start, end in zip(headers, starts, starts[1:], strict=False):
        if path[:2] != [_ENDPOINTS, name]:
            kept += lines[start:end]
    return "".join(kept)


def _header(line: str) -> list[str]:
    """The names in a line such as `[endpoints.desk]`; none in any other."""
    if not (found := _HEADER.match(line)):
        return []
    names: list[str] = []
    table: _Table | None = tomllib.loads(f"[{found['path']}]")
    while table:
        names.append(next(iter(table)))
        table = _part(table, names[-1])
    return names


def _with_comments(lines: Sequence[str], header: int) -> int:
    start = header
    while start and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return start or header
