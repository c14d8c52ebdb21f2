"""Descriptions: what can be seen at each sampled frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby

from sightline.ports import RecipeRun
from sightline.prompts import templates
from sightline.recipes.scan import scan
from sightline.values import (
    UNASKED,
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
        sample, frames = footage.sample, footage.frames
        question = templates.describe(max_tokens=self.max_tokens)
        heard = bytearray(len(sample))

        def end(index: int) -> int:
            if self.alone:
                return frames.after(sample[index])
            return sample[index + 1] if index + 1 < len(sample) else frames.end

        def asks() -> Iterator[Ask]:
            for index, pts in enumerate(sample):
                yield Ask(AskId(index), (pts,), question, self.transform)

        def hear(ask_id: AskId, outcome: Answer | AskFailed) -> tuple[Finding, ...]:
            index = int(ask_id)
            heard[index] = 1
            return (described(sample[index], end(index), (sample[index],), "", outcome),)

        def conclude() -> tuple[Finding, ...]:
            """What was not heard, as one stretch for each row of neighbours."""
            rows = groupby(range(len(sample)), lambda n: heard[n] or (self.alone and n + 2))
            silent = [list(row) for said, row in rows if said != 1]
            return tuple(described(sample[row[0]], end(row[-1]), (), "", UNASKED) for row in silent)

        return scan(asks(), hear, conclude)


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
