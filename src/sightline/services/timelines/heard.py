"""What one run was told, ask by ask, small enough to keep for many runs at once.

A long video has tens of thousands of answers, and what is drawn of them is drawn time and again:
so they lie in columns, 40 bytes each, and not in objects.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from sightline.store.past import Kept
from sightline.values import AskFailed, Presence, UnknownReason

NO_TAG = -1
NONE = -1.0
"""Where a probability would be: it was answered in words, or not at all."""
_REASONS = tuple(UnknownReason)
_ANSWERED = -1


@dataclass(frozen=True, slots=True)
class Asked:
    """What an ask was about, as the recipe put it."""

    frames: tuple[int, ...]
    tag: int
    """Its place among the names, or `NO_TAG`."""
    sample: int


@dataclass(slots=True)
class Heard:
    """The asks of one run that have come to something, in the order in which they did."""

    names: tuple[str, ...]
    """Of the tags."""
    pts: array[int] = field(default_factory=lambda: array("q"))
    """Of the frame that was asked about; of the first, where there were several."""
    tags: array[int] = field(default_factory=lambda: array("i"))
    samples: array[int] = field(default_factory=lambda: array("i"))
    probabilities: array[float] = field(default_factory=lambda: array("d"))
    shared: bytearray = field(default_factory=bytearray)
    facts: array[int] = field(default_factory=lambda: array("q"))
    """0 where there is no answer."""
    endpoints: set[str] = field(default_factory=set[str])
    """Those whose answers they are."""
    _reasons: array[int] = field(default_factory=lambda: array("b"))
    _details: dict[int, str] = field(default_factory=dict[int, str])
    _several: dict[int, tuple[int, ...]] = field(default_factory=dict[int, tuple[int, ...]])

    def __len__(self) -> int:
        return len(self.pts)

    def add(self, asked: Asked, kept: Kept) -> None:
        """Others may be reading: `pts` grows last, and nothing is looked for beyond its end."""
        outcome, number = kept.entry.outcome, len(self)
        self.tags.append(asked.tag)
        self.samples.append(asked.sample)
        self.shared.append(kept.entry.shared)
        self.facts.append(kept.fact or 0)
        if len(asked.frames) != 1:
            self._several[number] = asked.frames
        if isinstance(outcome, AskFailed):
            self.probabilities.append(NONE)
            self._details[number] = outcome.detail
            self._reasons.append(_REASONS.index(outcome.reason))
        else:
            value = outcome.value
            self.probabilities.append(value.probability if isinstance(value, Presence) else NONE)
            self.endpoints.add(outcome.endpoint)
            self._reasons.append(_ANSWERED)
        self.pts.append(asked.frames[0] if asked.frames else 0)

    def frames(self, number: int) -> tuple[int, ...]:
        """Of the ask with this number."""
        return self._several.get(number, (self.pts[number],))

    def failure(self, number: int) -> AskFailed | None:
        reason = self._reasons[number]
        if reason == _ANSWERED:
            return None
        return AskFailed(_REASONS[reason], self._details[number])

    def of_tag(self, tag: int) -> Iterator[int]:
        """The numbers of all asks about a tag."""
        return (number for number in range(len(self)) if self.tags[number] == tag)

    def by_tag(self) -> dict[int, array[int]]:
        """The numbers of all asks, by their tag."""
        found: dict[int, array[int]] = defaultdict(lambda: array("l"))
        for number in range(len(self)):
            found[self.tags[number]].append(number)
        return found

    def answers(self, tag: int) -> bool:
        """Whether anything is known of a tag."""
        return any(self._reasons[number] == _ANSWERED for number in self.of_tag(tag))
