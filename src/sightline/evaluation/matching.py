"""Which span found is which span of the truth, in one video and for one tag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sightline.evaluation.spans import Segment, Stretch, merged, tiou


@dataclass(frozen=True, slots=True)
class Match:
    """A span of the truth and the one found for it."""

    tiou: float
    start_error_s: float
    end_error_s: float


def matches(truth: Sequence[Segment], found: Sequence[Segment], least: float) -> list[Match]:
    """One to one, the pairs of greatest tIoU first, down to `least`; confidence plays no part.

    Of pairs that overlap alike, the earlier in the truth, then the earlier found. What matches at
    a higher threshold is the part of it that has that tIoU.
    """
    wanted = sorted(s.stretch for s in truth)
    given = sorted(s.stretch for s in found)
    pairs = sorted(
        (-overlap, i, j)
        for i, a in enumerate(wanted)
        for j, b in enumerate(given)
        if (overlap := tiou(a, b)) >= least
    )
    made: list[Match] = []
    used_truth: set[int] = set()
    used_found: set[int] = set()
    for overlap, i, j in pairs:
        if i in used_truth or j in used_found:
            continue
        used_truth.add(i)
        used_found.add(j)
        (start, end), (start_found, end_found) = wanted[i], given[j]
        made.append(Match(-overlap, abs(start - start_found), abs(end - end_found)))
    return made


def segmental_hits(truth: Sequence[Segment], found: Sequence[Segment], least: float) -> int:
    """True positives of the segmental F1 of Lea et al.; the others found are false positives.

    Segments of one tag that touch are one segment. Each one found is compared, in the order of
    time, with the segment of the truth that it overlaps most; it is a true positive when that is
    by `least` of their union and that segment is not taken. There is no class for the background.

    Lea et al., Temporal Convolutional Networks for Action Segmentation and Detection (CVPR 2017).
    """
    wanted, given = segmental(truth), segmental(found)
    taken: set[int] = set()
    for stretch in given:
        overlaps = [tiou(stretch, other) for other in wanted]
        best = max(range(len(wanted)), key=overlaps.__getitem__, default=None)
        if best is not None and overlaps[best] >= least:
            taken.add(best)
    return len(taken)


def segmental(segments: Sequence[Segment]) -> list[Stretch]:
    """As a labelling of frames would have them: overlapping and touching ones are one."""
    return merged(s.stretch for s in segments)
