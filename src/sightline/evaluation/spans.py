"""What is compared: the spans of a video in seconds, and the arithmetic of stretches of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

Stretch = tuple[float, float]
"""[start, end) in seconds from the first frame."""


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """One span [start_s, end_s) of one tag."""

    start_s: float
    end_s: float
    confidence: float = 1.0
    """Any scale: only the order counts. Of no meaning in a truth."""

    @property
    def stretch(self) -> Stretch:
        return self.start_s, self.end_s


@dataclass(frozen=True, slots=True)
class TagSpans:
    """One tag over a whole video; absent where it is neither in a segment nor unknown."""

    segments: tuple[Segment, ...] = ()
    unknown: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class Spent:
    """What finding the spans took; sums over videos."""

    calls: int = 0
    asked: int = 0
    reused: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            self.calls + other.calls,
            self.asked + other.asked,
            self.reused + other.reused,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
        )


@dataclass(frozen=True, slots=True)
class VideoSpans:
    """What a truth or a result says about one video."""

    video: str
    """What it is called, alike in truth and result."""
    tags: Mapping[str, TagSpans] = field(default_factory=dict[str, TagSpans])
    duration_s: float | None = None
    """None: as the other side says; where neither does, the end of the last segment."""
    frame_rate: float | None = None
    """Frames a second, the mean; None: as the other side says."""
    unlisted_absent: bool = False
    """A tag that is not in `tags` is absent all along; else all of it is unknown."""
    spent: Spent | None = None

    def tag(self, name: str) -> TagSpans | None:
        """None: nothing is said about this tag."""
        return self.tags.get(name) or (TagSpans() if self.unlisted_absent else None)

    def about(self, tags: Iterable[str]) -> VideoSpans:
        """The same, where each of these tags is listed that would be unknown for want of it."""
        if self.unlisted_absent:
            return self
        silent = TagSpans(unknown=((0.0, self.duration_s or 0.0),))
        return replace(self, tags={**dict.fromkeys(tags, silent), **self.tags})


def tiou(a: Stretch, b: Stretch) -> float:
    """Intersection over union of two stretches, 0.0 to 1.0.

    Rounded to 1e-9, so that a tIoU that is a threshold, or the same as another, is so in floating
    point, too.
    """
    shared = min(a[1], b[1]) - max(a[0], b[0])
    if shared <= 0:
        return 0.0
    return round(shared / (a[1] - a[0] + b[1] - b[0] - shared), 9)


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """In order, those that overlap or touch made one, the empty ones left out."""
    whole: list[Stretch] = []
    for start, end in sorted(stretches):
        if end <= start:
            continue
        if whole and start <= whole[-1][1]:
            whole[-1] = whole[-1][0], max(end, whole[-1][1])
        else:
            whole.append((start, end))
    return whole


def common(a: Sequence[Stretch], b: Sequence[Stretch]) -> list[Stretch]:
    """What two merged lists share, merged."""
    shared: list[Stretch] = []
    i = j = 0
    while i < len(a) and j < len(b):
        start, end = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if start < end:
            shared.append((start, end))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return shared


def outside(holes: Sequence[Stretch], within: Stretch) -> list[Stretch]:
    """The parts of `within` that are in no hole of a merged list."""
    left: list[Stretch] = []
    reached, end = within
    for hole_start, hole_end in holes:
        if hole_end <= reached:
            continue
        if hole_start >= end:
            break
        if hole_start > reached:
            left.append((reached, hole_start))
        reached = hole_end
    if reached < end:
        left.append((reached, end))
    return left


def cut(segments: Sequence[Segment], holes: Sequence[Stretch]) -> tuple[Segment, ...]:
    """The parts of the segments that are in no hole, each with the confidence of the whole."""
    if not holes:
        return tuple(segments)
    return tuple(
        Segment(start, end, segment.confidence)
        for segment in segments
        for start, end in outside(holes, segment.stretch)
    )


def length(stretches: Iterable[Stretch]) -> float:
    return sum(end - start for start, end in stretches)
