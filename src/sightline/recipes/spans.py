"""From answers about single frames to spans with honest edges: pure functions, no state.

Each asked frame speaks for its cell, the stretch that reaches half-way to the asked frames beside
it. Neighbouring cells that agree become one stretch: present, absent or unknown. An edge lies
somewhere between the last frame known to be outside and the first known to be inside, and keeps
both as [earliest, latest]; the edge itself is put in the middle, which halves the worst error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from sightline.values import UNASKED, AskFailed, FrameIndex, Span, Unknown, UnknownReason

Told = float | AskFailed
"""What is known of a tag at one frame: its probability, or why there is none."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """What one asked frame, or the lack of one, says about [start, end)."""

    pts: int
    start: int
    end: int
    evidence: Told


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Neighbouring cells that agree."""

    cells: tuple[_Cell, ...]
    present: bool
    unknown: AskFailed | None

    @property
    def start(self) -> int:
        return self.cells[0].start

    @property
    def end(self) -> int:
        return self.cells[-1].end


def derive(
    asked: Sequence[tuple[int, Told]],
    frames: FrameIndex,
    *,
    threshold: float = 0.5,
    max_gap: int = 0,
    alone: bool = False,
) -> tuple[tuple[Span, ...], tuple[Unknown, ...]]:
    """Spans and unknown stretches of one tag, each in order and disjoint.

    `asked` holds increasing pts of `frames`, not empty; `max_gap` is in ticks.
    With `alone`, each asked frame speaks for itself only and all between them is unasked.
    """
    cells = _lone_cells(asked, frames) if alone else _cells(asked, frames)
    stretches = list(_stretches(cells, threshold))
    spans: list[Span] = []
    may_join = False
    for index, stretch in enumerate(stretches):
        if stretch.unknown is not None:
            may_join = False
        if not stretch.present:
            continue
        span = _span(stretches, index, frames)
        if may_join and span.start - spans[-1].end <= max_gap:
            spans[-1] = _joined(spans[-1], span)
        else:
            spans.append(span)
        may_join = True
    unknown = tuple(
        Unknown(s.start, s.end, s.unknown.reason, s.unknown.detail) for s in stretches if s.unknown
    )
    return tuple(spans), unknown


def _cells(asked: Sequence[tuple[int, Told]], frames: FrameIndex) -> Iterator[_Cell]:
    edges = [frames.pts[0]]
    edges += [frames.at((frames.after(a) + b) // 2) for (a, _), (b, _) in pairwise(asked)]
    edges.append(frames.end)
    for (pts, evidence), (start, end) in zip(asked, pairwise(edges), strict=True):
        yield _Cell(pts, start, end, evidence)


def _lone_cells(asked: Sequence[tuple[int, Told]], frames: FrameIndex) -> Iterator[_Cell]:
    reached = frames.pts[0]
    for pts, evidence in asked:
        if pts > reached:
            yield _Cell(reached, reached, pts, UNASKED)
        reached = frames.after(pts)
        yield _Cell(pts, pts, reached, evidence)
    if reached < frames.end:
        yield _Cell(reached, reached, frames.end, UNASKED)


def _stretches(cells: Iterator[_Cell], threshold: float) -> Iterator[_Stretch]:
    def verdict(cell: _Cell) -> bool | UnknownReason:
        if isinstance(cell.evidence, AskFailed):
            return cell.evidence.reason
        return cell.evidence >= threshold

    for said, alike in groupby(cells, verdict):
        group = tuple(alike)
        first = group[0].evidence
        yield _Stretch(group, said is True, first if isinstance(first, AskFailed) else None)


def _span(stretches: Sequence[_Stretch], index: int, frames: FrameIndex) -> Span:
    here = stretches[index]
    before = _first_known(stretches, range(index - 1, -1, -1))
    after = _first_known(stretches, range(index + 1, len(stretches)))
    first, last = here.cells[0].pts, here.cells[-1].pts
    probabilities = [c.evidence for c in here.cells if not isinstance(c.evidence, AskFailed)]
    return Span(
        here.start,
        here.end,
        start_earliest=frames.after(before.cells[-1].pts) if before else frames.pts[0],
        start_latest=first,
        end_earliest=frames.after(last),
        end_latest=after.cells[0].pts if after else frames.end,
        confidence=sum(probabilities) / len(probabilities),
    )


def _first_known(stretches: Sequence[_Stretch], places: range) -> _Stretch | None:
    return next((stretches[n] for n in places if stretches[n].unknown is None), None)


def _joined(a: Span, b: Span) -> Span:
    """One span over both, as sure as its parts by their lengths."""
    lengths = a.end - a.start, b.end - b.start
    confidence = (a.confidence * lengths[0] + b.confidence * lengths[1]) / max(1, sum(lengths))
    return replace(
        a,
        end=b.end,
        end_earliest=b.end_earliest,
        end_latest=b.end_latest,
        confidence=confidence,
    )
