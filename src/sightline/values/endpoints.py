"""What is known of endpoints: how far away they are, what they can do, what a run used of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

PROFILE_VERSION = 1
"""Raised with any change of the probe after which an old profile no longer means the same."""


class Reach(StrEnum):
    """How far a picture travels to an endpoint, and how far it may."""

    HOST = "host"
    """This machine."""
    LAN = "lan"
    """This network: private addresses."""
    ANY = "any"
    """Anywhere: somebody's cloud."""

    def allows(self, other: Reach) -> bool:
        """Whether `other` is within this limit."""
        order = list(Reach)
        return order.index(other) <= order.index(self)


class Role(StrEnum):
    """What an endpoint is asked."""

    VISION = "vision"
    """About pictures."""
    LANGUAGE = "language"
    """About text alone."""
    BOTH = "both"

    def takes(self, *, pictures: bool) -> bool:
        return self is Role.BOTH or (self is Role.VISION) == pictures


class Turn(StrEnum):
    """When an endpoint is used."""

    ALWAYS = "always"
    WHEN_FULL = "when_full"
    """When those that are always used are down, or all their slots are taken."""
    WHEN_DOWN = "when_down"
    """When those before it are down."""


@dataclass(frozen=True, slots=True)
class Price:
    """Per million tokens, in whatever currency its owner thinks."""

    tokens_in: float = 0.0
    tokens_out: float = 0.0

    def of(self, tokens_in: int | None, tokens_out: int | None) -> float:
        return ((tokens_in or 0) * self.tokens_in + (tokens_out or 0) * self.tokens_out) / 1e6


@dataclass(frozen=True, slots=True)
class ServedModel:
    """One model as a server offers it."""

    name: str
    vision: bool | None
    """Takes pictures; None when the server does not say."""
    loaded: bool = True
    """Ready now; otherwise the server loads it at the first call."""
    fingerprint: str = ""
    """Of its weights, where the server tells: the name may stay when the model changes."""

    @property
    def rank(self) -> tuple[bool, bool]:
        """Orders models that may see: known to see before unknown, then loaded before not."""
        return self.vision is not True, not self.loaded


Overflow = Literal["", "rejected", "dropped", "reordered"]
"""What becomes of more pictures than a request can hold; empty when that was not reached."""
SchemaSupport = Literal["honoured", "ignored", "rejected"]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a probe measured of an endpoint and one model of it."""

    model: str
    probed_at: datetime
    canaries_right: int
    """Of the pictures whose content is known beyond doubt, those that it told rightly."""
    canaries_asked: int
    pictures: int = 1
    """Most pictures in one request that all came through, in order; 0 when it sees none."""
    overflow: Overflow = ""
    """What happened to the next larger request that was tried."""
    longest_side: int | None = None
    """Pixels of the largest picture whose detail came through; None when that cannot be told."""
    schema: SchemaSupport = "ignored"
    json_object: bool = False
    """Holds to `{"type": "json_object"}`."""
    logprobs: bool = False
    """Gives log-probabilities with a picture."""
    streaming: bool = False
    parallel: int = 1
    """Calls that really run at once: more of them bring no more answers a second."""
    context_tokens: int | None = None
    """That a request and its reply may have together; None when it is not told."""
    latency_s: float = 0.0
    """Of one call for one tag of one picture, alone: the median."""
    answers_per_s: float = 0.0
    """With the batch and the parallel calls below."""
    tags_per_call: int = 1
    frames_per_call: int = 1
    """The batch with the most answers a second among those as accurate as single questions."""
    fingerprint: str = ""
    """Of the weights, as `ServedModel`."""
    version: int = PROFILE_VERSION

    @property
    def accuracy(self) -> float:
        """Share of the canaries, 0.0 to 1.0."""
        return self.canaries_right / self.canaries_asked if self.canaries_asked else 0.0

    @property
    def wrong(self) -> bool:
        """Whether what it answers about known pictures cannot be relied on."""
        return self.accuracy < 0.75

    def fits(self, *, model: str, fingerprint: str = "") -> bool:
        """Whether it still speaks of this model."""
        same = not (fingerprint and self.fingerprint) or fingerprint == self.fingerprint
        return self.model == model and same and self.version == PROFILE_VERSION


@dataclass(slots=True)
class EndpointUse:
    """What one run, or a pool in all, has used of one endpoint so far."""

    endpoint: str
    model: str
    calls: int = 0
    """Exchanges begun, whatever came of them."""
    answered: int = 0
    """Asks."""
    retries: int = 0
    """Calls that repeated an ask which had failed."""
    hedges: int = 0
    """Second calls for an ask whose first one took long."""
    failures: dict[str, int] = field(default_factory=dict[str, int])
    """Calls without a usable reply, by the kind of `EndpointError`."""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    latency_p50_s: float | None = None
    """Of calls with a usable reply; None before the first."""
    latency_p95_s: float | None = None
    utilisation: float | None = None
    """Slot-seconds with a call in flight, of those there were while asking; None before any."""
