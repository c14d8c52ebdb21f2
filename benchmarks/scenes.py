"""How well cuts are found, and at what cost, beside PySceneDetect's detectors on the same files.

python benchmarks/scenes.py RECORDING... [--scenedetect PYTHON] [--crf 26] [--seed 4]

The films are put together from the recordings, so that their cuts are known to the frame; PYTHON is
an interpreter that has scenedetect and OpenCV. A cut counts as found within a frame of where it is,
a dissolve or fade from its beginning to half a second after its end.
"""

# PyAV leaves the encoders' keyword arguments and the packets' streams without a type.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from sightline.media import signals
from sightline.media.codec.measure import Meter
from sightline.values import FrameIndex, Signals

RATE = 25
SIZE = 640, 360
LATE = 12
"""Frames by which a dissolve or a fade may be noticed after its end."""

Rgb = NDArray[np.uint8]
Recordings = Sequence[Sequence[Rgb]]
Gap = tuple[int, int]
"""The frames at which a cut may be found: first and last."""


@dataclass
class Film:
    """Frames in the making, and where they cut."""

    frames: list[Rgb] = field(default_factory=list[Rgb])
    cuts: list[Gap] = field(default_factory=list[Gap])

    def cut_to(self, shot: Sequence[Rgb]) -> None:
        if self.frames:
            self.cuts.append((len(self.frames) - 1, len(self.frames) + 1))
        self.frames.extend(shot)

    def dissolve_to(self, shot: Sequence[Rgb], frames: int) -> None:
        if not self.frames:
            return self.cut_to(shot)
        first = len(self.frames)
        last = self.frames[-1].astype(np.float32)
        for n in range(frames):
            share = (n + 1) / (frames + 1)
            self.frames.append((last * (1 - share) + shot[n] * share).astype(np.uint8))
        self.frames.extend(shot[frames:])
        self.cuts.append((first - 1, first + frames + LATE))
        return None

    def fade_to(self, shot: Sequence[Rgb], frames: int) -> None:
        """Through black, and so many frames to either side of it."""
        if not self.frames:
            return self.cut_to(shot)
        first = len(self.frames)
        last = self.frames[-1].astype(np.float32)
        self.frames.extend((last * (1 - (n + 1) / frames)).astype(np.uint8) for n in range(frames))
        rising = enumerate(shot[:frames])
        self.frames.extend((picture * ((n + 1) / frames)).astype(np.uint8) for n, picture in rising)
        self.frames.extend(shot[frames:])
        self.cuts.append((first - 1, first + 2 * frames + LATE))
        return None


def shots(recordings: Recordings, count: int, *, seed: int) -> Iterator[list[Rgb]]:
    """1 to 4 seconds, never two after another from the same recording."""
    rng = np.random.default_rng(seed)
    last = -1
    for _ in range(count):
        last = int(rng.choice([n for n in range(len(recordings)) if n != last]))
        frames = recordings[last]
        length = min(len(frames), int(rng.integers(RATE, 4 * RATE)))
        first = int(rng.integers(0, len(frames) - length + 1))
        yield list(frames[first : first + length])


def joined(recordings: Recordings, seed: int) -> Film:
    film = Film()
    for shot in shots(recordings, 40, seed=seed):
        film.cut_to(shot)
    return film


def jumps(recordings: Recordings, seed: int) -> Film:
    """Within one recording of a fixed camera at a time: only what moves is another."""
    film = Film()
    rng = np.random.default_rng(seed)
    for frames in recordings:
        for _ in range(8):
            first = int(rng.integers(0, max(1, len(frames) - 2 * RATE)))
            film.cut_to(frames[first : first + 2 * RATE])
    return film


def dissolves(recordings: Recordings, seed: int) -> Film:
    film = Film()
    for n, shot in enumerate(shots(recordings, 24, seed=seed + 1)):
        film.dissolve_to(shot, (6, 12, 24)[n % 3])
    return film


def fades(recordings: Recordings, seed: int) -> Film:
    film = Film()
    for n, shot in enumerate(shots(recordings, 24, seed=seed + 2)):
        film.fade_to(shot, (6, 12, 24)[n % 3])
    return film


def flashes(recordings: Recordings, seed: int) -> Film:
    """One to three frames far brighter, as from a camera; no cuts but those between shots."""
    film = Film()
    for n, shot in enumerate(shots(recordings, 30, seed=seed + 3)):
        at, length = len(shot) // 2, 1 + n % 3
        for lit in range(at, at + length):
            shot[lit] = (shot[lit].astype(np.float32) * 0.35 + 165).astype(np.uint8)
        film.cut_to(shot)
    return film


