"""The seams: what each room promises to the others.

Recipe, Endpoint and RunLedger have a contract suite each in `tests/contract`, which fakes and real
implementations pass alike.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from sightline.settings import EndpointSettings
from sightline.values import (
    Accounting,
    Answer,
    Ask,
    AskFailed,
    Call,
    Emit,
    EndpointUse,
    FactKey,
    Finding,
    Footage,
    FrameIndex,
    Jpeg,
    LedgerEntry,
    Media,
    Outcome,
    Picture,
    PictureTransform,
    Profile,
    Question,
    ReadFrame,
    Run,
    RunState,
    SeenFile,
    ServedModel,
    Sharing,
    Signals,
    Spent,
)

# ---------------------------------------------------------------------------------------- media


class FrameReader(Protocol):
    """Random and sequential access to the frames of one media.

    One `read` or `measure` at a time; each may be left early. Bounded: decodes at most a few
    pictures ahead of the consumer, whatever the length of the media.
    """

    def read(
        self,
        frames: Sequence[int],
        transform: PictureTransform,
        *,
        jpeg: Jpeg = Jpeg(),
        sharing: Sharing | None = None,
    ) -> AsyncGenerator[ReadFrame, None]:
        """Exactly one item for each of `frames` (increasing pts, each in the index), in order.

        With `sharing`, a frame that looks like its group's representative comes as `Alike`, or
        with its picture where it is chosen for an audit. Reads with the same `sharing` whose
        frames follow those of the last one go on with its group.
        """
        ...

    def measure(
        self, frames: Sequence[int], *, sharing: Sharing | None = None
    ) -> AsyncGenerator[int, None]:
        """Measure frames without making pictures; gives, now and then, how many are done."""
        ...

    @property
    def signals(self) -> Signals:
        """What was measured of the frames of all reads so far, in order and without doubles."""
        ...

    async def aclose(self) -> None: ...


class MediaSource(Protocol):
    """Turns a file into media and pictures.

    Both are of the file as it was seen: where it changed since, there is a `MediaError` and none.
    """

    async def look(self, path: Path) -> SeenFile:
        """The file, or the folder or manifest of an image set, as it is now; unopened.

        Raises `MediaError` when there is none.
        """
        ...

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

    @property
    def jpeg(self) -> Jpeg:
        """How it wants its pictures packed."""
        ...

    async def answer(self, shown: Sequence[Shown], asks: Sequence[Ask]) -> Reply:
        """One exchange: each of `asks` is about those of the pictures `shown` that it names.

        Either all name exactly these, in order (or none, and none is shown), or all are
        independent questions for a presence in one picture each.

        Raises `EndpointError` when there is no usable reply at all; a reply that can be read in
        part gives an `AskFailed` for the rest. Never retries.
        """
        ...

    async def aclose(self) -> None: ...


@runtime_checkable
class Streams(Protocol):
    """What an endpoint may offer beside `Endpoint`: to be heard while it answers."""

    async def tell(
        self, shown: Sequence[Shown], asks: Sequence[Ask], hear: Callable[[str], None]
    ) -> Reply:
        """As `Endpoint.answer` of one ask for a text, whose pieces `hear` is given as they come.

        Put together they are the text of the answer. When it raises, pieces may have been heard.
        """
        ...


@runtime_checkable
class Choosy(Protocol):
    """What an endpoint and its kind may offer beside: to know beforehand what it cannot answer."""

    def can_tell(self, question: Question) -> bool:
        """False where it would refuse this about any picture, as unsupported. Asks nobody."""
        ...


class Listener(Protocol):
    """Whoever hears answers while they are given. Never raises, never waits."""

    @property
    def wanted(self) -> bool:
        """Whether anybody listens; asked as a call begins, which costs less if nobody does."""
        ...

    def begin(self, model: str) -> None:
        """A model is asked; what was heard of another try before does not count."""
        ...

    def hear(self, piece: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Given:
    """An endpoint as its settings give it, for its kind to build."""

    name: str
    settings: EndpointSettings
    model: str | None = None
    """Instead of the one in the settings."""
    key_setting: str = "api_key"
    """Where a person sets the key, for messages."""
    profile: Profile | None = None
    """What a probe measured, if it was this endpoint."""


class EndpointKind(Protocol):
    """One way to reach endpoints, registered in the entry-point group `sightline.endpoints`."""

    async def connect(self, given: Given) -> Endpoint:
        """An endpoint whose model is known; asks the server only when no model is given.

        Raises `SettingsError` for settings that cannot be used, `ModelMissing` when the server has
        no model that can see, another `EndpointError` when it cannot be asked.
        """
        ...

    def url(self, given: Given) -> str | None:
        """Where pictures are sent to; None for an engine in this process. Asks nobody."""
        ...

    async def models(self, given: Given) -> Sequence[ServedModel]:
        """What the endpoint offers now, as a sign of life too. Raises `EndpointError`."""
        ...


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
    shared: bool = False
    """It is the answer about another frame, which looks alike."""


class RunLedger(Protocol):
    """One run's window on the store: the facts it may use and the ledger of what it saw."""

    @property
    def run(self) -> Run: ...

    async def entries(self, *, after: int = 0) -> Sequence[LedgerEntry]:
        """What earlier attempts saw, in order: some of what follows `after`, none at the end."""
        ...

    async def spent(self) -> Spent:
        """What calls of this run took in all attempts so far; without money, which nobody keeps."""
        ...

    async def facts(self, asks: Sequence[Ask]) -> Mapping[FactKey, Fact]:
        """The usable facts among the answers to these asks, by models that the run accepts."""
        ...

    async def record(
        self, arrived: Sequence[Arrived], calls: Sequence[Call]
    ) -> Sequence[Fact | AskFailed]:
        """Keep answers as facts and append the outcomes to the ledger, in one transaction.

        Returns the outcomes as they are stored, which are those that the recipe must hear: where
        the model's answer was known already (another run was quicker), it is the known one.
        Raises `RunTaken` when a later attempt owns the run, `StoreFull` when the disk is full.
        On return the outcomes survive a kill of this process.
        """
        ...

    async def finish(
        self,
        state: RunState,
        findings: Sequence[Finding],
        note: str,
        *,
        counts: Accounting | None = None,
        uses: Sequence[EndpointUse] = (),
    ) -> None:
        """Store what the run concluded and took, in place of what it had concluded before."""
        ...


