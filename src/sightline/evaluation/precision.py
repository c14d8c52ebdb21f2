"""Average precision of temporal detection, as ActivityNet's `eval_detection.py` defines it.

For one class, the detections of all videos are taken in the order of their confidence. Each goes to
the truth segment of its video that it overlaps most among those that no earlier one has taken,
if that is by the threshold at least, and is a false positive otherwise. The average precision is
the area under the curve of precision against recall, precision made non-increasing first (PASCAL
VOC 2011). mAP is its mean over the classes of the truth, and the score the mean over tIoU 0.5 to
0.95 in steps of 0.05.

Heilbron et al., ActivityNet (CVPR 2015); github.com/activitynet/ActivityNet, `Evaluation`.

Where ActivityNet's order is chance (its sort is not stable), ours is not: equal confidences are
taken by video name, start and end; of truth segments that are overlapped alike, the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sightline.evaluation.spans import Segment, tiou

MAP_TIOUS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


def average_precisions(
    truth: Mapping[str, Sequence[Segment]],
    found: Mapping[str, Sequence[Segment]],
    thresholds: Sequence[float] = MAP_TIOUS,
) -> tuple[float, ...] | None:
    """The average precision of one class at each threshold; both are by video.

    None where the truth has no segment: such a class has no average precision. Thresholds increase.
    """
    segments = {video: sorted(s.stretch for s in listed) for video, listed in truth.items()}
    count = sum(map(len, segments.values()))
    if not count:
        return None
    ranked = sorted(
        (-one.confidence, video, one.start_s, one.end_s)
        for video, listed in found.items()
        for one in listed
    )
    hits: list[list[bool]] = [[] for _ in thresholds]
    taken: list[set[tuple[str, int]]] = [set() for _ in thresholds]
    for _, video, start, end in ranked:
        overlaps = [
            (-overlap, index)
            for index, stretch in enumerate(segments.get(video, ()))
            if (overlap := tiou(stretch, (start, end))) >= thresholds[0]
        ]
        overlaps.sort()
        for threshold, hit, gone in zip(thresholds, hits, taken, strict=True):
            free = next(
                (i for o, i in overlaps if -o >= threshold and (video, i) not in gone), None
            )
            hit.append(free is not None)
            if free is not None:
                gone.add((video, free))
    return tuple(_area(hit, count) for hit in hits)


def _area(hits: Sequence[bool], count: int) -> float:
    """Recall grows by 1 / `count` at each hit; there counts the best precision from there on."""
    precisions: list[float] = []
    for place, hit in enumerate(hits, start=1):
        if hit:
            precisions.append((len(precisions) + 1) / place)
    area = best = 0.0
    for precision in reversed(precisions):
        best = max(best, precision)
        area += best
    return area / count
