"""Tag spans: is each tag in each sampled frame?"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

from sightline.ports import RecipeRun
from sightline.prompts import templates
from sightline.recipes.scan import scan
from sightline.recipes.spans import Evidence, derive
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
    """Asks every sampled frame for every tag; unsupported tags are dropped at the first refusal."""

    tags: tuple[Tag, ...]
    transform: PictureTransform = PictureTransform()
    alone: bool = False
    """Each sampled frame speaks for itself only: for moments picked by hand."""

    @property
    def name(self) -> str:
        return "tagging"

    @property
    def version(self) -> int:
        return 1

    @property
    def parameters(self) -> Mapping[str, object]:
        return asdict(self)

    def planned(self, footage: Footage) -> int:
        return len(footage.sample) * len(self.tags)

    def start(self, footage: Footage) -> RecipeRun:
        evidence = _Evidence(self, footage)
        return scan(evidence.asks(), evidence.hear, evidence.conclude)


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

    def _evidence(self, index: int, place: int) -> Evidence:
        probability = self.heard[place][index]
        if probability >= 0:
            return probability
        return self.failed.get(self._id(index, place), UNASKED)

    def _id(self, index: int, place: int) -> AskId:
        return AskId(index * len(self.recipe.tags) + place)

    def conclude(self) -> tuple[Finding, ...]:
        return tuple(self._track(place, tag) for place, tag in enumerate(self.recipe.tags))

    def _track(self, place: int, tag: Tag) -> Track:
        media, frames = self.footage.media, self.footage.frames
        if failure := self.refused.get(place):
            whole = Unknown(frames.pts[0], frames.end, failure.reason, failure.detail)
            return Track(tag.name, (), (whole,))
        asked = [
            (pts, self._evidence(index, place)) for index, pts in enumerate(self.footage.sample)
        ]
        spans, unknown = derive(
            asked,
            frames,
            threshold=tag.threshold,
            max_gap=media.clock.ticks(tag.max_gap_s),
            min_length=media.clock.ticks(tag.min_length_s),
            alone=self.recipe.alone,
        )
        return Track(tag.name, spans, unknown + lost_end(self.footage))


def lost_end(footage: Footage) -> tuple[Unknown, ...]:
    """The stretch that the container promises and the file does not hold."""
    media = footage.media
    if not media.lost_s or media.declared_end is None:
        return ()
    detail = f"the file is cut short: its last {media.lost_s:.1f} s cannot be read"
    return (Unknown(media.end, media.declared_end, UnknownReason.FAILED, detail),)
