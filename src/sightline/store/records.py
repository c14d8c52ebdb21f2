"""What the store tells about what it keeps, beyond the values that all rooms share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sightline.values import Finding, Media, Profile, Run, UnknownReason, Usage


@dataclass(frozen=True, slots=True)
class LibraryItem:
    """A media in the library."""

    media: Media
    title: str
    added_at: datetime
    paths: tuple[Path, ...]
    """Where its file was seen, sorted; it may be gone from there."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows of each kind went."""

    files: int = 0
    runs: int = 0
    findings: int = 0
    answers: int = 0
    calls: int = 0
    questions: int = 0
    """Those that were asked about nothing else."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as it stands in the store."""

    run: Run
    parameters: Mapping[str, object]
    settings: Mapping[str, object]
    """Those that were in force."""
    note: str
    """What a person should know about how it ended."""
    created_at: datetime
    started_at: datetime
    """When the latest attempt began."""
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Results:
    """What a run concluded, and what it took."""

    record: RunRecord
    findings: tuple[Finding, ...]
    """In the order in which the recipe gave them."""
    answered: int
    """Asks that have an answer."""
    reused: int
    """Those of them whose own answer an earlier run had paid for."""
    shared: int
    """Those of them that have the answer about a frame that looks alike."""
    failed: Mapping[UnknownReason, int]
    """Asks that have none, by reason."""
    calls: int
    usage: Usage
    """Sums over its calls, of what the endpoints told; None when none told."""


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """What a probe measured of an endpoint."""

    endpoint: str
    """Its name."""
    url: str
    """Empty where its kind needs none."""
    kind: str
    profile: Profile


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """A process that uses the library, or lately did."""

    id: str
    host: str
    pid: int
    version: str
    roles: tuple[str, ...]
    state: str
    """`alive`, `gone` (it said good-bye) or `dead` (it fell silent)."""
    beats: int
    """Grows while it is alive, on PostgreSQL."""
    started_at: datetime
    seen_at: datetime
    """By its own clock."""

    @property
    def is_alive(self) -> bool:
        return self.state == "alive"
