"""Finds where tags begin and end with few questions: a coarse scan, then brackets that narrow.

Every frame of the sample is asked about every tag; it is the floor, and an event that falls
between two of its frames can be missed. Wherever two neighbours of the sample differ in a tag, the
change between them is searched for (`bisecting`), one call for all tags that changed there. With
`doubt`, answers that stand alone, are weak, or mark an edge are heard again before they count
(`votes`).

What is asked depends on the answers only and never on the order in which they come.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sightline.recipes import votes
from sightline.recipes.bisecting import Bracket, next_place
from sightline.recipes.evidence import Evidence, Point

Want = tuple[Point, int]
"""A point and which sample of it."""

_Inquiry = Generator[Sequence[Want], None, None]
"""Says what it wants and is resumed when all of that is answered or has failed."""

FIRST_LEVEL = 64
"""Frames at most that are looked at before any others, where breadth goes first."""
_MOST_TURNS = 64
"""Of one inquiry; answers that contradict each other for ever must not keep a run going."""


def breadth_first(count: int) -> Iterator[int]:
    """0 to `count` - 1, every so many of them first, then those half-way between, and so on."""
    stride = 1
    while count // stride > FIRST_LEVEL:
        stride *= 2
    yield from range(0, count, stride)
    while stride > 1:
        yield from range(stride // 2, count, stride)
        stride //= 2


@dataclass(slots=True)
class Search:
    """The state of one run: `begin`, then `hear` that a point was answered, and ask what it says.

    `places` are the positions of the sample in the index, increasing.
    """

    evidence: Evidence
    places: array[int]
    tags: int
    width: int | None
    """Frames that an edge's bracket may span; None: edges stay as coarse as the sample."""
    doubt: bool = False
    repeats: int = 1
    """Samples of every question in the coarse scan."""
    hints: Sequence[int] = ()
    """Positions of frames at which the picture has just changed, increasing."""
    _dropped: set[int] = field(default_factory=set[int])
    _asked: set[Want] = field(default_factory=set[Want])
    _answered: set[Want] = field(default_factory=set[Want])
    _waiting: dict[Want, list[_Inquiry]] = field(default_factory=dict[Want, list[_Inquiry]])
    _missing: dict[int, int] = field(default_factory=dict[int, int])
    """How many answers an inquiry (by its id) still waits for."""
    _heard: dict[Point, int] = field(default_factory=dict[Point, int])
    """How many samples of a point in the sample its verdict rests on, where not on the first."""
    _new: deque[Want] = field(default_factory=deque[Want])
    _first_left: array[int] = field(init=False)
    """Answers of the first round still due at each frame of the sample."""
    _rounds_left: array[int] = field(init=False)
    """Points not yet final at each frame of the sample."""

    def __post_init__(self) -> None:
        count = len(self.places)
        self._first_left = array("l", [self.tags * self.repeats]) * count
        self._rounds_left = array("l", [1]) * count

    def coarse(self, order: Iterable[int] | None = None) -> Iterator[Want]:
        """The first round, in order of time or of these numbers; drawn from as far as needed."""
        for number in range(len(self.places)) if order is None else order:
            place = self.places[number]
            for tag in range(self.tags):
                for sample in range(self.repeats):
                    want = Point(place, tag), sample
                    if tag in self._dropped:
                        yield from self.hear(*want)
                    elif want not in self._asked:
                        self._asked.add(want)
                        yield want

    def drop(self, tag: int) -> None:
        """It cannot be answered: nothing more is asked about it."""
        self._dropped.add(tag)

    def hear(self, point: Point, sample: int) -> Iterator[Want]:
        """A point was answered or has failed, and the evidence knows; what to ask next."""
        want = point, sample
        if want in self._answered:
            return
        self._answered.add(want)
        for inquiry in self._waiting.pop(want, ()):
            self._missing[id(inquiry)] -= 1
            if not self._missing[id(inquiry)]:
                self._resume(inquiry)
        if sample < self.repeats:
            self._first_round(point)
        while self._new:
            yield self._new.popleft()

    # ------------------------------------------------------------------------------ the sample

    def _first_round(self, point: Point) -> None:
        number = bisect_left(self.places, point.place)
        if number == len(self.places) or self.places[number] != point.place:
            return
        self._first_left[number] -= 1
        if self._first_left[number]:
            return
        around = (
            range(number - votes.AROUND, number + votes.AROUND + 1) if self.doubt else (number,)
        )
        for near in around:
            if 0 <= near < len(self.places) and self._known_around(near):
                self._begin(self._confirm(near))

    def _known_around(self, number: int) -> bool:
        reach = votes.AROUND if self.doubt else 0
        window = range(max(0, number - reach), min(len(self.places), number + reach + 1))
        return not any(self._first_left[near] for near in window)

    def _confirm(self, number: int) -> _Inquiry:
        """Hear again what stands alone or is weak at a frame of the sample; then look beside it."""
        if self.doubt:
            suspicious = [tag for tag in self._live() if self._suspicious(number, tag)]
            points = {Point(self.places[number], tag): self.repeats - 1 for tag in suspicious}
            yield from self._settle_noting(points, self._heard, ())
        self._rounds_left[number] = 0
        for left in (number - 1, number):
            right = left + 1
            inside = left >= 0 and right < len(self.places)
            if inside and not self._rounds_left[left] and not self._rounds_left[right]:
                self._begin(self._between(left, right))

    def _settle(self, points: dict[Point, int], beyond: Collection[int] = ()) -> _Inquiry:
        """Ask on until each is settled; the numbers are the samples heard so far, from 0.

        Of places `beyond` those that an inquiry is about, it may not be decided yet what is around
        them: they stand by themselves, or what is asked would depend on the order of answers.
        """
        while points:
            points = {
                point: upto
                for point, upto in points.items()
                if upto + 1 < votes.MOST_SAMPLES
                and not self.evidence.settled(point, upto, by_itself=point.place in beyond)
            }
            if points:
                yield [(point, upto + 1) for point, upto in sorted(points.items())]
                points = {point: upto + 1 for point, upto in points.items()}

    def _suspicious(self, number: int, tag: int) -> bool:
        """Whether to hear it again; what stands alone begins with votes against it."""
        here, point = self._first(number, tag), Point(self.places[number], tag)
        if here is None:
            return False
        near = (
            *range(number - votes.AROUND, number),
            *range(number + 1, number + votes.AROUND + 1),
        )
        around = [said for n in near if (said := self._first(n, tag)) is not None]
        if against := votes.against(around, here=here):
            self.evidence.lean(point, -against if here else against)
            return True
        samples = self.evidence.samples(point, self.repeats - 1)
        return votes.weak(sum(samples) / len(samples), self.evidence.thresholds[tag])

    def _first(self, number: int, tag: int) -> bool | None:
        """The verdict of the first round; None outside the sample and where it failed."""
        if not 0 <= number < len(self.places):
            return None
        point = Point(self.places[number], tag)
        return self.evidence.present(point, self.repeats - 1, by_itself=True)

    # --------------------------------------------------------------------------------- brackets

    def _between(self, left: int, right: int) -> _Inquiry:
        """Narrow every change between two neighbours of the sample, all tags together."""
        if self.width is None:
            return
        low, high = self.places[left], self.places[right]
        brackets: dict[int, Bracket] = {}
        befores: dict[int, bool] = {}
        heard: dict[Point, int] = {}
        for tag in self._live():
            ends = Point(low, tag), Point(high, tag)
            uptos = [self._heard.get(point, self.repeats - 1) for point in ends]
            said = [self.evidence.present(p, upto) for p, upto in zip(ends, uptos, strict=True)]
            if None not in said and said[0] != said[1]:
                brackets[tag] = Bracket(low, high)
                befores[tag] = bool(said[0])
                heard |= dict(zip(ends, uptos, strict=True))
        beyond = {self.places[n] for n in (left - 1, right + 1) if 0 <= n < len(self.places)}
        for _ in range(_MOST_TURNS):
            yield from self._narrow(brackets, befores, heard)
            if not self.doubt or not brackets:
                return
            ends = {
                Point(place, tag): heard.get(Point(place, tag), self.repeats - 1)
                for tag, bracket in brackets.items()
                for place in (bracket.low, bracket.high)
            }
            yield from self._settle_noting(ends, heard, beyond)
            brackets = self._moved(brackets, befores, heard, (left, right), beyond)

    def _narrow(
        self, brackets: dict[int, Bracket], befores: dict[int, bool], heard: dict[Point, int]
    ) -> _Inquiry:
        assert self.width is not None  # noqa: S101
        failed: set[int] = set()
        while True:
            places: set[int] = set()
            for tag, bracket in brackets.items():
                if tag in failed or tag in self._dropped:
                    continue
                place, brackets[tag] = next_place(bracket, width=self.width, hints=self.hints)
                if place is not None:
                    places.add(place)
            wants = [
                (Point(place, tag), 0)
                for place in sorted(places)
                for tag, bracket in brackets.items()
                if bracket.low < place < bracket.high
                and bracket.high - bracket.low > self.width
                and tag not in failed
                and tag not in self._dropped
            ]
            if not wants:
                return
            yield wants
            for point, _ in wants:
                heard.setdefault(point, 0)
                said = self.evidence.present(point, heard[point])
                if said is None:
                    failed.add(point.tag)
                    continue
                changed = said != befores[point.tag]
                brackets[point.tag] = brackets[point.tag].narrowed(point.place, changed=changed)

    def _settle_noting(
        self, points: dict[Point, int], heard: dict[Point, int], beyond: Collection[int]
    ) -> _Inquiry:
        """`_settle`, remembering how far each was heard."""
        before = dict(points)
        for wants in self._settle(points, beyond):
            yield wants
            before |= dict(wants)
        heard.update(before)

    def _moved(
        self,
        brackets: dict[int, Bracket],
        befores: dict[int, bool],
        heard: dict[Point, int],
        ends: tuple[int, int],
        beyond: Collection[int],
    ) -> dict[int, Bracket]:
        """New brackets where an end turned out to be on the other side of the change."""
        moved: dict[int, Bracket] = {}
        for tag, bracket in brackets.items():
            before = befores[tag]
            sides = {
                point.place: said == before
                for point, upto in heard.items()
                if point.tag == tag
                and (said := self.evidence.present(point, upto, by_itself=point.place in beyond))
                is not None
            }
            for number in range(ends[0] - 1, ends[1] + 2):
                if (said := self._first(number, tag)) is not None:
                    sides.setdefault(self.places[number], said == before)
            if not sides.get(bracket.low, True):
                lows = [p for p, is_before in sides.items() if is_before and p < bracket.low]
                if lows:
                    moved[tag] = Bracket(max(lows), bracket.low, hinted=True)
            elif sides.get(bracket.high, False):
                highs = [p for p, is_before in sides.items() if not is_before and p > bracket.high]
                if highs:
                    moved[tag] = Bracket(bracket.high, min(highs), hinted=True)
        return moved

    # -------------------------------------------------------------------------------- inquiries

    def _live(self) -> Iterator[int]:
        return (tag for tag in range(self.tags) if tag not in self._dropped)

    def _begin(self, inquiry: _Inquiry) -> None:
        self._resume(inquiry)

    def _resume(self, inquiry: _Inquiry) -> None:
        """Let it go on until it waits for an answer that is not there yet."""
        for wants in inquiry:
            due = [want for want in wants if want not in self._answered]
            if not due:
                continue
            self._missing[id(inquiry)] = len(due)
            for want in due:
                self._waiting.setdefault(want, []).append(inquiry)
                if want not in self._asked:
                    self._asked.add(want)
                    self._new.append(want)
            return
        self._missing.pop(id(inquiry), None)
