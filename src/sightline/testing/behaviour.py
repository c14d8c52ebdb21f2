"""How the truthful endpoint misbehaves: every switch in one value, every choice by seed.

A choice depends on the seed and on what was asked, never on the order or the timing of requests,
so that the same test has the same faults on every machine. Asking again is another choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from sightline.testing.chance import Name, chance
from sightline.testing.code import Code

Dress = Literal["plain", "fence", "talk"]
"""JSON and nothing else, JSON in a code fence, or that with talk around it."""


class Fault(StrEnum):
    """What can happen to a request in place of a good reply."""

    REFUSE = "refuse"
    """503 at once."""
    RATE_LIMIT = "rate_limit"
    """429 at once, with `Retry-After` if the behaviour has one."""
    ERROR = "error"
    """500, after the latency."""
    RESET = "reset"
    """The connection is reset instead of a reply; in mid-reply when streaming."""
    HANG = "hang"
    """No reply for as long as the client waits; a slot stays taken."""
    HTML = "html"
    """200 with a web page, as from a captive portal or a wrong port."""
    EMPTY = "empty"
    """A completion without a word."""
    MALFORMED = "malformed"
    """A completion that breaks off inside its JSON and claims to be finished. Text is
    spared: it has no form to break."""
    TRUNCATED = "truncated"
    """A completion cut in half, with `finish_reason` length."""
    MISSING = "missing"
    """Every second tag is left out of the reply, or the only one."""


@dataclass(frozen=True)
class Behaviour:
    """The default is a quick endpoint that always tells the truth.

    Rates are 0.0 to 1.0.
    """

    seed: int = 0
    faults: Mapping[Fault, float] = field(default_factory=dict[Fault, float])
    """Rate of each; together at most 1. A request meets one fault or none."""
    wrong: float = 0.0
    """Rate of wrong answers, per picture and tag."""
    wrong_within: Literal["ask", "scene"] = "ask"
    """`ask`: each ask errs by itself, also when repeated. `scene`: a tag is wrong all through a
    scene, and however often it is asked."""
    doubt: float = 0.0
    """Up to how far a probability strays from 0 or 1. Under 0.5 none crosses over."""
    latency_s: float = 0.0
    jitter_s: float = 0.0
    """Added to the latency: uniform from 0 to this."""
    slots: int | None = None
    """Requests worked on at once; more wait. None for no limit."""
    retry_after_s: float | None = None
    """Said with 429 and 503."""
    retry_after_form: Literal["seconds", "date"] = "seconds"
    schema: Literal["honoured", "rejected", "ignored"] = "honoured"
    """What becomes of `response_format`: held to, answered with 400, or silently dropped."""
    dress: Dress = "plain"
    """How a reply that is not held to a schema presents its JSON."""
    api_key: str | None = None
    """Asked for as a bearer token when set; 401 without it."""
    models: tuple[str, ...] = ("truthful",)
    """Listed by `/v1/models`; any other is 404."""
    weights: str = ""
    """Of its models: with other ones they keep their names, but not their fingerprints."""
    max_pictures: int | None = None
    """In one request; None for no limit."""
    overflow: Literal["reject", "drop_first", "drop_last"] = "reject"
    """What becomes of more: 400, or only the last or the first are looked at."""
    reorders: bool = False
    """Several pictures in one request are looked at in reverse."""
    downscale_to: int | None = None
    """Pixels of the longer side of the copies that it looks at."""
    logprobs: bool = False
    """Gives log-probabilities to those who ask for them; ignored otherwise."""
    json_object: bool = True
    """Holds to that response format; ignored otherwise."""
    blind: Literal["", "yes", "chance"] = ""
    """Answers without looking: always yes, or by chance."""
    context_tokens: int | None = None
    """That a request may have, told by `/v1/models`; 400 beyond."""

    def __post_init__(self) -> None:
        rates = [*self.faults.values(), self.wrong, self.doubt, sum(self.faults.values())]
        if not all(0 <= rate <= 1 for rate in rates):
            raise ValueError(
                f"rates are 0.0 to 1.0, and those of faults at most 1.0 in all: {self}"
            )

    def fault(self, *request: Name) -> Fault | None:
        """What befalls this request, if anything."""
        left = chance(self.seed, "fault", *request)
        for fault in Fault:
            left -= self.faults.get(fault, 0.0)
            if left < 0:
                return fault
        return None

    def delay_s(self, *request: Name) -> float:
        return self.latency_s + self.jitter_s * chance(self.seed, "delay", *request)

    def guess(self, *about: Name) -> float:
        """What one says who does not look."""
        if self.blind == "yes":
            return 1.0
        return float(chance(self.seed, "guess", *about) < 0.5)

    def probability(self, code: Code, tag: str, *, present: bool, sample: int) -> float:
        """What to say of a tag in a picture, the `sample`-th time it is asked."""
        if self.wrong_within == "scene":
            where = ("scene", code.video, code.scene, tag)
        else:
            where = ("ask", code.video, code.frame, tag, sample)
        said = present != (chance(self.seed, "wrong", *where) < self.wrong)
        stray = self.doubt * chance(self.seed, "doubt", code.video, code.frame, tag, sample)
        return round(1 - stray if said else stray, 4)
