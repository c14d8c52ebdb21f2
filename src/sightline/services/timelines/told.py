"""What a timeline tells, in ticks of its media."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sightline.services.timelines.archive import Told
from sightline.services.timelines.coverage import Stretches
from sightline.store import LibraryItem
from sightline.store.past import Source
from sightline.store.readings import Reading
from sightline.values import AskFailed, Description, Track
from sightline.values.corrections import Correction


@dataclass(frozen=True, slots=True)
class Row:
    """One tag."""

    track: Track
    """Corrected."""
    run: str | None
    """None: only people speak of it."""
    numbers: Reading
    """By which it was read."""
    tuned: bool
    can_tune: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that is known of one media, by time."""

    item: LibraryItem
    live: bool
    runs: tuple[Told, ...]
    """The latest first."""
    distrusted: Mapping[str, int]
    """By the id of a run, how many of its answers are not to be used any more; of some runs."""
    rows: tuple[Row, ...]
    descriptions: tuple[tuple[str, Description], ...]
    """Each with the id of its run."""
    coverage: tuple[tuple[str, Stretches], ...]
    corrections: tuple[Correction, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A tag read by other numbers."""

    item: LibraryItem
    row: Row
    points: Sequence[tuple[int, float]]
    """Frame and probability."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One ask and what came of it."""

    frames: tuple[int, ...]
    run: str
    recipe: str
    tag: str | None
    question: str
    sample: int
    probability: float | None
    failure: AskFailed | None
    shared_from: int | None
    source: Source | None
    """None exactly when there is a failure."""
