"""What answers about one frame come to together, when any of them may be wrong.

With `doubt`, the share of answers that are taken to be wrong, each answer weighs as much as its
log-odds, less where the model itself is unsure; a verdict is settled when one side leads clearly.
Without it the first answer settles it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

UNSURE = 0.15
"""A probability this near to the threshold says little; it is heard once more, where there is
doubt."""
MOST_SAMPLES = 5
"""Of one question about one frame; they rarely differ by then."""
_LEAD = 1.5
"""Sure answers by which one side must lead, so that two that agree do and one alone does not."""


def present(samples: Sequence[float], threshold: float) -> bool:
    """The verdict so far; `samples` is not empty."""
    return lead(samples, threshold) >= 0


def lead(samples: Sequence[float], threshold: float) -> float:
    """By how many sure answers yes leads; below 0 no does. A tie falls to the mean."""
    total = sum(_vote(sample, threshold) for sample in samples)
    if total == 0:
        return math.copysign(1e-9, sum(samples) / len(samples) - threshold)
    return total


def settled(samples: Sequence[float], threshold: float) -> bool:
    return len(samples) >= MOST_SAMPLES or abs(lead(samples, threshold)) >= _LEAD


def weak(sample: float, threshold: float) -> bool:
    """Whether an answer alone is too unsure to go by."""
    return abs(sample - threshold) < UNSURE


def probability(samples: Sequence[float], threshold: float) -> float:
    """One number for all, on the side of the threshold that won."""
    mean = sum(samples) / len(samples)
    if present(samples, threshold):
        return max(mean, threshold)
    return min(mean, math.nextafter(threshold, -1.0)) if threshold > 0 else mean


def _vote(sample: float, threshold: float) -> float:
    distance = sample - threshold
    if distance == 0:
        return 1.0 / 2
    return math.copysign(min(1.0, max(0.25, abs(distance) / (2 * UNSURE))), distance)
