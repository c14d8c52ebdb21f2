"""The page as people meet it: a real Chromium, a real server, an endpoint that tells the truth."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from visiting import World, watch

from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.house import House, make_films

TAGS = ("car", "dog")
DESKTOP = {"width": 1440, "height": 900}

expect.set_options(timeout=20_000)  # on a machine that has more to do


@pytest.fixture(scope="module")
def chromium() -> Generator[Browser]:
    """Debian's; `scripts/browser` installs it.

    Of a module, not a session: its driver keeps an event loop in this thread, where the tests of
    other modules need theirs.
    """
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    assert found, "there is no Chromium: run scripts/browser, as `make test` does"
    with sync_playwright() as playwright:
        # Its sandbox needs rights that containers and root do not give; it visits loopback alone.
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    """A server with three short films in its folder, none of them in its library yet."""
    folder = tmp_path_factory.mktemp("page")
    films = make_films(folder / "films", 3, duration_s=8, tags=TAGS)
    with (
        TruthfulEndpoint(films[0].truth) as endpoint,
        House(folder, films=folder / "films", endpoint=endpoint.base_url) as house,
    ):
        house.serve()
        yield World(house, endpoint, films)


@pytest.fixture
def page(chromium: Browser, world: World) -> Generator[Page]:
    """A new visitor. What the browser complains of fails the test: scripts that threw, what the
    content-security policy refused, requests that went elsewhere."""
    context = chromium.new_context(
        viewport=DESKTOP,  # pyright: ignore[reportArgumentType]
        base_url=world.house.url,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    with watch(page, world.house.url):
        yield page
    context.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, which `scripts/page` installs with the page's other tools."""
    root = Path(__file__).parents[2]
    return (root / "web/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
