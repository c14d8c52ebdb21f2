"""A run as it is asked for over the API and kept with its job: JSON in, an analysis request out.

Kept as it was understood, with the tags of a named set written out: a set that is changed later
changes no run that was asked for before.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sightline.errors import InputError
from sightline.services.runs.requests import AnalysisRequest, budget_of, policy_of, precision_of
from sightline.services.tags.tagfile import Name, NamedEntry, TagSetFile
from sightline.services.tags.tagsets import unique
from sightline.values import Reach
from sightline.values.jobs import LEAST_PRIORITY, USUAL_PRIORITY

MOST_MEMBERS = 100_000
Duration = Annotated[float | str, Field(examples=[2, "500ms", "1m30s"])]


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Sampling(_Spec):
    """Which frames are asked about first; one of these at most."""

    every: Duration | None = None
    """One frame every so often."""
    frames: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """So many, evenly."""
    keyframes: bool = False
    all_frames: bool = False
    scenes: bool = False
    """One frame a shot."""
    motion: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """So many, where most moves."""
    at: Annotated[tuple[Duration, ...], Field(max_length=10_000)] | None = None
    """These moments."""


class BudgetSpec(_Spec):
    """The most that each media of the run may take."""

    calls: Annotated[int, Field(ge=0)] | None = None
    """0 asks nothing: what is found follows from stored answers alone."""
    tokens: Annotated[int, Field(ge=0)] | None = None
    cost: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """By the prices in the settings."""
    time: Duration | None = None
    """Of asking."""


class SpecFields(_Spec):
    """What to find out, how, and of whom."""

    tags: Annotated[tuple[NamedEntry, ...], Field(max_length=1000)] = ()
    """Names, or tables as in a tag-set file."""
    exclusive: tuple[Name, ...] = ()
    """Categories of whose tags at most one holds at any moment."""
    describe: bool = False
    """Describe each frame that is sampled."""
    ask: Annotated[str, Field(min_length=1, max_length=20_000)] | None = None
    """A question about the whole."""
    sampling: Sampling = Sampling()
    precision: Annotated[float | str, Field(examples=["frame", "0.5s"])] | None = None
    """Search for the edges of tags to within this."""
    doubt: bool = False
    """Hear doubtful answers again."""
    repeats: Annotated[int, Field(ge=1, le=100)] = 1
    longest_side: Annotated[int, Field(ge=32, le=8192)] | None = None
    """Pixels of the pictures that are sent."""
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    """Longest text."""
    min_tokens: Annotated[int, Field(ge=0)] = 0
    sharing: bool | None = None
    """Let frames that look alike share an answer; as the settings say when left out."""
    endpoints: tuple[str, ...] = ()
    """Those that may be asked, by their names in the settings; all when left out."""
    model: str | None = None
    """Ask only endpoints that serve this one."""
    egress: Reach | None = None
    """How far pictures may travel; as the settings say when left out."""
    budget: BudgetSpec = BudgetSpec()
    prompts: Literal["1"] = "1"
    """Version of the question templates that it was asked for with."""


class RunSpec(SpecFields):
    """The same, when something is asked for."""

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not (self.tags or self.describe or self.ask):
            raise ValueError("nothing is asked for: give tags, describe or ask")
        return self

    @property
    def title(self) -> str:
        """For lists: what is looked for, in a few words."""
        parts: list[str] = []
        if self.tags:
            names = [tag.renamed or tag.name for tag in self.tags]
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            parts.append(", ".join(names[:3]) + more)
        if self.describe:
            parts.append("descriptions")
        if self.ask:
            parts.append(self.ask if len(self.ask) <= 60 else f"{self.ask[:59]}…")
        return "; ".join(parts)

    def request(self) -> AnalysisRequest:
        """Raises `InputError` for what cannot be meant."""
        file = TagSetFile(tags=list(self.tags), exclusive=self.exclusive) if self.tags else None
        of = self.sampling
        return AnalysisRequest(
            tags=unique(file.to_tags(), "tags") if file else (),
            describe=self.describe,
            ask=self.ask,
            policy=policy_of(
                every=of.every,
                frames=of.frames,
                keyframes=of.keyframes,
                all_frames=of.all_frames,
                scenes=of.scenes,
                motion=of.motion,
                at=of.at,
            ),
            longest_side=self.longest_side,
            max_tokens=self.max_tokens,
            min_tokens=self.min_tokens,
            sharing=self.sharing,
            precision_s=precision_of(self.precision),
            doubt=self.doubt,
            repeats=self.repeats,
            budget=budget_of(
                calls=self.budget.calls,
                tokens=self.budget.tokens,
                money=self.budget.cost,
                time=self.budget.time,
            ),
            endpoints=self.endpoints,
            model=self.model,
            egress=self.egress,
        )

    def kept(self) -> dict[str, object]:
        """As JSON, without what is as by default; `read` reads it back equal."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @classmethod
    def read(cls, kept: object) -> RunSpec:
        """Raises `InputError` naming each field that cannot be used."""
        try:
            return cls.model_validate(kept)
        except ValidationError as error:
            problems = "\n".join(
                f"  {'.'.join(map(str, one['loc']))}{': ' * bool(one['loc'])}"
                f"{one['msg'].removeprefix('Value error, ')}"
                for one in error.errors(include_input=False)
            )
            raise InputError(f"this is no run that can be asked for:\n{problems}") from error


class Wanted(_Spec):
    """A run and how it is to be done."""

    spec: RunSpec
    paths: Annotated[tuple[Path, ...], Field(min_length=1, max_length=MOST_MEMBERS)]
    """Files or folders that have been checked: whoever makes this has looked them up."""
    title: str = ""
    source: str = "api"
    priority: Annotated[int, Field(ge=1, le=LEAST_PRIORITY)] = USUAL_PRIORITY
    start_after_s: Annotated[float, Field(ge=0)] = 0.0
    webhook: str | None = None
    again: bool = False
    """Make a new run though the same one is waiting or going on."""
