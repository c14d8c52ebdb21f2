"""Settings as people change them while a server runs: kept in the database, for all its processes.

What the environment, a `.env` file or the command line says stays out of reach, and the answer
names it. Secrets are taken and never told; the database holds them as they are. A URL is not
changed under a key that stays, or whoever may set the URL could have the key sent to themselves.
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
from collections.abc import Iterator, Mapping
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from sightline import settings
from sightline.endpoints.kinds import find_kind
from sightline.errors import Conflict, InputError, SettingsError, SightlineError
from sightline.outbox import addresses
from sightline.outbox.addresses import Resolve, is_metadata
from sightline.outbox.messages import new_secret
from sightline.ports import Given
from sightline.services.endpoints.endpoints import unknown
from sightline.services.endpoints.roster import check_name
from sightline.services.endpoints.upkeep import Upkeep
from sightline.services.server.origins import FIXED, Path, Places, Setting, view
from sightline.settings import Settings, Tree, said
from sightline.store import Store, preferences

if TYPE_CHECKING:
    from sightline.services.runs.events import Events

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
"""For changes that other processes made: one row of two numbers is read."""
_TRIES = 8
"""Of a change, while others make theirs."""
_DEEPEST = 8
_PIXELS = "pixels"
"""The endpoint that is there without settings."""
_MASKED = re.compile(r"\*{3,}")


class Preferences:
    """The settings in force. Call `reload` once before anything else, then let `follow` run."""

    def __init__(
        self,
        store: Store,
        begun_with: Settings,
        *,
        command_line: Tree | None = None,
        events: Events | None = None,
        resolve: Resolve = addresses.resolve,
    ) -> None:
        """`command_line`: what it said, as it was given to `settings.load`."""
        self._store = store
        self._settings = begun_with
        self._command_line = dict(command_line or {})
        self._events = events
        self._resolve = resolve
        self._seen: tuple[int, object] | None = None
        self.endpoints = Upkeep(self, store)
        """The endpoints, as people add, change and try them."""

    @property
    def settings(self) -> Settings:
        """Those in force; another object whenever one has changed."""
        return self._settings

    async def aclose(self) -> None:
        await self.endpoints.aclose()

    # ---------------------------------------------------------------------------- keeping up

    async def reload(self) -> bool:
        """Take in what was changed, here or elsewhere; True when anything was.

        Raises `SettingsError` when what is there now cannot be used: the settings stay as they
        were, and the same error is not raised again until something changes.
        """
        now = await self._store.database.read(preferences.version), settings.stamp_of_files()
        if now == self._seen:
            return False
        stored = await self._store.database.read(preferences.read)
        self._seen = stored.version, now[1]
        tree = _in_force(stored.tree, self._command_line)
        self._settings = settings.load(stored=tree, **self._command_line)
        return True

    async def follow(self) -> None:
        """Goes on until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.reload()
            except SightlineError as error:
                log.warning("The settings stay as they were: %s", error)

    async def places(self) -> Places:
        """What each place says now."""
        stored = await self._store.database.read(preferences.read)
        return Places.read(stored.tree, self._command_line)

    async def view(self) -> tuple[Setting, ...]:
        """Every setting, where it comes from, and whether it can be changed."""
        await self.reload()
        return view(self._settings, await self.places())

    # ------------------------------------------------------------------------------- changing

    async def change(self, values: Tree) -> None:
        """Set what is named, as a tree; None takes a value out of the database.

        Raises `Conflict` for what another place decides, naming it, and `InputError` for what
        cannot be used, naming each field; nothing is changed then.
        """
        if "endpoints" in values:
            raise Conflict("Endpoints are not changed here, but each at /api/v1/endpoints/NAME.")
        await self.merge(values)

    async def merge(self, values: Tree) -> None:
        """As `change`, endpoints included."""
        _ensure_sound(values)
        unmasked = _unmasked(values)
        for _ in range(_TRIES):
            stored = await self._store.database.read(preferences.read)
            self._ensure_free(unmasked, Places.read(stored.tree, self._command_line))
            tree = _merged(stored.tree, unmasked)
            # Reads files, and imports what an endpoint's kind needs.
            wanted = await asyncio.to_thread(self._checked, tree, unmasked)
            await self._ensure_addresses(wanted, unmasked)
            self._ensure_keys_stay_home(wanted, unmasked)
            replace = partial(preferences.replace, tree=tree, seen=stored.version)
            if await self._store.database.write(replace):
                break
        else:
            raise Conflict("The settings are being changed by others all the time: try again.")
        await self.reload()
        if self._events is not None:
            await self._events.tell("settings", {"changed": _names(unmasked)})

    def _checked(self, tree: Tree, values: Tree) -> Settings:
        in_force = _in_force(tree, self._command_line)
        wanted = settings.check_stored(in_force, **self._command_line)
        chosen = wanted.endpoint if "endpoint" in values else None
        for name in (chosen or "").split(","):
            if name.strip() not in {"", _PIXELS, *wanted.endpoints} and "://" not in name:
                raise unknown(name.strip(), wanted)
        for name in _touched(values):
            given = wanted.endpoints.get(name)
            if given is None:
                continue
            if name not in self._settings.endpoints:
                check_name(name)
            find_kind(given.kind, setting=f"endpoints.{name}.kind").url(Given(name, given))
        return wanted

    def _ensure_free(self, values: Tree, places: Places) -> None:
        for path, value in _leaves(values):
            for fixed in FIXED:
                if fixed == path[: len(fixed)]:
                    raise Conflict(places.why_fixed(*fixed))
            if value is not None and (reason := places.why_fixed(*path)):
                raise Conflict(reason)

    async def _ensure_addresses(self, wanted: Settings, values: Tree) -> None:
        """An endpoint may be on this machine or network, but is never a cloud's own service."""
        urls = [
            one.url for name in _touched(values) if (one := wanted.endpoints.get(name)) and one.url
        ]
        if "endpoint" in values and wanted.endpoint and "://" in wanted.endpoint:
            urls.append(wanted.endpoint)
        for url in urls:
            parts = urlsplit(url)
            try:
                found = await self._resolve(parts.hostname or "", parts.port or 80)
                leads = any(is_metadata(ip_address(one.partition("%")[0])) for one in found)
            except (OSError, ValueError):
                continue  # it may be there later; there is nothing to ask now
            if leads:
                raise InputError(
                    f"{url} is where a cloud hands out this machine's own keys, and is never asked."
                )

    def _ensure_keys_stay_home(self, wanted: Settings, values: Tree) -> None:
        old = self._settings
        for name in _touched(values):
            new, before = wanted.endpoints.get(name), old.endpoints.get(name)
            if new is None or before is None or new.api_key is None:
                continue
            is_moved = _site(new.url) != _site(before.url)
            if is_moved and said(values, "endpoints", name, "api_key") is None:
                raise _key_would_move(f"endpoints.{name}.url", f"endpoints.{name}.api_key")
        is_url = wanted.endpoint is not None and "://" in wanted.endpoint
        is_moved = is_url and _site(wanted.endpoint) != _site(old.endpoint)
        if is_moved and wanted.api_key is not None and values.get("api_key") is None:
            raise _key_would_move("endpoint", "api_key")

    # ------------------------------------------------------------------------------- webhooks

    async def webhook_secret(self) -> str:
        """What messages are signed with; made at the first use when nobody has set one."""
        if self._settings.webhooks.secret is not None:
            return self._settings.webhooks.secret.get_secret_value()
        while True:
            stored = await self._store.database.read(preferences.read)
            known = said(stored.tree, "webhooks", "secret")
            if isinstance(known, str):
                return known
            tree = _merged(stored.tree, {"webhooks": {"secret": new_secret()}})
            replace = partial(preferences.replace, tree=tree, seen=stored.version)
            await self._store.database.write(replace)

    async def renew_webhook_secret(self) -> str:
        """A new secret in place of the old; the only time that it is told.

        Raises `Conflict` when another place decides it.
        """
        secret = new_secret()
        await self.merge({"webhooks": {"secret": secret}})
        return secret


