"""The composition root: the only place that builds objects and joins them.

Each part is imported by the function that builds it: a command starts with what it needs.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from sightline.errors import SettingsError, StoreError
from sightline.media.source import FileSource
from sightline.ports import Given
from sightline.services.endpoints.fleet import Choice
from sightline.settings import PREFIX, EndpointSettings, Settings, Tree, load, stamp_of_files
from sightline.values import Profile, Reach

if TYPE_CHECKING:
    from sightline.services.endpoints.endpoints import Endpoints
    from sightline.services.library.catalogue import Library
    from sightline.services.runs.analysis import Analyst
    from sightline.services.server.access import Access
    from sightline.services.tuning.tuning import Tuner
    from sightline.store import Store

PIXELS = "pixels"
OPENAI_HOST = "api.openai.com"
DATABASE = "sightline.db"
_LOOK_EVERY_S = 2.0


async def open_store(settings: Settings, *roles: str) -> Store:
    """The library that the settings name; `roles` say to people what this process is for."""
    from sightline.store import DatabaseUrl, Store  # noqa: PLC0415

    if settings.database_url is None:
        return await Store.open(settings.data_dir / DATABASE, roles=roles)
    url = DatabaseUrl.parse(settings.database_url.get_secret_value())
    return await Store.open(url, roles=roles)


@asynccontextmanager
async def open_library(settings: Settings) -> AsyncGenerator[Library]:
    from sightline.services.library.catalogue import Library  # noqa: PLC0415

    async with await open_store(settings) as store:
        yield Library(store)


@asynccontextmanager
async def open_access(settings: Settings) -> AsyncGenerator[Access]:
    from sightline.services.server.access import Access  # noqa: PLC0415

    async with await open_store(settings) as store:
        yield Access(store.database, tries_per_minute=lambda: settings.server.logins_per_minute)


@asynccontextmanager
async def open_endpoints(settings: Settings) -> AsyncGenerator[Endpoints]:
    from sightline.services.endpoints.endpoints import Endpoints  # noqa: PLC0415

    async with await open_store(settings) as store:
        stored = await stored_in(store)
        known = _with_stored(settings, stored) if stored else settings

        def named(name: str) -> Given:
            return _given(known, name, None, by_hand=True)

        yield Endpoints(known, store, named=named)


@asynccontextmanager
async def open_source(settings: Settings) -> AsyncGenerator[FileSource]:
    source = FileSource(memory_mb=settings.decoder_memory_mb, stall_s=settings.decoder_stall_s)
    try:
        yield source
    finally:
        await source.aclose()


@asynccontextmanager
async def open_tuner(settings: Settings) -> AsyncGenerator[Tuner]:
    from sightline.services.tuning.tuning import Tuner  # noqa: PLC0415

    async with (
        await open_store(settings) as store,
        open_source(settings) as source,
    ):
        yield Tuner(store, source)


@asynccontextmanager
async def open_analyst(
    settings: Settings,
    *,
    endpoint: str | None = None,
    model: str | None = None,
    egress: Reach | None = None,
) -> AsyncGenerator[Analyst]:
    """Whoever watches media, with the endpoints that it asks: those named, else those configured,
    else one that was found, else pixels. They follow the settings while it is open.

    `endpoint` is a name from the settings, a URL, `pixels`, or several of them with commas between.
    Raises `SettingsError` for a name that is not configured or an endpoint further away than
    `egress` allows, `EndpointError` when no server can be asked that must be.
    """
    from sightline.services.endpoints.fleet import Fleet  # noqa: PLC0415
    from sightline.services.runs.analysis import Analyst  # noqa: PLC0415

    def limited(loaded: Settings) -> Settings:
        return loaded.model_copy(update={"egress": egress}) if egress else loaded

    stamp = stamp_of_files()

    def again() -> tuple[Choice, Settings] | None:
        nonlocal stamp
        if (now := stamp_of_files()) == stamp:
            return None
        stamp = now
        changed = limited(_with_stored(settings, stored))
        return _configured(changed, endpoint, model, resting=True), changed

    async with (
        await open_store(settings, "analyze") as store,
        open_source(settings) as source,
    ):
        stored = await stored_in(store)
        settings = limited(_with_stored(settings, stored) if stored else settings)
        choice = await choose(settings, endpoint, model)
        shared = store.database if settings.database_url is not None else None

        async def profile(name: str, url: str, model: str | None) -> Profile | None:
            return await store.find_profile(name, url=url, model=model)

        fleet = Fleet(choice, settings, profiles=profile, again=again, database=shared)
        following: asyncio.Future[list[None]] | None = None
        try:
            await fleet.connect()
            looking = [_look_around(store)] if shared else []
            following = asyncio.gather(fleet.follow(), *looking)
            yield Analyst(
                source=source, store=store, pool=fleet.pool, settings=settings, story=fleet.story
            )
        finally:
            if following:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
            await fleet.aclose()


async def stored_in(store: Store) -> Tree:
    """What people have set through a server of this library."""
    from sightline.store import preferences  # noqa: PLC0415

    return (await store.database.read(preferences.read)).tree


def _with_stored(settings: Settings, stored: Tree) -> Settings:
    """Settings loaded anew, with what the library itself holds."""
    return load(stored=stored, data_dir=settings.data_dir, database_url=settings.database_url)


async def _look_around(store: Store) -> None:
    """See who has died, so that what he held is free; goes on until it is cancelled."""
    while True:
        with suppress(StoreError):  # whoever has work for the database tells of it
            await store.presence.look()
        await asyncio.sleep(_LOOK_EVERY_S)


async def choose(
    settings: Settings, endpoint: str | None = None, model: str | None = None
) -> Choice:
    """The endpoints that are named, else those that are configured, else what is found."""
    configured = _configured(settings, endpoint, model)
    return configured if configured.given else await _discovered(settings, model)


def configured_in(settings: Settings) -> Choice | None:
    """The endpoints that are configured, paused ones as well; None where there are none."""
    configured = _configured(settings, None, None, resting=True)
    return configured if configured.given else None


def _configured(
    settings: Settings, endpoint: str | None, model: str | None, *, resting: bool = False
) -> Choice:
    """What the settings and the command line name; nothing when they name nothing.

    `resting`: those that are paused as well, for runs under way.
    """
    named = endpoint or settings.endpoint
    names = [name.strip() for name in (named or "").split(",") if name.strip()]
    if not names:
        names = [name for name, one in settings.endpoints.items() if resting or not one.paused]
        if settings.endpoints and not names:
            raise SettingsError(
                "All configured endpoints are paused: sightline endpoints resume NAME"
            )
    given = [_given(settings, name, model, by_hand=endpoint is not None) for name in names]
    return Choice(tuple(given))


def _given(settings: Settings, named: str, model: str | None, *, by_hand: bool) -> Given:
    """`by_hand`: a person names it now, on the command line or in a call."""
    if named in settings.endpoints:
        settings.check_key(named)
        key_setting = f"{PREFIX}ENDPOINTS__{named.upper()}__API_KEY"
        return Given(named, settings.endpoints[named], model, key_setting)
    if named == PIXELS:
        if model is not None:
            raise SettingsError(f"pixels has no models: leave out --model {model}")
        return Given(named, EndpointSettings(kind=PIXELS))
    if "://" in named:
        if not by_hand:
            settings.check_key()
        try:
            host = urlsplit(named).netloc.rpartition("@")[2]  # what is before it may be a password
        except ValueError as error:
            raise SettingsError(f"the endpoint is not a URL: {error}") from error
        # As it is given: the endpoint itself says what is wrong with a URL.
        one = EndpointSettings.model_construct(url=named, api_key=_key_for(named, settings))
        return Given(host or "URL", one, model, f"{PREFIX}API_KEY")
    known = ", ".join(settings.endpoints) or "none"
    raise SettingsError(
        f"There is no endpoint '{named}'. Configured: {known}. "
        f"Name one of them, give a URL such as http://127.0.0.1:1234/v1, or use '{PIXELS}'."
    )


async def _discovered(settings: Settings, model: str | None) -> Choice:
    pixels = Given(PIXELS, EndpointSettings(kind=PIXELS))
    if not settings.discover:
        return Choice((pixels,))
    from sightline.endpoints import discovery  # noqa: PLC0415

    found = await discovery.discover()
    choice = discovery.choose(found)
    story = discovery.report(found, choice)
    if choice is None:
        if model is not None:
            raise SettingsError(
                "\n".join((*story, f"So there is no server for --model {model}: name it too, "
                "with --endpoint URL."))
            )  # fmt: skip
        fallback = "Going on with pixels, which measures light and colour and knows no objects."
        return Choice((pixels,), (*story, fallback))
    server = EndpointSettings(url=choice.server.url, model=choice.model.name)
    return Choice((Given(choice.server.name, server, model),), story)


def _key_for(url: str, settings: Settings) -> SecretStr | None:
    """The key for an endpoint given by URL; OpenAI's own variable goes to OpenAI only."""
    if settings.api_key is not None:
        return settings.api_key
    parts = urlsplit(url)
    if (parts.scheme, parts.hostname) == ("https", OPENAI_HOST):
        key = os.environ.get("OPENAI_API_KEY")
        return SecretStr(key) if key else None
    return None
