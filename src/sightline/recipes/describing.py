"""Descriptions: what can be seen at each sampled frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from sightline.ports import RecipeRun
from sightline.prompts import templates
from sightline.recipes.scan import scan
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    AskId,
    Description,
    Finding,
    Footage,
    PictureTransform,
    Text,
    Unknown,
)


@dataclass(frozen=True, slots=True)
class Describing:
    """One description for each sampled frame; it stands until the next one.

    Sampled once a shot, it describes shots; sampled every frame, frames.
    """

    transform: PictureTransform = PictureTransform()
    max_tokens: int = 120
    alone: bool = False
    """Each description is about its frame only: for moments picked by hand."""

    @property
    def name(self) -> str:
        return "describing"

    @property
    def version(self) -> int:
        return 1

    @property
    def parameters(self) -> Mapping[str, object]:
        return asdict(self)

    def planned(self, footage: Footage) -> int:
        return len(footage.sample)

    def start(self, footage: Footage) -> RecipeRun:
        question = templates.describe(max_tokens=self.max_tokens)

        def asks() -> Iterator[Ask]:
            for index, pts in enumerate(footage.sample):
                yield Ask(AskId(index), (pts,), question, self.transform)

        def hear(ask_id: AskId, outcome: Answer | AskFailed) -> tuple[Finding, ...]:
            index = int(ask_id)
            pts = footage.sample[index]
            if self.alone:
                end = footage.frames.after(pts)
            elif index + 1 < len(footage.sample):
                end = footage.sample[index + 1]
            else:
                end = footage.frames.end
            return (described(pts, end, (pts,), "", outcome),)

        return scan(asks(), hear, lambda: ())


def described(
    start: int, end: int, frames: tuple[int, ...], prompt: str, outcome: Answer | AskFailed
) -> Description:
    """The finding that an outcome of a text question makes."""
    match outcome:
        case Answer(value=Text(text, cut)):
            return Description(start, end, frames, prompt, text, cut)
        case AskFailed(reason, detail):
            unknown = Unknown(start, end, reason, detail)
            return Description(start, end, frames, prompt, None, unknown=unknown)
        case Answer():
            raise TypeError(f"a text was asked for, not {outcome.value}")
