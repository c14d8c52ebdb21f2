"""Finds the settings of tags that reproduce spans which a person has corrected.

Nothing is asked: what is tried are other readings of the answers that are kept.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from sightline.errors import InputError
from sightline.evaluation import Segment, TagSpans, VideoSpans
from sightline.evaluation.spans import merged
from sightline.ports import Fact, MediaSource
from sightline.prompts.templates import presence
from sightline.services.library.measures import ALL, SAMPLED
from sightline.services.runs.events import Events
from sightline.services.tags.tagfile import OFF, TagEntry, TagSetFile
from sightline.services.timelines.corrections import Corrections
from sightline.services.timelines.timelines import Timelines
from sightline.services.tuning.evaluation import ReadVideo, read_spans
from sightline.services.tuning.fitting import Fit, Footing, Heard, Numbers, best
from sightline.store import Store
from sightline.values import FrameIndex, Media, MediaKind, Presence, Signals


@dataclass(frozen=True, slots=True)
class TunedTag:
    """One tag, before and after; equal when nothing does better."""

    before: TagEntry
    after: TagEntry
    fit_before: Fit
    fit_after: Fit
    frames: int
    """With an answer, their own or one of a frame that looks alike."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """What came of all tags."""

    tuned: tuple[TunedTag, ...]
    untouched: Mapping[str, str]
    """The other tags, and why they stay as they were."""
    file: TagSetFile
    """The whole set with the new settings."""


class Tuner:
    """Reads answers from a library; changes nothing in it."""

    def __init__(self, store: Store, source: MediaSource) -> None:
        self._store = store
        self._source = source
        events = Events(store)
        self._corrections = Corrections(store, events)
        self._timelines = Timelines(store, events, self._corrections)

    async def tune(
        self, video: Path, corrected: Path | None = None, tags: TagSetFile | None = None
    ) -> Tuning:
        """Settings for `tags` that fit the corrected spans of this video best.

        Without a file these are the spans as people corrected them in the library, of the tags of
        which they said something. Without `tags` each name among them is a tag with the usual
        settings. A tag counts under its name or what it is renamed to. Raises `InputError` for a
        corrected file that cannot be used, where nothing was corrected, or when not one of the
        tags has answers that are kept.
        """
        media, frames = await self._known(video)
        if media.kind is MediaKind.IMAGE:
            raise InputError(f"{video} is a single image: it has no spans to tune markers by")
        silent, source = "nobody corrected it", "what was corrected in the library"
        if corrected is None:
            truth = await self._said_of(media, video)
        else:
            silent, source = f"{corrected.name} does not name it", str(corrected)
            truth = _about(list(read_spans(corrected)), media, video, corrected)
        file = tags or TagSetFile(tags=[TagEntry(name=name) for name in truth.tags])
        looks = await self._looks(media)
        tuned: list[TunedTag] = []
        untouched: dict[str, str] = {}
        entries: list[TagEntry] = []
        for entry in file.tags:
            entries.append(entry)
            wanted = _spans_of(entry, truth)
            if wanted is None:
                untouched[entry.name] = silent
                continue
            heard = _heard(await self._store.facts_about(media, presence(entry.wording)), looks)
            if not heard:
                untouched[entry.name] = "no answers to its wording are kept"
                continue
            one = _tuned(entry, wanted, heard, media, frames)
            tuned.append(one)
            entries[-1] = one.after
        if not tuned:
            told = "; ".join(f"{name}: {why}" for name, why in untouched.items())
            raise InputError(
                f"nothing can be tuned by {source} ({told or 'it names no tag'}). Analyze the "
                "video first with the same tag set, and call the tags alike"
            )
        return Tuning(tuple(tuned), untouched, file.model_copy(update={"tags": entries}))

    async def _said_of(self, media: Media, video: Path) -> VideoSpans:
        """The tags of which people said something, as they stand with that."""
        item = await self._store.find_media(media.digest)
        said = await self._corrections.of(item) if item else ()
        if item is None or not said:
            raise InputError(
                f"nobody has corrected a tag of {video} yet: do so on its page of the web UI, or "
                "name a file of its spans as they should be with --corrected"
            )
        timeline = await self._timelines.of(item)
        tracks = [row.track for row in timeline.rows]
        named = {one.tag for one in said}
        clock = media.clock
        tags = {
            track.tag: TagSpans(
                tuple(Segment(clock.seconds(s.start), clock.seconds(s.end)) for s in track.spans),
                tuple((clock.seconds(u.start), clock.seconds(u.end)) for u in track.unknown),
            )
            for track in tracks
            if track.tag in named
        }
        return VideoSpans(item.title, tags, media.duration_s)

    async def _known(self, video: Path) -> tuple[Media, FrameIndex]:
        file = await self._source.look(video)
        return await self._store.find_file(file) or await self._source.probe(file)

    async def _looks(self, media: Media) -> Signals | None:
        """Which frames were found alike, and so share answers."""
        for part in (ALL, SAMPLED):
            found = await self._store.find_signals(media, part=part)
            if found is not None and found.alike_within is not None:
                return found
        return None


def _about(videos: Sequence[ReadVideo], media: Media, path: Path, corrected: Path) -> VideoSpans:
    """What the corrected file says of this video: by its digest, else by its name, else alone."""
    for video in videos:
        if video.digest == media.digest:
            return video.spans
    for video in videos:
        if path.name in video.names or path.stem in video.names:
            return video.spans
    if len(videos) == 1 and not videos[0].digest:
        return videos[0].spans
    names = ", ".join(video.spans.video for video in videos[:5]) or "no video"
    raise InputError(f"{corrected} says nothing of {path}: it is about {names}")


def _spans_of(entry: TagEntry, truth: VideoSpans) -> TagSpans | None:
    """None where the file says nothing about the tag."""
    for name in (entry.renamed, entry.name):
        if name is not None and (said := truth.tags.get(name)) is not None:
            return said
    return None


def _tuned(
    entry: TagEntry, wanted: TagSpans, heard: Sequence[Heard], media: Media, frames: FrameIndex
) -> TunedTag:
    measures = entry.to_tag().on(media)
    seconds = float(media.clock.time_base)
    on = Footing(heard, frames, media.clock, wanted.segments, tuple(merged(wanted.unknown)))
    present = Numbers(measures.threshold, measures.max_gap * seconds, measures.min_length * seconds)
    numbers = best(on, present, lengths=entry.min_length != OFF)
    changes: dict[str, float] = {}
    if numbers.threshold != present.threshold:
        pictures = media.kind is not MediaKind.VIDEO
        changes["image_threshold" if pictures else "threshold"] = numbers.threshold
    if numbers.max_gap_s != present.max_gap_s:
        changes["max_gap"] = numbers.max_gap_s
    if numbers.min_length_s != present.min_length_s:
        changes["min_length"] = numbers.min_length_s
    after = entry.model_copy(update=changes)
    return TunedTag(entry, after, on.fit(present), on.fit(numbers), len(heard))


def _heard(facts: Sequence[Fact], looks: Signals | None) -> list[Heard]:
    """The answers by frame, of the model and picture size that answered most; the last of equals.

    Frames that look alike share the answer of the first of them that was asked, as in a run.
    """
    by_origin: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in facts:
        if len(fact.key.frames) == 1:
            by_origin[fact.answer.model, fact.key.transform].append(fact)
    if not by_origin:
        return []
    chosen = max(by_origin.values(), key=lambda all_: (len(all_), max(fact.id for fact in all_)))
    samples: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for fact in chosen:
        if isinstance(fact.answer.value, Presence):
            pts = fact.key.frames[0]
            samples[pts].append((fact.key.sample, fact.answer.value.probability))
    heard = {pts: tuple(p for _, p in sorted(of)) for pts, of in samples.items()}
    if looks is not None:
        heard |= _shared(heard, looks)
    return [Heard(pts, heard[pts]) for pts in sorted(heard)]


def _shared(heard: Mapping[int, tuple[float, ...]], looks: Signals) -> dict[int, tuple[float, ...]]:
    """Answers for the first and last frame of every stretch of frames that look alike.

    Those between are left out: they would change no span.
    """
    asked = sorted(heard)
    told: dict[int, tuple[float, ...]] = {}
    for _, members in groupby(zip(looks.alike, looks.pts, strict=True), key=lambda one: one[0]):
        group = [pts for _, pts in members]
        index = bisect_left(asked, group[0])
        if index < len(asked) and asked[index] <= group[-1]:
            own = bisect_left(asked, group[-1] + 1) - 1
            for pts, leader in ((group[0], asked[index]), (group[-1], asked[own])):
                if pts not in heard:
                    told[pts] = heard[leader]
    return told
