"""What a person asks for, and the recipes and frames that it comes down to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sightline.errors import InputError
from sightline.media.sampling import (
    AllFrames,
    At,
    Even,
    Every,
    Keyframes,
    Motion,
    Policy,
    Scenes,
)
from sightline.ports import Recipe
from sightline.recipes.answering import Answering
from sightline.recipes.describing import Describing
from sightline.recipes.tagging import Tagging
from sightline.recipes.tags import Tag, check_words
from sightline.recipes.votes import MOST_SAMPLES
from sightline.settings import Settings
from sightline.values import Budget, PictureTransform, Reach, Sharing
from sightline.values.times import parse_time

FRAMES_FOR_A_QUESTION = 8
"""Sampled for `ask` when no policy is given: what the source system shows a model."""

MOST_FRAMES_FOR_A_QUESTION = 64
"""They all travel in one call, and each takes hundreds of the tokens that a model can read."""


_NO_LIMIT = Budget()


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
    sharing: bool | None = None
    """Whether frames that look alike share an answer; None: as the settings say."""
    precision_s: float | None = None
    """Seconds that the range of a tag's edge may span, 0.0 for a frame; None: as it is sampled."""
    doubt: bool = False
    """Hear doubtful answers about tags again."""
    repeats: int = 1
    """How often each question about a tag is asked."""
    budget: Budget = _NO_LIMIT
    """The most that each of its runs may spend."""
    endpoints: tuple[str, ...] = ()
    """Those that may be asked, by name; none: all."""
    model: str | None = None
    """Ask only those that serve it."""
    egress: Reach | None = None
    """How far pictures may travel; None: as the settings say."""

    def __post_init__(self) -> None:
        """Raises `InputError` for what cannot be meant, or put to a model."""
        if self.ask is not None:
            check_words("the question", self.ask)
        if self.longest_side is not None and not 32 <= self.longest_side <= 8192:
            raise InputError(f"longest_side must be 32 to 8192 pixels, not {self.longest_side}")
        if self.max_tokens is not None and self.max_tokens < 1:
            raise InputError(f"max_tokens must be 1 or more, not {self.max_tokens}")
        if self.precision_s is not None and not 0 <= self.precision_s < math.inf:
            raise InputError(f"precision must be 0 seconds or more, not {self.precision_s}")
        if not 1 <= self.repeats <= MOST_SAMPLES:
            raise InputError(f"repeats must be 1 to {MOST_SAMPLES}, not {self.repeats}")
        if self.min_tokens < 0:
            raise InputError(f"min_tokens must be 0 or more, not {self.min_tokens}")

    def sharing_for(self, policy: Policy, settings: Settings) -> Sharing | None:
        """How frames share answers; never those that a person picked by hand."""
        wanted = settings.sharing if self.sharing is None else self.sharing
        if not wanted or isinstance(policy, At):
            return None
        return Sharing(settings.alike_within, settings.alike_audit)

    @property
    def searches(self) -> bool:
        """Whether edges are searched for, which goes by what is seen to change."""
        alone = isinstance(self.policy, At)
        return bool(self.tags) and self.precision_s is not None and not alone

    def recipes(
        self, settings: Settings, *, longest_side: int | None = None
    ) -> Iterator[tuple[Recipe, Policy, int | None]]:
        """Each recipe with its policy, and how many of the policy's frames it takes at most.

        `longest_side` is what the endpoint prefers, in pixels.
        """
        transform = PictureTransform(self.longest_side or longest_side or settings.longest_side)
        scan = self.policy or Every(Fraction(str(settings.every_s)))
        alone = isinstance(self.policy, At)
        limit = {} if self.max_tokens is None else {"max_tokens": self.max_tokens}
        if self.tags:
            tagging = Tagging(
                self.tags,
                transform,
                alone=alone,
                precision_s=None if alone else self.precision_s,
                doubt=self.doubt,
                repeats=self.repeats,
                # With nothing to spend the order is that of the run whose answers are told again:
                # of frames that look alike, it must be the same ones that lead.
                breadth_first=self.budget != _NO_LIMIT and self.budget.calls != 0 and not alone,
            )
            yield tagging, scan, None
        if self.describe:
            yield Describing(transform, alone=alone, **limit), scan, None
        if self.ask is not None:
            recipe = Answering(self.ask, transform, min_tokens=self.min_tokens, **limit)
            policy = self.policy or Even(FRAMES_FOR_A_QUESTION)
            yield recipe, policy, MOST_FRAMES_FOR_A_QUESTION


def thinned(frames: Sequence[int], most: int | None) -> Sequence[int]:
    """At most so many of the frames, evenly from the first to the last; None: all. `most` >= 2."""
    if most is None or len(frames) <= most:
        return frames
    return [frames[turn * (len(frames) - 1) // (most - 1)] for turn in range(most)]


def policy_of(
    *,
    every: str | float | None = None,
    frames: int | None = None,
    keyframes: bool = False,
    all_frames: bool = False,
    scenes: bool = False,
    motion: int | None = None,
    at: str | float | Sequence[str | float] | None = None,
) -> Policy | None:
    """The sampling policy of the one argument that is given, or None. Times may be texts.

    `at` is one moment, a sequence, or a text such as "12.5, 1:30". Raises `InputError` when
    several policies are given, or one that cannot be meant.
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
    if scenes:
        policies.append(Scenes())
    if motion is not None:
        policies.append(Motion(motion))
    if at is not None:
        policies.append(At(tuple(parse_time(str(moment)) for moment in _moments(at))))
    if len(policies) > 1:
        raise InputError(
            "every, frames, keyframes, all-frames, scenes, motion and at each choose the frames:"
            " give one of them"
        )
    return policies[0] if policies else None


def _moments(at: str | float | Sequence[str | float]) -> Sequence[str | float]:
    if isinstance(at, str):
        return [moment for moment in at.split(",") if moment.strip()]
    return [at] if isinstance(at, int | float) else at


def precision_of(text: str | float | None) -> float | None:
    """Seconds, from "frame", "0.5s" or a number. Raises `InputError` for anything else."""
    if text is None:
        return None
    return 0.0 if str(text).strip() == "frame" else float(parse_time(str(text)))


def budget_of(
    *,
    calls: int | None = None,
    tokens: int | None = None,
    money: float | None = None,
    time: str | float | None = None,
) -> Budget:
    """Limits as people write them; `time` may be a text such as "5m".

    0 calls asks nothing: what is found follows from stored answers alone. Raises `InputError`.
    """
    for what, limit in (("calls", calls), ("tokens", tokens), ("cost", money)):
        if limit is not None and limit < 0:
            raise InputError(f"a budget of {what} must be 0 or more, not {limit}")
    return Budget(calls, tokens, money, None if time is None else float(parse_time(str(time))))
