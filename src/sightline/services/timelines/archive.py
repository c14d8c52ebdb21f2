"""The runs of a media with all that they were told, read once and kept for the next look.

What a run that is over was told never changes, so it is kept, for the latest few that were looked
at. A run that goes on is followed: each look reads what is new in its ledger. Whether an answer is
distrusted does change, so that is not kept: it is read at each look.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

from sightline.errors import NotFound
from sightline.ports import Recipe
from sightline.recipes.tagging import Tagging
from sightline.services.timelines.coverage import Stretches, covered
from sightline.services.timelines.heard import NO_TAG, Asked, Heard
from sightline.services.timelines.reading import Reader
from sightline.services.timelines.replay import (
    DoesNotFit,
    Replay,
    footage_of,
    recipe_of,
    tags_of,
)
from sightline.store import LibraryItem, Store, past, shelf
from sightline.store.findings import findings_of
from sightline.store.past import Kept, PastRun, Subject
from sightline.values import Finding, Footage, FrameIndex, Media

K = TypeVar("K")
V = TypeVar("V")

MOST_ASKS = 500_000
"""Of all runs that are kept in memory together: some 25 MB."""
_MOST_RUNS = 64
_MOST_FOLLOWED = 8
_MOST_INDEXES = 8
_MOST_SUBJECTS = 5000


@dataclass(frozen=True, slots=True)
class Told:
    """One run, with what it found and what that rests on."""

    run: PastRun
    findings: tuple[Finding, ...]
    """By its own numbers. Of a run that goes on, what is known so far."""
    heard: Heard
    recipe: Recipe | None
    footage: Footage | None
    """None: an older version made the run, and its answers cannot be read anew."""
    reader: Reader | None
    """Of a run that looks for tags, where they can."""
    coverage: Stretches
    planned: int

    @property
    def done(self) -> int:
        """Asks that have come to something."""
        counts = self.run.counts
        names = ("answered", "reused", "shared", "failed", "unsupported")
        return sum(counts.get(name, 0) for name in names) if counts else len(self.heard)

    @property
    def answers(self) -> int:
        """That it rests on; one that frames share counts once."""
        return len(set(self.heard.facts) - {0})

    @property
    def frames_sampled(self) -> int:
        """0 where it is not known."""
        if self.footage is not None:
            return len(self.footage.sample)
        return self.run.counts.get("frames_sampled", 0)


class Archive:
    """All runs of a library, as far as they were looked at."""

    def __init__(self, store: Store) -> None:
        self._database = store.database
        self._over: OrderedDict[str, Told] = OrderedDict()
        self._followed: OrderedDict[str, tuple[Replay, Told | None]] = OrderedDict()
        self._indexes: OrderedDict[str, FrameIndex] = OrderedDict()
        self._subjects: OrderedDict[str, tuple[Subject, ...]] = OrderedDict()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def frames(self, item: LibraryItem) -> FrameIndex:
        """Raises `NotFound` where an older version has read it, which kept less."""
        digest = item.media.digest
        if (known := self._indexes.get(digest)) is None:
            known = await self._database.read(partial(shelf.index_of, digest=digest))
            if known is None:
                raise NotFound(f"The frames of '{item.title}' are not known: add its file again.")
            _put(self._indexes, digest, known, most=_MOST_INDEXES)
        return known

    async def runs(self, media: Media) -> tuple[PastRun, ...]:
        """All on a media, latest first."""
        return await self._database.read(partial(past.about, digest=media.digest))

    async def subjects(self, runs: Iterable[PastRun]) -> Mapping[str, tuple[Subject, ...]]:
        """What each of these runs, which are over, says something of."""
        ids = [run.id for run in runs]
        if new := [one for one in ids if one not in self._subjects]:
            for run, told in (
                await self._database.read(partial(past.subjects, run_ids=new))
            ).items():
                _put(self._subjects, run, told, most=max(_MOST_SUBJECTS, len(ids)))
        return {one: self._subjects.get(one, ()) for one in ids}

    async def told(self, run: PastRun, media: Media, frames: FrameIndex) -> Told | None:
        """All about one run; None where it was erased meanwhile."""
        if known := self._over.get(run.id):
            self._over.move_to_end(run.id)
            # Its job may have been deleted since.
            return known if known.run == run else replace(known, run=run)
        lock = self._locks.setdefault(run.id, asyncio.Lock())
        async with lock:
            if known := self._over.get(run.id):
                return known
            return await self._look(run, media, frames)

    # ---------------------------------------------------------------------------------- reading

    async def _look(self, run: PastRun, media: Media, frames: FrameIndex) -> Told | None:
        replay, before = self._followed.pop(run.id, (None, None))
        if replay is None:
            begun = await self._database.read(partial(past.begun, run_id=run.id))
            if begun is None:
                return None
            recipe = recipe_of(run.recipe, begun)
            footage = footage_of(recipe, begun, media, frames) if recipe else None
            if recipe is None or footage is None:
                return self._kept(await self._unread(run, recipe, frames))
            replay = Replay(recipe, footage)
        reached = replay.seq
        try:
            while entries := await self._entries(run, after=replay.seq):
                await asyncio.to_thread(replay.feed, entries)
        except DoesNotFit:
            return self._kept(await self._unread(run, replay.recipe, frames))
        if run.ended_at is not None:
            findings = await self._database.read(partial(findings_of, run_id=run.id))
            return self._kept(await asyncio.to_thread(_over, run, replay, findings))
        if before is None or replay.seq != reached or before.run != run:
            before = await asyncio.to_thread(_going_on, run, replay)
        _put(self._followed, run.id, (replay, before), most=_MOST_FOLLOWED)
        return before

    async def _unread(self, run: PastRun, recipe: Recipe | None, frames: FrameIndex) -> Told:
        """A run whose ledger cannot be read again: what it concluded, and answers of its own."""
        findings = await self._database.read(partial(findings_of, run_id=run.id))
        seq, kept = 0, list[Kept]()
        while entries := await self._entries(run, after=seq):
            seq = entries[-1].entry.seq
            kept += [one for one in entries if one.fact and not one.entry.shared]
        keys = {one.question for one in kept}
        words = await self._database.read(partial(past.wordings, ids=keys))
        heard = _without_recipe(recipe, kept, {key: said for key, (_, said) in words.items()})
        coverage = covered(recipe, (), heard, frames)
        planned = run.counts.get("planned", 0)
        return Told(run, findings, heard, recipe, None, None, coverage, planned)

    async def _entries(self, run: PastRun, *, after: int) -> Sequence[Kept]:
        return await self._database.read(partial(past.entries, run_id=run.id, after=after))

    def _kept(self, told: Told) -> Told:
        if told.run.ended_at is not None:
            _put(self._over, told.run.id, told, most=_MOST_RUNS)
            held = sum(len(one.heard) for one in self._over.values())
            while held > MOST_ASKS and len(self._over) > 1:
                held -= len(self._over.popitem(last=False)[1].heard)
        return told


def _over(run: PastRun, replay: Replay, findings: tuple[Finding, ...]) -> Told:
    recipe, footage, heard = replay.recipe, replay.footage, replay.heard
    return Told(
        run,
        findings,
        heard,
        recipe,
        footage,
        Reader(recipe, footage, heard) if isinstance(recipe, Tagging) else None,
        covered(recipe, footage.sample, heard, footage.frames),
        max(replay.planned, run.counts.get("planned", 0)),
    )


def _going_on(run: PastRun, replay: Replay) -> Told:
    told = _over(run, replay, replay.findings)
    return replace(told, findings=told.reader.tracks({})) if told.reader else told


def _without_recipe(recipe: Recipe | None, kept: Sequence[Kept], words: Mapping[int, str]) -> Heard:
    """Answers by what they are about, where nobody can tell in which order they were asked for."""
    tags = tags_of(recipe) if recipe else ()
    names = {tag.wording: tag.name for tag in tags}
    heard = Heard(tuple(dict.fromkeys((*(tag.name for tag in tags), *names.values()))))
    places = {name: place for place, name in enumerate(heard.names)}
    for one in kept:
        name = names.get(words.get(one.question, ""))
        place = NO_TAG if name is None else places[name]
        heard.add(Asked(one.frames, place, 0), one)
    return heard


def _put(into: OrderedDict[K, V], key: K, value: V, *, most: int) -> None:
    into[key] = value
    into.move_to_end(key)
    while len(into) > most:
        into.popitem(last=False)
