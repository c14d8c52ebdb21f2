"""The timeline of a media: derived, each time it is looked at, from what its runs were told.

Nothing of it is stored but the numbers that a person keeps for a tag, and what people say of it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sightline.errors import Conflict, NotFound
from sightline.recipes.corrections import corrected
from sightline.services.runs.events import Events
from sightline.services.runs.jobs import Page
from sightline.services.timelines import pieces, rows
from sightline.services.timelines.archive import Archive, Told
from sightline.services.timelines.choosing import Key, chosen, offered, offered_so_far
from sightline.services.timelines.corrections import TOLD, Corrections
from sightline.services.timelines.pieces import Window
from sightline.services.timelines.settled import settled
from sightline.services.timelines.told import Piece, Row, Timeline, Trial
from sightline.store import LibraryItem, Store, past, readings, trust
from sightline.store import jobs as stored_jobs
from sightline.store.past import PastRun, Subject
from sightline.store.readings import Reading
from sightline.values import Description, FrameIndex, Media, RunState, Track
from sightline.values.corrections import Correction
from sightline.values.text import plain_line


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The runs that count on one media, and for what."""

    item: LibraryItem
    frames: FrameIndex
    runs: Mapping[str, Told]
    """The latest first."""
    keys: Mapping[Key, str]
    """In the order in which they are shown."""
    live: bool

    @property
    def tags(self) -> Mapping[str, Told]:
        """Which run speaks of each tag."""
        return {name: self.runs[run] for (kind, name), run in self.keys.items() if kind == "track"}


