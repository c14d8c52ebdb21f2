"""The seams: what each room promises to the others.

Recipe, Endpoint and RunLedger have a contract suite each in `tests/contract`, which fakes and real
implementations pass alike.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    Call,
    Emit,
    FactKey,
    Finding,
    Footage,
    FrameIndex,
    FrameLost,
    LedgerEntry,
    Media,
    Outcome,
    Picture,
    PictureTransform,
    Run,
    RunState,
    SeenFile,
)

# ---------------------------------------------------------------------------------------- media


class FrameReader(Protocol):
    """Random and sequential access to the pictures of one media."""

    def read(
        self, frames: Sequence[int], transform: PictureTransform
    ) -> AsyncGenerator[Picture | FrameLost, None]:
        """Exactly one item for each of `frames` (increasing pts, each in the index), in order.

        Bounded: decodes at most a few pictures ahead of the consumer. May be left early.
        """
        ...

    async def aclose(self) -> None: ...


class MediaSource(Protocol):
    """Turns a file into media and pictures.

    Both are of the file as it was seen: where it changed since, there is a `MediaError` and none.
    """

    async def probe(self, file: SeenFile) -> tuple[Media, FrameIndex]:
        """Raises `MediaError`, naming the file and the way out, for anything without a picture."""
        ...

    def open(self, file: SeenFile, frames: FrameIndex) -> FrameReader:
        """Its `read` raises `MediaError` before it gives a picture of a file that has changed."""
        ...


# -------------------------------------------------------------------------------------- recipes


class StopAsking(Exception):
    """Thrown into a recipe to end it early."""


RecipeRun = Generator[Emit, Outcome, None]


class Recipe(Protocol):
    """A strategy that asks and is told, and does no I/O.

    `start` returns a generator: prime it with `next`, then `send` it one outcome at a time, in
    any order, for each ask that it has emitted, exactly once; it answers each with an `Emit`.
    The run is over when no ask is open; the generator is then closed. To end it early `throw`
    `StopAsking`: it answers with one last `Emit`, whose findings call unasked what was not heard.
    It is deterministic: fed the same outcomes in the same order it emits the same, and with no
    budget the findings do not depend on the order.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int:
        """Raised with any change after which an old ledger no longer fits."""
        ...

    @property
    def parameters(self) -> Mapping[str, object]:
        """All that changes what is asked or found, as a JSON object."""
        ...

    def start(self, footage: Footage) -> RecipeRun: ...

    def planned(self, footage: Footage) -> int:
        """How many asks it expects to make: the denominator of progress."""
        ...


# ------------------------------------------------------------------------------------ endpoints


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as an endpoint is given it: with its time, which the model is told as text."""

    picture: Picture
    seconds: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What one exchange brought: an answer or a failure for each ask, in the order asked."""

    call: Call
    outcomes: tuple[Answer | AskFailed, ...]


class Endpoint(Protocol):
    """Something that answers asks: a server or an in-process engine."""

    @property
    def name(self) -> str: ...

    @property
    def model(self) -> str: ...

    @property
    def slots(self) -> int:
        """How many exchanges may be in flight."""
        ...

    async def answer(self, shown: Sequence[Shown], asks: Sequence[Ask]) -> Reply:
        """One exchange: all `asks` are about exactly the pictures `shown`, in order.

        Raises `EndpointError` when there is no usable reply at all; a reply that can be read in
        part gives an `AskFailed` for the rest. Never retries.
        """
        ...

    async def aclose(self) -> None: ...


# ---------------------------------------------------------------------------------------- store


@dataclass(frozen=True, slots=True)
class Fact:
    """A stored answer."""

    id: int
    key: FactKey
    answer: Answer


@dataclass(frozen=True, slots=True)
class Arrived:
    """An outcome on its way into the store and the recipe."""

    ask: Ask
    outcome: Answer | AskFailed
    fact_id: int | None = None
    """Set when the answer was in the store already."""


class RunLedger(Protocol):
    """One run's window on the store: the facts it may use and the ledger of what it saw."""

    @property
    def run(self) -> Run: ...

    async def entries(self, *, after: int = 0) -> Sequence[LedgerEntry]:
        """What earlier attempts saw, in order: some of what follows `after`, none at the end."""
        ...

    async def facts(self, asks: Sequence[Ask]) -> Mapping[FactKey, Fact]:
        """The usable facts among the answers to these asks, by models that the run accepts."""
        ...

    async def record(
        self, arrived: Sequence[Arrived], calls: Sequence[Call]
    ) -> Sequence[Answer | AskFailed]:
        """Keep answers as facts and append the outcomes to the ledger, in one transaction.

        Returns the outcomes as they are stored, which are those that the recipe must hear: where
        the model's answer was known already (another run was quicker), it is the known one.
        Raises `RunTaken` when a later attempt owns the run, `StoreFull` when the disk is full.
        On return the outcomes survive a kill of this process.
        """
        ...

    async def finish(self, state: RunState, findings: Sequence[Finding], note: str) -> None:
        """Store what the run concluded, in place of what it had concluded before."""
        ...
