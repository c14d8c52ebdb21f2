"""Pictures of every page, light and dark, on a desk and on a phone, from a server of its own.

python docs/screenshots.py [FOLDER]

The library that it shows holds the sample video, whose colours the pixels endpoint tells, and
videos that are drawn for the truthful test endpoint.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from sightline.testing.behaviour import Behaviour
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.house import House, make_films

TAGS = ("car", "person", "dog", "bicycle", "umbrella")
LOOKS = {
    "desk": {"width": 1440, "height": 900},
    "phone": {"width": 390, "height": 844},
}


def main() -> None:
    into = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parent / "images/page"
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
            shown = _furnish(house, [film.path for film in films])
            with sync_playwright() as playwright:
                chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
                browser = playwright.chromium.launch(
                    executable_path=chromium, args=["--no-sandbox"]
                )
                for device, size in LOOKS.items():
                    for scheme in ("light", "dark"):
                        _picture(browser, house.url, shown, into, device, scheme, size)
                browser.close()


def _furnish(house: House, films: list[Path]) -> dict[str, str]:
    """Fill the library; the addresses of the pages by their names."""
    house.post("media/scan", {"folder": str(films[0].parent)})
    sample = house.post("media/sample")["id"]
    colours = ["red", "yellow", "green", "blue", "dark", "bright"]
    wanted = {"media": [sample], "tags": colours, "endpoints": ["measured"]}
    house.wait(
        [house.post("runs", wanted | {"sampling": {"every": 1}, "precision": "frame"})["id"]]
    )
    runs = [
        house.ask(films[0], TAGS, every_s=1, precision="frame", describe=True),
        house.ask(films[1], TAGS[:3], every_s=2),
        house.ask(films[2], TAGS[1:], every_s=4),
    ]
    house.wait(runs)
    media = house.get(f"runs/{runs[0]}/members")["items"][0]["media"]
    house.wait([house.ask(films[0], TAGS, every_s=3)])
    # One that goes on while the pictures are taken.
    house.ask(films[3], TAGS, every_s=0.04, sharing=False)
    return {
        "library": "/",
        "library-list": "/?view=list",
        "video": f"/media/{sample}?t=21.4",
        "video-described": f"/media/{media}?t=12.4",
        "runs": "/runs",
        "run": f"/runs/{runs[0]}",
        "compare": f"/compare?media={media}",
        "tag-sets": "/tag-sets",
        "endpoints": "/endpoints",
        "system": "/system",
        "settings": "/settings",
        "welcome": "/welcome",
    }


def _picture(
    browser: Browser,
    url: str,
    shown: dict[str, str],
    into: Path,
    device: str,
    scheme: str,
    size: dict[str, int],
) -> None:
    context = browser.new_context(
        viewport=size,  # pyright: ignore[reportArgumentType]
        color_scheme=scheme,  # pyright: ignore[reportArgumentType]
        base_url=url,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    page = context.new_page()
    for name, address in shown.items():
        page.goto(address)
        _settle(page)
        if name == "video":
            page.keyboard.press("m")  # so that a moment is chosen
            page.wait_for_timeout(500)
        page.screenshot(path=into / f"{name}-{device}-{scheme}.png")
    context.close()


def _settle(page: Page) -> None:
    """Until nothing is loading any more; a running run never ends that, so not for ever."""
    page.get_by_role("heading").first.wait_for()
    page.wait_for_timeout(1500)


if __name__ == "__main__":
    main()
