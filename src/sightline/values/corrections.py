"""What people say of tags, beside what models answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's word that a tag holds from `start_s` to `end_s`, or that it does not.

    In seconds, since it is about the pictures: it holds whatever is asked later, and in every file
    of the same pictures.
    """

    id: str
    tag: str
    start_s: float
    end_s: float
    present: bool
    replaces: tuple[float, float] | None
    """The span, as it was then, that was corrected: it goes, and what is said here stands."""
    note: str
    by: str
    """Who, as the server knows them."""
    at: datetime
    origin: str | None
    """Digest of the media that it was made on, where it was taken over from another one."""
