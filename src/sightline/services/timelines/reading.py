"""Reads what a tagging run was told into tracks, by its own numbers or by others.

With its own numbers, what comes out of a run that is over is what its recipe concluded; of one
that goes on, what it would conclude if it were stopped now. Pure functions, for a thread.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from sightline.recipes import votes
from sightline.recipes.rules import apply_rules
from sightline.recipes.spans import Told, derive
from sightline.recipes.tagging import Tagging, lost_end
from sightline.recipes.tags import Tag
from sightline.services.timelines.heard import Heard
from sightline.store.readings import Reading
from sightline.values import (
    UNASKED,
    AskFailed,
    Footage,
    Track,
    Unknown,
    UnknownReason,
)

_TRIALS = 8
"""Other numbers whose outcome is kept, beside those of every tag."""


@dataclass(frozen=True, slots=True)
class TagRead:
    """One tag, read."""

    track: Track
    """Before the rules of the tag set."""
    answered: bool
    """At some frame at least."""


def read_by(tag: Tag, reading: Reading | None) -> Tag:
    """The tag with these numbers in place of its own."""
    if reading is None:
        return tag
    return replace(
        tag,
        threshold=reading.threshold,
        image_threshold=None,
        max_gap_s=reading.max_gap_s,
        min_length_s=reading.min_length_s,
    )


class Reader:
    """Reads one run, in any thread. What was read of a tag is kept for the next time.

    For a run that goes on, make a new one as soon as more was heard.
    """

    def __init__(self, recipe: Tagging, footage: Footage, heard: Heard) -> None:
        self.recipe = recipe
        self.footage = footage
        self._heard = heard
        self._numbers = heard.by_tag()
        self._firsts: array[int] | None = None
        self._read: dict[tuple[int, Reading | None], TagRead] = {}
        self._alone = Lock()

    def tracks(self, readings: Mapping[str, Reading]) -> tuple[Track, ...]:
        """Of all tags, in their order; those with a reading by its numbers."""
        tags = [read_by(tag, readings.get(tag.name)) for tag in self.recipe.tags]
        read = [self.read(place, readings.get(tag.name)) for place, tag in enumerate(tags)]
        return apply_rules([one.track for one in read], tags, self.footage)

    def read(self, place: int, reading: Reading | None = None) -> TagRead:
        """The tag at this place of the recipe, without what other tags do to it."""
        key = place, reading
        with self._alone:
            if len(self._read) > 2 * len(self.recipe.tags) + _TRIALS:
                self._read = {of: read for of, read in self._read.items() if of[1] is None}
            if key not in self._read:
                self._read[key] = self._anew(place, read_by(self.recipe.tags[place], reading))
            return self._read[key]

    def points(self, place: int, reading: Reading | None = None) -> list[tuple[int, float]]:
        """Frame and probability, wherever the tag at this place has an answer; increasing.

        Of several answers about one frame what they come to, which is for the threshold to say.
        """
        numbers = self._numbers.get(place, ())
        tag = read_by(self.recipe.tags[place], reading)
        told = self._told(numbers, tag.on(self.footage.media).threshold)
        return [(pts, of) for pts, of in told if not isinstance(of, AskFailed)]

    def _anew(self, place: int, tag: Tag) -> TagRead:
        frames, measures = self.footage.frames, tag.on(self.footage.media)
        numbers = self._numbers.get(place, ())
        if refused := self._refusal(numbers):
            whole = Unknown(frames.pts[0], frames.end, refused.reason, refused.detail)
            return TagRead(Track(tag.name, (), (whole,)), answered=False)
        told = self._told(numbers, measures.threshold)
        spans, unknown = derive(
            told,
            frames,
            threshold=measures.threshold,
            max_gap=measures.max_gap,
            alone=self.recipe.alone,
        )
        answered = any(not isinstance(of, AskFailed) for _, of in told)
        return TagRead(Track(tag.name, spans, unknown + lost_end(self.footage)), answered)

    def _refusal(self, numbers: Sequence[int]) -> AskFailed | None:
        """The first time a model said that it cannot answer this."""
        failures = map(self._heard.failure, numbers)
        unsupported = (f for f in failures if f and f.reason is UnknownReason.UNSUPPORTED)
        return next(unsupported, None)

    def _told(self, numbers: Sequence[int], threshold: float) -> list[tuple[int, Told]]:
        """What is known of a tag at every frame that was asked, or should have been."""
        known: dict[int, Told] = dict.fromkeys(self.footage.sample, UNASKED)
        samples = self._samples(numbers)
        leans = self._leans(samples, threshold) if self.recipe.doubt else {}
        for number in numbers:
            pts = self._heard.pts[number]
            failed = self._heard.failure(number)
            # A question on the way to an edge that has no answer leaves it as wide as it was.
            if failed is not None and pts not in samples and pts in known:
                known[pts] = failed
        for pts, of in samples.items():
            mean = [of[n] for n in sorted(of)]
            lean = leans.get(pts, 0.0)
            plain = len(mean) == 1 and not lean
            known[pts] = mean[0] if plain else votes.probability(mean, threshold, lean)
        return sorted(known.items(), key=lambda one: one[0])

    def _samples(self, numbers: Sequence[int]) -> dict[int, dict[int, float]]:
        """The probabilities at each frame that has any, by sample."""
        heard = self._heard
        found: dict[int, dict[int, float]] = {}
        for number in numbers:
            if heard.probabilities[number] >= 0:
                of = found.setdefault(heard.pts[number], {})
                of[heard.samples[number]] = heard.probabilities[number]
        return found

    # ----------------------------------------------------------------------------------- doubt

    def _leans(
        self, samples: Mapping[int, Mapping[int, float]], threshold: float
    ) -> dict[int, float]:
        """The votes with which frames begin that stand alone, as `recipes.search` gives them.

        By the first round alone, and of a frame only once all around it have been heard.
        """
        sampled, first_round = self.footage.sample, self.recipe.repeats

        def first(number: int) -> bool | None:
            of = samples.get(sampled[number], {})
            mean = [of[n] for n in sorted(of) if n < first_round]
            return votes.present(mean, threshold) if mean else None

        said = [first(number) for number in range(len(sampled))]
        heard = self._first_rounds()
        leans: dict[int, float] = {}
        for number, here in enumerate(said):
            low, high = max(0, number - votes.AROUND), number + votes.AROUND + 1
            if here is None or not all(heard[low:high]):
                continue
            near = (*said[low:number], *said[number + 1 : high])
            around = [one for one in near if one is not None]
            if against := votes.against(around, here=here):
                leans[sampled[number]] = -against if here else against
        return leans

    def _first_rounds(self) -> array[int]:
        """Of each frame of the sample, whether all of its first round was heard."""
        if self._firsts is None:
            sampled, heard = self.footage.sample, self._heard
            live = [n for n, of in self._numbers.items() if not self._refusal(of)]
            due = array("l", [len(self.recipe.tags) * self.recipe.repeats]) * len(sampled)
            refused = len(self.recipe.tags) - len(live)
            for number, pts in enumerate(heard.pts):
                if heard.samples[number] >= self.recipe.repeats or heard.tags[number] not in live:
                    continue
                place = bisect_left(sampled, pts)
                if place < len(sampled) and sampled[place] == pts:
                    due[place] -= 1
            left = refused * self.recipe.repeats
            self._firsts = array("b", (one <= left for one in due))
        return self._firsts
