"""A person's own question about the whole media, from all sampled frames in one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sightline.ports import RecipeRun
from sightline.prompts import templates
from sightline.recipes.describing import described
from sightline.recipes.scan import scan
from sightline.values import (
    UNASKED,
    Answer,
    Ask,
    AskFailed,
    AskId,
    Finding,
    Footage,
    PictureTransform,
)


@dataclass(frozen=True, slots=True)
class Answering:
    """One prompt over all sampled frames, shown in order with their times."""

    prompt: str
    transform: PictureTransform = PictureTransform()
    max_tokens: int = 250
    min_tokens: int = 0

    @property
    def name(self) -> str:
        return "answering"

    @property
    def version(self) -> int:
        return 1

    @property
    def parameters(self) -> Mapping[str, object]:
        return asdict(self)

    def planned(self, footage: Footage) -> int:
        del footage
        return 1

    def start(self, footage: Footage) -> RecipeRun:
        frames = tuple(footage.sample)
        question = templates.answer(
            self.prompt, max_tokens=self.max_tokens, min_tokens=self.min_tokens
        )
        ask = Ask(AskId(0), frames, question, self.transform, independent=False)
        heard: list[Finding] = []

        def told(shown: tuple[int, ...], outcome: Answer | AskFailed) -> Finding:
            whole = footage.frames
            return described(whole.pts[0], whole.end, shown, self.prompt, outcome)

        def hear(_: AskId, outcome: Answer | AskFailed) -> tuple[Finding, ...]:
            heard.append(told(frames, outcome))
            return (heard[0],)

        return scan(iter([ask]), hear, lambda: () if heard else (told((), UNASKED),))
