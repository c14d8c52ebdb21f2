"""Reads many damaged files: `python mutate.py COUNT FOLDER [FIRST]` tells as JSON what came of it.

Damage is drawn from the number of the file, so that each can be made again. In a process of its
own, so that the peak memory of the children is theirs alone.
"""

# PyAV leaves the encoders' keyword arguments and the packets' streams without a type.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path

import pillow_heif
from clips import B_FRAMES, Clip, make, pattern
from PIL import Image

from sightline.errors import MediaError
from sightline.media.source import FileSource
from sightline.values import FrameLost, Picture, PictureTransform

STALL_S = 20.0
WHOLE_S = 60.0
"""No file may take longer, whatever is in it."""
MEMORY_MB = 1024
SMALL = PictureTransform(64)
AT_ONCE = 2

FRAMES = tuple(n * 40 for n in range(16))
CENTS = tuple(n * 7 for n in range(16))
QUICK = {"preset": "13", "svtav1-params": "lp=1"}
FAST = {"cpu-used": "8", "deadline": "realtime"}
CLIPS = [
    Clip("h264.mp4", pts=FRAMES, options=B_FRAMES),
    Clip("h264.mkv", pts=FRAMES, options=B_FRAMES),
    Clip("h264.ts", pts=FRAMES, options=B_FRAMES),
    Clip("h264.flv", pts=FRAMES, options=B_FRAMES),
    Clip("hevc.mp4", "libx265", pts=FRAMES, options={"x265-params": "log-level=none"}),
    Clip("hevc.mkv", "libx265", pts=FRAMES, options={"x265-params": "log-level=none"}),
    Clip("vp9.webm", "libvpx-vp9", pts=FRAMES, options=FAST),
    Clip("av1.mp4", "libsvtav1", pts=FRAMES, options=QUICK),
    Clip("av1.mkv", "libsvtav1", pts=FRAMES, options=QUICK),
    Clip("mpeg4.avi", "mpeg4", pts=range(16), time_base=Fraction(1, 25)),
    Clip("mpeg4.mov", "mpeg4", pts=FRAMES),
    Clip("palette.gif", "gif", pts=CENTS, time_base=Fraction(1, 100), pixels="rgb8"),
]
STILLS = ["still.png", "still.jpg", "still.webp", "still.avif", "moving.webp", "moving.png"]


@dataclass
class Outcome:
    """What came of all files together."""

    files: int = 0
    whole: int = 0
    """All frames were given."""
    partly: int = 0
    refused: int = 0
    """There was an error instead."""
    frames: int = 0
    errors: dict[str, int] = field(default_factory=dict[str, int])
    """By their text, without the file's name."""
    wrong: list[str] = field(default_factory=list[str])
    """What should never be."""
    peak_mb: float = 0.0
    """Of the largest child."""
    seconds: float = 0.0


def originals(folder: Path) -> list[Path]:
    made = [make(clip, folder) for clip in CLIPS]
    pictures = [Image.fromarray(pattern(n * 9, (160, 96))) for n in range(6)]
    for name in STILLS:
        more = pictures[1:] if name.startswith("moving") else []
        pictures[0].save(folder / name, save_all=bool(more), append_images=more, duration=70)
    pillow_heif.from_pillow(pictures[0]).save(folder / "still.heic")
    return [*made, *(folder / name for name in STILLS), folder / "still.heic"]


def flip(data: bytearray, chance: random.Random, first: int, last: int) -> None:
    for _ in range(chance.choice([1, 2, 5, 20])):
        data[chance.randrange(first, last)] ^= chance.randint(1, 255)


def flip_anywhere(data: bytearray, chance: random.Random) -> None:
    flip(data, chance, 0, len(data))


def flip_head(data: bytearray, chance: random.Random) -> None:
    flip(data, chance, 0, min(len(data), 512))


def flip_tail(data: bytearray, chance: random.Random) -> None:
    flip(data, chance, max(0, len(data) - 1500), len(data))


def cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(1, len(data)) :]


def lose(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.choice([1, 4, 188, 1000])]
    data += b"\0"  # never empty: that is another error


def double(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    data[start:start] = data[start : start + chance.choice([1, 4, 188, 1000])]


def blank(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    stop = min(len(data), start + chance.choice([4, 64, 1000]))
    data[start:stop] = bytes(stop - start)


def noise(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    stop = min(len(data), start + chance.choice([4, 64, 1000]))
    data[start:stop] = chance.randbytes(stop - start)


def lie(data: bytearray, chance: random.Random) -> None:
    """A number of four bytes, near the beginning or the end, becomes an extreme one."""
    reach = min(len(data) - 4, 1500)
    start = chance.choice([0, len(data) - 4 - reach]) + chance.randrange(reach + 1)
    lies = [b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80\0\0\0", bytes(4)]
    data[start : start + 4] = chance.choice(lies)


DAMAGE: list[Callable[[bytearray, random.Random], None]] = [
    *(flip_anywhere, flip_head, flip_tail, cut, lose, double, blank, noise, lie)
]


def mutate(number: int, whole: list[Path], folder: Path) -> Path:
    """The damaged file of this number."""
    chance = random.Random(number)
    source = whole[number % len(whole)]
    data = bytearray(source.read_bytes())
    damage = chance.choice(DAMAGE)
    damage(data, chance)
    path = folder / f"{number} {damage.__name__} {source.name}"
    path.write_bytes(data)
    return path


async def read(path: Path, source: FileSource, outcome: Outcome) -> None:
    outcome.files += 1
    lost = 0
    try:
        async with asyncio.timeout(WHOLE_S):
            file = await source.look(path)
            _, index = await source.probe(file)
            async with aclosing(source.open(file, index)) as reader:
                # All in order, then some, to be found by other ways.
                for wanted in (index.pts, index.pts[3::5]):
                    given = [item async for item in reader.read(wanted, SMALL)]
                    if [item.pts for item in given] != list(wanted):
                        outcome.wrong.append(f"{path.name}: other frames than were asked for")
                    lost += sum(isinstance(item, FrameLost) for item in given)
                    outcome.frames += sum(isinstance(item, Picture) for item in given)
    except MediaError as error:
        outcome.refused += 1
        text = str(error)
        if path.name not in text or not text.isprintable():
            outcome.wrong.append(f"{path.name}: {text}")
        told = text.replace(str(path), "").replace(path.name, "").strip(" :")
        outcome.errors[told] = outcome.errors.get(told, 0) + 1
        if "the decoder" in told:
            print(path.name, told, file=sys.stderr)
    except TimeoutError:
        outcome.wrong.append(f"{path.name}: took more than {WHOLE_S} s")
    else:
        outcome.partly += lost > 0
        outcome.whole += lost == 0


async def main(count: int, folder: Path, first: int) -> Outcome:
    outcome, began = Outcome(), time.monotonic()
    whole = originals(folder)
    numbers = iter(range(first, first + count))

    async def worker(source: FileSource) -> None:
        for number in numbers:
            path = mutate(number, whole, folder)
            await read(path, source, outcome)
            path.unlink()

    async with FileSource(memory_mb=MEMORY_MB, stall_s=STALL_S, cores=2 * AT_ONCE) as source:
        await asyncio.gather(*(worker(source) for _ in range(AT_ONCE)))
    outcome.peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    outcome.seconds = round(time.monotonic() - began, 1)
    return outcome


if __name__ == "__main__":
    result = main(int(sys.argv[1]), Path(sys.argv[2]), int((sys.argv[3:] or ["0"])[0]))
    print(json.dumps(asdict(asyncio.run(result)), indent=1))
