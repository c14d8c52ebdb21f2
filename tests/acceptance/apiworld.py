"""A house with films and a truthful endpoint, for all tests of a module."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.house import House, make_films
from sightline.testing.video import Rendered

TAGS = ("car", "dog")
"""What is in the films."""
Json = dict[str, Any]


@dataclass
class World:
    house: House
    endpoint: TruthfulEndpoint
    films: list[Rendered]

    @property
    def path(self) -> str:
        """Of the first film."""
        return str(self.films[0].path)

    def add(self, number: int) -> str:
        """The id of one of the films, in the library."""
        return self.house.post("media", {"path": str(self.films[number].path)})["id"]

    def done(self, **wanted: object) -> Json:
        """A run, once it has ended; of the first film, where no media is named."""
        about = {} if "media" in wanted else {"paths": [self.path]}
        run = self.house.post("runs", about | wanted)
        return self.house.wait([run["id"]])[0]

    def refused(self, status: int, method: str, path: str, body: object = None) -> Json:
        """The problem that a request is answered with."""
        url = f"{self.house.url}/api/v1/{path}"
        response = httpx.request(method, url, json=body, timeout=30.0)
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        problem: Json = response.json()
        assert (problem["status"], bool(problem["detail"])) == (status, True)
        return problem


@contextmanager
def world_with(films: int, folder: Path) -> Generator[World]:
    """So many films of 4 s, all different, and a server that may open them."""
    made = make_films(folder / "films", films, duration_s=4, tags=TAGS)
    with (
        TruthfulEndpoint(made[0].truth) as endpoint,
        House(folder, films=folder / "films", endpoint=endpoint.base_url) as house,
    ):
        house.serve()
        yield World(house, endpoint, made)
