"""Which endpoints can answer what, as far as that is known before they are asked. Pure.

An endpoint that refuses a question leaves it to the others, and where there are none it stays
unknown: `endpoints.pool.calls`. Here that is told beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sightline.ports import Recipe
from sightline.recipes.describing import Describing
from sightline.recipes.tagging import Tagging
from sightline.recipes.tags import Tag
from sightline.services.planning.loads import questions_of
from sightline.services.planning.speeds import Speed
from sightline.values import Question

_NAMED = 8
"""Tags that a sentence names."""

Names = frozenset[str]


@dataclass(frozen=True, slots=True)
class Part:
    """Those of a recipe's questions that the same endpoints would be asked first."""

    recipe: Recipe
    by: Names
    """Empty: nobody knows yet."""


def parts_of(recipe: Recipe, speeds: Sequence[Speed]) -> list[Part]:
    """A recipe, split by who can answer; what nobody can is left out."""
    if not speeds:
        return [Part(recipe, frozenset())]
    if not isinstance(recipe, Tagging):
        asked = [_first(question, speeds) for question in questions_of(recipe)]
        return [Part(recipe, asked[0])] if asked and all(asked) else []
    groups: dict[Names, list[Tag]] = {}
    for tag, question in zip(recipe.tags, questions_of(recipe), strict=True):
        if names := _first(question, speeds):
            groups.setdefault(names, []).append(tag)
    return [Part(replace(recipe, tags=tuple(tags)), names) for names, tags in groups.items()]


def untold(recipes: Sequence[Recipe], speeds: Sequence[Speed]) -> tuple[tuple[str, ...], str]:
    """The tags that nobody can tell, and in a sentence all that nobody can, with the way out."""
    if not speeds:
        return (), ""
    tags = tuple(tag.name for recipe in recipes for tag in _refused(recipe, speeds))
    words = [f"tell {_listed(tags)}"] if tags else []
    for recipe in recipes:
        if not isinstance(recipe, Tagging) and not parts_of(recipe, speeds):
            describes = isinstance(recipe, Describing)
            words.append("describe pictures" if describes else "answer a question in words")
    if not words:
        return (), ""
    who = f"{speeds[0].name} cannot" if len(speeds) == 1 else "None of these endpoints can"
    return tags, (
        f"{who} {' or '.join(words)}, so that stays unknown. Choose or add an endpoint with a "
        "model that sees pictures."
    )


def _refused(recipe: Recipe, speeds: Sequence[Speed]) -> Iterator[Tag]:
    if isinstance(recipe, Tagging):
        for tag, question in zip(recipe.tags, questions_of(recipe), strict=True):
            if not _first(question, speeds):
                yield tag


def _first(question: Question, speeds: Sequence[Speed]) -> Names:
    """Those that would be asked before others, of those that can answer."""
    able = [speed for speed in speeds if speed.can_tell(question)]
    first = min((speed.tier for speed in able), default=0)
    return frozenset(speed.name for speed in able if speed.tier == first)


def _listed(tags: Sequence[str]) -> str:
    more = len(tags) - _NAMED
    return ", ".join(tags[:_NAMED]) + (f" and {more} more" if more > 0 else "")
