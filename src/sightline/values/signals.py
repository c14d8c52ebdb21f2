"""Signals: cheap measures of frames, taken while they were decoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SIGNALS_VERSION = 1
"""Raised when a measure changes its meaning: older ones are then measured anew."""


@dataclass(frozen=True, slots=True)
class Signals:
    """Measures of some or all frames of one media; every sequence is as long as `pts`.

    "The one before" is the frame measured before: the neighbour when all frames were measured
    (`covers`), else the sampled frame before, which may be seconds away.
    """

    pts: Sequence[int]
    """The frames that were really measured; increasing."""
    brightness: Sequence[int]
    """Mean luma, whole numbers from 0 (black) to 255 (white), however the video codes them."""
    sharpness: Sequence[int]
    """How much fine detail there is: whole numbers from 0 (flat or blurred) to 255 (fine print)."""
    motion: Sequence[float]
    """Mean absolute difference of luma to the frame before: 0 to 255; 0.0 for the first one."""
    change: Sequence[float]
    """By how much at least half of the picture differs from the frame before, in luma or else in
    chroma: 0 to 255; 0.0 for the first one. High at a cut, low for what moves within a scene."""
    alike: Sequence[int]
    """The pts of the representative of its near-duplicate group; a representative's own."""
    alike_within: float | None
    """The `Sharing.within` by which the groups were made; None where none were."""

    def __len__(self) -> int:
        return len(self.pts)

    def covers(self, frames: Sequence[int]) -> bool:
        """Whether each of these frames was measured, and each one's neighbour before it."""
        return len(self.pts) == len(frames) and all(
            mine == theirs for mine, theirs in zip(self.pts, frames, strict=True)
        )
