"""A whole server on loopback, worker and truthful endpoint included, with a film to look at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import httpx

from sightline.api.app import create_app
from sightline.cli.listening import addresses_of, listen
from sightline.cli.serving import Server
from sightline.services.services import Services
from sightline.settings import load
from sightline.testing.behaviour import Behaviour
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.truth import Truth
from sightline.testing.video import render
from sightline.wiring.serving import open_services

TAGS = ("car", "dog")
SECONDS = 12
RATE = 10
Json = dict[str, Any]
T = TypeVar("T")


@dataclass
class Screening:
    """What a page meets, and what a test knows of it."""

    services: Services
    endpoint: TruthfulEndpoint
    film: Path
    truth: Truth
    client: httpx.AsyncClient
    media: str = ""
    """Id of the film, once a run has read it."""

    async def get(self, path: str, **query: Any) -> Json:
        return self._checked(await self.client.get(f"/api/v1/{path}", params=query))

    async def post(self, path: str, body: object = None, **query: Any) -> Json:
        return self._checked(await self.client.post(f"/api/v1/{path}", json=body, params=query))

    async def timeline(self, **query: Any) -> Json:
        return await self.get(f"media/{self.media}/timeline", **query)

    async def begin(self, **wanted: object) -> str:
        """The id of a new run of the film."""
        return (await self.post("runs", {"paths": [str(self.film)], **wanted}))["id"]

    async def done(self, **wanted: object) -> Json:
        """A run of the film, once it has ended."""
        return await self.ended(await self.begin(**wanted))

    async def ended(self, run: str) -> Json:
        async def look() -> Json:
            return await self.get(f"runs/{run}")

        ended = await until(look, lambda told: told["ended_at"] is not None)
        members = await self.get(f"runs/{run}/members")
        self.media = members["items"][0]["media"]
        return ended

    def behave(self, **how: Any) -> None:
        self.endpoint.behaviour = Behaviour(**how)

    @staticmethod
    def _checked(response: httpx.Response) -> Json:
        assert response.is_success, response.text
        return response.json()


def slides() -> Truth:
    """Three of 4 s, in each of which nothing changes but for what is looked for."""
    events = {"car": ((0, 30), (80, 120)), "dog": ((50, 90),)}
    return Truth(Fraction(RATE), SECONDS * RATE, (320, 180), TAGS, events, cuts=(40, 80), seed=3)


@asynccontextmanager
async def screening(folder: Path, *, database_url: str | None = None) -> AsyncGenerator[Screening]:
    films = folder / "films"
    films.mkdir(parents=True)
    truth = slides()
    film = render(truth, films / "Fähre, day 1.mp4", variant="visible").path
    async with TruthfulEndpoint(truth) as endpoint:
        given: dict[str, object] = {
            "data_dir": folder / "data",
            "discover": False,
            "endpoints": {"one": {"url": endpoint.base_url, "model": "truthful"}},
            "server": {"folders": (str(films),)},
        }
        if database_url:
            given["database_url"] = database_url
        settings = load(stored=None, **given)
        async with open_services(settings, command_line=given) as services:
            sockets = listen(("127.0.0.1:0",))
            bound = [addresses_of(one) for one in sockets]
            serving = Server(create_app(services, bound=bound))
            task = asyncio.create_task(serving.serve(sockets))
            url = f"http://127.0.0.1:{bound[0][1]}"
            try:
                async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
                    while not serving.started:  # noqa: ASYNC110  (it has no event)
                        await asyncio.sleep(0.01)
                    yield Screening(services, endpoint, film, truth, client)
            finally:
                serving.should_exit = True
                await task
                for one in sockets:
                    one.close()


async def until(look: Callable[[], Awaitable[T]], done: Callable[[T], bool]) -> T:
    """Look again and again, as a page does; what was seen when it was so."""
    async with asyncio.timeout(60):
        while True:
            seen = await look()
            if done(seen):
                return seen
            await asyncio.sleep(0.05)
