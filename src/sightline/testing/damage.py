"""Spoils files in the ways that disks, networks and people do."""

from __future__ import annotations

import random
from pathlib import Path


def cut_short(source: Path, target: Path, *, keep: float = 0.5) -> Path:
    """The first part of a file, as a broken download leaves it. `keep` is 0.0 to 1.0."""
    content = source.read_bytes()
    target.write_bytes(content[: round(len(content) * keep)])
    return target


def flip_bytes(
    source: Path,
    target: Path,
    *,
    seed: int,
    count: int = 20,
    within: tuple[float, float] = (0.3, 0.9),
) -> Path:
    """A file with `count` bytes changed, all in one part of it (fractions of its length).

    The default part leaves header and index alone, so that the file opens and frames are bad.
    """
    content = bytearray(source.read_bytes())
    rng = random.Random(seed)
    first, last = (round(len(content) * edge) for edge in within)
    for place in rng.sample(range(first, last), count):
        content[place] ^= rng.randint(1, 255)
    target.write_bytes(content)
    return target


def write_nothing(target: Path) -> Path:
    """A file of zero bytes."""
    target.write_bytes(b"")
    return target


def write_noise(target: Path, *, seed: int, size: int = 65_536) -> Path:
    """A file of random bytes, whatever its name says."""
    target.write_bytes(random.Random(seed).randbytes(size))
    return target
