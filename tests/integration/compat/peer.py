"""A whole server on loopback, worker and truthful endpoint included, as other systems' clients
meet it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from sightline.api.app import create_app
from sightline.cli.listening import addresses_of, listen
from sightline.cli.serving import Server
from sightline.media.source import FileSource
from sightline.services.services import Services
from sightline.settings import load
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.truth import Truth, random_truth
from sightline.testing.video import render
from sightline.values import Jpeg, Picture, PictureTransform
from sightline.wiring.serving import open_services

TAGS = ("car", "dog")
SECONDS = 4
T = TypeVar("T")


@dataclass
class Peer:
    """What a client meets, and what a test knows of it."""

    services: Services
    endpoint: TruthfulEndpoint
    films: Path
    """The folder from which media may be added."""
    clip: Path
    truth: Truth
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def beside(self) -> Path:
        """The clip's `.AI.json`."""
        return self.clip.with_name(f"{self.clip.name}.AI.json")

    def client(self, **given: Any) -> httpx.AsyncClient:
        """Like a browser: keeps cookies."""
        return httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=30, **given)

    def slow_down(self, latency_s: float) -> None:
        """Each answer takes so long from now on."""
        self.endpoint.behaviour = self.endpoint.behaviour.__class__(latency_s=latency_s)


@asynccontextmanager
async def running(
    folder: Path,
    *,
    local: bool = True,
    webhooks: object = None,
    database_url: str | None = None,
    **server: object,
) -> AsyncGenerator[Peer]:
    """`local` False: as if it were bound beyond this machine, so that nobody is known."""
    films = folder / "films"
    films.mkdir(parents=True)
    truth = random_truth(3, duration_s=SECONDS, tags=TAGS)
    clip = render(truth, films / "film.mp4").path
    async with TruthfulEndpoint(truth) as endpoint:
        given: dict[str, object] = {
            "data_dir": folder / "data",
            "discover": False,
            "default_tags": ", ".join(TAGS),
            "endpoints": {"one": {"url": endpoint.base_url, "model": "truthful"}},
            "server": {"folders": (str(films),), **server},
            "webhooks": webhooks or {},
        }
        if database_url:
            given["database_url"] = database_url
        settings = load(stored=None, **given)
        fixed = {name: value for name, value in given.items() if name not in _CHANGED_IN_TESTS}
        async with open_services(settings, command_line=fixed) as services:
            await services.preferences.change({"default_tags": ", ".join(TAGS)})
            sockets = listen(("127.0.0.1:0",))
            port = addresses_of(sockets[0])[1]
            bound = [addresses_of(one) for one in sockets] if local else [("0.0.0.0", port)]
            serving = Server(create_app(services, bound=bound))
            task = asyncio.create_task(serving.serve(sockets))
            try:
                while not serving.started:  # noqa: ASYNC110  (it has no event)
                    await asyncio.sleep(0.01)
                yield Peer(services, endpoint, films, clip, truth, port)
            finally:
                serving.should_exit = True
                await task
                for one in sockets:
                    one.close()


_CHANGED_IN_TESTS = {"default_tags"}


async def until(look: Callable[[], Awaitable[T]], done: Callable[[T], bool]) -> T:
    """Look again and again, as clients do; what was seen when it was so."""
    async with asyncio.timeout(60):
        while True:
            seen = await look()
            if done(seen):
                return seen
            await asyncio.sleep(0.05)


async def pictures_of(clip: Path, frames: int = 3) -> list[bytes]:
    """Frames of a video as JPEGs, evenly."""
    async with FileSource() as source:
        file = await source.look(clip)
        _, index = await source.probe(file)
        wanted = index.pts[:: max(1, len(index) // frames)][:frames]
        reader = source.open(file, index)
        read = reader.read(wanted, PictureTransform(1024), jpeg=Jpeg(95))
        items = [item async for item in read]
        await reader.aclose()
    return [item.jpeg for item in items if isinstance(item, Picture)]
