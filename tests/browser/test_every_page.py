"""Each page, light and dark, wide and narrow: it loads, keeps nobody out, and fits."""

from __future__ import annotations

import re
from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from visiting import World, barriers, watch

PAGES = (
    "/",
    "/?view=list",
    "/media/{media}",
    "/runs",
    "/runs/{run}",
    "/compare?media={media}",
    "/tag-sets",
    "/endpoints",
    "/system",
    "/settings",
    "/welcome",
    "/nothing-here",
)
OPENINGS = (
    ("/", ("Tags",)),
    ("/", ("Sort: Newest",)),
    ("/", ("Add", "Scan a folder")),
    ("/media/{media}", ("More about this media",)),
    ("/media/{media}", ("More about this media", "File")),
    ("/media/{media}", ("Speed 1×",)),
    ("/media/{media}", ("Choose rows",)),
    ("/media/{media}", ("Analyze", "What to find")),
    ("/endpoints", ("More for truth",)),
    ("/endpoints", ("Add an endpoint",)),
    ("/system", ("Make a token",)),
    ("/system", ("Search and actions",)),
)
"""Pages, and what is pressed there one after the other, until something lies over them."""
LAYERS = "[role=dialog], [role=menu]"
LOOKS = (("light", 1440, 900), ("dark", 1440, 900), ("light", 390, 844), ("dark", 390, 844))


@pytest.fixture(scope="module")
def known(world: World) -> dict[str, str]:
    """A library with an analysed film in it."""
    film = world.films[0].path
    media = world.analyzed(film, ["car", "dog"], describe=True)
    return {"media": media, "run": world.get("runs")["items"][0]["id"]}


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def look(request: pytest.FixtureRequest, chromium: Browser, world: World) -> Generator[Page]:
    scheme, width, height = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        base_url=world.house.url,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
        has_touch=width < 800,
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    with watch(page, world.house.url):
        yield page
    context.close()


def press(page: Page, name: str) -> Locator:
    """By key, as a person does who has no mouse."""
    wanted = re.compile(f"^{re.escape(name)}(:|$)")
    found = page.get_by_role("button", name=wanted)
    found = found.or_(page.get_by_role("menuitem", name=wanted)).last
    found.focus()
    found.press("Enter")
    return found


@pytest.mark.parametrize("look", [LOOKS[0], LOOKS[3]], indirect=True, ids=["light", "dark-390"])
def test_what_opens_keeps_nobody_out(look: Page, known: dict[str, str], axe: str) -> None:
    wrong: list[str] = []
    on = ""
    layers = look.locator(LAYERS).filter(visible=True)
    for address, names in OPENINGS:
        if on != address:
            on = address
            look.goto(address.format(**known))
        openers: list[Locator] = []
        for name in names:
            openers.append(press(look, name))
            expect(layers.last.locator(":focus")).to_have_count(1)
        place = f"{address} {', '.join(names)}"
        wrong += [f"{place}: {one}" for one in barriers(look, axe, within=LAYERS)]
        look.keyboard.press("Escape")
        # What was chosen in a menu went with it.
        there = [one for one in openers if one.count()]
        expect(there[-1]).to_be_focused()
    assert not wrong, "\n".join(wrong)


def test_pages_keep_nobody_out_and_fit(look: Page, known: dict[str, str], axe: str) -> None:
    wrong: list[str] = []
    for address in PAGES:
        at = address.format(**known)
        look.goto(at)
        heading = look.get_by_role("heading").first
        expect(heading).to_be_visible()
        expect(look.locator("[aria-busy=true], .mantine-Skeleton-root")).to_have_count(0)
        wrong += [f"{at}: {one}" for one in barriers(look, axe)]
        wider: int = look.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if wider > 0:
            wrong.append(f"{at}: it is {wider} px wider than its window")
    assert not wrong, "\n".join(wrong)
