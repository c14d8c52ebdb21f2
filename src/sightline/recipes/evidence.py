"""What has been heard about each tag at each frame, and what of it is still open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sightline.recipes import votes
from sightline.recipes.votes import MOST_SAMPLES
from sightline.values import AskFailed, AskId

SAMPLES = 16
"""Room for so many samples of a question about a frame in an `AskId`."""
assert MOST_SAMPLES <= SAMPLES  # noqa: S101


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """One tag at one frame, by their places in the recipe and in the index."""

    place: int
    tag: int


@dataclass(slots=True)
class Evidence:
    """Everything about one run's points; the number of a point and sample is its ask's id."""

    tags: int
    thresholds: tuple[float, ...]
    _heard: dict[Point, dict[int, float]] = field(default_factory=dict[Point, dict[int, float]])
    _leans: dict[Point, float] = field(default_factory=dict[Point, float])
    _failed: dict[Point, AskFailed] = field(default_factory=dict[Point, AskFailed])

    def ask_id(self, point: Point, sample: int) -> AskId:
        return AskId((point.place * self.tags + point.tag) * SAMPLES + sample)

    def point_of(self, ask_id: AskId) -> tuple[Point, int]:
        number, sample = divmod(int(ask_id), SAMPLES)
        place, tag = divmod(number, self.tags)
        return Point(place, tag), sample

    def hear(self, point: Point, sample: int, probability: float) -> None:
        self._heard.setdefault(point, {})[sample] = probability

    def fail(self, point: Point, failure: AskFailed) -> None:
        self._failed[point] = failure

    def samples(self, point: Point, upto: int | None = None) -> list[float]:
        """Probabilities, of the first samples or of all, in order."""
        heard = self._heard.get(point, {})
        return [heard[n] for n in sorted(heard) if upto is None or n <= upto]

    def lean(self, point: Point, votes_for_yes: float) -> None:
        """Begin with votes from what is around it."""
        self._leans[point] = votes_for_yes

    def present(
        self, point: Point, upto: int | None = None, *, by_itself: bool = False
    ) -> bool | None:
        """None where nothing was answered. `by_itself`: whatever is around it."""
        samples = self.samples(point, upto)
        lean = 0.0 if by_itself else self._leans.get(point, 0.0)
        return votes.present(samples, self.thresholds[point.tag], lean) if samples else None

    def settled(self, point: Point, upto: int, *, by_itself: bool = False) -> bool:
        """Also where nothing was answered: more of it would not be either."""
        samples = self.samples(point, upto)
        lean = 0.0 if by_itself else self._leans.get(point, 0.0)
        return not samples or votes.settled(samples, self.thresholds[point.tag], lean)

    def told(self, point: Point) -> float | AskFailed | None:
        """One number for all samples, or why there is none; None where nothing was heard yet."""
        if samples := self.samples(point):
            lean = self._leans.get(point, 0.0)
            return votes.probability(samples, self.thresholds[point.tag], lean)
        return self._failed.get(point)

    def places(self, tag: int) -> Iterable[int]:
        """Of all that was heard of this tag, increasing."""
        known = (point.place for point in (*self._heard, *self._failed) if point.tag == tag)
        return sorted(set(known))
