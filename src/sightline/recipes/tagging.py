"""Tag spans: is each tag in each sampled frame?"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from sightline.ports import RecipeRun
from sightline.prompts import templates
from sightline.recipes.evidence import Evidence, Point
from sightline.recipes.rules import apply_rules
from sightline.recipes.scan import OPEN, explore, scan
from sightline.recipes.search import FIRST_LEVEL, Search, Want, breadth_first
from sightline.recipes.spans import Told, derive
from sightline.recipes.tags import Tag
from sightline.values import (
    UNASKED,
    Answer,
    Ask,
    AskFailed,
    AskId,
    Finding,
    Footage,
    PictureTransform,
    Presence,
    Track,
    Unknown,
    UnknownReason,
)


@dataclass(frozen=True, slots=True)
class Tagging:
    """Asks every sampled frame for every tag; unsupported tags are dropped at the first refusal.

    With a `precision_s`, the edges between sampled frames are searched for.
    """

    tags: tuple[Tag, ...]
    transform: PictureTransform = PictureTransform()
    alone: bool = False
    """Each sampled frame speaks for itself only: for moments picked by hand."""
    precision_s: float | None = None
    """How wide the range of an edge may stay, in seconds; 0.0 for one frame, None for as it is."""
    doubt: bool = False
    """Hear answers again that stand alone, are weak, or decide an edge: models can be wrong."""
    repeats: int = 1
    """How often each question about a sampled frame is asked; its probability is the mean."""
    breadth_first: bool = False
    """Look at all of the media roughly, then ever closer: for a run that may have to end early."""

    @property
    def name(self) -> str:
        return "tagging"

    @property
    def version(self) -> int:
        return 2

    @property
    def parameters(self) -> Mapping[str, object]:
        return asdict(self)

    def planned(self, footage: Footage) -> int:
        return len(footage.sample) * len(self.tags) * self.repeats

    def start(self, footage: Footage) -> RecipeRun:
        plain = self.precision_s is None and not self.doubt and self.repeats == 1
        if plain and not self.breadth_first:
            evidence = _Evidence(self, footage)
            return scan(evidence.asks(), evidence.hear, evidence.conclude)
        return _searched(self, footage)


def _searched(recipe: Tagging, footage: Footage) -> RecipeRun:
    """Drive a `Search`: what it wants become asks, and what was heard tracks."""
    pts, tags = footage.frames.pts, recipe.tags
    thresholds = tuple(tag.on(footage.media).threshold for tag in tags)
    evidence = Evidence(len(tags), thresholds)
    questions = [templates.presence(tag.wording) for tag in tags]
    search = Search(
        evidence,
        array("q", (bisect_left(pts, one) for one in footage.sample)),
        len(tags),
        width=_width(recipe, footage),
        doubt=recipe.doubt,
        repeats=recipe.repeats,
        hints=[bisect_left(pts, one) for one in footage.hints],
    )
    refused: dict[int, AskFailed] = {}

    def ask(want: Want) -> Ask:
        point, sample = want
        return Ask(
            evidence.ask_id(point, sample),
            (pts[point.place],),
            questions[point.tag],
            recipe.transform,
            sample,
        )

    def hear(ask_id: AskId, outcome: Answer | AskFailed) -> Iterator[Ask]:
        point, sample = evidence.point_of(ask_id)
        match outcome:
            case Answer(value=Presence(probability)):
                evidence.hear(point, sample, probability)
            case AskFailed(reason=UnknownReason.UNSUPPORTED):
                refused.setdefault(point.tag, outcome)
                search.drop(point.tag)
            case AskFailed():
                evidence.fail(point, outcome)
            case Answer():
                raise TypeError(f"a presence was asked for, not {outcome.value}")
        return map(ask, search.hear(point, sample))

    def conclude() -> tuple[Finding, ...]:
        tracks = [
            _track_of(recipe, footage, tag, refused.get(place), _told(evidence, footage, place))
            for place, tag in enumerate(tags)
        ]
        return apply_rules(tracks, tags, footage)

    order = breadth_first(len(footage.sample)) if recipe.breadth_first else None
    opening = FIRST_LEVEL * len(tags) * recipe.repeats if order else OPEN
    return explore(map(ask, search.coarse(order)), hear, conclude, opening=opening)


def _told(evidence: Evidence, footage: Footage, tag: int) -> list[tuple[int, Told]]:
    """What is known of a tag at every frame that was asked, or should have been."""
    pts = footage.frames.pts
    known: dict[int, Told] = dict.fromkeys(footage.sample, UNASKED)
    for place in evidence.places(tag):
        told = evidence.told(Point(place, tag))
        # A question on the way to an edge that has no answer leaves the edge as wide as it was.
        if isinstance(told, float) or (told is not None and pts[place] in known):
            known[pts[place]] = told
    return sorted(known.items(), key=lambda one: one[0])


def _width(recipe: Tagging, footage: Footage) -> int | None:
    """How many frames an edge's range may span: those of the precision at the usual rate."""
    if recipe.precision_s is None:
        return None
    media = footage.media
    per_second = len(footage.frames) / max(media.duration_s, 1e-9)
    return max(1, int(recipe.precision_s * per_second))


