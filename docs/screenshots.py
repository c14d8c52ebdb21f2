"""Pictures of every page, light and dark, on a desk and on a phone, from a server of its own.

python docs/screenshots.py [FOLDER]     (out/screenshots)

The library that it shows holds the sample video, whose colours the pixels endpoint tells, and
videos that are drawn for the truthful test endpoint. The best are in docs/images.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from sightline.testing.behaviour import Behaviour
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.house import House, make_films

TAGS = ("car", "person", "dog", "bicycle", "umbrella")
COLOURS = ("red", "yellow", "green", "blue", "dark", "bright")
DEVICES = {"desk": (1440, 900), "phone": (390, 844)}


def _nothing(page: Page) -> None:
    del page


@dataclass(frozen=True)
class View:
    """A page as a person has it before them."""

    address: str
    do: Callable[[Page], None] = _nothing


def main() -> None:
    into = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parents[1] / "out/screenshots"
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        films = make_films(folder / "films", 5, duration_s=60, tags=TAGS)
        with (
            TruthfulEndpoint(films[0].truth, Behaviour(doubt=0.2, latency_s=0.02)) as endpoint,
            House(
                folder,
                films=folder / "films",
                endpoint=endpoint.base_url,
                SIGHTLINE_ENDPOINTS__MEASURED__KIND="pixels",
            ) as house,
        ):
            house.serve()
            views = _furnish(house, [film.path for film in films])
            endpoint.behaviour = Behaviour(latency_s=2)
            with sync_playwright() as playwright:
                chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
                browser = playwright.chromium.launch(
                    executable_path=chromium, args=["--no-sandbox"]
                )
                for device in DEVICES:
                    for scheme in ("light", "dark"):
                        _take(browser, house.url, views, into, device=device, scheme=scheme)
                browser.close()


def _furnish(house: House, films: list[Path]) -> Mapping[str, View]:
    """Fill the library, and say what is to be seen of it."""
    house.post("media/scan", {"folder": str(films[0].parent)})
    sample = house.post("media/sample")["id"]
    colours = {"media": [sample], "tags": COLOURS, "endpoints": ["measured"]}
    exactly = {"sampling": {"every": 1}, "precision": "frame"}
    told = {"endpoints": ["truth"]}
    runs = [
        house.post("runs", colours | exactly)["id"],
        house.ask(films[0], TAGS, every_s=2, precision="frame", describe=True, **told),
        house.ask(films[1], TAGS[:3], every_s=2, **told),
        house.ask(films[2], TAGS[1:], every_s=4, **told),
    ]
    house.wait(runs)
    media = house.get(f"runs/{runs[1]}/members")["items"][0]["media"]
    house.wait([house.ask(films[0], TAGS, every_s=3, **told)])
    # One that goes on while the pictures are taken.
    house.ask(films[3], TAGS, every_s=0.04, sharing=False, **told)
    return {
        "library": View("/"),
        "library-list": View("/?view=list"),
        "video": View(f"/media/{sample}?t=21.4", _choose),
        "video-described": View(f"/media/{media}?t=12.4"),
        "evidence": View(f"/media/{sample}?t=1", _ask_why),
        "run-dialog": View(f"/media/{sample}", _begin_a_run),
        "palette": View("/", _open_palette),
        "runs": View("/runs"),
        "run": View(f"/runs/{runs[1]}"),
        "compare": View(f"/compare?media={media}"),
        "tag-sets": View("/tag-sets"),
        "endpoints": View("/endpoints"),
        "system": View("/system"),
        "settings": View("/settings"),
        "welcome": View("/welcome"),
    }


def _choose(page: Page) -> None:
    page.keyboard.press("m")


def _ask_why(page: Page) -> None:
    page.keyboard.press("m")
    page.keyboard.press("e")
    page.wait_for_timeout(1000)


def _begin_a_run(page: Page) -> None:
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="New run")
    dialog.get_by_role("button", name="What to find").click()
    tags = page.get_by_role("combobox", name="Tags", exact=True)
    for tag in ("car", "person"):
        tags.fill(tag)
        tags.press("Enter")
    page.keyboard.press("Escape")
    page.wait_for_timeout(1000)


def _open_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").last.fill("film")
    page.wait_for_timeout(1000)


def _take(
    browser: Browser,
    url: str,
    views: Mapping[str, View],
    into: Path,
    *,
    device: str,
    scheme: str,
) -> None:
    width, height = DEVICES[device]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # pyright: ignore[reportArgumentType]
        base_url=url,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    for name, view in views.items():
        page = context.new_page()
        page.goto(view.address)
        page.get_by_role("heading").first.wait_for()
        # Pictures and a video come by themselves; nothing tells that the last one is there.
        page.wait_for_timeout(1500)
        view.do(page)
        page.wait_for_timeout(300)
        page.screenshot(path=into / f"{name}-{device}-{scheme}.png")
        page.close()
    context.close()


if __name__ == "__main__":
    main()
