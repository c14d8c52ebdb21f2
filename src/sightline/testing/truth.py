"""What is in a made-up video, frame by frame: the ground truth that tests compare with.

Events are [start, end) in frame numbers, so that they are exact whatever clock the video is given.
`random_truth` makes the shapes that analysers get wrong: long spans, repeats, blips as short as
is allowed, overlaps, events at the very start and the very end, a tag that never happens.
"""

from __future__ import annotations

import json
import random
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import TypedDict

from sightline.values import canonical_digest

MAX_TAGS = 24
"""The code in the picture has one bit for each tag."""
MAX_FRAMES = 1 << 24
MAX_SCENES = 1 << 16

TAGS = (
    *("car", "person", "dog", "bicycle", "umbrella", "boat", "train", "kite"),
    *("lamp", "tree", "door", "cup", "ball", "cat", "horse", "bridge"),
    *("sign", "truck", "bird", "chair", "hat", "book", "clock", "rain"),
)
"""The usual vocabulary; a truth may have its own."""

Event = tuple[int, int]
"""[start, end) in frame numbers."""


class TruthDocument(TypedDict):
    """A truth as JSON."""

    rate: str
    frame_count: int
    size: tuple[int, int]
    tags: Sequence[str]
    events: Mapping[str, Sequence[Event]]
    cuts: Sequence[int]
    seed: int


