"""How near decoding comes to FFmpeg: ratios within one run, against the ffmpeg command.

    python benchmarks/frames.py [--quick] [--threads N] [SECTION ...]

Makes its own 1080p videos of about 4 Mb/s, in a folder that it removes. Both sides decode with the
same number of threads, their runs alternate, and a figure is the median of the rounds. CPU is what
the kernel counts for the process (ours: without starting Python) or for the command. Uses the
`ffmpeg` on the path, else that of the package imageio-ffmpeg; encoding takes most of the time.

A section is a function of a `Bench` in `SECTIONS`.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Sequence
from contextlib import aclosing, closing, contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg

from sightline.media.codec.container import VideoFile
from sightline.media.codec.decode import Film
from sightline.media.files import look
from sightline.media.sampling import Every, Keyframes, Policy, sample
from sightline.media.source import FileSource
from sightline.values import Clock, FrameIndex, PictureTransform, Sharing

RATE = 25
UNIT_S = 23
"""What is encoded; it is repeated, which costs nothing. No multiple of a group or an interval, so
that samples fall everywhere in their groups."""
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-b_strategy", "0", "-bf")
X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params")
PICTURE = PictureTransform(512)
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-row-mt", "1")


@dataclass(frozen=True)
class Kind:
    """A way to encode."""

    name: str
    encoder: Sequence[str]
    gop: int
    """Frames from one keyframe to the next."""
    b_frames: bool
    suffix: str = "mp4"
    quick: bool = False
    """Measured also when there is little time."""


KINDS = (
    Kind("H.264, B-frames, GOP 60", (*X264, "3"), 60, b_frames=True, quick=True),
    Kind("H.264, B-frames, GOP 250", (*X264, "3"), 250, b_frames=True, quick=True),
    Kind(
        "HEVC, B-frames, GOP 60",
        (*X265, "keyint=60:bframes=3:b-adapt=0:log-level=none"),
        60,
        b_frames=True,
    ),
    Kind("H.264, no B-frames, GOP 60", (*X264, "0"), 60, b_frames=False),
    Kind("VP9, GOP 60", VP9, 60, b_frames=False, suffix="webm"),
)


@dataclass(frozen=True)
class Source:
    """A video to measure with."""

    kind: Kind
    path: Path
    index: FrameIndex
    clock: Clock


@dataclass(frozen=True)
class Cost:
    cpu_s: float
    wall_s: float


@dataclass
class Bench:
    """What all sections need."""

    folder: Path
    ffmpeg: str
    threads: int
    rounds: int
    quick: bool
    _sources: dict[str, Source] = field(default_factory=dict[str, Source])

    def sources(self) -> list[Source]:
        """Made by the first section that asks."""
        kinds = [kind for kind in KINDS if kind.quick or not self.quick]
        return [self.source(kind) for kind in kinds]

    def source(self, kind: Kind) -> Source:
        if kind.name not in self._sources:
            path = self._encode(kind)
            with closing(Film(look(path), threads=1)) as film:
                media, index = film.probe(lambda: None)
            self._sources[kind.name] = Source(kind, path, index, media.clock)
        return self._sources[kind.name]

    def run(self, *arguments: str | Path) -> Cost:
        """The ffmpeg command."""
        return cost(resource.RUSAGE_CHILDREN, lambda: self._call(*arguments))

    def version(self) -> str:
        told = subprocess.run([self.ffmpeg, "-version"], check=True, capture_output=True, text=True)
        return told.stdout.splitlines()[0].split(" Copyright")[0]

    def _call(self, *arguments: str | Path) -> None:
        command = [self.ffmpeg, "-v", "error", "-nostdin", "-y", *arguments]
        subprocess.run(command, check=True, stderr=None)

    def _encode(self, kind: Kind) -> Path:
        """A camera that moves over shapes and texture. A keyframe at 4 s shifts the groups against
        the intervals."""
        number = len(self._sources)
        unit = self.folder / f"unit-{number}.{kind.suffix}"
        path = self.folder / f"source-{number}.{kind.suffix}"
        scene = f"testsrc2=size=2400x1350:rate={RATE}:duration={UNIT_S},noise=alls=20"
        view = "crop=1920:1080:x='240+200*sin(0.9*t)':y='135+100*cos(0.7*t)',format=yuv420p"
        self._call(
            *("-f", "lavfi", "-i", f"{scene},{view}"),
            *(*kind.encoder, "-g", str(kind.gop), "-force_key_frames", "4", "-b:v", "4M", unit),
        )
        repeats = "1" if self.quick else "2"
        self._call("-stream_loop", repeats, "-i", unit, "-c", "copy", path)
        unit.unlink()
        return path


def cost(who: int, work: Callable[[], object]) -> Cost:
    """Of this process and its threads, or of its children."""
    began, before = time.perf_counter(), resource.getrusage(who)
    work()
    after = resource.getrusage(who)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu_s, time.perf_counter() - began)


class Figures:
    """Costs by what was measured, over the rounds."""

    def __init__(self) -> None:
        self._costs = defaultdict[tuple[str, ...], list[Cost]](list)

    def add(self, *key: str, cost: Cost) -> None:
        self._costs[key].append(cost)

    def cpu_s(self, *key: str) -> float:
        return statistics.median(cost.cpu_s for cost in self._costs[key])

    def wall_s(self, *key: str) -> float:
        return statistics.median(cost.wall_s for cost in self._costs[key])


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Markdown, so that it can go into the documentation as it is."""
    for row in (head, ["---"] * len(head), *rows):
        print(f"| {' | '.join(row)} |")
    print(flush=True)


