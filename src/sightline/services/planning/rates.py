"""How often tags come and go: as past runs of the library found it, else a guess. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sightline.store.estimates import Changes

GUESS = 1.0
"""Changes of a tag in a minute."""
_ENOUGH_MINUTES = 0.5
"""Of media, for each tag in them: less says too little."""


class EdgesBy(StrEnum):
    """By what it was reckoned how many edges there are to be found."""

    TAGS = "tags"
    """How often these tags came and went in past runs."""
    LIBRARY = "library"
    """How often other tags did."""
    GUESS = "guess"
    """There is no past to go by."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What past runs say."""

    known: Mapping[str, Changes]

    def a_minute(self, tag: str) -> float:
        """How often a tag comes or goes."""
        found, _ = self._of(tag)
        return found.edges / found.minutes if found else GUESS

    def by(self, tags: Iterable[str]) -> EdgesBy:
        """What stands behind the rates of all these: the weakest of it."""
        worst = max((list(EdgesBy).index(self._of(tag)[1]) for tag in tags), default=-1)
        return list(EdgesBy)[worst]

    def _of(self, tag: str) -> tuple[Changes | None, EdgesBy]:
        own = self.known.get(tag)
        if own is not None and own.minutes >= _ENOUGH_MINUTES:
            return own, EdgesBy.TAGS
        edges = sum(one.edges for one in self.known.values())
        minutes = sum(one.minutes for one in self.known.values())
        if minutes >= _ENOUGH_MINUTES:
            return Changes(edges, minutes), EdgesBy.LIBRARY
        return None, EdgesBy.GUESS


UNKNOWN = Rates({})
"""Where there is no past."""
