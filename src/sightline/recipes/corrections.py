"""What people said of a tag, worked into what its answers gave: a pure function.

A correction speaks for its *stretch*, from its start to its end, and for that of the span it
replaces. Each is worked in as it was said, so that a later one wins:

- A span whose greater part lies there goes as a whole. Another one is cut, and of what is left of
  it so little as may come from reading the same edge twice goes too: a run done again, with other
  edges, leaves no slivers beside what a person has set.
- A span that a person set is only ever cut, since its edges are no estimate.
- Where it is said that the tag is there, a span with exactly these edges is put in.
- Nothing is unknown there any more.

People's times are seconds, and become the frame on show: the first inside, the first outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from sightline.values import Clock, FrameIndex, Span, Track, Unknown
from sightline.values.corrections import Correction

SLIVER_S = 0.5
"""What a cut leaves of a span and is shorter than this goes, too."""
_ROUNDING_S = Fraction(15, 10_000)
"""Of a time written with three decimals, and of a container that counts in milliseconds."""


@dataclass(frozen=True, slots=True)
class _Said:
    """A correction in ticks of the media."""

    start: int
    end: int
    cleared: tuple[tuple[int, int], ...]
    """Its stretch and that of what it replaces, in order and disjoint."""
    by: Correction


def corrected(track: Track, said: Sequence[Correction], clock: Clock, frames: FrameIndex) -> Track:
    """The track as people say it is; what is said of other tags, or past the end, is passed over.

    `required` stays as the answers alone gave it.
    """
    mine = sorted((c for c in said if c.tag == track.tag), key=lambda c: (c.at, c.id))
    least = clock.ticks(SLIVER_S)
    for correction in mine:
        if (on := _on_frames(correction, clock, frames)) is not None:
            track = _worked_in(track, on, least)
    return track


def _on_frames(correction: Correction, clock: Clock, frames: FrameIndex) -> _Said | None:
    """None where the media is over by then."""

    def snapped(start_s: float, end_s: float) -> tuple[int, int] | None:
        start, end = (clock.pts(Fraction(s) + _ROUNDING_S) for s in (start_s, end_s))
        if start >= frames.end:
            return None
        first = frames.at(start)
        over = frames.end if end >= frames.end else frames.at(end)
        return first, max(over, frames.after(first))

    edges = snapped(correction.start_s, correction.end_s)
    if edges is None:
        return None
    old = snapped(*correction.replaces) if correction.replaces else None
    return _Said(*edges, cleared=tuple(_united([edges, *([old] if old else [])])), by=correction)


def _united(stretches: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    last: tuple[int, int] | None = None
    for start, end in sorted(stretches):
        if last is not None and start <= last[1]:
            last = last[0], max(last[1], end)
            continue
        if last is not None:
            yield last
        last = start, end
    if last is not None:
        yield last


def _worked_in(track: Track, said: _Said, least: int) -> Track:
    spans = [rest for span in track.spans for rest in _left_of(span, said, least)]
    if said.by.present:
        spans.append(_exact(said))
        spans.sort(key=lambda span: span.start)
    unknown = tuple(rest for one in track.unknown for rest in _still_unknown(one, said))
    return replace(track, spans=tuple(spans), unknown=unknown)


def _exact(said: _Said) -> Span:
    start, end = said.start, said.end
    return Span(start, end, start, start, end, end, confidence=1.0, correction=said.by.id)


def _left_of(span: Span, said: _Said, least: int) -> Iterator[Span]:
    """What of a span lies outside of what is said."""
    covered = sum(
        max(0, min(span.end, end) - max(span.start, start)) for start, end in said.cleared
    )
    if not covered:
        yield span
        return
    if span.correction is None and 2 * covered >= span.end - span.start:
        return
    for start, end in _outside(span.start, span.end, said.cleared):
        rest = span
        if start != span.start:
            rest = replace(rest, start=start, start_earliest=start, start_latest=start)
        if end != span.end:
            rest = replace(rest, end=end, end_earliest=end, end_latest=end)
        if end - start >= least and _was_seen(span, start, end):
            yield replace(
                rest,
                start_latest=min(rest.start_latest, end),
                end_earliest=max(rest.end_earliest, start),
            )


def _was_seen(span: Span, start: int, end: int) -> bool:
    """Whether it is there for sure at some time of [start, end), and not as an edge that may lie
    elsewhere."""
    return span.start_latest < end and span.end_earliest > start


def _still_unknown(unknown: Unknown, said: _Said) -> Iterator[Unknown]:
    for start, end in _outside(unknown.start, unknown.end, said.cleared):
        yield replace(unknown, start=start, end=end)


def _outside(start: int, end: int, cleared: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The parts of [start, end) that are in none of the stretches."""
    for gone_from, gone_to in cleared:
        if gone_to <= start or gone_from >= end:
            continue
        if gone_from > start:
            yield start, gone_from
        start = max(start, gone_to)
    if start < end:
        yield start, end
