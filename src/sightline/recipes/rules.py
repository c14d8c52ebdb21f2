"""What becomes of tracks after their spans were derived: pure functions of a tag set's settings.

In this order:

1. **Exclusive groups.** Of the exclusive tags of one category at most one holds at any moment.
   Where spans of several overlap, one of them keeps the stretch and the others are cut: a span
   that is not too short for its tag goes before one that is; among those the one with the higher
   confidence; among equals that of the tag that stands first in the set. An edge that a cut makes
   is as unsure as the edge of the span that was kept.
2. **Required length.** What is left of a tag's spans is added up, those too short to be told
   included. It is *met* when that is enough, *undecided* when unknown time could still make it
   enough, else *not met*.
3. **Minimum length.** Spans that are surely shorter are left out; one beside unknown time may go
   on through it, and is not.

Unknown time stays as it is: no tag is known to be absent only because another one was seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sightline.recipes.tags import Tag, TagMeasures
from sightline.values import Footage, Required, Span, Track, Unknown


def apply_rules(
    tracks: Sequence[Track], tags: Sequence[Tag], footage: Footage
) -> tuple[Track, ...]:
    """The tracks with everything that their tags say beside wording, threshold and gap.

    `tracks` are those of `tags`, one each in the same order, their spans derived without a
    minimum length: it is applied here, after what it must come after.
    """
    measures = [tag.on(footage.media) for tag in tags]
    spans = _exclude(tracks, tags, measures)
    return tuple(
        replace(
            track,
            spans=tuple(s for s in mine if may_last(s, track.unknown) >= measure.min_length),
            category=tag.category,
            threshold=measure.threshold,
            required=_required(tag, measure, mine, track.unknown),
            markers=tag.markers,
        )
        for track, tag, measure, mine in zip(tracks, tags, measures, spans, strict=True)
    )


def may_last(span: Span, unknown: Iterable[Unknown]) -> int:
    """Ticks that it lasts at most: it may go on through the unknown time beside it."""
    beside = (u for u in unknown if u.end == span.start or u.start == span.end)
    return span.end - span.start + sum(u.end - u.start for u in beside)


def _required(
    tag: Tag, measure: TagMeasures, spans: Sequence[Span], unknown: Sequence[Unknown]
) -> Required | None:
    if not tag.whole:
        return "off"
    if measure.required is None:
        return None
    seen = sum(span.end - span.start for span in spans)
    if seen >= measure.required:
        return "met"
    possible = seen + sum(stretch.end - stretch.start for stretch in unknown)
    return "undecided" if possible >= measure.required else "not met"


# ---------------------------------------------------------------------------- exclusive groups


@dataclass(frozen=True, slots=True)
class _Claim:
    """One span of one tag that wants its stretch for itself."""

    place: int
    """Of its tag in the set."""
    span: Span
    long_enough: bool


def _strength(claim: _Claim) -> tuple[bool, float, int]:
    return claim.long_enough, claim.span.confidence, -claim.place


@dataclass(frozen=True, slots=True)
class _Held:
    """A stretch [start, end) and whose it is; None: nobody's."""

    start: int
    end: int
    by: _Claim | None


def _exclude(
    tracks: Sequence[Track], tags: Sequence[Tag], measures: Sequence[TagMeasures]
) -> list[tuple[Span, ...]]:
    """The spans of each track, cut where another tag of its group keeps the stretch."""
    spans = [track.spans for track in tracks]
    groups: dict[str, list[int]] = defaultdict(list)
    for place, tag in enumerate(tags):
        if tag.exclusive and tag.category is not None:
            groups[tag.category].append(place)
    for places in groups.values():
        claims = [
            _Claim(
                place,
                span,
                may_last(span, tracks[place].unknown) >= measures[place].min_length,
            )
            for place in places
            for span in tracks[place].spans
        ]
        kept: dict[int, list[Span]] = defaultdict(list)
        for place, span in _settle(claims):
            kept[place].append(span)
        for place in places:
            spans[place] = tuple(kept[place])
    return spans


def _settle(claims: Sequence[_Claim]) -> Iterator[tuple[int, Span]]:
    """What each claim keeps, in order of time."""
    held = list(_held(claims))
    for index, stretch in enumerate(held):
        if stretch.by is None:
            continue
        before = held[index - 1] if index else None
        after = held[index + 1] if index + 1 < len(held) else None
        yield stretch.by.place, _cut(stretch.by.span, stretch, before, after)


def _held(claims: Sequence[_Claim]) -> Iterator[_Held]:
    """Who holds which stretch, in order and without a gap; neighbours differ."""
    starting = sorted(claims, key=lambda claim: claim.span.start)
    edges = sorted({edge for c in claims for edge in (c.span.start, c.span.end)})
    open_now: list[_Claim] = []
    due = 0
    last: _Held | None = None
    for start, end in pairwise(edges):
        open_now = [claim for claim in open_now if claim.span.end > start]
        while due < len(starting) and starting[due].span.start <= start:
            open_now.append(starting[due])
            due += 1
        by = max(open_now, key=_strength) if open_now else None
        if last is not None and last.by is by:
            last = replace(last, end=end)
            continue
        if last is not None:
            yield last
        last = _Held(start, end, by)
    if last is not None:
        yield last


def _cut(span: Span, held: _Held, before: _Held | None, after: _Held | None) -> Span:
    """The part of a span that it keeps, with `before` and `after` beside it."""
    if held.start > span.start and before and before.by:
        rival = before.by.span
        span = replace(
            span,
            start=held.start,
            start_earliest=max(span.start_earliest, min(rival.end_earliest, held.start)),
            start_latest=max(held.start, min(rival.end_latest, held.end)),
        )
    if held.end < span.end and after and after.by:
        rival = after.by.span
        span = replace(
            span,
            end=held.end,
            end_earliest=min(held.end, max(rival.start_earliest, held.start)),
            end_latest=min(span.end_latest, max(rival.start_latest, held.end)),
        )
    return replace(
        span,
        start_latest=min(span.start_latest, held.end),
        end_earliest=max(span.end_earliest, held.start),
    )