# ----------------------------------------------------------------------------------------- jobs


class JobQueue(Protocol):
    """Gives jobs to workers: each turn of a job to one worker at a time, and none is lost.

    It knows jobs by id only; what they are is in the store. A turn that was handed to a worker
    which died is handed out again by `rescue`.
    """

    async def enqueue(
        self, job: str, *, turn: int, priority: int, start_after_s: float = 0.0
    ) -> None:
        """Have a job done; the same turn again changes nothing. Raises `StoreError`."""
        ...

    async def withdraw(self, job: str, *, turn: int) -> None:
        """Take a turn back that no worker has begun; one that has begun is left alone."""
        ...

    async def rescue(self, job: str, *, turn: int) -> None:
        """Hand a turn out again whose worker died; one that has ended is left alone."""
        ...

    async def begun(self) -> Mapping[str, Sequence[tuple[str, int]]]:
        """The turns that are handed out and not ended, by worker."""
        ...

    async def waiting(self, turns: Sequence[tuple[str, int]]) -> Sequence[tuple[str, int]]:
        """Those of these turns that are not over: queued, delayed or begun."""
        ...

    async def hurry(self, *, busy: bool) -> None:
        """Have workers look for turns more often, while there are many, or less often again."""
        ...

    async def ended(self, *, most: int = 1000) -> Sequence[tuple[str, int]]:
        """Turns that are over and still kept."""
        ...

    async def forget(self, turns: Sequence[tuple[str, int]]) -> None:
        """Drop what is kept of turns that have ended."""
        ...
