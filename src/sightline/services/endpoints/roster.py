"""Which endpoints there are: added, removed, paused and resumed in the settings file.

The environment wins over the file: a change that would have no effect for it is refused, with the
variable that stands in its way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from sightline.endpoints.kinds import find_kind
from sightline.errors import SettingsError
from sightline.ports import Given
from sightline.services.endpoints.endpoints import checked, unknown
from sightline.services.server.settingsfile import Scalar, SettingsFile
from sightline.settings import EndpointSettings, Settings, outside_file

_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")


def check_name(name: str) -> None:
    """Raises `SettingsError` for what cannot name an endpoint."""
    if not _NAME.fullmatch(name) or "__" in name:
        raise SettingsError(
            f"'{name}' cannot name an endpoint: use small letters, digits, '-', '_' and '.', "
            "as in desk-2"
        )


class Roster:
    """The endpoints of the settings file in force. Every method raises `SettingsError`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def check_new(self, name: str, values: Mapping[str, Scalar | None]) -> EndpointSettings:
        """See whether `add` could do it, and how its settings would read."""
        check_name(name)
        known = self._settings.endpoints.get(name)
        if known is not None:
            raise SettingsError(
                f"There is an endpoint '{name}' already ({known.url or known.kind}). Choose "
                f"another name, or take it away first: sightline endpoints remove {name}"
            )
        given = checked({key: value for key, value in values.items() if value is not None})
        find_kind(given.kind).url(Given(name, given))
        return given

    def add(self, name: str, values: Mapping[str, Scalar | None]) -> Path:
        """Write a new endpoint; returns the file."""
        self.check_new(name, values)
        file = SettingsFile.in_force()
        defaults = EndpointSettings()
        said = {
            key: value
            for key, value in values.items()
            if value is not None and (key in {"kind", "url"} or value != getattr(defaults, key))
        }
        file.put_endpoint(name, said)
        file.save()
        return file.path

    def pause(self, name: str, *, paused: bool) -> Path | None:
        """Returns the file that was changed; None when it was so already."""
        if name not in self._settings.endpoints:
            raise unknown(name, self._settings)
        if self._settings.endpoints[name].paused == paused:
            return None
        if fixed := outside_file("endpoints", name, "paused"):
            raise SettingsError(
                f"{fixed[0]} decides whether {name} is paused and wins over the settings file: "
                "change it there."
            )
        file = SettingsFile.in_force()
        file.put_endpoint(name, {"paused": True if paused else None})
        file.save()
        return file.path

    def remove(self, name: str) -> tuple[Path, tuple[str, ...]]:
        """Take it out of the file; returns that, and what else a person should know."""
        if name not in self._settings.endpoints:
            raise unknown(name, self._settings)
        file = SettingsFile.in_force()
        left = outside_file("endpoints", name)
        if file.endpoint(name) is None:
            where = " and ".join(left) or "the environment"
            raise SettingsError(f"'{name}' is not in {file.path}: {where} makes it. Unset that.")
        file.remove_endpoint(name)
        notes = [f"{variable} still speaks of {name}: unset it, too." for variable in left]
        if file.says("endpoint") == name:
            file.unset("endpoint")
            notes.append(f'endpoint = "{name}" went with it: all that are left are used together.')
        elif self._settings.endpoint == name:
            place = " and ".join(outside_file("endpoint")) or "another place"
            notes.append(f"{place} still names {name} as the one to use: unset it, too.")
        file.save()
        return file.path, tuple(notes)
