"""How fast the timeline of the page is drawn and answers, in a real browser.

    python benchmarks/timeline.py [--spans 2000] [--tags 20] [--minutes 60] [--points 1000]
                                  [--frames 240] [--ratio 1] [--slower 1]

Builds the timeline alone (`web/bench/timeline`, which is not shipped) and shows it in Chromium,
headless, without a graphics card. It is then zoomed and moved by real wheel events, dragged and
pointed at by a real pointer. A frame's work is all that the main thread did for it by the browser's
own trace: script, style, layout, and painting into the canvas; in time of the processor, and on the
wall's clock, which on a busy machine counts what others do, too. Interactions (clicks,
keys, a dragged edge, folding rows) are timed by the browser's event timing: from the event to the
frame that shows what came of it, as INP counts them.
"""

# Playwright leaves what goes over the browser's own wire without a type.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import argparse
import functools
import http.server
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, FloatRect, Page, sync_playwright

WEB = Path(__file__).parent.parent / "web"

SCRIPT = frozenset(
    {"FunctionCall", "EventDispatch", "FireAnimationFrame", "TimerFire", "v8.callFunction"}
)
LAYOUT = frozenset({"UpdateLayoutTree", "Layout", "HitTest"})
PAINT = frozenset({"PrePaint", "Paint", "Layerize", "Commit", "UpdateLayer", "CompositeLayers"})

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="240" height="135"/>'

WATCH = """
window.interactions = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.interactionId) {
      const { interactionId, name, duration } = entry;
      window.interactions.push([interactionId, name, duration]);
    }
  }
}).observe({ type: "event", durationThreshold: 16, buffered: true });
"""
"""Event timing knows no duration below 16 ms, and rounds to 8."""

Interval = tuple[float, float]
Event = dict[str, Any]


@dataclass(frozen=True)
class Frame:
    """Milliseconds of the main thread for one frame, in time of the processor."""

    script: float
    layout: float
    paint: float
    all: float
    """Of the three together, what overlaps counted once."""
    wall: float
    """The same by the clock on the wall."""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """The built files; every picture that is asked for is the same."""

    def do_GET(self) -> None:
        if not self.path.startswith("/api/"):
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "image/svg+xml")
        self.send_header("Content-Length", str(len(PICTURE)))
        self.end_headers()
        self.wfile.write(PICTURE)
        return None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def served(folder: Path) -> Generator[str]:
    """The folder over HTTP; yields its address."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def build(folder: Path) -> None:
    """The timeline alone, made small as the page is."""
    vite = ["npx", "vite", "build", "bench/timeline", "--config", "vite.config.ts"]
    subprocess.run(
        [*vite, "--outDir", str(folder), "--emptyOutDir"], cwd=WEB, check=True, capture_output=True
    )


def union_ms(intervals: Sequence[Interval]) -> float:
    """Length of what the intervals (microseconds) cover together, in milliseconds."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted(intervals):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total / 1000


@dataclass(frozen=True)
class Work:
    """Something that the main thread did: microseconds on the wall, and of the processor."""

    name: str
    wall: Interval
    busy: Interval

    @classmethod
    def of(cls, event: Event) -> Work:
        at, own = float(event["ts"]), float(event["tts"])
        return cls(event["name"], (at, at + float(event["dur"])), (own, own + float(event["tdur"])))


def frames_of(events: Sequence[Event]) -> list[Frame]:
    """The trace cut where each frame was handed on; those for which no script ran are out."""
    thread = _page_thread(events)
    works = sorted(
        (
            Work.of(event)
            for event in events
            if event.get("ph") == "X" and "tdur" in event and (event["pid"], event["tid"]) == thread
        ),
        key=lambda one: one.wall,
    )
    found: list[Frame] = []
    part: list[Work] = []
    for work in works:
        part.append(work)
        if work.name == "Commit":
            frame = _frame(part)
            if frame.script:
                found.append(frame)
            part = []
    return found


def _frame(part: Sequence[Work]) -> Frame:
    def of(names: frozenset[str]) -> float:
        return union_ms([one.busy for one in part if one.name in names])

    every = SCRIPT | LAYOUT | PAINT
    wall = union_ms([one.wall for one in part if one.name in every])
    return Frame(of(SCRIPT), of(LAYOUT), of(PAINT), of(every), wall)


def _page_thread(events: Sequence[Event]) -> tuple[int, int]:
    """The main thread that handed on most frames."""
    counts = Counter((event["pid"], event["tid"]) for event in events if event["name"] == "Commit")
    if not counts:
        raise SystemExit("The trace has no frames: the browser drew nothing.")
    return counts.most_common(1)[0][0]


def traced(session: CDPSession, act: Callable[[], None]) -> list[Event]:
    """What the browser says it did meanwhile."""
    events: list[Event] = []
    done: list[bool] = []

    def collect(part: Event) -> None:
        events.extend(part["value"])

    def finish(_: Event) -> None:
        done.append(True)

    session.on("Tracing.dataCollected", collect)
    session.on("Tracing.tracingComplete", finish)
    session.send(
        "Tracing.start",
        {
            "categories": "devtools.timeline,disabled-by-default-devtools.timeline",
            "transferMode": "ReportEvents",
        },
    )
    act()
    session.send("Tracing.end")
    while not done:
        session.send("Browser.getVersion")
    return events


def wheel(session: CDPSession, x: float, y: float, *, dx: float = 0, dy: float = 0) -> None:
    session.send(
        "Input.dispatchMouseEvent",
        {"type": "mouseWheel", "x": x, "y": y, "deltaX": dx, "deltaY": dy},
    )


