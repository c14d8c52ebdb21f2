"""Work counted before it is done: how many questions a recipe puts, and how they would travel.

Pure: what is known and what looks alike is given.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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
from sightline.prompts import templates
from sightline.recipes.answering import Answering
from sightline.recipes.describing import Describing
from sightline.recipes.tagging import Tagging
from sightline.services.planning.rates import UNKNOWN, Rates
from sightline.values import Media, Question, Sharing

_SHOT_S = 5.0
"""How long a shot lasts, where nobody has measured it."""

Known = Mapping[tuple[str, int], set[str]]
"""By the digest of a question and its sample, the frames answered, as the store writes them."""


@dataclass(slots=True)
class Load:
    """One recipe's work on one media."""

    frames: int = 0
    asks: int = 0
    known: int = 0
    alike: int = 0
    single: int = 0
    """Asks that travel alone."""
    together: Counter[int] = field(default_factory=Counter[int])
    """Frames by how many questions about each travel together."""
    edges: int = 0
    """Of the asks, those that would look for edges."""
    by: frozenset[str] = frozenset()
    """The endpoints that would be asked; empty: any."""
    most: int | None = None
    """Calls that it may take."""

    @property
    def left(self) -> int:
        """Asks that somebody would be asked."""
        return self.asks - self.known - self.alike

    def calls(self, batch: tuple[int, int]) -> int:
        """To an endpoint that takes so many tags and so many frames in a call."""
        tags, frames = batch
        packed = sum(
            math.ceil(number / frames) if asks <= tags else number * math.ceil(asks / tags)
            for asks, number in self.together.items()
        )
        calls = self.single + packed
        return calls if self.most is None else min(calls, self.most)


def limit(loads: Sequence[Load], most: int | None) -> None:
    """Let the loads of one run share its budget of calls."""
    left = sum(load.left for load in loads)
    for load in loads:
        load.most = most if most is None or not left else round(most * load.left / left)


@dataclass(frozen=True, slots=True)
class Looks:
    """Which frames share an answer, as `engine.sharing` has them do it."""

    groups: Mapping[int, int]
    """Of each measured frame the one that stands for those that look like it."""
    sharing: Sharing | None

    def asked(
        self, chosen: Sequence[int], known: set[str], *, audits: bool
    ) -> tuple[list[int], int]:
        """Places of the frames that are asked about, and how many share an answer instead."""
        told = [str(pts) in known for pts in chosen] if known else [False] * len(chosen)
        groups = self.groups
        if not groups or self.sharing is None:
            return [place for place, is_known in enumerate(told) if not is_known], 0
        led = {groups.get(pts) for pts, is_known in zip(chosen, told, strict=True) if is_known}
        asked: list[int] = []
        alike = 0
        for place, pts in enumerate(chosen):
            if told[place]:
                continue
            to = groups.get(pts)
            if to is None:
                asked.append(place)
            elif to not in led and str(to) not in known:
                led.add(to)
                asked.append(place)
            elif audits and self.sharing.audits(pts):
                asked.append(place)
            else:
                alike += 1
        return asked, alike


def ask(
    load: Load,
    recipe: Recipe,
    chosen: Sequence[int],
    known: Known,
    looks: Looks,
) -> None:
    """Count what is asked about each frame."""
    tagging = isinstance(recipe, Tagging)
    questions = questions_of(recipe)
    for nth in range(recipe.repeats if tagging else 1):
        left = [0] * len(chosen)
        usual: tuple[list[int], int] | None = None
        for question in questions:
            mine = known.get((question.digest, nth)) or set()
            if mine or usual is None:
                asked, alike = looks.asked(chosen, mine, audits=tagging)
                usual = usual if mine else (asked, alike)
            else:
                asked, alike = usual
            load.asks += len(chosen)
            load.alike += alike
            load.known += len(chosen) - len(asked) - alike
            for place in asked:
                left[place] += 1
        if tagging:
            load.together.update(number for number in left if number)
        else:
            load.single += sum(left)


def add_edges(load: Load, recipe: Recipe, media: Media, rates: Rates) -> None:
    """About how many questions it takes to find where tags begin and end."""
    if not isinstance(recipe, Tagging) or recipe.precision_s is None or not load.frames:
        return
    gap = media.frame_count / load.frames
    width = max(1, int(recipe.precision_s * media.frame_count / max(media.duration_s, 1e-9)))
    if gap <= width:
        return
    minutes = media.duration_s / 60
    changes = sum(
        min(load.frames - 1, math.ceil(rates.a_minute(tag.name) * minutes)) for tag in recipe.tags
    )
    asks = changes * (math.ceil(math.log2(gap / width)) + 1)
    load.asks += asks
    load.single += asks
    load.edges += asks


def guessed(
    recipe: Recipe,
    frames: int,
    media: Media,
    *,
    counts: Mapping[str, int] | None = None,
    shared: float = 0.0,
    rates: Rates = UNKNOWN,
) -> Load:
    """By numbers alone: answers there are count as if they were about these frames."""
    load = Load(frames=frames)
    rounds = recipe.repeats if isinstance(recipe, Tagging) else 1
    per_question = 1 if isinstance(recipe, Answering) else frames * rounds
    questions = questions_of(recipe)
    load.asks = per_question * len(questions)
    known = [min(per_question, (counts or {}).get(one.digest, 0)) for one in questions]
    load.known = sum(known)
    left = load.asks - load.known
    load.alike = round(left * shared)
    if isinstance(recipe, Tagging) and left:
        most = max(per_question - one for one in known)
        about = max(1, round(most * (1 - shared)))
        load.together[math.ceil((left - load.alike) / about)] = about
    else:
        load.single = left - load.alike
    add_edges(load, recipe, media, rates)
    return load


def frames_of(policy: Policy, media: Media) -> int:
    """About how many frames a policy chooses."""
    match policy:
        case Every(seconds):
            number = math.ceil(media.duration_s / float(seconds))
        case Even(count) | Motion(count):
            number = count
        case AllFrames():
            number = media.frame_count
        case At(seconds):
            number = len(seconds)
        case Keyframes() | Scenes():
            number = math.ceil(media.duration_s / _SHOT_S)
    return max(1, min(number, media.frame_count))


def asks_of(recipe: Recipe, frames: int) -> int:
    if isinstance(recipe, Answering):
        return 1
    return (
        frames * len(questions_of(recipe)) * (recipe.repeats if isinstance(recipe, Tagging) else 1)
    )


def questions_of(recipe: Recipe) -> list[Question]:
    """That it puts about each frame, or about all."""
    match recipe:
        case Tagging(tags):
            return [templates.presence(tag.wording) for tag in tags]
        case Describing(max_tokens=limit):
            return [templates.describe(max_tokens=limit)]
        case Answering(prompt, max_tokens=most, min_tokens=least):
            return [templates.answer(prompt, max_tokens=most, min_tokens=least)]
        case _:
            return []
