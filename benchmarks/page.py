"""The page as its visitors feel it: what the library loads, how it scrolls, how quickly it answers.

python benchmarks/page.py [MEDIA]     (5000)

Three tables: script on the library's first load, in bytes with gzip, against 300 kB; frames while
5,000 items are scrolled by, against the screen's own rate; and, on a video of 60 minutes with 2,000
spans, the interaction to next paint of each thing a visitor does, against 200 ms. Interactions are
real events of the browser's driver; their durations are the browser's own (Event Timing API).

Needs the built page (`make page`) and Chromium (`scripts/browser`).
"""

from __future__ import annotations

import gzip
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from sightline.testing.house import House
from sightline.testing.library import draw_timeline, fill
from sightline.testing.truth import random_truth
from sightline.testing.video import render

TAGS, SPANS, MINUTES = 20, 2000, 60

_OBSERVE = """
window.told = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries().filter((one) => one.interactionId))
    told.push([one.name, one.duration, one.processingEnd - one.processingStart]);
}).observe({ type: "event", durationThreshold: 16, buffered: true });
"""
_FRAMES = """() => new Promise((done) => {
  const box = document.querySelector("#content") , times = [];
  const scroller = [box, ...box.querySelectorAll("*")]
    .filter((it) => it.scrollHeight > it.clientHeight + 50)
    .sort((a, b) => b.scrollHeight - a.scrollHeight)[0];
  const step = (scroller.scrollHeight - scroller.clientHeight) / 240;
  let last = performance.now(), left = 240;
  const draw = (now) => {
    times.push(now - last); last = now;
    scroller.scrollTop += step;
    if (left--) requestAnimationFrame(draw); else done(times.slice(1));
  };
  requestAnimationFrame(draw);
})"""


def main() -> None:
    many = int(sys.argv[1]) if sys.argv[1:] else 5000
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "films").mkdir()
        film = folder / "films/hour.mp4"
        truth = random_truth(0, duration_s=MINUTES * 60, rate=1, mean_scene_s=30)
        render(truth, film)
        house = House(folder, films=folder / "films")
        with house:
            first = house.serve()
            media = str(house.post("media", {"path": str(film)})["id"])
            first.end()
            draw_timeline(house.data_dir, media, tags=TAGS, spans=SPANS)
            fill(house.data_dir, folder / "films/many", many)
            house.serve()
            with sync_playwright() as playwright:
                chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
                browser = playwright.chromium.launch(
                    executable_path=chromium, args=["--no-sandbox"]
                )
                _load(browser, house.url)
                _scroll(browser, house.url, many)
                _interact(browser, house.url, media)
                browser.close()


def _visit(browser: Browser, url: str) -> tuple[BrowserContext, Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=url)
    page = context.new_page()
    page.add_init_script(_OBSERVE)
    return context, page


def _load(browser: Browser, url: str) -> None:
    context, page = _visit(browser, url)
    sizes: dict[str, tuple[int, int]] = {}

    def weigh(name: str, body: bytes) -> None:
        sizes[name] = len(body), len(gzip.compress(body, 6))

    page.on(
        "response",
        lambda one: weigh(Path(one.url).name, one.body()) if one.url.endswith(".js") else None,
    )
    page.goto("/")
    page.locator("img").first.wait_for()
    page.wait_for_timeout(1000)
    plain, packed = (sum(pair[place] for pair in sizes.values()) for place in (0, 1))
    print(
        f"script on the library route   {len(sizes)} files, {plain:,} bytes, {packed:,} with gzip"
    )
    context.close()


def _scroll(browser: Browser, url: str, many: int) -> None:
    context, page = _visit(browser, url)
    for view in ("grid", "list"):
        page.goto(f"/?view={view}")
        page.locator("img").first.wait_for()
        page.wait_for_timeout(500)
        times: list[float] = page.evaluate(_FRAMES)
        times.sort()
        late = sum(time > 50 for time in times)
        print(
            f"scroll through {many:,}, {view:<5} frames {statistics.median(times):.1f} ms median, "
            f"{times[int(len(times) * 0.95)]:.1f} p95, {times[-1]:.1f} most, {late} over 50 ms"
        )
    context.close()


def _interact(browser: Browser, url: str, media: str) -> None:
    context, page = _visit(browser, url)
    page.goto(f"/media/{media}")
    page.get_by_role("list", name="Moments").wait_for()
    page.wait_for_timeout(1500)
    box = page.locator("canvas").first.bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    keys = page.keyboard

    def seek() -> None:
        for share in (0.2, 0.5, 0.8):
            page.mouse.click(box["x"] + box["width"] * share, middle[1])
            page.wait_for_timeout(200)

    def press(*names: str) -> None:
        for name in names:
            keys.press(name)
            page.wait_for_timeout(150)

    def search() -> None:
        keys.press("/")
        keys.type("person", delay=60)
        press("Escape")

    def zoom() -> None:
        page.mouse.move(*middle)
        for _ in range(10):
            page.mouse.wheel(0, -120)
            page.wait_for_timeout(50)
        page.mouse.click(*middle)

    deeds = {
        "click the timeline": seek,
        "next moment, 10 times": lambda: press(*["m"] * 10),
        "step frames": lambda: press(*".,.,."),
        "play and pause": lambda: press("k", "k"),
        "evidence": lambda: press("e"),
        "filter the moments": search,
        "zoom in, then click": zoom,
        "confirm and reject": lambda: press("m", "y", "m", "n"),
    }
    print(f"\n{MINUTES} min, {SPANS:,} spans of {TAGS} tags: interaction to next paint, ms")
    print(f"{'':<26}{'events':>8}{'median':>8}{'most':>8}{'script':>8}")
    worst = 0.0
    for name, do in deeds.items():
        page.evaluate("told.length = 0")
        do()
        page.wait_for_timeout(600)
        told: list[tuple[str, float, float]] = page.evaluate("told")
        times = [duration for _, duration, _ in told] or [0.0]
        script = max((busy for *_, busy in told), default=0.0)
        worst = max(worst, *times)
        print(
            f"{name:<26}{len(told):>8}{statistics.median(times):>8.0f}{max(times):>8.0f}"
            f"{script:>8.0f}"
        )
    print(f"most of all: {worst:.0f} ms (the bar is 200; events under 16 ms are not told)")
    context.close()


if __name__ == "__main__":
    main()
