"""Which run speaks of what on a timeline: pure functions.

Of each tag, of plain descriptions and of each question the latest run counts that has an answer;
where none has, the latest. A run that goes on counts from its first answer on: nothing that is
known is hidden by what is only about to be asked. One that was broken off before it knew half of
the media hides nothing that another one knows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from sightline.services.timelines.archive import Told
from sightline.store.past import PastRun, Subject
from sightline.values import Description, Media, RunState, Track

Key = tuple[str, str]
"""`track` and a tag, or `description` and a prompt."""


class Weight(IntEnum):
    """How much a run has to say; of equal ones the later counts."""

    NOTHING = 0
    LITTLE = 1
    """It was broken off, and most is unknown."""
    ENOUGH = 2


@dataclass(frozen=True, slots=True)
class Offer:
    """One run has something to say of one tag or prompt."""

    run: str
    key: Key
    weight: Weight


def offered(run: PastRun, subjects: Iterable[Subject], media: Media) -> Iterator[Offer]:
    """By a run that is over."""
    whole = media.end - media.clock.start
    for one in subjects:
        answered = one.found or (one.kind == "track" and one.unknown < whole)
        known = whole - one.unknown
        yield Offer(run.id, (one.kind, one.name), _weight(run, known, whole, answered=answered))


def offered_so_far(told: Told, media: Media) -> Iterator[Offer]:
    """By a run that goes on, or whose process was killed."""
    places = {name: place for place, name in enumerate(told.heard.names)}
    known: defaultdict[Key, int] = defaultdict(int)
    answered: defaultdict[Key, bool] = defaultdict(bool)
    whole = media.end - media.clock.start
    for finding in told.findings:
        match finding:
            case Track(tag=tag):
                key = "track", tag
                lost = sum(one.end - one.start for one in finding.unknown if one.start < media.end)
                known[key] = whole - lost
                answered[key] = (
                    told.heard.answers(places[tag]) if tag in places else bool(finding.spans)
                )
            case Description(prompt=prompt, text=text):
                key = "description", prompt
                known[key] += finding.end - finding.start if text is not None else 0
                answered[key] |= text is not None
    for key, ticks in known.items():
        yield Offer(told.run.id, key, _weight(told.run, ticks, whole, answered=answered[key]))


def _weight(run: PastRun, known: int, whole: int, *, answered: bool) -> Weight:
    if not answered:
        return Weight.NOTHING
    is_little = run.state is RunState.INTERRUPTED and 2 * known < whole
    return Weight.LITTLE if is_little else Weight.ENOUGH


def chosen(offers: Iterable[Offer]) -> Mapping[Key, str]:
    """Which run counts for what, in the order of the offers, which are those of the latest first.

    What the latest run that looks for tags looks for comes first, in its order; then other tags by
    name, then texts.
    """
    latest: dict[Key, str] = {}
    speaking: dict[Key, Offer] = {}
    for offer in offers:
        latest.setdefault(offer.key, offer.run)
        so_far = speaking.setdefault(offer.key, offer)
        if offer.weight > so_far.weight:
            speaking[offer.key] = offer
    leader = next((run for (kind, _), run in latest.items() if kind == "track"), None)
    first = [key for key, run in latest.items() if run == leader]
    rest = sorted(latest.keys() - set(first), key=lambda key: (key[0] != "track", key[1]))
    return {key: speaking[key].run for key in (*first, *rest)}
