"""How good the spans are for the calls they cost: the search for edges against plain scans.

    python benchmarks/spans.py [--quick] [--picture FILE.svg]

A corpus of generated videos of 1 to 60 minutes: long spans, short events that show in the picture,
one-second events that nothing betrays, overlaps, repeats, still and busy scenes. Their signals
are measured by decoding them; every question is answered by the truth. A call is one frame, asked
about all tags at once; nothing is shared between frames that look alike, on either side.

"At equal mAP" is read off the curve of the search, at the best mAP of any plain scan. The area is
that under mAP against calls, up to the calls of the densest scan, of the best that so many buy.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path

from sightline.evaluation import Segment, TagSpans, VideoSpans, evaluate
from sightline.media.files import look
from sightline.media.sampling import Every, between_hints, sample
from sightline.media.signals import changes
from sightline.media.source import FileSource
from sightline.recipes.tagging import Tagging
from sightline.recipes.tags import Tag
from sightline.testing.drawing import Variant
from sightline.testing.truth import Truth
from sightline.testing.video import render
from sightline.values import (
    Answer,
    Finding,
    Footage,
    FrameIndex,
    Media,
    Method,
    Presence,
    Track,
)

RATE = 5
SIZE = (320, 180)
TAGS = ("car", "person", "dog", "bicycle", "umbrella")
PLAIN = (0.5, 1.0, 2.0, 5.0)
FLOORS = (0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 30.0)
COARSE = (0.0, 0.1, 0.3)
"""Precisions as shares of the floor: 0 is one frame."""


@dataclass(frozen=True)
class Kind:
    """A kind of video: how long events and the gaps between them are, in seconds."""

    name: str
    minutes: tuple[float, ...]
    events_s: tuple[float, float]
    gaps_s: tuple[float, float]
    variant: Variant
    scenes_s: float
    """Mean length of a scene; the background changes then, whatever the tags do."""


KINDS = (
    Kind("long", (10, 30, 60), (30, 180), (30, 240), "hidden", 20),
    Kind("short, showing", (1, 5, 10, 20), (1, 5), (10, 90), "visible", 60),
    Kind("blips, hidden", (2, 5, 10), (1, 1), (5, 60), "hidden", 5),
    Kind("mixed, busy", (5, 20), (1, 60), (2, 60), "visible", 4),
    Kind("mixed, still", (10, 40), (2, 90), (5, 120), "visible", 1000),
)


@dataclass(frozen=True)
class Film:
    kind: Kind
    truth: Truth
    media: Media
    frames: FrameIndex
    hints: Sequence[int]

    @property
    def name(self) -> str:
        return f"{self.kind.name} {self.truth.seed}"

    def spans(self) -> VideoSpans:
        tags = {
            tag: TagSpans(tuple(Segment(*span) for span in self.truth.spans(tag))) for tag in TAGS
        }
        return VideoSpans(self.name, tags, float(self.truth.duration_s), RATE)


def make_truth(kind: Kind, minutes: float, seed: int) -> Truth:
    count = round(minutes * 60 * RATE)
    events: dict[str, tuple[tuple[int, int], ...]] = {}
    for tag in TAGS:
        chance = random.Random(f"{kind.name}{seed}{tag}")
        found: list[tuple[int, int]] = []
        at = round(chance.uniform(0, kind.gaps_s[1]) * RATE)
        while at < count:
            end = at + max(1, round(chance.uniform(*kind.events_s) * RATE))
            found.append((at, min(end, count)))
            at = end + max(1, round(chance.uniform(*kind.gaps_s) * RATE))
        events[tag] = tuple(one for one in found if one[1] - one[0] >= RATE * kind.events_s[0] // 1)
    chance = random.Random(f"cuts{seed}")
    cuts: list[int] = []
    at = 0
    while (at := at + max(2, round(chance.expovariate(1 / (kind.scenes_s * RATE))))) < count:
        cuts.append(at)
    return Truth(Fraction(RATE), count, SIZE, TAGS, events, tuple(cuts), seed)


async def make_film(kind: Kind, truth: Truth, folder: Path) -> Film:
    clip = render(truth, folder / "film.mp4", variant=kind.variant).path
    source = FileSource()
    seen = look(clip)
    media, frames = await source.probe(seen)
    async with aclosing(source.open(seen, frames)) as reader:
        async with aclosing(reader.measure(frames.pts)) as measuring:
            async for _ in measuring:
                pass
        hints = changes(reader.signals, frames)
    await source.aclose()
    return Film(kind, truth, media, frames, hints)


Said = Callable[[int, str, int], bool]
"""The frame, the tag, the sample."""


def watch(film: Film, recipe: Tagging, footage: Footage, said: Said) -> tuple[VideoSpans, int]:
    """What the recipe finds, and the calls it took."""
    place = {pts: number for number, pts in enumerate(film.frames.pts)}
    run = recipe.start(footage)
    emit = next(run)
    waiting = list(emit.asks)
    calls: set[tuple[int, int]] = set()
    findings: dict[object, Finding] = {}
    while waiting:
        ask = waiting.pop()
        frame = place[ask.frames[0]]
        calls.add((frame, ask.sample))
        yes = said(frame, str(ask.question["tag"]), ask.sample)
        emit = run.send((ask.id, Answer(Presence(float(yes)), "m", "e", Method.SCHEMA, 1, "")))
        waiting += emit.asks
        findings |= {finding.key: finding for finding in emit.findings}
    run.close()
    seconds = film.media.clock.seconds
    tags: dict[str, TagSpans] = {}
    for finding in findings.values():
        assert isinstance(finding, Track)
        tags[finding.tag] = TagSpans(
            tuple(Segment(seconds(s.start), seconds(s.end), s.confidence) for s in finding.spans)
        )
    return VideoSpans(film.name, tags, float(film.truth.duration_s), RATE), len(calls)


def truly(film: Film) -> Said:
    def said(frame: int, tag: str, sample: int) -> bool:
        del sample
        return tag in film.truth.present(frame)

    return said


def wrongly(film: Film, *, rate: float, by_scene: bool = False) -> Said:
    def said(frame: int, tag: str, sample: int) -> bool:
        where = f"{film.name}{tag}" + (
            f"{film.truth.scene(frame)}" if by_scene else f"{frame} {sample}"
        )
        return (tag in film.truth.present(frame)) != (random.Random(where).random() < rate)

    return said


@dataclass(frozen=True)
class Point:
    """One way to look at all films of a corpus."""

    every_s: float
    precision_s: float | None
    calls: int
    mean_ap: float
    f1: float
    boundary_p95_frames: float


def measure(
    films: Sequence[Film],
    every_s: float,
    recipe: Tagging,
    *,
    hints: Callable[[Film], Sequence[int]] | None = None,
    said: Callable[[Film], Said] = truly,
) -> Point:
    found: list[VideoSpans] = []
    total = 0
    for film in films:
        chosen = sample(Every(Fraction(str(every_s))), film.frames, film.media.clock)
        footage = Footage(film.media, film.frames, chosen)
        if hints:
            seen = hints(film)
            chosen = between_hints(chosen, seen, film.frames)
            footage = replace(footage, sample=chosen, hints=seen)
        spans, calls = watch(film, recipe, footage, said(film))
        found.append(spans)
        total += calls
    scores = evaluate([film.spans() for film in films], found).everything
    boundary = scores.boundary.p95_frames if scores.boundary else None
    return Point(
        every_s,
        recipe.precision_s,
        total,
        scores.mean_ap or 0.0,
        scores.span_f1[0] or 0.0,
        boundary or 0.0,
    )


def area(points: Sequence[Point], most: int) -> float:
    """Under the best mAP that so many calls buy, from 0 to `most` calls; 0.0 to 1.0."""
    ranked = sorted((p.calls, p.mean_ap) for p in points if p.calls <= most)
    steps = [(0, 0.0)]
    for calls, mean_ap in ranked:
        steps.append((calls, max(mean_ap, steps[-1][1])))
    steps.append((most, steps[-1][1]))
    return sum((b[0] - a[0]) * a[1] for a, b in pairwise(steps)) / most


def needed(points: Sequence[Point], mean_ap: float) -> int | None:
    """The fewest calls that buy so much."""
    return min((p.calls for p in points if p.mean_ap >= mean_ap), default=None)


def shuffled(film: Film) -> Sequence[int]:
    chance = random.Random(film.name)
    return sorted(chance.sample(list(film.frames.pts[1:]), len(film.hints)))


SEARCH = Tagging(tuple(map(Tag.named, TAGS)), precision_s=0.0)
SCAN = replace(SEARCH, precision_s=None)


def curves(films: Sequence[Film]) -> dict[str, list[Point]]:
    def search(hints: Callable[[Film], Sequence[int]] | None) -> list[Point]:
        ways = [(s, replace(SEARCH, precision_s=s * share)) for s in FLOORS for share in COARSE]
        return front(measure(films, s, recipe, hints=hints) for s, recipe in ways)

    return {
        "plain scan": [measure(films, s, SCAN) for s in PLAIN],
        "search": search(lambda film: film.hints),
        "search, shuffled signals": search(shuffled),
        "search, no signals": search(None),
    }


def front(points: Iterable[Point]) -> list[Point]:
    """Those that no cheaper one equals."""
    best: list[Point] = []
    for point in sorted(points, key=lambda p: (p.calls, -p.mean_ap)):
        if not best or point.mean_ap > best[-1].mean_ap:
            best.append(point)
    return best


def report(name: str, found: dict[str, list[Point]]) -> None:
    plain = found["plain scan"]
    best = max(plain, key=lambda point: point.mean_ap)
    most = max(point.calls for point in plain)
    base = area(plain, most)
    print(f"\n### {name}\n")
    print("| | mAP against calls | × fewer calls at the plain scan's best mAP | area | × plain |")
    print("| --- | --- | --- | --- | --- |")
    for label, points in found.items():
        told = ", ".join(f"{p.mean_ap:.2f}@{p.calls}" for p in points)
        calls = needed(points, best.mean_ap)
        fewer = f"{best.calls / calls:.1f}" if calls else "not reached"
        under = area(points, most)
        print(f"| {label} | {told} | {fewer} | {under:.2f} | {under / base:.2f} |", flush=True)
    edges = [p.boundary_p95_frames for p in found["search"] if p.precision_s == 0]
    print(f"\nEdges at a precision of one frame, p95: {max(edges, default=0):.2f} frames at worst.")


def noise(films: Sequence[Film], every_s: float = 1.0) -> None:
    doubting = replace(SEARCH, doubt=True)
    print("\n### Wrong answers\n")
    print("| wrong answers | F1@0.5, trusting | F1@0.5, doubting | calls, × without any wrong |")
    print("| --- | --- | --- | --- |")

    def look(recipe: Tagging, said: Callable[[Film], Said]) -> Point:
        return measure(films, every_s, recipe, hints=lambda film: film.hints, said=said)

    clean = look(doubting, truly)
    kinds: list[tuple[str, Callable[[Film], Said]]] = [("none", truly)]
    kinds += [(f"{rate:.0%} of all", partial(wrongly, rate=rate)) for rate in (0.05, 0.1, 0.2)]
    kinds.append(("10% of scenes", partial(wrongly, rate=0.1, by_scene=True)))
    for name, said in kinds:
        trusting, heard = look(SEARCH, said), look(doubting, said)
        more = heard.calls / clean.calls
        print(f"| {name} | {trusting.f1:.2f} | {heard.f1:.2f} | {more:.2f} |", flush=True)


def draw(found: dict[str, list[Point]], file: Path) -> None:
    """The curve as an SVG."""
    width, height, left, bottom = 640, 400, 60, 50
    most = max(p.calls for points in found.values() for p in points)
    colours = {"plain scan": "#888", "search": "#0b7285"}

    def at(point: tuple[float, float]) -> str:
        x = left + point[0] / most * (width - left - 20)
        y = height - bottom - point[1] * (height - bottom - 30)
        return f"{x:.1f},{y:.1f}"

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + 40} {height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{width + 40}" height="{height}" fill="#fff"/>',
    ]
    for tenth in range(0, 11, 2):
        x, y = at((0, tenth / 10)).split(",")
        lines.append(f'<path d="M{x} {y}H{width - 20}" stroke="#eee"/>')
        lines.append(
            f'<text x="{left - 8}" y="{float(y) + 4}" text-anchor="end">0.{tenth}</text>'
            if tenth < 10
            else f'<text x="{left - 8}" y="{float(y) + 4}" text-anchor="end">1.0</text>'
        )
    for quarter in range(5):
        calls = most * quarter / 4
        x, y = at((calls, 0)).split(",")
        lines.append(f'<text x="{x}" y="{float(y) + 18}" text-anchor="middle">{calls:,.0f}</text>')
    lines.append(f'<text x="{width / 2}" y="{height - 10}" text-anchor="middle">calls</text>')
    lines.append('<text x="14" y="20">mAP (tIoU 0.5 to 0.95)</text>')
    for label, colour in colours.items():
        points = sorted((p.calls, p.mean_ap, p.every_s) for p in found[label])
        path = " L".join(at((calls, score)) for calls, score, _ in points)
        lines.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        for calls, score, every_s in points:
            x, y = at((calls, score)).split(",")
            lines.append(f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>')
            lines.append(
                f'<text x="{float(x) + 6}" y="{float(y) + 16}" fill="{colour}" '
                f'font-size="11">{every_s:g} s</text>'
            )
        x, y = at(points[-1][:2]).split(",")
        lines.append(
            f'<text x="{float(x) - 4}" y="{float(y) - 10}" text-anchor="end" '
            f'fill="{colour}" font-weight="bold">{label}</text>'
        )
    file.write_text("\n".join([*lines, "</svg>", ""]), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the shortest video of each kind")
    parser.add_argument("--picture", type=Path, help="draw the curve of the whole corpus there")
    chosen = parser.parse_args()
    films: defaultdict[str, list[Film]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="sightline-bench-") as folder:
        for kind in KINDS:
            for seed, minutes in enumerate(kind.minutes[:1] if chosen.quick else kind.minutes):
                truth = make_truth(kind, minutes, seed)
                films[kind.name].append(asyncio.run(make_film(kind, truth, Path(folder))))
    for name, some in films.items():
        report(name, curves(some))
    everything = [film for some in films.values() for film in some]
    whole = curves(everything)
    report("the whole corpus", whole)
    if chosen.picture:
        draw(whole, chosen.picture)
    noise(everything)


if __name__ == "__main__":
    main()
