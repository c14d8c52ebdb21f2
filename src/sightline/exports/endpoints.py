"""The endpoints as `sightline endpoints --json` prints them.

Version 1. Within a version fields are only ever added.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sightline.values import Profile, Reach, Role, Turn
from sightline.values.text import plain

Words = Annotated[str, AfterValidator(plain)]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True)


class ProblemDocument(_Document):
    """What a person should know of an endpoint."""

    what: Words
    way_out: Words
    grave: bool = Field(description="It keeps the endpoint from being asked, or from being right.")


class EndpointDocument(_Document):
    """One endpoint, as it is configured and as it is now."""

    name: Words
    state: str = Field(description="up, down, paused, quarantined or barred; only up is asked.")
    kind: Words
    url: Words | None
    model: Words | None
    reach: Reach
    use: Turn
    weight: float
    role: Role
    slots: int | str
    trusted: bool
    price_in: float
    price_out: float
    profile: Profile | None = Field(description="What the last probe measured.")
    profile_is_stale: bool = Field(description="The profile speaks of another model or weights.")
    problems: tuple[ProblemDocument, ...]


class EndpointsDocument(_Document):
    """All of them."""

    version: int = 1
    egress: Reach
    file: str = Field(description="The settings file in force, which need not exist.")
    endpoints: tuple[EndpointDocument, ...]


class TestDocument(_Document):
    """One question whose answer is known, and what came of it."""

    endpoint: Words
    model: Words
    question: Words
    said: Words
    right: bool | None = Field(description="null where it cannot be told.")
    latency_s: float


class DistrustDocument(_Document):
    """What `sightline answers distrust` did, or would do."""

    endpoint: Words
    since: str
    until: str | None
    answers: int
    undone: bool
    done: bool = Field(description="false after --dry-run.")
