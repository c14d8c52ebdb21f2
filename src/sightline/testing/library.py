"""Libraries too large to be made by analysing: their rows, without the usual work behind them.

    fill(data_dir, folder, 5000)                           # pictures, some of them with tags
    draw_timeline(data_dir, media, tags=20, spans=2000)    # of a media that is there

The files are there, too: links to one small picture. Not while a server has the library open.
"""

from __future__ import annotations

import asyncio
import os
import random
from array import array
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import partial
from hashlib import blake2b
from pathlib import Path

from PIL import Image
from sqlalchemy import Connection, update

from sightline.store import Store, library, runs
from sightline.store.findings import replace_findings
from sightline.store.tables import runs as run_table
from sightline.testing.truth import TAGS
from sightline.values import (
    Clock,
    Finding,
    FrameIndex,
    Media,
    MediaKind,
    RunState,
    SeenFile,
    Span,
    Track,
    Unknown,
    UnknownReason,
)
from sightline.wiring import DATABASE

_MODEL = "truthful"
_EVERY = 3
"""Of so many pictures one was never asked about."""


def fill(data_dir: Path, folder: Path, count: int) -> list[str]:
    """Add so many pictures to a library; their digests."""
    folder.mkdir(parents=True, exist_ok=True)
    first = folder / "picture-0000.jpg"
    Image.new("RGB", (64, 36), (40, 110, 140)).save(first)
    paths = [first, *(folder / f"picture-{n:04}.jpg" for n in range(1, count))]
    for path in paths[1:]:
        os.link(first, path)
    return _write(data_dir, partial(_fill, paths=paths))


def draw_timeline(data_dir: Path, digest: str, *, tags: int, spans: int) -> None:
    """Give a video of the library a run that found so many spans, evenly over so many tags."""
    _write(data_dir, partial(_draw, digest=digest, tags=tags, spans=spans))


def _write(data_dir: Path, work: partial[list[str]]) -> list[str]:
    async def write() -> list[str]:
        async with await Store.open(data_dir / DATABASE) as store:
            return await store.database.write(work)

    # In a thread: what drives a browser may have an event loop in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, write()).result()


def _fill(connection: Connection, paths: Sequence[Path]) -> list[str]:
    chosen = random.Random(0)
    digests: list[str] = []
    for number, path in enumerate(paths):
        file = SeenFile.of(path, path.stat())
        digest = blake2b(str(number).encode(), digest_size=32).hexdigest()
        media = Media(
            digest=digest,
            kind=MediaKind.IMAGE,
            clock=Clock(Fraction(1, 1000)),
            end=1000,
            declared_end=None,
            width=64,
            height=36,
            container="jpeg",
            codec="mjpeg",
            frame_count=1,
            size_bytes=file.size_bytes,
        )
        frames = FrameIndex(array("q", [0]), array("q", [0]), 1000)
        library.remember(connection, media, frames=frames, file=file)
        if number % _EVERY:
            found = chosen.sample(TAGS, chosen.randrange(4))
            tracks = [Track(tag, (_span(0, 1000, chosen),), ()) for tag in found]
            _keep(connection, media, tracks, partial=number % 7 == 1)
        digests.append(digest)
    return digests


def _draw(connection: Connection, digest: str, tags: int, spans: int) -> list[str]:
    found = library.find(connection, digest)
    if found is None:
        raise ValueError(f"there is no media {digest}")
    media = found.media
    chosen = random.Random(1)
    each, length = spans // tags, media.end - media.clock.start
    step = length // each
    tracks: list[Finding] = []
    for place in range(tags):
        starts = [media.clock.start + n * step + step // 8 for n in range(each)]
        told = tuple(
            _span(at, at + chosen.randrange(step // 8, step // 2), chosen) for at in starts
        )
        gap = Unknown(
            media.end - step // 3, media.end, UnknownReason.FAILED, "laptop refused the connection"
        )
        tracks.append(Track(f"{TAGS[place % len(TAGS)]}", told, (gap,), threshold=0.5))
    _keep(connection, media, tracks, partial=True)
    return []


def _span(start: int, end: int, chosen: random.Random) -> Span:
    soft = max(1, (end - start) // 8)
    return Span(
        start,
        end,
        start_earliest=start - soft if start >= soft else start,
        start_latest=start + soft,
        end_earliest=end - soft,
        end_latest=end,
        confidence=round(chosen.uniform(0.5, 1.0), 3),
    )


def _keep(connection: Connection, media: Media, found: Sequence[Finding], *, partial: bool) -> None:
    wanted = runs.Request(media, "tagging", {}, media.digest, [_MODEL], {})
    run, _ = runs.begin(connection, wanted)
    replace_findings(connection, run.id, found)
    state = RunState.PARTIAL if partial else RunState.COMPLETE
    ended = update(run_table).where(run_table.c.id == run.id)
    counts = {"planned": 1, "frames_sampled": 1, "answered": 1, "frames_covered": 1}
    connection.execute(ended.values(state=state, counts=counts, ended_at=run_table.c.started_at))
