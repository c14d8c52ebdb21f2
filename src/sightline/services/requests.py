"""What a person asks for, and the recipes and frames that it comes down to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sightline.errors import InputError
from sightline.media.sampling import AllFrames, At, Even, Every, Keyframes, Policy
from sightline.ports import Recipe
from sightline.recipes.answering import Answering
from sightline.recipes.describing import Describing
from sightline.recipes.tagging import Tagging
from sightline.recipes.tags import Tag
from sightline.settings import Settings
from sightline.values import PictureTransform
from sightline.values.times import parse_time

FRAMES_FOR_A_QUESTION = 8
"""Sampled for `ask` when no policy is given: what the source system shows a model."""


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """What a person wants to know about a media."""

    tags: tuple[Tag, ...] = ()
    describe: bool = False
    ask: str | None = None
    policy: Policy | None = None
    """None: every few seconds for tags and descriptions, a few even frames for a question."""
    longest_side: int | None = None
    """Pixels; None: as the settings say."""
    max_tokens: int | None = None
    """Longest text; None: as each template says."""
    min_tokens: int = 0

    def __post_init__(self) -> None:
        """Raises `InputError` for words that cannot be put to a model."""
        if self.ask is not None:
            _check_words("the question", self.ask)
        for tag in self.tags:
            _check_words("a tag", tag.name)
            _check_words("a tag", tag.wording)

    def recipes(self, settings: Settings) -> Iterator[tuple[Recipe, Policy]]:
        transform = PictureTransform(self.longest_side or settings.longest_side)
        scan = self.policy or Every(Fraction(str(settings.every_s)))
        alone = isinstance(self.policy, At)
        limit = {} if self.max_tokens is None else {"max_tokens": self.max_tokens}
        if self.tags:
            yield Tagging(self.tags, transform, alone=alone), scan
        if self.describe:
            yield Describing(transform, alone=alone, **limit), scan
        if self.ask is not None:
            recipe = Answering(self.ask, transform, min_tokens=self.min_tokens, **limit)
            yield recipe, self.policy or Even(FRAMES_FOR_A_QUESTION)


def _check_words(what: str, text: str) -> None:
    if not text.strip():
        raise InputError(f"{what} is empty: say what to look for")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"{what} is not UTF-8 text: {text!a}. Check the encoding that the terminal uses"
        ) from error


def policy_of(
    *,
    every: str | float | None = None,
    frames: int | None = None,
    keyframes: bool = False,
    all_frames: bool = False,
    at: Sequence[str | float] | None = None,
) -> Policy | None:
    """The sampling policy of the one argument that is given, or None. Times may be texts.

    Raises `InputError` when several are given.
    """
    policies: list[Policy] = []
    if every is not None:
        policies.append(Every(parse_time(str(every))))
    if frames is not None:
        policies.append(Even(frames))
    if keyframes:
        policies.append(Keyframes())
    if all_frames:
        policies.append(AllFrames())
    if at is not None:
        policies.append(At(tuple(parse_time(str(moment)) for moment in at)))
    if len(policies) > 1:
        raise InputError(
            "every, frames, keyframes, all-frames and at each choose the frames: give one of them"
        )
    return policies[0] if policies else None