@dataclass(frozen=True)
class Truth:
    """A video's length, clock and content, before anything is drawn."""

    rate: Fraction
    """Frames a second, unless the encoding gives each frame its own time."""
    frame_count: int
    size: tuple[int, int]
    """Display width and height in pixels, both even."""
    tags: tuple[str, ...]
    """The vocabulary; a tag's place in it is its bit in the code."""
    events: Mapping[str, tuple[Event, ...]]
    """For each tag that ever happens, its events: increasing, apart, inside the video."""
    cuts: tuple[int, ...] = ()
    """Frames at which the background changes, whatever the tags do."""
    seed: int = 0
    """Of all that is drawn at random; two truths that differ only here look different."""

    def __post_init__(self) -> None:
        if not 0 < self.frame_count < MAX_FRAMES:
            raise ValueError(f"a truth of {self.frame_count} frames")
        if len(self.tags) > MAX_TAGS or len(set(self.tags)) != len(self.tags):
            raise ValueError(f"a vocabulary has up to {MAX_TAGS} different tags: {self.tags}")
        if strangers := set(self.events) - set(self.tags):
            raise ValueError(f"events of tags outside the vocabulary: {sorted(strangers)}")
        for tag, events in self.events.items():
            edges = [edge for event in events for edge in event]
            if edges and not (edges[0] >= 0 and edges[-1] <= self.frame_count and _rises(edges)):
                raise ValueError(f"events of {tag!r} overlap, touch or leave the video: {events}")
        inside = all(0 < cut < self.frame_count for cut in self.cuts)
        if len(self.cuts) >= MAX_SCENES or not (inside and _rises(self.cuts)):
            raise ValueError(f"cuts are not increasing inside the video: {self.cuts}")

    @property
    def duration_s(self) -> Fraction:
        return self.frame_count / self.rate

    def present(self, frame: int) -> frozenset[str]:
        """The tags that hold at this frame."""
        mask = self.mask(frame)
        return frozenset(tag for bit, tag in enumerate(self.tags) if mask >> bit & 1)

    def mask(self, frame: int) -> int:
        """The same as bits: bit i is set when tag i holds."""
        return self._masks[bisect_right(self.changes, frame) - 1]

    def scene(self, frame: int) -> int:
        """How many cuts there are up to and with this frame."""
        return bisect_right(self.cuts, frame)

    def spans(self, tag: str) -> tuple[tuple[float, float], ...]:
        """A tag's events in seconds at the nominal rate."""
        return tuple(
            (float(start / self.rate), float(end / self.rate))
            for start, end in self.events.get(tag, ())
        )

    @cached_property
    def changes(self) -> tuple[int, ...]:
        """Frame 0 and every frame at which some tag begins or ends."""
        edges = {edge for events in self.events.values() for event in events for edge in event}
        return tuple(sorted({0} | edges - {self.frame_count}))

    @cached_property
    def _masks(self) -> tuple[int, ...]:
        masks = [0] * len(self.changes)
        place = {frame: index for index, frame in enumerate(self.changes)}
        for tag, events in self.events.items():
            bit = 1 << self.tags.index(tag)
            for start, end in events:
                for index in range(place[start], place.get(end, len(masks))):
                    masks[index] |= bit
        return tuple(masks)

    @cached_property
    def video(self) -> int:
        """16 bits that tell this video from others in the code and in the endpoint's log."""
        return int(canonical_digest(self._document())[:4], 16)

    def to_json(self) -> str:
        return json.dumps(self._document(), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Truth:
        document: TruthDocument = json.loads(text)
        width, height = document["size"]
        return cls(
            rate=Fraction(document["rate"]),
            frame_count=document["frame_count"],
            size=(width, height),
            tags=tuple(document["tags"]),
            events={
                tag: tuple((start, end) for start, end in events)
                for tag, events in document["events"].items()
            },
            cuts=tuple(document["cuts"]),
            seed=document["seed"],
        )

    def _document(self) -> TruthDocument:
        return {
            "rate": str(self.rate),
            "frame_count": self.frame_count,
            "size": self.size,
            "tags": self.tags,
            "events": self.events,
            "cuts": self.cuts,
            "seed": self.seed,
        }


def random_truth(
    seed: int,
    *,
    duration_s: float = 60,
    rate: Fraction | int = 10,
    size: tuple[int, int] = (320, 180),
    tags: Sequence[str] = TAGS[:8],
    min_length_s: float = 1.0,
    min_gap_s: float = 1.0,
    mean_scene_s: float = 5.0,
) -> Truth:
    """A truth with every shape of event, the same for the same arguments.

    By place in `tags`: the first tag holds at frame 0, the second at the last frame, the third
    comes only as blips of `min_length_s`, the fourth once and long, and the last of five or more
    never. The others are mixed. No event is shorter than `min_length_s`, no gap between two of a
    tag shorter than `min_gap_s`; cuts fall about every `mean_scene_s`, unrelated to events.
    """
    rate = Fraction(rate)
    count = max(1, round(Fraction(duration_s) * rate))
    shortest = max(1, -(-Fraction(min_length_s) * rate // 1))
    gap = max(1, -(-Fraction(min_gap_s) * rate // 1))
    if count < shortest:
        raise ValueError(f"{duration_s} s hold no event of {min_length_s} s")
    events = {
        tag: tuple(_events(index, len(tags), random.Random(f"{seed}:{tag}"), count, shortest, gap))
        for index, tag in enumerate(tags)
    }
    return Truth(
        rate=rate,
        frame_count=count,
        size=size,
        tags=tuple(tags),
        events={tag: found for tag, found in events.items() if found},
        cuts=tuple(_cuts(random.Random(f"{seed}:cuts"), count, float(mean_scene_s * rate))),
        seed=seed,
    )


def _events(
    index: int, total: int, rng: random.Random, count: int, shortest: int, gap: int
) -> Iterator[Event]:
    if index == total - 1 and total >= 5:
        return
    if index == 3:
        length = max(shortest, count // 3)
        start = rng.randint(0, count - length)
        yield start, start + length
        return
    if index == 1:
        # The mirror image of a walk that begins at frame 0 ends at the last frame.
        walk = list(_walk(rng, 0, count, shortest, gap))
        yield from ((count - end, count - start) for start, end in reversed(walk))
        return
    first = 0 if index == 0 else rng.randint(0, min(3 * gap, count - shortest))
    yield from _walk(rng, first, count, shortest, gap, blips=index == 2)


def _walk(
    rng: random.Random, start: int, count: int, shortest: int, gap: int, *, blips: bool = False
) -> Iterator[Event]:
    while start + shortest <= count:
        longest = shortest if blips else rng.choice((shortest, 3 * shortest, 10 * shortest))
        end = min(count, start + rng.randint(shortest, longest))
        yield start, end
        start = end + rng.randint(gap, rng.choice((gap, 4 * gap, 10 * gap)))


def _cuts(rng: random.Random, count: int, mean_scene: float) -> Iterator[int]:
    cut = 0
    while (cut := cut + max(1, round(rng.expovariate(1 / mean_scene)))) < count:
        yield cut


def _rises(numbers: Sequence[int]) -> bool:
    return all(before < after for before, after in pairwise(numbers))
