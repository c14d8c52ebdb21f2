"""A server with a library of its own, on a port of this machine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import uvicorn
from httpx import AsyncClient

from sightline.api.app import create_app
from sightline.media.converter import Converter
from sightline.media.source import FileSource
from sightline.services.library.cache import Cache
from sightline.services.library.catalogue import Library
from sightline.services.library.fingerprints import Fingerprints
from sightline.services.library.folders import Folders
from sightline.services.library.pictures import Pictures
from sightline.services.library.playback import Playback
from sightline.services.library.samples import Samples
from sightline.services.library.shelf import Shelf
from sightline.services.library.uploads import Uploads
from sightline.services.runs.events import Events
from sightline.services.server.access import Access
from sightline.services.services import Services
from sightline.services.timelines.corrections import Corrections
from sightline.settings import JobSettings, ServerSettings, Settings
from sightline.store import DatabaseUrl, Store


@dataclass
class LibraryHere:
    """The services that media need, and the settings, which a test may replace."""

    settings: Settings
    services: Services
    cache: Cache
    source: FileSource

    def change(self, **server: object) -> None:
        now = self.settings.server.model_copy(update=server)
        self.settings = self.settings.model_copy(update={"server": now})

    def set_quota(self, quota: int) -> None:
        jobs = JobSettings(disk_quota_bytes=quota)
        self.settings = self.settings.model_copy(update={"jobs": jobs})


def settings_in(folder: Path, *, folders: Sequence[Path] = ()) -> Settings:
    return Settings.model_construct(
        data_dir=folder, server=ServerSettings(folders=tuple(folders)), jobs=JobSettings()
    )


@asynccontextmanager
async def opened(
    folder: Path,
    *,
    folders: Sequence[Path] = (),
    at: Path | DatabaseUrl | None = None,
    converter: Converter | None = None,
) -> AsyncGenerator[LibraryHere]:
    """Everything over a data folder; `folders` are allowed."""
    here = SimpleNamespace(settings=settings_in(folder, folders=folders))
    async with (
        FileSource() as source,
        await Store.open(at or folder / "library.db") as store,
    ):

        def most() -> int:
            return here.library.settings.server.cache_max_bytes

        shelf = Shelf(source, store)
        cache = Cache(folder / "cache", most)

        def now() -> Settings:
            return here.library.settings

        here.library = None
        sent = Uploads(now, store, shelf, cache)
        pictures = Pictures(source, shelf, cache)
        playback = Playback(shelf, converter or Converter(), cache)
        events = Events(store)
        twins = Fingerprints(store, shelf, source, events)
        services = SimpleNamespace(
            store=store,
            access=Access(store.database, tries_per_minute=lambda: 10),
            library=Library(store),
            shelf=shelf,
            folders=Folders(now, shelf),
            uploads=sent,
            pictures=pictures,
            playback=playback,
            events=events,
            corrections=Corrections(store, events, twins=twins),
            samples=Samples(now, shelf),
        )
        library = LibraryHere(here.settings, cast("Services", services), cache, source)
        here.library = library
        services.preferences = library
        try:
            yield library
        finally:
            await twins.aclose()
            await events.aclose()
            await sent.aclose()
            await pictures.aclose()
            await playback.aclose()


@asynccontextmanager
async def served(library: LibraryHere) -> AsyncGenerator[AsyncClient]:
    """The real server, and a client of it."""
    app = create_app(library.services)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    port = listener.getsockname()[1]
    try:
        async with AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        await serving
        listener.close()
