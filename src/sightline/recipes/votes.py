"""What answers about one frame come to together, when any of them may be wrong.

Every answer is a vote, a smaller one where the model itself is unsure. A verdict is settled when
one side leads clearly. What stands alone among frames that say otherwise begins with votes against
it: most such answers are mistakes, and most events are longer.
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


AROUND = 3
"""Neighbours to either side that are looked at."""


def against(around: Sequence[bool], *, here: bool) -> float:
    """Votes against a first answer, from the first answers of the neighbours; 0.0 for none.

    Where most of them agree, or as many as at an edge, it stands by itself.
    """
    denying = sum(one != here for one in around)
    lead = denying - (len(around) - denying)
    return 1.5 if lead >= AROUND + 1 else 1.0 if lead >= 2 else 0.0


def present(samples: Sequence[float], threshold: float, lean: float = 0.0) -> bool:
    """The verdict so far; `samples` is not empty. `lean`: votes for yes to begin with."""
    return lead(samples, threshold, lean) >= 0


def lead(samples: Sequence[float], threshold: float, lean: float = 0.0) -> float:
    """By how many sure answers yes leads; below 0 no does. A tie falls to the mean."""
    total = lean + sum(_vote(sample, threshold) for sample in samples)
    if total == 0:
        return math.copysign(1e-9, sum(samples) / len(samples) - threshold)
    return total


def settled(samples: Sequence[float], threshold: float, lean: float = 0.0) -> bool:
    return len(samples) >= MOST_SAMPLES or abs(lead(samples, threshold, lean)) >= _LEAD


def weak(sample: float, threshold: float) -> bool:
    """Whether an answer alone is too unsure to go by."""
    return abs(sample - threshold) < UNSURE


def probability(samples: Sequence[float], threshold: float, lean: float = 0.0) -> float:
    """One number for all, on the side of the threshold that won."""
    mean = sum(samples) / len(samples)
    if present(samples, threshold, lean):
        return max(mean, threshold)
    return min(mean, math.nextafter(threshold, -1.0)) if threshold > 0 else mean


def _vote(sample: float, threshold: float) -> float:
    distance = sample - threshold
    if distance == 0:
        return 1.0 / 2
    return math.copysign(min(1.0, max(0.25, abs(distance) / (2 * UNSURE))), distance)
