"""A real server on loopback over a real store, with stand-ins for what tests do not ask about."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
from fastapi import FastAPI

from sightline.api.app import create_app
from sightline.cli.listening import addresses_of, listen
from sightline.cli.serving import Server
from sightline.services.server.access import Access
from sightline.services.server.condition import RecentTroubles
from sightline.services.services import Services
from sightline.settings import ServerSettings, Settings
from sightline.store import DatabaseUrl, Store


@dataclass
class Stand:
    """A server that runs."""

    app: FastAPI
    server: Server
    access: Access
    ports: list[int]
    preferences: Any
    troubles: RecentTroubles = field(default_factory=RecentTroubles)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    def change(self, **settings: object) -> None:
        """Other settings of the server, from now on."""
        now: Settings = self.preferences.settings
        changed = now.server.model_copy(update=settings)
        self.preferences.settings = now.model_copy(update={"server": changed})

    def client(self, **given: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, trust_env=False, **given)


@asynccontextmanager
async def running(
    at: Path | DatabaseUrl,
    *,
    data_dir: Path,
    addresses: tuple[str, ...] = ("127.0.0.1:0",),
    server: ServerSettings | None = None,
    with_routes: Callable[[FastAPI], None] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> AsyncGenerator[Stand]:
    """Listens on loopback; `with_routes` adds some of the test's own, ahead of all others."""
    settings = Settings(data_dir=data_dir, server=server or ServerSettings())
    preferences = SimpleNamespace(settings=settings)
    async with await Store.open(at) as store:
        access = Access(
            store.database,
            tries_per_minute=lambda: preferences.settings.server.logins_per_minute,
            now=now,
        )
        given = {"store": store, "access": access, "preferences": preferences}
        services = cast("Services", SimpleNamespace(**given))
        sockets = listen(addresses)
        bound = [addresses_of(one) for one in sockets]
        troubles = RecentTroubles()
        app = create_app(services, bound=bound, names=("testhost",), troubles=troubles)
        if with_routes:
            there = list(app.router.routes)
            app.router.routes.clear()
            with_routes(app)
            app.router.routes.extend(there)
        serving = Server(app)
        task = asyncio.create_task(serving.serve(sockets))
        try:
            while not serving.started and not task.done():  # noqa: ASYNC110  (it tells no more)
                await asyncio.sleep(0.01)
            ports = [port for _, port in bound]
            yield Stand(app, serving, access, ports, preferences, troubles)
        finally:
            serving.should_exit = True
            await task
