"""The tags of a media as its timeline tells them, by the runs that are over: for the library.

Where nobody has answers read by other numbers, what the runs concluded is enough, and no ledger is
read again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from sightline.recipes.corrections import corrected
from sightline.services.timelines import rows
from sightline.services.timelines.archive import Archive
from sightline.services.timelines.choosing import chosen, offered
from sightline.store import LibraryItem, corrections, readings
from sightline.store.database import Database
from sightline.store.findings import findings_of
from sightline.store.past import PastRun
from sightline.store.readings import Reading
from sightline.values import FrameIndex, Track


async def settled(archive: Archive, database: Database, item: LibraryItem) -> list[Track]:
    """Corrected. Raises `NotFound` where the frames are not known."""
    media = item.media
    frames = await archive.frames(item)
    kept = await database.read(partial(readings.of, digest=media.digest))
    said = await database.read(partial(corrections.about, digest=media.digest))
    runs = [run for run in await archive.runs(media) if run.ended_at is not None]
    subjects = await archive.subjects(runs)

    def choose() -> dict[str, str]:
        keys = chosen(offer for run in runs for offer in offered(run, subjects[run.id], media))
        return {name: run for (kind, name), run in keys.items() if kind == "track"}

    speaking = await asyncio.to_thread(choose)
    tracks = {
        run.id: await _tracks(archive, database, item, run, frames, kept)
        for run in runs
        if run.id in speaking.values()
    }

    def work() -> list[Track]:
        found = [tracks[run][tag] for tag, run in speaking.items() if tag in tracks[run]]
        shown = [corrected(track, said, media.clock, frames) for track in found]
        only_said = {one.tag for one in said} - speaking.keys()
        return shown + [rows.said_only(tag, said, media, frames).track for tag in only_said]

    return await asyncio.to_thread(work)


async def _tracks(
    archive: Archive,
    database: Database,
    item: LibraryItem,
    run: PastRun,
    frames: FrameIndex,
    kept: Mapping[str, Reading],
) -> Mapping[str, Track]:
    """What one run found, by tag; nothing where it was erased meanwhile."""
    if not kept:
        found = await database.read(partial(findings_of, run_id=run.id))
        return {one.tag: one for one in found if isinstance(one, Track)}
    told = await archive.told(run, item.media, frames)
    if told is None:
        return {}
    read = await asyncio.to_thread(rows.of, told, kept)
    return {row.track.tag: row.track for row in read}
