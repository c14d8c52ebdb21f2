"""Runs: one recipe on one media, what it saw and what it came to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sightline.values.asks import Answer, AskFailed, AskId
from sightline.values.endpoints import EndpointUse
from sightline.values.findings import Finding
from sightline.values.media import Media


class RunState(StrEnum):
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    """Stopped by a person; what was answered is kept."""
    COMPLETE = "complete"
    PARTIAL = "partial"
    """Some of it is unknown."""
    FAILED = "failed"
    """Nothing was answered."""

    @property
    def exit_code(self) -> int:
        codes = {RunState.COMPLETE: 0, RunState.PARTIAL: 3, RunState.INTERRUPTED: 130}
        return codes.get(self, 1)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One outcome as a recipe saw it. Replaying a run's entries in order rebuilds its state."""

    seq: int
    """1, 2, 3… within the run."""
    ask: AskId
    outcome: Answer | AskFailed
    shared: bool = False
    """The answer is about another frame, which looks alike."""


@dataclass(frozen=True, slots=True)
class Run:
    """One recipe on one media with its parameters."""

    id: str
    media: str
    """Digest of the media."""
    recipe: str
    request: str
    """Digest of all that decides what is asked and of whom; equal for a repeated command."""
    models: tuple[str, ...]
    """The models whose answers it accepts."""
    state: RunState
    attempt: int
    """Counts the processes that have worked on it; an older one's writes are refused."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What calls took."""

    calls: int = 0
    tokens: int = 0
    money: float = 0.0


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that a run may spend; None for no limit."""

    calls: int | None = None
    tokens: int | None = None
    money: float | None = None
    """By the prices in the settings."""
    seconds: float | None = None
    """Of asking, in this attempt."""

    def exhausted(self, spent: Spent, *, elapsed_s: float, next_call: Spent = Spent()) -> str:
        """Which limit one more call would break, for a person; empty when none.

        `next_call` is what it, and those on their way, are expected to take.
        """
        if self.calls is not None and spent.calls >= self.calls:
            return f"the budget of {self.calls:,} calls is spent"
        if self.tokens is not None and spent.tokens + next_call.tokens >= self.tokens:
            return f"the budget of {self.tokens:,} tokens is spent"
        if self.money is not None and spent.money + next_call.money >= self.money:
            return f"the budget of {self.money:g} in money is spent"
        if self.seconds is not None and elapsed_s >= self.seconds:
            return f"the budget of {self.seconds:g} s is spent"
        return ""


@dataclass(slots=True)
class Accounting:
    """Counts of a run as it goes; all of asks, but for frames, calls and tokens."""

    planned: int = 0
    frames_sampled: int = 0
    frames_decoded: int = 0
    asked: int = 0
    """Sent to an endpoint and answered or given up."""
    calls: int = 0
    """Exchanges that brought a reply."""
    answered: int = 0
    reused: int = 0
    """Answered from the store."""
    shared: int = 0
    """Answered by the answer about a frame that looks alike."""
    frames_covered: int = 0
    """Frames of which everything that was asked so far is settled."""
    frames_shared: int = 0
    """Frames of which some ask was."""
    audited: int = 0
    """Asked although it could have been shared, and compared with what would have been shared."""
    disagreed: int = 0
    """Those of them that were answered otherwise."""
    failed: int = 0
    unsupported: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    """By the prices in the settings, in this attempt."""

    @property
    def done(self) -> int:
        return self.answered + self.reused + self.shared + self.failed + self.unsupported


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How a run ended and what it found."""

    state: RunState
    findings: tuple[Finding, ...]
    note: str
    """For a person: why it is not complete; empty when it is."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run, told from its end."""

    run: Run
    endpoints: tuple[str, ...]
    """By name, those that could be asked."""
    conclusion: Conclusion
    accounting: Accounting
    elapsed_s: float
    uses: tuple[EndpointUse, ...] = ()
    """What was asked of each that was asked."""
    unseen_s: float = 0.0
    """Seconds of the longest stretch between sampled frames."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything that one request found out about one media."""

    media: Media
    path: str
    reports: tuple[RunReport, ...]

    @property
    def state(self) -> RunState:
        """That of its runs together."""
        states = {report.conclusion.state for report in self.reports}
        if len(states) == 1:
            return states.pop()
        return RunState.INTERRUPTED if RunState.INTERRUPTED in states else RunState.PARTIAL
