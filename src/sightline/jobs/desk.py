"""One job while a worker is at it: its members, how far each is, and what is wished of it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace

from sightline.ports import Recipe
from sightline.services.runs.analysis import Watch
from sightline.values import (
    Accounting,
    Claim,
    JobState,
    Media,
    Member,
    Progress,
    Stage,
    Wish,
)

_WINDOW_S = 15.0
"""Over which the rate is taken."""
_COUNTS = tuple(field.name for field in fields(Accounting))
_SPENT = ("asked", "calls", "tokens_in", "tokens_out")
"""What was spent on a member counts, though the member is done once more."""


@dataclass(eq=False, slots=True)
class Seat:
    """One member that is being worked on."""

    member: Member
    stage: Stage = Stage.READING
    media: Media | None = None
    measured: float = 0.0
    """Part of the frames that must be measured first, 0.0 to 1.0."""
    runs: list[Accounting] = field(default_factory=list[Accounting])
    """Of every run that there will be, once these are planned."""
    told: bool = False
    """Which media it is has been told."""
    _recalled: dict[int, Accounting] = field(default_factory=dict[int, Accounting])
    """Of runs that began after a stop, by place, the counts as they began: such a run only says
    what was known before, and nothing is done by that."""

    def watch(self, stop: asyncio.Event) -> Watch:
        """What an analysis tells of itself, heard here."""

        def start(recipe: Recipe, accounting: Accounting) -> None:
            del recipe
            self._start(accounting, stopped=stop.is_set())

        return Watch(
            known=self._know,
            planned=self._plan,
            started=start,
            measuring=self._measure,
            stop=stop,
        )

    def _know(self, media: Media) -> None:
        self.media = media

    def _plan(self, runs: Sequence[Accounting]) -> None:
        self.runs, self._recalled = list(runs), {}

    def _start(self, accounting: Accounting, *, stopped: bool) -> None:
        self.stage = Stage.ASKING
        place = next(n for n, run in enumerate(self.runs) if run is accounting)
        if stopped:
            self._recalled[place] = replace(accounting)

    def _measure(self, done: int, total: int) -> None:
        self.stage = Stage.MEASURING
        self.measured = done / total if total else 1.0

    @property
    def digest(self) -> str | None:
        """Of its media, as far as that is known."""
        return self.media.digest if self.media else self.member.media

    @property
    def counts(self) -> Counter[str]:
        """Of its runs together; `cost` is left out."""
        return counted(self.runs)

    @property
    def so_far(self) -> list[Accounting]:
        """Its runs, as far as they tell of work that was done."""
        return [self._recalled.get(n, run) for n, run in enumerate(self.runs)]

    @property
    def fraction(self) -> float:
        """Of all its runs, those that are not begun included; may step back as plans grow."""
        return sum(part(run.done, run.planned) for run in self.so_far) / max(1, len(self.runs))


def part(done: int, planned: int) -> float:
    return min(1.0, done / planned) if planned else 0.0


def counted(runs: Iterable[Accounting]) -> Counter[str]:
    total: Counter[str] = Counter()
    for run in runs:
        total.update({name: getattr(run, name) for name in _COUNTS if name != "cost"})
    return total


@dataclass(eq=False, slots=True)
class Desk:
    """A job and what has come of it in this attempt."""

    claim: Claim
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    wish: Wish | None = None
    leaving: bool = False
    """The worker ends before the job does."""
    lost: bool = False
    """The job is another worker's."""
    closed: bool = False
    """How it came out is being kept: whatever is told of it after that would be old."""
    seats: list[Seat] = field(default_factory=list[Seat])
    ended: list[tuple[JobState, str]] = field(default_factory=list[tuple[JobState, str]])
    """State and note of each member that has ended, in this attempt or before."""
    last: Member | None = None
    """The member that ended last, which is still to be kept."""
    _past: Counter[str] = field(default_factory=Counter[str])
    """Of the members that have ended in this attempt."""
    _left: Counter[str] = field(default_factory=Counter[str])
    """Of those that were left before their end."""
    _furthest: dict[int, float] = field(default_factory=dict[int, float])
    """How far each member that has not ended has come at most in this attempt, by ordinal."""
    _latest: str | None = None
    """Of the member that was left last, the digest."""
    _past_members: int = 0
    _past_cost: float = 0.0
    _rates: deque[tuple[float, int]] = field(default_factory=deque[tuple[float, int]])

    def hear(self, wish: Wish) -> None:
        """A person wants it so."""
        self.wish = wish
        self.stop.set()

    def lose(self) -> None:
        self.lost = True
        self.stop.set()

    def leave(self) -> None:
        self.leaving = True
        self.stop.set()

    def end(self, seat: Seat, ended: tuple[JobState, str] | None) -> None:
        """Nobody works on a member any more; None when it has not come to an end."""
        self.seats.remove(seat)
        self._latest = seat.digest
        self._past_cost += sum(run.cost for run in seat.runs)
        if ended:
            counts = seat.counts
            counts["planned"] = _done(counts)  # what it turned out not to need is not to come
            self._past += counts
            self._past_members += 1
            self._furthest.pop(seat.member.ordinal, None)
            self.ended.append(ended)
        else:
            self._left += counted(seat.so_far)
            self._come_to(seat)

    def begin_again(self, ended: list[tuple[JobState, str]]) -> None:
        """All members but those that have ended are done, or done once more."""
        if self.last:
            self._furthest[self.last.ordinal] = 1.0
        self._past.update({name: self._left[name] for name in _SPENT})
        self._left.clear()
        self._rates.clear()
        self.ended, self.last, self.closed = ended, None, False

    def newly_known(self) -> tuple[tuple[int, str], ...]:
        """Members of which it was learnt since the last call which media they are."""
        new = [seat for seat in self.seats if seat.media and not seat.told]
        for seat in new:
            seat.told = True
        return tuple((seat.member.ordinal, seat.media.digest) for seat in new if seat.media)

    @property
    def media(self) -> list[str]:
        """Digests of what is worked on now, else of what was worked on last."""
        now = [seat.digest for seat in self.seats] or [self._latest]
        return list(dict.fromkeys(digest for digest in now if digest))

    def progress(self, *, ended: bool = False) -> Progress:
        """How far it is now."""
        counts = self._past + self._left
        for seat in self.seats:
            counts += counted(seat.so_far)
            self._come_to(seat)
        planned = max(counts["planned"], 0)
        done = _done(counts)
        rate = None if ended else self._rate(done)
        job = self.claim.job
        current = self.seats[0] if self.seats else None
        under_way, current_at = self._under_way, None
        if current:
            alone = job.members == 1
            current_at = under_way if alone else self._furthest[current.member.ordinal]
        return Progress(
            stage=Stage.ENDED if ended else current.stage if current else Stage.READING,
            current=current.member.title if current else "",
            current_fraction=current_at,
            members=job.members,
            members_done=len(self.ended),
            under_way=under_way,
            asks_planned=max(planned, done),
            asks_done=done,
            frames_planned=max(counts["frames_sampled"], counts["frames_covered"]),
            frames_covered=counts["frames_covered"],
            answered=counts["answered"],
            reused=counts["reused"],
            shared=counts["shared"],
            failed=counts["failed"],
            calls=counts["calls"],
            tokens_in=counts["tokens_in"],
            tokens_out=counts["tokens_out"],
            cost=self._past_cost + sum(run.cost for seat in self.seats for run in seat.runs),
            rate=rate,
            eta_s=None if ended else self._eta_s(planned, done, rate),
        )

    @property
    def _under_way(self) -> float:
        """What earlier attempts have answered counts, though this one has still to hear it."""
        before = self.claim.job.progress
        floor = before.members_done + before.under_way - len(self.ended)
        return max(floor, sum(self._furthest.values()))

    def _come_to(self, seat: Seat) -> None:
        place = seat.member.ordinal
        self._furthest[place] = max(self._furthest.get(place, 0.0), seat.fraction)

    def _rate(self, done: int) -> float | None:
        now = time.monotonic()
        rates = self._rates
        if not rates or now - rates[-1][0] >= 0.5:
            rates.append((now, done))
        while len(rates) > 2 and now - rates[0][0] > _WINDOW_S:
            rates.popleft()
        passed = now - rates[0][0]
        return max(0.0, done - rates[0][1]) / passed if passed >= 1.0 else None

    def _eta_s(self, planned: int, done: int, rate: float | None) -> float | None:
        """Members that are not begun count as much as those that are, on average."""
        begun = self._past_members + len(self.seats)
        if not rate or not begun or not planned:
            return None
        left = self.claim.job.members - len(self.ended) - len(self.seats)
        return max(0.0, (planned - done + left * planned / begun) / rate)

    @property
    def outcome(self) -> tuple[JobState, str]:
        """Of all its members together, once each has its end."""
        if self.wish is Wish.PAUSE:
            return JobState.PAUSED, ""
        if self.wish is Wish.CANCEL:
            return JobState.CANCELLED, "cancelled; what was answered is kept"
        return together(self.ended)


def together(ended: list[tuple[JobState, str]]) -> tuple[JobState, str]:
    """The state of a job whose members ended so, and what a person should know."""
    states = {state for state, _ in ended}
    notes = list(dict.fromkeys(note for _, note in ended if note))
    shown = "\n".join(notes[:_NOTES])
    if more := len(notes) - _NOTES:
        shown += f"\nand {more} more like these" if more > 0 else ""
    if not states or states == {JobState.COMPLETE}:
        return JobState.COMPLETE, shown
    return (states.pop() if len(states) == 1 else JobState.PARTIAL), shown


_NOTES = 5


def _done(counts: Counter[str]) -> int:
    names = ("answered", "reused", "shared", "failed", "unsupported")
    return sum(counts[name] for name in names)