def zooming(_page: Page, session: CDPSession, box: FloatRect, frames: int) -> None:
    """In at one place and out again, some times, each at another place."""
    chance = random.Random(2)
    x = box["x"]
    y = box["y"] + box["height"] / 2
    for turn in range(frames):
        if turn % 40 == 0:
            x = box["x"] + box["width"] * chance.random()
        wheel(session, x, y, dy=-90 if turn % 40 < 20 else 90)


def moving(_page: Page, session: CDPSession, box: FloatRect, frames: int) -> None:
    """Along the media, at a zoom where much is to be seen."""
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for _ in range(4):
        wheel(session, x, y, dy=-100)
    for turn in range(frames):
        wheel(session, x, y, dx=60 if turn % 80 < 40 else -60)


def dragging(page: Page, session: CDPSession, box: FloatRect, frames: int) -> None:
    """By the pointer, with the button held, from nearer."""
    for _turn in range(4):
        wheel(session, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, dy=-100)
    y = box["y"] + 80
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for turn in range(frames):
        page.mouse.move(x + 6 * abs(60 - turn % 120), y)
    page.mouse.up()


def pointing(page: Page, _session: CDPSession, box: FloatRect, frames: int) -> None:
    """Over the rows, with the card over the pointer."""
    chance = random.Random(3)
    for turn in range(frames):
        y = box["y"] + 60 + (box["height"] - 70) * chance.random()
        page.mouse.move(box["x"] + (turn * 13) % box["width"], y)


def interactions(page: Page, box: FloatRect) -> list[tuple[str, float]]:
    """The longest event of each interaction: its name and milliseconds."""
    board = page.get_by_role("group", name="Timeline, ")
    middle = box["y"] + box["height"] / 2
    for turn in range(30):
        page.mouse.click(box["x"] + 20 + turn * 30, middle + (turn % 5) * 30)
    board.focus()
    for key in "+++---0+-0":
        page.keyboard.press(key)
        page.wait_for_timeout(60)
    for turn in range(10):
        x = box["x"] + 50 + turn * 80
        page.mouse.move(x, middle)
        page.mouse.down()
        for step in range(6):
            page.mouse.move(x + step * 5, middle)
        page.mouse.up()
    for name in ("car", "person", "dog"):
        page.get_by_role("button", name=re.compile(rf"^{name}\b")).first.click()
    page.wait_for_timeout(500)
    longest: dict[int, tuple[str, float]] = {}
    for key, name, duration in page.evaluate("window.interactions"):
        if duration > longest.get(key, ("", 0.0))[1]:
            longest[key] = (name, duration)
    return list(longest.values())


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def line(name: str, frames: Sequence[Frame]) -> str:
    whole = [frame.all for frame in frames]
    wall = [frame.wall for frame in frames]
    parts = [
        statistics.median(of)
        for of in zip(*((one.script, one.layout, one.paint) for one in frames), strict=True)
    ]
    return (
        f"{name:<14}{len(frames):>7}{parts[0]:7.2f}{parts[1]:7.2f}{parts[2]:7.2f}"
        f"{statistics.median(whole):>9.2f}{quantile(whole, 0.95):>7.2f}{max(whole):>7.2f}"
        f"{statistics.median(wall):>9.2f}{quantile(wall, 0.95):>7.2f}"
    )


def chromium() -> str | None:
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


def measure(browser: Browser, address: str, arguments: argparse.Namespace) -> None:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, device_scale_factor=arguments.ratio
    )
    page = context.new_page()
    page.add_init_script(WATCH)
    asked = "&".join(
        f"{name}={getattr(arguments, name)}" for name in ("spans", "tags", "minutes", "points")
    )
    page.goto(f"{address}/?{asked}&height=860px")
    board = page.get_by_role("group", name="Timeline, ")
    board.wait_for()
    page.wait_for_timeout(500)
    box = board.bounding_box()
    assert box
    session = context.new_cdp_session(page)
    if arguments.slower > 1:
        session.send("Emulation.setCPUThrottlingRate", {"rate": arguments.slower})
    print(f"{'ms a frame':<14}{'frames':>7}{'script':>7}{'layout':>7}{'paint':>7}", end="")
    print(f"{'all':>9}{'p95':>7}{'most':>7}{'wall':>9}{'p95':>7}")
    for act in (zooming, moving, dragging, pointing):
        # Once before, so that the first frames are not those in which everything is compiled.
        act(page, session, box, 40)
        frames = frames_of(
            traced(session, lambda act=act: act(page, session, box, arguments.frames))
        )
        print(line(act.__name__, frames))
        board.focus()
        page.keyboard.press("0")
        page.wait_for_timeout(400)
    done = interactions(page, box)
    times = [duration for _, duration in done]
    if times:
        print(
            f"interactions of 16 ms and more: {len(times)},"
            f" median {statistics.median(times):.0f} ms,"
            f" INP (98th of a hundred) {quantile(times, 0.98):.0f} ms,"
            f" longest {max(times):.0f} ms ({max(done, key=lambda one: one[1])[0]})"
        )
    else:
        print("interactions: none took as long as 16 ms")
    context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--spans", type=int, default=2000)
    parser.add_argument("--tags", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument("--ratio", type=float, default=1, help="pixels of the screen to one of CSS")
    parser.add_argument("--slower", type=float, default=1, help="a machine so many times slower")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        with served(Path(folder)) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            print(json.dumps({"browser": browser.version}))
            measure(browser, address, arguments)
            browser.close()


if __name__ == "__main__":
    main()
