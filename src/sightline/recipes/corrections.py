"""What people said of a tag, worked into what its answers gave: a pure function.

A correction speaks for its *stretch*, from its start to its end, and for that of the span it
replaces. Each is worked in as it was said, so that a later one wins:

- A span is cut there, and of what is left so little as may come from reading the same edge twice
  goes too, more of it where the greater part of the span lies there: a run done again, with other
  edges, leaves no slivers beside what a person has set. Longer rests stay: nobody spoke of them.
- A span that a person set is only ever cut, since its edges are no estimate.
- Where it is said that the tag is there, a span with exactly these edges is put in.
- Nothing is unknown there any more.

People's times are seconds, and become the frame on show: the first inside, the first outside.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from sightline.values import Clock, FrameIndex, Span, Track, Unknown
from sightline.values.corrections import Correction

SLIVER_S = 0.5
"""What a cut leaves of a span and is shorter than this goes, too."""
REST_S = 5.0
"""The same, of a span whose greater part was cut away."""
_ROUNDING_S = Fraction(15, 10_000)
"""Of a time written with three decimals, and of a container that counts in milliseconds."""


@dataclass(frozen=True, slots=True)
class _Least:
    """Ticks of the shortest rest of a span that stays."""

    usually: int
    of_little: int
    """Where its greater part is gone."""


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

    `required` stays as the answers alone gave it. Of thousands of spans and of corrections it takes
    a while: for a thread.
    """
    mine = sorted((c for c in said if c.tag == track.tag), key=lambda c: (c.at, c.id))
    least = _Least(clock.ticks(SLIVER_S), clock.ticks(REST_S))
    spans, unknown = list(track.spans), list(track.unknown)
    for correction in mine:
        if (on := _on_frames(correction, clock, frames)) is not None:
            near = _near(spans, on)
            spans[near] = _spoken_of(spans[near], on, least)
            near = _near(unknown, on)
            unknown[near] = [rest for one in unknown[near] for rest in _still_unknown(one, on)]
    return replace(track, spans=tuple(spans), unknown=tuple(unknown))


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


def _near(stretches: Sequence[Span | Unknown], said: _Said) -> slice:
    """Those that it can touch, of stretches in order and disjoint; else where they would be."""
    first = bisect_right(stretches, said.cleared[0][0], key=lambda one: one.end)
    end = bisect_left(stretches, said.cleared[-1][1], key=lambda one: one.start)
    return slice(first, max(first, end))


def _spoken_of(spans: Iterable[Span], said: _Said, least: _Least) -> list[Span]:
    left = [rest for span in spans for rest in _left_of(span, said, least)]
    if said.by.present:
        left.append(_exact(said))
        left.sort(key=lambda span: span.start)
    return left


def _exact(said: _Said) -> Span:
    start, end = said.start, said.end
    return Span(start, end, start, start, end, end, confidence=1.0, correction=said.by.id)


def _left_of(span: Span, said: _Said, least: _Least) -> Iterator[Span]:
    """What of a span lies outside of what is said."""
    covered = sum(
        max(0, min(span.end, end) - max(span.start, start)) for start, end in said.cleared
    )
    if not covered:
        yield span
        return
    is_little = span.correction is None and 2 * covered >= span.end - span.start
    shortest = least.of_little if is_little else least.usually
    for start, end in _outside(span.start, span.end, said.cleared):
        rest = span
        if start != span.start:
            rest = replace(rest, start=start, start_earliest=start, start_latest=start)
        if end != span.end:
            rest = replace(rest, end=end, end_earliest=end, end_latest=end)
        if end - start >= shortest and _was_seen(span, start, end):
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
