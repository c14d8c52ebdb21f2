"""What the routes of endpoints take and give.

What a value may be is checked where settings are, whose error names the field: here the forms are
wide.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from sightline.services.endpoints.standing import State
from sightline.services.endpoints.upkeep import ErrandKind, ErrandStage
from sightline.values import EndpointUse, Profile, Reach, Role, Turn
from sightline.values.text import plain

Words = Annotated[str, AfterValidator(plain)]


class EndpointChange(BaseModel):
    """Settings of an endpoint; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"slots": 8, "model": "qwen2.5-vl-7b"}},
    )

    kind: str | None = Field(
        default=None, description="openai, ollama, anthropic, pixels or a plugin's."
    )
    url: str | None = None
    model: str | None = None
    api_key: str | None = Field(default=None, description="Is never given back.")
    slots: int | str | None = Field(default=None, description="Calls at once, or `learn`.")
    weight: float | None = None
    use: Turn | None = None
    role: Role | None = None
    reach: Reach | None = None
    paused: bool | None = None
    trusted: bool | None = None
    price_in: float | None = None
    price_out: float | None = None
    keep_alive: str | None = None
    context: int | None = None
    timeout_s: float | None = None
    longest_side: int | None = None
    jpeg_quality: int | None = None
    jpeg_max_bytes: int | None = None


class NewEndpoint(EndpointChange):
    """An endpoint to add."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"name": "desk", "url": "http://192.168.1.20:1234/v1"}},
    )

    name: str = Field(max_length=100, description="Small letters, digits, '-', '_' and '.'.")


class WhichModel(BaseModel):
    """Which model of an endpoint."""

    model_config = ConfigDict(extra="forbid")

    model: str | None = Field(
        default=None, max_length=300, description="When not said, the one in its settings."
    )


class ModelToPull(BaseModel):
    """A model to download."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(min_length=1, max_length=300, examples=["qwen2.5vl:3b"])


def _storable(moment: datetime) -> datetime:
    if not 1970 <= moment.year < 9999:
        raise ValueError("is no moment of our time")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_storable)]


class WhichAnswers(BaseModel):
    """What an endpoint said in calls that began in [since, until)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"since": "2026-05-01T14:30:00Z", "dry_run": True}},
    )

    since: Moment
    until: Moment | None = Field(default=None, description="When left out, up to now.")
    dry_run: bool = Field(default=False, description="Only count them, and change nothing.")


class AnswersToTrust(WhichAnswers):
    """Of what an endpoint said, what is distrusted."""

    at: Moment | None = Field(
        default=None, description="Only what was distrusted at this moment: takes just that back."
    )


class TrustView(BaseModel):
    """What became of an endpoint's answers."""

    endpoint: str
    since: datetime
    until: datetime | None
    answers: int = Field(description="How many changed, or with `dry_run` would.")
    done: bool = Field(description="false after `dry_run`.")
    at: datetime | None = Field(
        description="When they were distrusted, to take just this back; null else."
    )


class ProblemView(BaseModel):
    """What a person should know of an endpoint."""

    what: Words
    way_out: Words
    grave: bool = Field(description="It keeps the endpoint from being asked, or from being right.")


class UseDocument(BaseModel):
    """What this server's runs have used of an endpoint since it joined."""

    calls: int
    answered: int
    retries: int
    hedges: int
    failures: dict[str, int]
    tokens_in: int
    tokens_out: int
    cost: float
    latency_p50_s: float | None
    latency_p95_s: float | None
    utilisation: float | None = Field(description="Of its slots, 0 to 1.")

    @classmethod
    def of(cls, use: EndpointUse) -> Self:
        return cls.model_validate(use, from_attributes=True)