_UNHEARD = -1.0


@dataclass(slots=True)
class _Evidence:
    """What has been heard so far, for each tag and sampled frame."""

    recipe: Tagging
    footage: Footage
    heard: list[array[float]] = field(init=False)
    """Probabilities, in eight bytes each, as a long video has many; below 0 where there is none."""
    failed: dict[AskId, AskFailed] = field(default_factory=dict[AskId, AskFailed])
    refused: dict[int, AskFailed] = field(default_factory=dict[int, AskFailed])
    """Tags that the model cannot answer, by their place in the recipe."""

    def __post_init__(self) -> None:
        unheard = array("d", [_UNHEARD]) * len(self.footage.sample)
        self.heard = [unheard[:] for _ in self.recipe.tags]

    def asks(self) -> Iterator[Ask]:
        questions = [templates.presence(tag.wording) for tag in self.recipe.tags]
        for index, pts in enumerate(self.footage.sample):
            for place, question in enumerate(questions):
                if place not in self.refused:
                    yield Ask(self._id(index, place), (pts,), question, self.recipe.transform)

    def hear(self, ask_id: AskId, outcome: Answer | AskFailed) -> tuple[Finding, ...]:
        index, place = divmod(ask_id, len(self.recipe.tags))
        match outcome:
            case Answer(value=Presence(probability)):
                self.heard[place][index] = probability
            case AskFailed(reason=UnknownReason.UNSUPPORTED):
                self.refused.setdefault(place, outcome)
            case AskFailed():
                self.failed[ask_id] = outcome
            case Answer():
                raise TypeError(f"a presence was asked for, not {outcome.value}")
        return ()

    def _evidence(self, index: int, place: int) -> Told:
        probability = self.heard[place][index]
        if probability >= 0:
            return probability
        return self.failed.get(self._id(index, place), UNASKED)

    def _id(self, index: int, place: int) -> AskId:
        return AskId(index * len(self.recipe.tags) + place)

    def conclude(self) -> tuple[Finding, ...]:
        tracks = [self._track(place, tag) for place, tag in enumerate(self.recipe.tags)]
        return apply_rules(tracks, self.recipe.tags, self.footage)

    def _track(self, place: int, tag: Tag) -> Track:
        told = [
            (pts, self._evidence(index, place)) for index, pts in enumerate(self.footage.sample)
        ]
        return _track_of(self.recipe, self.footage, tag, self.refused.get(place), told)


def _track_of(
    recipe: Tagging,
    footage: Footage,
    tag: Tag,
    refused: AskFailed | None,
    told: Sequence[tuple[int, Told]],
) -> Track:
    """Before the rules of its tag set: `rules.apply_rules` knows those."""
    frames, measures = footage.frames, tag.on(footage.media)
    if refused:
        whole = Unknown(frames.pts[0], frames.end, refused.reason, refused.detail)
        return Track(tag.name, (), (whole,))
    spans, unknown = derive(
        told,
        frames,
        threshold=measures.threshold,
        max_gap=measures.max_gap,
        alone=recipe.alone,
    )
    return Track(tag.name, spans, unknown + lost_end(footage))


def lost_end(footage: Footage) -> tuple[Unknown, ...]:
    """The stretch that the container promises and the file does not hold."""
    media = footage.media
    if not media.lost_s or media.declared_end is None:
        return ()
    detail = f"the file is cut short: its last {media.lost_s:.1f} s cannot be read"
    return (Unknown(media.end, media.declared_end, UnknownReason.FAILED, detail),)
