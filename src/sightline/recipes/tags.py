"""A tag: what to look for, and how its answers become spans."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tag:
    """Only `wording` reaches the model; everything else is applied to stored answers."""

    name: str
    """What spans are called."""
    wording: str
    """What the model is asked to look for; the name unless its author says it better."""
    threshold: float = 0.5
    """A frame with at least this probability counts as showing the tag."""
    max_gap_s: float = 0.0
    """Spans at most this far apart become one, unless something between them is unknown."""
    min_length_s: float = 0.0
    """Shorter spans are left out."""

    @classmethod
    def named(cls, name: str) -> Tag:
        return cls(name, name)
