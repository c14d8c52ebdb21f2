"""The composition root: the only place that builds objects and joins them.

Each part is imported by the function that builds it: a command starts with what it needs.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from sightline.errors import SettingsError
from sightline.media.source import FileSource
from sightline.ports import Endpoint
from sightline.settings import EndpointSettings, Settings
from sightline.values import Jpeg

if TYPE_CHECKING:
    from sightline.services.analysis import Analyst
    from sightline.services.library import Library

PIXELS = "pixels"
OPENAI_HOST = "api.openai.com"
DATABASE = "sightline.db"


@dataclass(frozen=True, slots=True)
class Attached:
    """The endpoint that will be asked, and what a person should know about how it was chosen."""

    endpoint: Endpoint
    longest_side: int | None = None
    """Of the pictures that it is sent, in pixels; None: as for all."""
    story: tuple[str, ...] = ()


@asynccontextmanager
async def open_library(settings: Settings) -> AsyncGenerator[Library]:
    from sightline.services.library import Library  # noqa: PLC0415
    from sightline.store import Store  # noqa: PLC0415

    async with await Store.open(settings.data_dir / DATABASE) as store:
        yield Library(store)


@asynccontextmanager
async def open_source(settings: Settings) -> AsyncGenerator[FileSource]:
    source = FileSource(memory_mb=settings.decoder_memory_mb, stall_s=settings.decoder_stall_s)
    try:
        yield source
    finally:
        await source.aclose()


@asynccontextmanager
async def open_analyst(settings: Settings, attached: Attached) -> AsyncGenerator[Analyst]:
    from sightline.endpoints.pool import Pool, Retries  # noqa: PLC0415
    from sightline.services.analysis import Analyst  # noqa: PLC0415
    from sightline.store import Store  # noqa: PLC0415

    pool = Pool(
        attached.endpoint,
        retries=Retries(attempts=settings.attempts, patience_s=settings.patience_s),
        tags_per_call=settings.tags_per_call,
    )
    async with (
        await Store.open(settings.data_dir / DATABASE) as store,
        open_source(settings) as source,
    ):
        yield Analyst(
            source=source,
            store=store,
            pool=pool,
            settings=settings,
            longest_side=attached.longest_side,
        )


@asynccontextmanager
async def attach(
    settings: Settings, *, endpoint: str | None = None, model: str | None = None
) -> AsyncGenerator[Attached]:
    """The endpoint to ask: the one named, else the one configured, else one found, else pixels.

    `endpoint` is a name from the settings, a URL, or `pixels`. Raises `SettingsError` for a name
    that is not configured, `EndpointError` when the server must be asked for its models and
    cannot be.
    """
    attached = await _choose(settings, endpoint, model)
    try:
        yield attached
    finally:
        await attached.endpoint.aclose()


async def _choose(settings: Settings, endpoint: str | None, model: str | None) -> Attached:
    named = endpoint or settings.endpoint or next(iter(settings.endpoints), None)
    if named is None:
        return await _discovered(settings, model)
    if named in settings.endpoints:
        settings.check_key(named)
        configured = settings.endpoints[named]
        key_setting = f"SIGHTLINE_ENDPOINTS__{named.upper()}__API_KEY"
        return await _build(named, configured, model=model, key_setting=key_setting)
    if named == PIXELS:
        return await _build(named, EndpointSettings(kind="pixels"), model=model)
    if "://" in named:
        if not endpoint:
            settings.check_key()
        try:
            host = urlsplit(named).netloc.rpartition("@")[2]  # what is before it may be a password
        except ValueError as error:
            raise SettingsError(f"the endpoint is not a URL: {error}") from error
        # As it is given: the endpoint itself says what is wrong with a URL.
        given = EndpointSettings.model_construct(url=named, api_key=_key_for(named, settings))
        return await _build(host or "URL", given, model=model)
    known = ", ".join(settings.endpoints) or "none"
    raise SettingsError(
        f"There is no endpoint '{named}'. Configured: {known}. "
        f"Name one of them, give a URL such as http://127.0.0.1:1234/v1, or use '{PIXELS}'."
    )


async def _discovered(settings: Settings, model: str | None) -> Attached:
    if not settings.discover:
        return await _build(PIXELS, EndpointSettings(kind="pixels"), model=None)
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
        pixels = await _build(PIXELS, EndpointSettings(kind="pixels"), model=None)
        fallback = "Going on with pixels, which measures light and colour and knows no objects."
        return Attached(pixels.endpoint, None, (*story, fallback))
    server = EndpointSettings(url=choice.server.url, model=choice.model.name)
    built = await _build(choice.server.name, server, model=model)
    return Attached(built.endpoint, built.longest_side, (*story, *built.story))


async def _build(
    name: str, given: EndpointSettings, *, model: str | None, key_setting: str = "SIGHTLINE_API_KEY"
) -> Attached:
    # Each kind brings a heavy library with it, and one command needs only one kind.
    if given.kind == "pixels":
        if model is not None:
            raise SettingsError(f"pixels has no models: leave out --model {model}")
        from sightline.endpoints.pixels import PixelsEndpoint  # noqa: PLC0415

        return Attached(PixelsEndpoint())
    if given.url is None:
        raise SettingsError(f"endpoints.{name}.url is missing: an openai endpoint needs one")
    from sightline.endpoints.openai import OpenAIConfig, OpenAIEndpoint  # noqa: PLC0415

    config = OpenAIConfig(
        name,
        given.url,
        model=model or given.model,
        api_key=given.api_key,
        slots=given.slots,
        timeout_s=given.timeout_s,
        jpeg=Jpeg(given.jpeg_quality, given.jpeg_max_bytes),
        key_setting=key_setting,
    )
    connected = await OpenAIEndpoint.connect(config)
    story = f"Asking {connected.model} at {config.server.url}"
    return Attached(connected, given.longest_side, (story,))


def _key_for(url: str, settings: Settings) -> SecretStr | None:
    """The key for an endpoint given by URL; OpenAI's own variable goes to OpenAI only."""
    if settings.api_key is not None:
        return settings.api_key
    parts = urlsplit(url)
    if (parts.scheme, parts.hostname) == ("https", OPENAI_HOST):
        key = os.environ.get("OPENAI_API_KEY")
        return SecretStr(key) if key else None
    return None