class Timelines:
    """The timelines of a library. `NotFound` is raised for a media that is not known well enough,
    and for a job that is not there."""

    def __init__(self, store: Store, events: Events, corrections: Corrections) -> None:
        self._database = store.database
        self._events = events
        self._corrections = corrections
        self._archive = Archive(store)

    async def of(self, item: LibraryItem, *, job: str | None = None) -> Timeline:
        """All that is known of a media; with a job's id or number what that alone found."""
        counting = await self._choose(item, job)
        kept = await self._database.read(partial(readings.of, digest=item.media.digest))
        said = await self._corrections.of(item)
        found = await asyncio.to_thread(_rows, counting, kept, said)
        distrusted = partial(trust.by_run, digest=item.media.digest, run_ids=list(counting.runs))
        return Timeline(
            item=item,
            live=counting.live,
            runs=tuple(counting.runs.values()),
            distrusted=await self._database.read(distrusted),
            rows=found,
            descriptions=tuple(_descriptions(counting)),
            coverage=tuple((run, told.coverage) for run, told in counting.runs.items()),
            corrections=tuple(said),
        )

    async def settled(self, item: LibraryItem) -> Sequence[Track]:
        """Every tag as `of` tells it once nothing goes on."""
        return await settled(self._archive, self._database, item)

    async def try_reading(
        self, item: LibraryItem, tag: str, reading: Reading, *, job: str | None = None
    ) -> Trial:
        """A tag read by other numbers. Raises `Conflict` where it cannot be."""
        counting = await self._choose(item, job)
        told = _tunable(counting, tag)
        kept = await self._database.read(partial(readings.of, digest=item.media.digest))
        said = await self._corrections.of(item)

        def work() -> Trial:
            row, points = rows.tried(told, tag, {**kept, tag: reading})
            return Trial(item, _corrected(row, said, counting), points)

        return await asyncio.to_thread(work)

    async def keep_reading(self, item: LibraryItem, tag: str, reading: Reading) -> None:
        """From now on. Raises `Conflict` where the tag cannot be read by other numbers."""
        _tunable(await self._choose(item, None), tag)
        digest = item.media.digest
        await self._database.write(partial(readings.keep, digest=digest, tag=tag, reading=reading))
        await self._events.tell(TOLD, {"media": digest})

    async def drop_reading(self, item: LibraryItem, tag: str) -> None:
        """Back to the numbers of the run. Raises `NotFound` when there are no others."""
        digest = item.media.digest
        if not await self._database.write(partial(readings.drop, digest=digest, tag=tag)):
            raise NotFound(
                f"No numbers were set for the tag '{plain_line(tag)}' of '{item.title}': it is read"
                " by those of its run."
            )
        await self._events.tell(TOLD, {"media": digest})

    async def evidence(
        self,
        item: LibraryItem,
        window: Window,
        *,
        job: str | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> Page[Piece]:
        """The asks that the timeline rests on, in order of time."""
        counting = await self._choose(item, job)
        names: dict[str, set[str | None]] = defaultdict(set)
        for (kind, name), run in counting.keys.items():
            names[run].add(name if kind == "track" else None)
        runs = [(counting.runs[run], frozenset(of)) for run, of in names.items()]
        all_ = await asyncio.to_thread(pieces.found, runs, window, item.media.clock)
        page = all_[offset : offset + limit]
        facts = [told.heard.facts[number] for told, number in page]
        facts = [fact for fact in facts if fact]
        sources = await self._database.read(partial(past.sources, fact_ids=facts))
        frames = await self._database.read(partial(past.frames_of, fact_ids=facts))
        return Page(tuple(pieces.piece(one, sources, frames) for one in page), len(all_))

    # --------------------------------------------------------------------------------- choosing

    async def _choose(self, item: LibraryItem, job: str | None) -> _Chosen:
        frames = await self._archive.frames(item)
        runs = await self._archive.runs(item.media)
        if job is not None:
            wanted = await self._database.read(partial(stored_jobs.get, name=job))
            runs = tuple(run for run in runs if run.job == wanted.id)
        over = [run for run in runs if run.ended_at is not None]
        subjects = await self._archive.subjects(over)
        going_on: dict[str, Told] = {}
        for run in runs:
            if run.ended_at is None:
                told = await self._archive.told(run, item.media, frames)
                going_on |= {run.id: told} if told else {}
        keys = await asyncio.to_thread(_speaking, runs, going_on, subjects, item.media)
        counting = set(keys.values())
        shown: dict[str, Told] = {}
        for run in runs:
            told = going_on.get(run.id)
            if told is None and run.id in counting:
                told = await self._archive.told(run, item.media, frames)
            if told is not None and (run.id in counting or run.state is RunState.RUNNING):
                shown[run.id] = told
        keys = {key: run for key, run in keys.items() if run in shown}
        live = any(run.state is RunState.RUNNING for run in runs)
        return _Chosen(item, frames, shown, keys, live)


def _speaking(
    runs: Sequence[PastRun],
    going_on: Mapping[str, Told],
    subjects: Mapping[str, Sequence[Subject]],
    media: Media,
) -> Mapping[Key, str]:
    """Which run counts for what."""
    return chosen(
        offer
        for run in runs
        for offer in (
            offered_so_far(going_on[run.id], media)
            if run.id in going_on
            else offered(run, subjects.get(run.id, ()), media)
        )
    )


def _rows(
    counting: _Chosen, kept: Mapping[str, Reading], said: Sequence[Correction]
) -> tuple[Row, ...]:
    """Of each tag that was looked for, then of those of which only people speak."""
    by_run = {
        run: {row.track.tag: row for row in rows.of(told, kept)}
        for run, told in counting.runs.items()
    }
    found = [
        _corrected(by_run[told.run.id][tag], said, counting) for tag, told in counting.tags.items()
    ]
    found += (
        rows.said_only(tag, said, counting.item.media, counting.frames)
        for tag in sorted({one.tag for one in said} - counting.tags.keys())
    )
    return tuple(found)


def _corrected(row: Row, said: Sequence[Correction], counting: _Chosen) -> Row:
    track = corrected(row.track, said, counting.item.media.clock, counting.frames)
    return replace(row, track=track)


def _descriptions(counting: _Chosen) -> Sequence[tuple[str, Description]]:
    """Plain ones first, then the answers to questions, each in order of time."""
    found = [
        (run, finding)
        for (kind, prompt), run in counting.keys.items()
        if kind == "description"
        for finding in counting.runs[run].findings
        if isinstance(finding, Description) and finding.prompt == prompt
    ]
    return sorted(found, key=lambda one: (one[1].prompt != "", one[1].prompt, one[1].start))


def _tunable(counting: _Chosen, tag: str) -> Told:
    """Raises `NotFound` for a tag that nobody asked for, `Conflict` for one that has no answers."""
    name = plain_line(tag)
    told = counting.tags.get(tag)
    if told is None:
        raise NotFound(
            f"No run has looked for '{name}' in '{counting.item.title}': ask for it first."
        )
    if told.reader is None:
        raise Conflict(
            f"The answers about '{name}' are not known frame by frame, as another version of "
            "Sightline made that run. Do it again: what was answered is not asked again."
        )
    if not rows.can_tune(told, tag):
        raise Conflict(
            f"Nothing was answered about '{name}' yet, so there is nothing to read by other "
            "numbers."
        )
    return told
