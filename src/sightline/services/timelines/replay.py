"""Reads the ledger of a run again: what was asked there, and what it comes to so far.

A ledger tells asks by number only. What they were about is known to the recipe that put them, so a
fresh one is fed what the run was told, in order, as the engine does after a crash. A recipe that is
kept takes what has come since: a run that goes on is followed at the cost of what is new.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter, ValidationError

from sightline.errors import SightlineError
from sightline.ports import Recipe, RecipeRun
from sightline.recipes.answering import Answering
from sightline.recipes.describing import Describing
from sightline.recipes.tagging import Tagging
from sightline.recipes.tags import Tag
from sightline.services.runs.analysis import request_digest
from sightline.services.timelines.heard import NO_TAG, Asked, Heard
from sightline.store.past import Begun, Kept
from sightline.values import Ask, AskId, Emit, Finding, Footage, FrameIndex, Media

_RECIPES: Mapping[str, TypeAdapter[Tagging] | TypeAdapter[Describing] | TypeAdapter[Answering]] = {
    "tagging": TypeAdapter(Tagging),
    "describing": TypeAdapter(Describing),
    "answering": TypeAdapter(Answering),
}
_NOT_THE_RECIPES = {"sampling", "alike_within"}
"""Among the parameters of a run: they say how its frames were chosen and shared."""


class DoesNotFit(Exception):
    """A ledger answers what this recipe would not have asked."""


def recipe_of(name: str, begun: Begun) -> Recipe | None:
    """The recipe that a run was begun with; None for one that this version does not know."""
    adapter = _RECIPES.get(name)
    given = {key: of for key, of in begun.parameters.items() if key not in _NOT_THE_RECIPES}
    if adapter is None:
        return None
    try:
        recipe = adapter.validate_python(given)
    except (ValidationError, SightlineError):
        return None
    said = json.loads(json.dumps(dict(recipe.parameters)))
    return recipe if all(said.get(key) == of for key, of in given.items()) else None


def footage_of(recipe: Recipe, begun: Begun, media: Media, frames: FrameIndex) -> Footage | None:
    """What the run was about; None where that is not known, or its recipe asks otherwise now."""
    if not begun.sample:
        return None
    footage = Footage(media, frames, begun.sample, begun.hints)
    digest = request_digest(recipe, footage, parameters=begun.parameters, models=begun.models)
    return footage if digest == begun.request else None


class Replay:
    """One run, followed: `feed` it the ledger in order, from where it is (`seq`)."""

    def __init__(self, recipe: Recipe, footage: Footage) -> None:
        self.recipe = recipe
        self.footage = footage
        self.heard = Heard(tuple(tag.name for tag in tags_of(recipe)))
        self.seq = 0
        self._run: RecipeRun = recipe.start(footage)
        self._open: dict[AskId, tuple[Ask, int]] = {}
        """Each with the place of its tag."""
        self._findings: dict[object, Finding] = {}
        self._tags = _Tags(recipe)
        self._take(next(self._run))

    def feed(self, entries: Sequence[Kept]) -> None:
        """Raises `DoesNotFit`, after which it is of no more use."""
        for kept in entries:
            entry = kept.entry
            if entry.ask not in self._open:
                raise DoesNotFit
            ask, tag = self._open.pop(entry.ask)
            self.heard.add(Asked(ask.frames, tag, ask.sample), kept)
            try:
                self._take(self._run.send((ask.id, entry.outcome)))
            except (TypeError, StopIteration) as error:
                raise DoesNotFit from error
            self.seq = entry.seq

    @property
    def planned(self) -> int:
        """Asks that it expects to make in all."""
        return max(self.recipe.planned(self.footage), len(self.heard) + len(self._open))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those that were ready; tracks are not before the run is over."""
        return tuple(self._findings.values())

    def _take(self, emit: Emit) -> None:
        for ask in emit.asks:
            self._open[ask.id] = ask, self._tags.place(ask)
        for finding in emit.findings:
            self._findings[finding.key] = finding


class _Tags:
    """Which tag an ask is about, told of asks in the order in which they are put.

    Two tags may have the same wording, but each has its own question, and the first frame is asked
    about all of them in their order.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._unseen: dict[object, list[int]] = defaultdict(list)
        for place, tag in enumerate(tags_of(recipe)):
            self._unseen[tag.wording].append(place)
        self._known: dict[int, int] = {}

    def place(self, ask: Ask) -> int:
        if ask.question.expects != "presence":
            return NO_TAG
        known = self._known.get(id(ask.question))
        if known is None:
            known = self._known[id(ask.question)] = self._unseen[ask.question["tag"]].pop(0)
        return known


def tags_of(recipe: Recipe) -> tuple[Tag, ...]:
    """None but of a recipe that looks for tags."""
    return recipe.tags if isinstance(recipe, Tagging) else ()