# --------------------------------------------------------------------------------------- sparse


SAMPLINGS: dict[str, Policy] = {
    "0.5 s": Every(Fraction(1, 2)),
    "2 s": Every(Fraction(2)),
    "10 s": Every(Fraction(10)),
    "keyframes": Keyframes(),
}


def sparse(bench: Bench) -> None:
    """A few frames: CPU against decoding everything, and against the best ffmpeg filter."""
    print("### Sparse sampling\n")
    print("CPU of sampling as a share of decoding every frame, by the same decoder; and of what")
    print("the cheapest ffmpeg command uses that gives the same frames.\n")
    sources, figures = bench.sources(), Figures()
    for _ in range(bench.rounds):
        for source in sources:
            measure_sparse(bench, source, figures)
    rows: list[list[str]] = []
    for source in sources:
        for name, policy in SAMPLINGS.items():
            ours = figures.cpu_s(source.kind.name, name)
            full = figures.cpu_s(source.kind.name, "all")
            rival = min(
                figures.cpu_s(source.kind.name, name, each) for each in filters(source, policy)
            )
            share, bar = ours / full, bar_of(source.kind, policy)
            verdict = "" if share <= bar else "**missed**"
            rows.append([
                source.kind.name, name, f"{len(chosen(source, policy))}", f"{share:.2f}",
                f"≤ {bar:.1f} {verdict}", f"{ours / rival:.2f}",
            ])  # fmt: skip
    head = ["video", "every", "frames", "CPU / all frames", "bar", "CPU / ffmpeg"]
    print_table(head, rows)


def measure_sparse(bench: Bench, source: Source, figures: Figures) -> None:
    kind = source.kind.name
    figures.add(kind, "all", cost=decode_all(source, bench.threads))
    for name, policy in SAMPLINGS.items():
        frames = chosen(source, policy)
        figures.add(kind, name, cost=decode_some(source, frames, bench.threads))
        for each, (before, after) in filters(source, policy).items():
            options = ("-threads", str(bench.threads), *before)
            output = (*after, "-an", "-fps_mode", "passthrough", "-f", "null", "-")
            figures.add(kind, name, each, cost=bench.run(*options, "-i", source.path, *output))


def chosen(source: Source, policy: Policy) -> Sequence[int]:
    return sample(policy, source.index, source.clock)


def filters(source: Source, policy: Policy) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """The options before and after the input by which ffmpeg gives these frames."""
    found: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    if set(chosen(source, policy)) <= set(source.index.keyframes):
        found["nokey"] = (("-skip_frame", "nokey"), ())
    if isinstance(policy, Every):
        step = float(policy.seconds)
        found["fps"] = ((), ("-vf", f"fps={1 / step}:round=down"))
        # The last frame before each multiple is found by looking one frame ahead.
        every = f"gt(floor((t+{1 / RATE})/{step}),floor(t/{step}))"
        found["select"] = ((), ("-vf", f"select='{every}'"))
    return found


def bar_of(kind: Kind, policy: Policy) -> float:
    """The most that sampling may cost, as a share of decoding everything."""
    if not (kind.b_frames and isinstance(policy, Every)):
        return 1.0
    groups = policy.seconds * RATE / kind.gop
    return 0.6 if groups < 1 else 0.3 if groups > Fraction(3, 2) else 1.0


def decode_all(source: Source, threads: int) -> Cost:
    """As plainly as PyAV can."""

    def work() -> None:
        for packet in video.packets():
            video.stream.decode(packet)  # pyright: ignore[reportUnknownMemberType, reportArgumentType]

    with closing(VideoFile(look(source.path), threads=threads)) as video:
        return cost(resource.RUSAGE_SELF, work)


def decode_some(source: Source, wanted: Sequence[int], threads: int) -> Cost:
    """As the product does."""

    def work() -> None:
        for pts, frame in film.frames(source.index, wanted, lambda: None):
            if frame is None:
                raise RuntimeError(f"{source.kind.name}: no frame at {pts}")

    with closing(Film(look(source.path), threads=threads)) as film:
        return cost(resource.RUSAGE_SELF, work)


