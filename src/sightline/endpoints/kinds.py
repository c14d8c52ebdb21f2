"""The kinds of endpoints, by name: ours and those that plugins bring, found the same way.

A kind is an `EndpointKind` in the entry-point group `sightline.endpoints`; its module, and the
vendor's SDK with it, is imported when it is first used.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from sightline.errors import SettingsError
from sightline.ports import EndpointKind

GROUP = "sightline.endpoints"


def known_kinds() -> tuple[str, ...]:
    return tuple(sorted(_found()))


def find_kind(name: str, *, setting: str = "kind") -> EndpointKind:
    """Raises `SettingsError`, naming the setting, for a kind that is not there or does not load."""
    entry = _found().get(name)
    if entry is None:
        known = ", ".join(known_kinds())
        raise SettingsError(f"{setting}: there is no kind of endpoint '{name}'; there are: {known}")
    try:
        return cast("EndpointKind", entry.load())
    except (ImportError, AttributeError) as error:
        raise SettingsError(
            f"{setting}: the kind '{name}' of {entry.value} does not load: {error}. Install or "
            "remove the package that brings it."
        ) from error


@cache
def _found() -> Mapping[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}
