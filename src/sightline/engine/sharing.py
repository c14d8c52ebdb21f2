"""Which asks have one answer between them, because their frames look alike.

Of the asks that put one question to the frames of one near-duplicate group, the first is the
leader: it is asked, and the others wait for its answer. A leader that fails is followed by the
next that waits, so that a failure is never shared; only what the model cannot answer at all is.
Asks about several frames in order are never shared, since what they are about is the difference.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from sightline.ports import Fact
from sightline.values import (
    Ask,
    AskFailed,
    AskId,
    Presence,
    Sharing,
    Signals,
    UnknownReason,
    Value,
)

_REMEMBERED = 4096
"""Leaders whose answer is kept at hand. Groups are contiguous and frames are read in order, so
that only the last few are ever asked for again; the others are still in the store."""

_Key = tuple[int, str, str, int]
"""Representative, question, transform and sample."""


@dataclass(slots=True)
class _Leader:
    ask: AskId | None
    fact: Fact | None = None
    waiting: list[Ask] = field(default_factory=list[Ask])
    audits: list[Value] = field(default_factory=list[Value])


@dataclass(slots=True)
class Consequences:
    """What follows for other asks from the outcome of one."""

    shared: list[tuple[Ask, Fact]] = field(default_factory=list[tuple[Ask, Fact]])
    failed: list[tuple[Ask, AskFailed]] = field(default_factory=list[tuple[Ask, AskFailed]])
    next: Ask | None = None
    """To be asked in place of the leader that failed."""
    audited: int = 0
    disagreed: int = 0


class Shares:
    """The groups of one run and who leads them.

    `known` is what earlier runs measured, if groups were made by the same threshold; `measured`
    tells what this one has measured so far.
    """

    def __init__(
        self, sharing: Sharing | None, *, known: Signals | None, measured: Callable[[], Signals]
    ) -> None:
        self.sharing = sharing
        usable = sharing and known and known.alike_within == sharing.within
        self._known = known if usable else None
        self._measured = measured
        self._leaders: OrderedDict[_Key, _Leader] = OrderedDict()
        self._leading: dict[AskId, _Key] = {}
        self._auditing: dict[AskId, _Key] = {}

    def may(self, ask: Ask) -> bool:
        """Whether the ask may be answered by the answer about another frame."""
        return self.sharing is not None and len(ask.frames) == 1 and ask.independent

    def group_of(self, ask: Ask) -> int | None:
        """The representative of the group of an ask's frame, which may be itself.

        None for an ask that may not share, or a frame that was not measured.
        """
        if not self.may(ask):
            return None
        pts = ask.frames[0]
        for signals in (self._known, self._measured()):
            if signals is not None:
                place = bisect_left(signals.pts, pts)
                if place < len(signals) and signals.pts[place] == pts:
                    return signals.alike[place]
        return None

    def lead(self, ask: Ask, to: int) -> None:
        """The ask goes to an endpoint for the group of `to`, if nobody did, and for no other."""
        key = _key(ask, to)
        if key not in self._leaders and ask.id not in self._leading:
            self._leaders[key] = _Leader(ask.id)
            self._leading[ask.id] = key
            self._forget_old()

    def know(self, ask: Ask, to: int, fact: Fact) -> None:
        """The group has an answer from an earlier run."""
        self._leaders.setdefault(_key(ask, to), _Leader(None, fact))

    def has(self, ask: Ask, to: int) -> bool:
        """Whether somebody leads the group for this question."""
        return _key(ask, to) in self._leaders

    def join(self, ask: Ask, to: int) -> Fact | None:
        """Make the ask one of a group's that has a leader: its answer, or None to wait for it."""
        leader = self._leaders[_key(ask, to)]
        if leader.fact is None:
            leader.waiting.append(ask)
        return leader.fact

    def audits(self, ask: Ask) -> bool:
        """Whether this ask is put although it could be shared. Words cannot be compared."""
        return (
            self.sharing is not None
            and ask.question.expects == "presence"
            and self.sharing.audits(ask.frames[0])
        )

    def audit(self, ask: Ask, to: int) -> None:
        """The ask goes to an endpoint, to see whether it is answered as the group is."""
        self._auditing[ask.id] = _key(ask, to)

    def heard(self, ask: Ask, outcome: Fact | AskFailed, *, hopeless: bool) -> Consequences:
        """What follows from an outcome, once it is stored; `hopeless`: nothing more is asked."""
        then = Consequences()
        if key := self._auditing.pop(ask.id, None):
            self._compare(self._leaders.get(key), outcome, then)
        if (key := self._leading.pop(ask.id, None)) is None:
            return then
        leader = self._leaders[key]
        match outcome:
            case Fact():
                leader.fact = outcome
                then.shared = [(waiting, outcome) for waiting in leader.waiting]
                for value in leader.audits:
                    _count(value, outcome, then)
            case AskFailed(reason=UnknownReason.UNSUPPORTED):
                del self._leaders[key]
                then.failed = [(waiting, outcome) for waiting in leader.waiting]
            case AskFailed() if hopeless or not leader.waiting:
                del self._leaders[key]
                then.failed = [(waiting, outcome) for waiting in leader.waiting]
            case AskFailed():
                then.next, *rest = leader.waiting
                self._leaders[key] = _Leader(then.next.id, None, rest, leader.audits)
                self._leading[then.next.id] = key
                return then
        leader.waiting, leader.audits = [], []
        return then

    def _compare(
        self, leader: _Leader | None, outcome: Fact | AskFailed, then: Consequences
    ) -> None:
        if leader is None or not isinstance(outcome, Fact):
            return
        if leader.fact is None:
            leader.audits.append(outcome.answer.value)
        else:
            _count(outcome.answer.value, leader.fact, then)

    def _forget_old(self) -> None:
        while len(self._leaders) > _REMEMBERED + len(self._leading):
            key, leader = self._leaders.popitem(last=False)
            if leader.fact is None:
                self._leaders[key] = leader


def _key(ask: Ask, to: int) -> _Key:
    return to, ask.question.digest, ask.transform.key, ask.sample


def _count(value: Value, fact: Fact, then: Consequences) -> None:
    shared = fact.answer.value
    if isinstance(value, Presence) and isinstance(shared, Presence):
        then.audited += 1
        then.disagreed += (value.probability >= 0.5) != (shared.probability >= 0.5)
