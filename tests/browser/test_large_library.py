"""Five thousand items: what is not on show costs nothing, and all of it can be reached."""

from __future__ import annotations

import gzip
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response, expect
from visiting import watch

from sightline.testing.house import House
from sightline.testing.library import fill

MANY = 5000
MOST_SCRIPT_BYTES = 300_000
"""With gzip, of what the library loads before a person has done anything."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Generator[House]:
    folder = tmp_path_factory.mktemp("many")
    with House(folder, films=folder / "pictures") as house:
        house.data_dir.mkdir()
        fill(house.data_dir, folder / "pictures", MANY)
        house.serve()
        yield house


@pytest.fixture
def page(chromium: Browser, house: House) -> Generator[Page]:
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, base_url=house.url, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    with watch(page, house.url):
        yield page
    context.close()


def test_all_of_it_can_be_reached_and_little_of_it_is_there(page: Page) -> None:
    page.goto("/?sort=title")
    first = page.get_by_role("link", name="picture-0000", exact=True)
    expect(first).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="5,000")).to_be_visible()
    assert page.locator("img").count() < 200
    first.focus()
    page.keyboard.press("End")
    expect(page.get_by_role("link", name=f"picture-{MANY - 1}", exact=True)).to_be_visible()
    expect(first).to_have_count(0)
    assert page.locator("img").count() < 200
    page.get_by_label("Search titles and tags").fill("picture-25")
    expect(page.get_by_role("status").filter(has_text="100 of 5,000")).to_be_visible()


def test_the_library_loads_little_script(page: Page) -> None:
    scripts: dict[str, int] = {}

    def weigh(response: Response) -> None:
        if response.url.endswith(".js"):
            scripts[Path(response.url).name] = len(gzip.compress(response.body(), 6))

    page.on("response", weigh)
    page.goto("/")
    expect(page.get_by_role("link", name=f"picture-{MANY - 1}", exact=True)).to_be_visible()
    expect(page.locator("img").first).to_have_js_property("complete", value=True)
    assert scripts
    assert sum(scripts.values()) <= MOST_SCRIPT_BYTES, scripts
