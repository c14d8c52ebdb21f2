"""What tests of the page share: the world that it shows, and watching what a browser says of it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page

from sightline.testing.behaviour import Behaviour
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.house import House
from sightline.testing.video import Rendered

USUAL_REFUSALS = ("the server responded with a status of",)
"""Chromium's own lines about answers that are no success, which the page deals with in words."""
AWAY = tuple(
    f"net::ERR_{one}"
    for one in (
        "CONNECTION_REFUSED",
        "CONNECTION_RESET",
        "CONTENT_LENGTH_MISMATCH",
        "INCOMPLETE_CHUNKED_ENCODING",
        "EMPTY",
    )
)
"""What it says while a server is down."""

_AXE = """async (within) => {
  const found = await axe.run(within ? { include: [within] } : document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  });
  return found.violations.map((one) => `${one.id}: ${one.help}\\n` +
    one.nodes.slice(0, 3).map((node) => `  ${node.html.slice(0, 200)}`).join("\\n"));
}"""


@dataclass
class World:
    """A server, the endpoint that it asks, and films in the folder that it may read."""

    house: House
    endpoint: TruthfulEndpoint
    films: list[Rendered]

    def add(self, film: Path) -> str:
        """The id of a film that is put into the library."""
        return str(self.house.post("media", {"path": str(film)})["id"])

    def analyzed(self, film: Path, tags: Sequence[str], **more: Any) -> str:
        """The id of a film, once a run over it has ended."""
        self.house.wait([self.house.ask(film, tags, **more)])
        return self.add(film)

    def slow_down(self, latency_s: float) -> None:
        self.endpoint.behaviour = Behaviour(latency_s=latency_s)

    def delete(self, path: str) -> None:
        httpx.delete(f"{self.house.url}/api/v1/{path}", timeout=30).raise_for_status()

    def get(self, path: str, **query: Any) -> Any:
        return self.house.get(path, **query)


@contextmanager
def watch(page: Page, origin: str, *, expected: Sequence[str] = ()) -> Generator[None]:
    """Raises `AssertionError` at the end for what the browser found wrong meanwhile."""
    wrong: list[str] = []
    passed_over = (*USUAL_REFUSALS, *AWAY, *expected)

    def hear(text: str) -> None:
        if not any(one in text for one in passed_over):
            wrong.append(text)

    page.on("console", lambda said: hear(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: hear(str(error)))
    page.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith((origin, "data:", "blob:"))
            else wrong.append(f"it asked {asked.url}")
        ),
    )
    yield
    assert not wrong, "\n".join(wrong)


def barriers(page: Page, axe: str, *, within: str = "") -> list[str]:
    """What axe finds that keeps people out (WCAG 2.2 A and AA, and its best practices).

    On all of the page, or in the parts that a selector names.
    """
    # Evaluated by the debugger, so the page's content-security policy stays as it is.
    page.evaluate(axe)
    found: list[str] = page.evaluate(_AXE, within)
    return found