# ---------------------------------------------------------------------------------- every frame

FULL = ("-f", "null", "-")
TO_MJPEG = ("-vf", "scale=512:-2:flags=area", "-c:v", "mjpeg", "-q:v", "4", "-f", "null", "-")


def whole(bench: Bench) -> None:
    """Every frame, through the decoding child as the product does it, by the clock."""
    print("### Every frame\n")
    print("Our rate over that of the ffmpeg command with as many decoder threads; the last column")
    print("with both on one and the same core. The child runs already, as in all but the first")
    print("moment of a command.\n")
    figures, rows = Figures(), list[list[str]]()
    for source in bench.sources():
        kind = source.kind.name
        for _ in range(bench.rounds):
            for threads in (1, 2):
                for output, pictures in ((FULL, False), (TO_MJPEG, True)):
                    side = f"{threads}{pictures}"
                    count = ("-threads", str(threads), "-i", source.path)
                    figures.add(kind, "theirs", side, cost=bench.run(*count, *output))
                    ours = through_child(source, threads, pictures=pictures)
                    figures.add(kind, "ours", side, cost=ours)
            with one_core(0):
                plain = bench.run("-threads", "1", "-i", source.path, *FULL)
                figures.add(kind, "theirs", "core", cost=plain)
                figures.add(kind, "ours", "core", cost=through_child(source, 1, pictures=True))
        sides = ("1False", "2False", "1True", "2True", "core")
        ratios = [
            figures.wall_s(kind, "theirs", side) / figures.wall_s(kind, "ours", side)
            for side in sides
        ]
        rows.append([kind, *(f"{ratio:.2f}" for ratio in ratios)])
    rows.append(["bar", "≥ 0.9", "≥ 0.9", "≥ 1", "≥ 1", "≥ 0.7"])
    head = [
        "video", "measured / -f null, 1 thread", "2 threads", "JPEGs / to MJPEG, 1 thread",
        "2 threads", "JPEGs / -f null, one core",
    ]  # fmt: skip
    print_table(head, rows)


def two(bench: Bench) -> None:
    """Two videos at once, each on a core of its own."""
    source, ratios = bench.sources()[0], list[float]()
    for _ in range(bench.rounds):
        with one_core(0):
            one = through_child(source, 1, pictures=True)
        both = cost(resource.RUSAGE_SELF, lambda: run_pinned(source, (0, 1)))
        ratios.append(2 * one.wall_s / both.wall_s)
    print(f"Two videos on two cores / one on one core: {statistics.median(ratios):.2f} (bar ≥ 1.7)")


def through_child(source: Source, threads: int, *, pictures: bool) -> Cost:
    """Every frame measured, or made into a JPEG: the time from the first to the last."""

    async def work() -> float:
        async with FileSource(cores=threads) as files:
            reader = files.open(look(source.path), source.index)
            async with aclosing(reader):
                await anext(reader.read(source.index.pts[:1], PICTURE))  # the child has started
                began = time.perf_counter()
                if pictures:
                    async with aclosing(reader.read(source.index.pts, PICTURE)) as read:
                        count = len([None async for _ in read])
                else:
                    measuring = reader.measure(source.index.pts, sharing=Sharing())
                    async with aclosing(measuring) as counts:
                        count = [done async for done in counts][-1]
                if count != len(source.index):
                    raise RuntimeError(f"{source.kind.name}: {count} frames of {len(source.index)}")
                return time.perf_counter() - began

    return Cost(0.0, asyncio.run(work()))


def run_pinned(source: Source, cores: Sequence[int]) -> None:
    """A process on each core, all at once."""
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_pinned, args=(source, core)) for core in cores]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


def _pinned(source: Source, core: int) -> None:
    with one_core(core):
        through_child(source, 1, pictures=True)


@contextmanager
def one_core(core: int) -> Generator[None]:
    """What is started meanwhile stays on this core, with all its threads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


SECTIONS: dict[str, Callable[[Bench], None]] = {"sparse": sparse, "whole": whole, "two": two}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="fewer videos, one round")
    parser.add_argument("--threads", type=int, default=1, help="of each decoder (1)")
    given = parser.parse_args()
    unknown = set(given.sections) - set(SECTIONS)
    if unknown:
        sys.exit(f"{', '.join(unknown)}: no such section; there are {', '.join(SECTIONS)}")
    ffmpeg = shutil.which("ffmpeg") or imageio_ffmpeg.get_ffmpeg_exe()
    with tempfile.TemporaryDirectory(prefix="sightline-bench-") as folder:
        rounds = 1 if given.quick else 3
        bench = Bench(Path(folder), ffmpeg, given.threads, rounds, given.quick)
        print(f"{bench.version()}; {given.threads} thread(s) each, {rounds} round(s)\n", flush=True)
        for name in given.sections or SECTIONS:
            SECTIONS[name](bench)


if __name__ == "__main__":
    main()
