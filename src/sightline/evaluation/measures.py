"""The measures of some tags over some videos, from counts that can be added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import floor
from typing import Self

from sightline.evaluation.frames import FrameCount, count_frames
from sightline.evaluation.matching import matches, segmental, segmental_hits
from sightline.evaluation.precision import average_precisions
from sightline.evaluation.spans import Segment

SPAN_TIOUS = (0.5, 0.75, 0.9)
SEGMENTAL_OVERLAPS = (0.1, 0.25, 0.5)
_MATCHED = 0.5
"""tIoU from which on a span found is the one of the truth, misplaced, and not another one."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The truth and what was found about one tag in one video."""

    tag: str
    video: str
    truth: tuple[Segment, ...]
    found: tuple[Segment, ...]
    end_s: float
    frame_rate: float | None


@dataclass(slots=True)
class Tally:
    """One tag's counts, over all videos."""

    precisions: tuple[float, ...] | None
    truth: int = 0
    found: int = 0
    tious: list[float] = field(default_factory=list[float])
    """Of the spans that match."""
    errors_s: list[float] = field(default_factory=list[float])
    errors_frames: list[float | None] = field(default_factory=list[float | None])
    segmental_truth: int = 0
    segmental_found: int = 0
    segmental_hits: list[int] = field(default_factory=lambda: [0] * len(SEGMENTAL_OVERLAPS))
    frames: FrameCount = field(default_factory=FrameCount)

    @classmethod
    def of(cls, pairs: Sequence[Pair], step_s: float | None) -> Self:
        """`pairs` are all of one tag."""
        tally = cls(
            average_precisions({p.video: p.truth for p in pairs}, {p.video: p.found for p in pairs})
        )
        for pair in pairs:
            if pair.truth or pair.found:
                tally._add(pair, step_s)
        return tally

    def _add(self, pair: Pair, step_s: float | None) -> None:
        rate = pair.frame_rate
        self.truth += len(pair.truth)
        self.found += len(pair.found)
        for match in matches(pair.truth, pair.found, _MATCHED):
            self.tious.append(match.tiou)
            for error in (match.start_error_s, match.end_error_s):
                self.errors_s.append(error)
                self.errors_frames.append(None if rate is None else error * rate)
        self.segmental_truth += len(segmental(pair.truth))
        self.segmental_found += len(segmental(pair.found))
        for index, least in enumerate(SEGMENTAL_OVERLAPS):
            self.segmental_hits[index] += segmental_hits(pair.truth, pair.found, least)
        frame_s = step_s if step_s is not None else (1 / rate if rate else None)
        self.frames += count_frames(pair.truth, pair.found, pair.end_s, frame_s)


@dataclass(frozen=True, slots=True)
class Boundary:
    """How far off the starts and ends of matched spans are, starts and ends together.

    Percentiles between two errors are interpolated linearly, as numpy does by default. In frames
    only where the frame rate of each video with a match is known.
    """

    p50_s: float
    p95_s: float
    p50_frames: float | None
    p95_frames: float | None


@dataclass(frozen=True, slots=True)
class Measures:
    """None where there is nothing to divide by: no truth, nothing found, no match.

    Average precision is averaged over tags (ActivityNet's way); all else counts every span and
    frame alike, whatever its tag.
    """

    mean_ap: float | None
    """The mean of `ap`."""
    ap: tuple[float, ...] | None
    """At each of `MAP_TIOUS`; mean over the tags that have a span in the truth."""
    span_f1: tuple[float | None, ...]
    """At each of `SPAN_TIOUS`."""
    segmental_f1: tuple[float | None, ...]
    """At each of `SEGMENTAL_OVERLAPS`."""
    frame_precision: float | None
    frame_recall: float | None
    boundary: Boundary | None
    """Of spans that match with a tIoU of at least 0.5."""
    truth_spans: int
    found_spans: int

    @classmethod
    def of(cls, tallies: Sequence[Tally]) -> Self:
        listed = [tally.precisions for tally in tallies if tally.precisions]
        ap = tuple(sum(at) / len(at) for at in zip(*listed, strict=True)) or None
        truth = sum(tally.truth for tally in tallies)
        found = sum(tally.found for tally in tallies)
        tious = [one for tally in tallies for one in tally.tious]
        segments = sum(t.segmental_truth + t.segmental_found for t in tallies)
        frames = sum((tally.frames for tally in tallies), FrameCount())
        return cls(
            mean_ap=sum(ap) / len(ap) if ap else None,
            ap=ap,
            span_f1=tuple(
                _f1(sum(one >= least for one in tious), truth + found) for least in SPAN_TIOUS
            ),
            segmental_f1=tuple(
                _f1(sum(tally.segmental_hits[index] for tally in tallies), segments)
                for index in range(len(SEGMENTAL_OVERLAPS))
            ),
            frame_precision=frames.shared / frames.found if frames.found else None,
            frame_recall=frames.shared / frames.truth if frames.truth else None,
            boundary=_boundary(tallies),
            truth_spans=truth,
            found_spans=found,
        )


def tallied(pairs: Iterable[Pair], step_s: float | None) -> dict[str, Tally]:
    """By tag, in the order of their names."""
    in_order = sorted(pairs, key=lambda pair: (pair.tag, pair.video))
    groups = groupby(in_order, key=lambda pair: pair.tag)
    return {tag: Tally.of(list(group), step_s) for tag, group in groups}


def percentile(values: Sequence[float], share: float) -> float:
    """Interpolated linearly between neighbours; `values` are sorted and not empty."""
    place = share * (len(values) - 1)
    below = floor(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


def _f1(hits: int, both: int) -> float | None:
    """`both` counts what is in the truth and what was found."""
    return 2 * hits / both if both else None


def _boundary(tallies: Sequence[Tally]) -> Boundary | None:
    seconds = sorted(error for tally in tallies for error in tally.errors_s)
    if not seconds:
        return None
    listed = [error for tally in tallies for error in tally.errors_frames]
    frames = sorted(error for error in listed if error is not None)
    known = len(frames) == len(listed)
    return Boundary(
        percentile(seconds, 0.5),
        percentile(seconds, 0.95),
        percentile(frames, 0.5) if known else None,
        percentile(frames, 0.95) if known else None,
    )