class EndpointView(BaseModel):
    """One endpoint, as it is configured and as it is now."""

    name: str
    state: State = Field(description="Only `up` is asked.")
    kind: str
    url: str | None = Field(description="null for one in the server's own process.")
    model: Words | None = Field(description="The one that would be asked.")
    configured_model: str | None
    has_key: bool
    made_in: str = Field(
        description="The file or variable that makes it, where it is changed; empty when here."
    )
    reach: Reach
    slots: int | str
    weight: float
    use: Turn
    role: Role
    paused: bool
    trusted: bool
    price_in: float
    price_out: float
    keep_alive: str | None
    context: int | None
    timeout_s: float
    longest_side: int | None
    jpeg_quality: int
    jpeg_max_bytes: int | None
    profile: Profile | None = Field(description="What the last probe measured.")
    profile_is_stale: bool = Field(description="It speaks of another model or weights.")
    problems: list[ProblemView]
    use_now: UseDocument | None = Field(
        description="null where this server does not ask it: another worker may."
    )


class EndpointsView(BaseModel):
    """All endpoints."""

    egress: Reach = Field(description="How far pictures may travel.")
    items: list[EndpointView]
    total: int
    exact: bool = True


class TestView(BaseModel):
    """One question whose answer is known, and what came of it."""

    __test__ = False  # for pytest, which takes the name for a test's

    endpoint: str
    model: Words | None
    question: Words = ""
    said: Words = ""
    right: bool | None = Field(default=None, description="null where it cannot be told.")
    latency_s: float | None = None
    problem: Words = Field(
        default="", description="Why it could not be asked; empty when it could."
    )


class ErrandDocument(BaseModel):
    """Something that takes long, as it stands."""

    kind: ErrandKind
    endpoint: str
    model: str | None
    stage: ErrandStage
    told: list[Words] = Field(description="What it said of late, the latest last.")
    done: float | None = Field(description="0 to 1; null where that cannot be told.")
    problem: Words
    began_at: datetime
    ended_at: datetime | None


class ModelDocument(BaseModel):
    """A model that a server offers."""

    name: Words
    vision: bool | None = Field(description="Takes pictures; null when the server does not say.")
    loaded: bool


class ModelsView(BaseModel):
    """What an endpoint offers, as it says now."""

    endpoint: str
    items: list[ModelDocument] = Field(description="The most fitting first.")
    total: int
    exact: bool = True
    problem: Words = Field(
        default="", description="Why it does not tell, and the way out; empty when it does."
    )


class DiscoveredDocument(BaseModel):
    """A model server on this machine."""

    kind: str = Field(examples=["LM Studio"])
    name: str = Field(examples=["lm-studio"], description="A name that it could be added under.")
    url: str
    problem: Words = Field(description="Why its models are not known; empty when they are.")
    models: list[ModelDocument]


class DiscoveriesDocument(BaseModel):
    """What was found."""

    items: list[DiscoveredDocument]


class ActivitySecond(BaseModel):
    """One second of an endpoint's life."""

    busy: float = Field(description="Part of its slots with a call in them, 0 to 1.")
    calls: int = Field(description="That ended.")
    failed: int = Field(description="Of these, without a usable reply.")
    latency_s: float | None = Field(description="Mean of the calls that ended well.")


class ActivityView(BaseModel):
    """What an endpoint of this server's pool does just now."""

    name: str
    model: Words
    slots: int = Field(description="Calls that it may have at once now.")
    busy: int = Field(description="Calls on their way.")
    state: str = Field(
        examples=["asked"], description="`asked`, `paused`, `cooling`, `quarantined` or `barred`."
    )
    why: Words = Field(description="What made it so, for a person; empty when it is asked.")
    resumes_in_s: float | None = Field(description="Of one that cools down.")
    seconds: list[ActivitySecond] = Field(description="The last 60, the latest last.")
    calls: int = Field(description="Since it joined, as are the next two.")
    failed: int
    cost: float


class ActivitiesView(BaseModel):
    """All endpoints that this server asks."""

    here: bool = Field(description="False: other processes do the work, and know.")
    items: list[ActivityView]
    total: int
    exact: bool = True