def pans(recordings: Recordings, seed: int) -> Film:
    """A fast and unsteady camera over each shot."""
    film = Film()
    rng = np.random.default_rng(seed)
    width, height = SIZE
    for shot in shots(recordings, 30, seed=seed + 4):
        panned: list[Rgb] = []
        speed = float(rng.uniform(4, 16))
        for n, picture in enumerate(shot):
            x = round(width / 4 * (1 + np.sin(n * speed / width * 4))) + int(rng.integers(-4, 5))
            y = height // 4 + int(rng.integers(-4, 5))
            part = picture[y : y + height // 2, max(0, x) : max(0, x) + width // 2]
            part = np.repeat(np.repeat(part, 2, axis=0), 2, axis=1)
            padding = (0, height - len(part)), (0, width - part.shape[1]), (0, 0)
            panned.append(np.pad(part, padding, mode="edge"))
        film.cut_to(panned)
    return film


FILMS: Sequence[Callable[[Recordings, int], Film]] = (
    joined, jumps, dissolves, fades, flashes, pans,
)  # fmt: skip


def read(path: Path) -> list[Rgb]:
    """As many frames a second as the films have, of their size; at most 40 s."""
    frames: list[Rgb] = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            small = frame.reformat(*SIZE, "rgb24").to_ndarray().astype(np.uint8)
            due = int((frame.time or 0.0) * RATE) + 1
            frames.extend([small] * max(0, due - len(frames)))
            if len(frames) > 40 * RATE:
                break
    return frames


def write(film: Film, path: Path, *, crf: int) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            "libx264", rate=RATE, options={"crf": str(crf), "preset": "veryfast"}
        )
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for n, picture in enumerate(film.frames):
            frame = VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@dataclass(frozen=True)
class Found:
    cuts: Sequence[int]
    cpu_s: float


def ours(path: Path) -> Found:
    began = time.process_time()
    meter = Meter(None)
    with av.open(str(path)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        rows = [meter.measure(f, n) for n, f in enumerate(container.decode(video=0))]
    pts, brightness, sharpness, motion, change, alike = zip(*rows, strict=True)
    measured = Signals(pts, brightness, sharpness, motion, change, alike, None)
    cuts = signals.cuts(measured, FrameIndex(pts, pts[:1], len(pts)))
    return Found(cuts, time.process_time() - began)


def decoding(path: Path) -> Found:
    """What reading the file costs without finding anything."""
    began = time.process_time()
    with av.open(str(path)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        for _ in container.decode(video=0):
            pass
    return Found((), time.process_time() - began)


THEIRS = """
import json, sys, time, cv2, scenedetect
cv2.setNumThreads(1)
began = time.process_time()
detector = getattr(scenedetect, sys.argv[1])()
video = scenedetect.open_video(sys.argv[2])
manager = scenedetect.SceneManager()
manager.add_detector(detector)
manager.detect_scenes(video)
cuts = [s.get_frames() if hasattr(s, "get_frames") else s.frame_num
        for s, _ in manager.get_scene_list()][1:]
print(json.dumps([cuts, time.process_time() - began]))
"""


def theirs(path: Path, *, python: str, detector: str) -> Found:
    command = [python, "-c", THEIRS, detector, str(path)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    cuts, cpu_s = json.loads(ran.stdout)
    return Found(cuts, cpu_s)


def score(cuts: Sequence[int], gaps: Sequence[Gap]) -> tuple[int, int, int]:
    """How many are found, missed, and wrongly found."""
    found = sum(any(first <= cut <= last for cut in cuts) for first, last in gaps)
    wrong = sum(not any(first <= cut <= last for first, last in gaps) for cut in cuts)
    return found, len(gaps) - found, wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings", nargs="+", type=Path)
    parser.add_argument("--scenedetect", metavar="PYTHON")
    parser.add_argument("--crf", type=int, default=26)
    parser.add_argument("--seed", type=int, default=4, help="which shots are put together")
    options = parser.parse_args()
    ways: dict[str, Callable[[Path], Found]] = {"decoding alone": decoding, "sightline": ours}
    if options.scenedetect:
        for name in ("ContentDetector", "AdaptiveDetector"):
            ways[name] = partial(theirs, python=options.scenedetect, detector=name)
    recordings = [read(path) for path in options.recordings]
    with tempfile.TemporaryDirectory() as folder:
        for make in FILMS:
            film = make(recordings, options.seed)
            path = Path(folder) / f"{make.__name__}.mp4"
            write(film, path, crf=options.crf)
            print(f"{make.__name__}: {len(film.frames)} frames, {len(film.cuts)} cuts")
            for name, find in ways.items():
                it = find(path)
                cost = f"{1000 * it.cpu_s / len(film.frames):6.2f} ms a frame"
                if find is decoding:
                    print(f"  {name:18} {cost}")
                    continue
                found, missed, wrong = score(it.cuts, film.cuts)
                precision = found / (found + wrong) if found + wrong else 1.0
                recall = found / (found + missed)
                print(f"  {name:18} {cost}  precision {precision:.2f}  recall {recall:.2f}")


if __name__ == "__main__":
    main()
