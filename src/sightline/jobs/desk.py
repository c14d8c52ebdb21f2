"""One job while a worker is at it: its members, how far each is, and what is wished of it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, fields

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


@dataclass(eq=False, slots=True)
class Seat:
    """One member that is being worked on."""

    member: Member
    recipes: int = 1
    """How many runs there will be."""
    stage: Stage = Stage.READING
    media: Media | None = None
    measured: float = 0.0
    """Part of the frames that must be measured first, 0.0 to 1.0."""
    runs: list[Accounting] = field(default_factory=list[Accounting])
    told: bool = False
    """Which media it is has been told."""

    def watch(self, stop: asyncio.Event) -> Watch:
        """What an analysis tells of itself, heard here."""
        return Watch(known=self._know, started=self._start, measuring=self._measure, stop=stop)

    def _know(self, media: Media) -> None:
        self.media = media

    def _start(self, recipe: Recipe, accounting: Accounting) -> None:
        del recipe
        self.stage = Stage.ASKING
        self.runs.append(accounting)

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
    def fraction(self) -> float:
        """Of all its runs, those that are not begun included."""
        return sum(part(run.done, run.planned) for run in self.runs) / self.recipes


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
    seats: list[Seat] = field(default_factory=list[Seat])
    ended: list[tuple[JobState, str]] = field(default_factory=list[tuple[JobState, str]])
    """State and note of each member that has ended, in this attempt or before."""
    last: Member | None = None
    """The member that ended last, which is still to be kept."""
    _past: Counter[str] = field(default_factory=Counter[str])
    """Of the members that have been worked on in this attempt."""
    _latest: str | None = None
    """Of the member that was left last, the digest."""
    _past_members: int = 0
    _past_cost: float = 0.0
    _left_at: float = 0.0
    """How far the members were that were left before their end."""
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
        self._past += seat.counts
        self._past_members += 1
        self._past_cost += sum(run.cost for run in seat.runs)
        if ended:
            self.ended.append(ended)
        else:
            self._left_at += seat.fraction

    def begin_again(self, ended: list[tuple[JobState, str]]) -> None:
        """All members but those that have ended are done, or done once more."""
        self.ended, self.last, self._left_at = ended, None, 0.0

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
        counts = self._past.copy()
        for seat in self.seats:
            counts += seat.counts
        planned = max(counts["planned"], 0)
        done = _done(counts)
        rate = None if ended else self._rate(done)
        job = self.claim.job
        current = self.seats[0] if self.seats else None
        return Progress(
            stage=Stage.ENDED if ended else current.stage if current else Stage.READING,
            current=current.member.title if current else "",
            current_fraction=current.fraction if current else None,
            members=job.members,
            members_done=len(self.ended),
            under_way=self._left_at + sum(seat.fraction for seat in self.seats),
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

    def _rate(self, done: int) -> float | None:
        now = time.monotonic()
        rates = self._rates
        if not rates or now - rates[-1][0] >= 0.5:
            rates.append((now, done))
        while len(rates) > 2 and now - rates[0][0] > _WINDOW_S:
            rates.popleft()
        passed = now - rates[0][0]
        return (done - rates[0][1]) / passed if passed >= 1.0 else None

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