def _key_would_move(url: str, key: str) -> SettingsError:
    return SettingsError(
        f"{url} would change while {key} stays, so the key would go to another place than it was "
        f"given for. Give {key} with the new URL."
    )


def _site(url: str | None) -> tuple[str, str | None, int | None] | None:
    if url is None or "://" not in url:
        return None
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


# -------------------------------------------------------------------------------- parts of trees


def _in_force(tree: Tree, command_line: Tree) -> Tree:
    if "endpoints" not in tree:
        return tree
    return {**tree, "endpoints": Places.read(tree, command_line).stored_endpoints}


def _mapping(value: object) -> Tree | None:
    return cast("Tree", value) if isinstance(value, Mapping) else None


def _touched(values: Tree) -> list[str]:
    """The endpoints that a change is about."""
    return list(_mapping(values.get("endpoints")) or {})


def _leaves(values: Tree, path: Path = ()) -> Iterator[tuple[Path, object]]:
    for name, value in values.items():
        below = _mapping(value)
        if below:
            yield from _leaves(below, (*path, name))
        else:
            yield (*path, name), value


def _names(values: Tree) -> list[str]:
    return [".".join(path) for path, _ in _leaves(values)]


def _unmasked(values: Tree) -> dict[str, object]:
    """Without the secrets that were sent back as they were shown."""
    kept: dict[str, object] = {}
    for name, value in values.items():
        below = _mapping(value)
        if below:
            kept[name] = _unmasked(below)
        elif not (name in _SECRETS and isinstance(value, str) and _MASKED.fullmatch(value)):
            kept[name] = value
    return kept


_SECRETS = {"api_key", "secret"}


def _merged(tree: Tree, values: Tree) -> dict[str, object]:
    """As a JSON merge patch (RFC 7396)."""
    merged = dict(tree)
    for name, value in values.items():
        below = _mapping(value)
        if value is None:
            merged.pop(name, None)
        elif below is None:
            merged[name] = value
        else:
            merged[name] = _merged(_mapping(merged.get(name)) or {}, below)
    return merged


def _ensure_sound(value: object, depth: int = 0) -> None:
    """Raises `InputError` for text that not every database can keep, and for trees without end."""
    if depth > _DEEPEST:
        raise InputError(f"settings are not nested more than {_DEEPEST} deep")
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
            raise InputError("a setting holds a character that is no text: NUL or half an emoji")
    elif isinstance(value, float) and not math.isfinite(value):
        raise InputError("a setting holds a number without an end, or none: it needs a plain one")
    elif isinstance(value, Mapping):
        for name, one in cast("Tree", value).items():
            _ensure_sound(name)
            _ensure_sound(one, depth + 1)
    elif isinstance(value, list | tuple):
        for one in cast("list[object]", value):
            _ensure_sound(one, depth + 1)
