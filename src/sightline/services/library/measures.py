"""What is known of the looks of a media's frames: from the store, or else measured and kept."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from contextlib import aclosing
from hashlib import blake2b

from sightline.media.sampling import Policy, to_measure
from sightline.ports import MediaSource
from sightline.store import Store
from sightline.values import FrameIndex, Media, SeenFile, Sharing, Signals

ALL = "all"
"""Signals of every frame, each compared with its neighbour."""
SAMPLED = "sampled"
"""Signals of the frames that runs have sampled, each compared with the one sampled before."""

Measuring = Callable[[int, int], None]
"""Told how many frames were measured, and of how many."""


class Measures:
    """The signals of one media."""

    def __init__(
        self, store: Store, source: MediaSource, *, file: SeenFile, media: Media, frames: FrameIndex
    ) -> None:
        self._store = store
        self._source = source
        self._file = file
        self._media = media
        self._frames = frames

    async def needed_by(
        self, policy: Policy, sharing: Sharing | None, told: Measuring
    ) -> Signals | None:
        """What the policy chooses by; None for one that goes by times alone."""
        frames = to_measure(policy, self._frames)
        return None if frames is None else await self._of(frames, sharing, told)

    async def of_all(self, sharing: Sharing | None, told: Measuring) -> Signals:
        """Every frame's."""
        return await self._of(self._frames.pts, sharing, told)

    async def _of(self, frames: Sequence[int], sharing: Sharing | None, told: Measuring) -> Signals:
        part = part_of(frames, self._frames)
        known = await self._store.find_signals(self._media, part=part)
        if known is not None and (sharing is None or known.alike_within == sharing.within):
            return known
        async with aclosing(self._source.open(self._file, self._frames)) as reader:
            async with aclosing(reader.measure(frames, sharing=sharing)) as measuring:
                async for count in measuring:
                    told(count, len(frames))
            measured = reader.signals
        await self._store.remember_signals(self._media, measured, part=part)
        return measured

    async def looks(self, sharing: Sharing | None) -> Signals | None:
        """What earlier runs found alike, by the same threshold."""
        if sharing is None:
            return None
        for part in (ALL, SAMPLED):
            known = await self._store.find_signals(self._media, part=part)
            if known is not None and known.alike_within == sharing.within:
                return known
        return None

    async def keep(self, measured: Signals, known: Signals | None) -> None:
        """Keep what a run measured on its way, beside what was `known` of its groups."""
        if not len(measured) or measured.alike_within is None:
            return
        if measured.covers(self._frames.pts):
            await self._store.remember_signals(self._media, measured, part=ALL)
        elif known is None or not known.covers(self._frames.pts):
            both = _merged(known, measured) if known else measured
            if known is None or len(both) > len(known):
                await self._store.remember_signals(self._media, both, part=SAMPLED)


def _merged(one: Signals, other: Signals) -> Signals:
    """Both in order; of a frame that is in both, what `one` says."""
    theirs = set(one.pts)
    new = [n for n, pts in enumerate(other.pts) if pts not in theirs]
    order = sorted(
        [(pts, one, n) for n, pts in enumerate(one.pts)] + [(other.pts[n], other, n) for n in new],
        key=lambda row: row[0],
    )
    return Signals(
        pts=array("q", (pts for pts, _, _ in order)),
        brightness=array("B", (of.brightness[n] for _, of, n in order)),
        sharpness=array("B", (of.sharpness[n] for _, of, n in order)),
        motion=array("f", (of.motion[n] for _, of, n in order)),
        change=array("f", (of.change[n] for _, of, n in order)),
        alike=array("q", (of.alike[n] for _, of, n in order)),
        alike_within=one.alike_within,
    )


def part_of(frames: Sequence[int], index: FrameIndex) -> str:
    """The name under which the signals of these frames are kept."""
    if len(frames) == len(index):
        return ALL
    return blake2b(array("q", frames).tobytes(), digest_size=16).hexdigest()
