"""The evidence behind a timeline: which asks it rests on, and what came of each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sightline.recipes.answering import Answering
from sightline.services.timelines.archive import Told
from sightline.services.timelines.heard import NO_TAG
from sightline.services.timelines.replay import tags_of
from sightline.services.timelines.told import Piece
from sightline.store.past import Source
from sightline.values import Clock

_ROUNDED = Fraction(1, 1_000_000)
"""Times that come back to us were told in microseconds."""


@dataclass(frozen=True, slots=True)
class Window:
    """What is looked for: asks about frames in [start_s, end_s), of one tag or of all."""

    tag: str | None = None
    start_s: float = 0.0
    end_s: float | None = None

    def ticks(self, clock: Clock) -> tuple[float, float]:
        """[first, end) as pts."""

        def first_from(seconds: float) -> int:
            return clock.start + math.ceil((Fraction(seconds) - _ROUNDED) / clock.time_base)

        return first_from(self.start_s), (
            math.inf if self.end_s is None else first_from(self.end_s)
        )


Found = tuple[Told, int]
"""A run, and the number of one of its asks."""


def found(
    runs: Sequence[tuple[Told, frozenset[str | None]]], window: Window, clock: Clock
) -> list[Found]:
    """Asks of these runs about the tags named with each (None: what was answered in words).

    In order of time, then of the runs and their tags.
    """
    first, end = window.ticks(clock)
    told: list[tuple[tuple[int, int, int, int], Found]] = []
    for rank, (run, names) in enumerate(runs):
        heard = run.heard
        wanted = names if window.tag is None else names & {window.tag}
        places = {place for place, name in enumerate(heard.names) if name in wanted}
        places |= {NO_TAG} if None in wanted else set()
        told += (
            ((heard.pts[n], rank, heard.tags[n], heard.samples[n]), (run, n))
            for n in range(len(heard))
            if heard.tags[n] in places and any(first <= pts < end for pts in heard.frames(n))
        )
    told.sort(key=lambda one: one[0])
    return [one for _, one in told]


def piece(
    told: Found, sources: Mapping[int, Source], frames: Mapping[int, tuple[int, ...]]
) -> Piece:
    """`sources` and `frames` are of the facts: `frames` those that the answer is really about."""
    run, number = told
    heard = run.heard
    tag, fact = heard.tags[number], heard.facts[number]
    probability = heard.probabilities[number]
    about = frames.get(fact, ()) if heard.shared[number] else ()
    return Piece(
        frames=heard.frames(number),
        run=run.run.id,
        recipe=run.run.recipe,
        tag=None if tag == NO_TAG else heard.names[tag],
        question=_words(run, tag),
        sample=heard.samples[number],
        probability=probability if probability >= 0 else None,
        failure=heard.failure(number),
        shared_from=about[0] if about and about != heard.frames(number) else None,
        source=sources.get(fact),
    )


def _words(run: Told, tag: int) -> str:
    """As whoever asked put it; empty for a plain description, which nobody put."""
    if isinstance(run.recipe, Answering):
        return run.recipe.prompt
    if tag == NO_TAG:
        return ""
    tags = tags_of(run.recipe) if run.recipe else ()
    return tags[tag].wording if tag < len(tags) else run.heard.names[tag]
