"""Which run speaks of what on a timeline: pure functions.

Of each tag, of plain descriptions and of each question the latest run counts that has an answer;
where none has, the latest. A run that goes on counts from its first answer on: nothing that is
known is hidden by what is only about to be asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sightline.services.timelines.archive import Told
from sightline.store.past import PastRun, Subject
from sightline.values import Description, Media, Track

Key = tuple[str, str]
"""`track` and a tag, or `description` and a prompt."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One run has something to say of one tag or prompt."""

    run: str
    key: Key
    answered: bool
    """At least something of it is known."""


def offered(run: PastRun, subjects: Iterable[Subject], media: Media) -> Iterator[Offer]:
    """By a run that is over."""
    end = media.declared_end if media.lost_s and media.declared_end is not None else media.end
    whole = end - media.clock.start
    for one in subjects:
        some = one.kind == "track" and one.unknown < whole
        yield Offer(run.id, (one.kind, one.name), answered=one.found or some)


def offered_so_far(told: Told) -> Iterator[Offer]:
    """By a run that goes on."""
    places = {name: place for place, name in enumerate(told.heard.names)}
    for finding in told.findings:
        match finding:
            case Track(tag=tag):
                known = told.heard.answers(places[tag]) if tag in places else bool(finding.spans)
                yield Offer(told.run.id, ("track", tag), answered=known)
            case Description(prompt=prompt, text=text):
                yield Offer(told.run.id, ("description", prompt), answered=text is not None)


def chosen(offers: Iterable[Offer]) -> Mapping[Key, str]:
    """Which run counts for what, in the order of the offers, which are those of the latest first.

    What the latest run that looks for tags looks for comes first, in its order; then other tags by
    name, then texts.
    """
    latest: dict[Key, str] = {}
    speaking: dict[Key, str] = {}
    for offer in offers:
        latest.setdefault(offer.key, offer.run)
        if offer.answered:
            speaking.setdefault(offer.key, offer.run)
    leader = next((run for (kind, _), run in latest.items() if kind == "track"), None)
    first = [key for key, run in latest.items() if run == leader]
    rest = sorted(latest.keys() - set(first), key=lambda key: (key[0] != "track", key[1]))
    return {key: speaking.get(key, latest[key]) for key in (*first, *rest)}
