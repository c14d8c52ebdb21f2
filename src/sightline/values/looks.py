"""What the frames of a media look like, as far as it can be told without a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Looks:
    """Derived from the signals of all frames. Stretches are [start, end), times in ticks."""

    measured: int
    """Frames; the others could not be decoded."""
    cuts: Sequence[int]
    """The first frames of new scenes."""
    black: Sequence[tuple[int, int]]
    frozen: Sequence[tuple[int, int]]
    alike_within: float
    """The `Sharing.within` for what follows."""
    different: int
    """Groups of frames that look alike: what is asked where every frame is wanted."""
    sampled_every_s: float
    """The interval of a usual analysis."""
    sampled: int
    """Its frames."""
    sampled_different: int
    """Of those, how many are asked about."""
