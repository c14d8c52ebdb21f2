"""One tag each on the timeline: its track, and by which numbers it was read. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sightline.recipes.corrections import corrected
from sightline.recipes.tagging import Tagging
from sightline.recipes.tags import Length, Share, Tag
from sightline.services.timelines.archive import Told
from sightline.services.timelines.reading import read_by
from sightline.services.timelines.replay import tags_of
from sightline.services.timelines.told import Row
from sightline.store.readings import Reading
from sightline.values import UNASKED, FrameIndex, Media, MediaKind, Track, Unknown
from sightline.values.corrections import Correction

USUAL = Reading(0.5, 0.0, 0.0)
"""Where nobody has said otherwise."""


def of(told: Told, kept: Mapping[str, Reading]) -> list[Row]:
    """All tags of one run, in its order; by the numbers that were kept, where it can be."""
    tracks = [finding for finding in told.findings if isinstance(finding, Track)]
    mine = {name: kept[name] for name in told.heard.names if name in kept}
    if told.reader and mine:
        tracks = list(told.reader.tracks(mine))
    return [_row(told, track, mine if told.reader else {}) for track in tracks]


def tried(
    told: Told, tag: str, readings: Mapping[str, Reading]
) -> tuple[Row, Sequence[tuple[int, float]]]:
    """One tag of a run by these numbers, and what was answered about it: frame, probability."""
    assert told.reader is not None  # noqa: S101
    place = told.heard.names.index(tag)
    track = told.reader.tracks(readings)[place]
    return _row(told, track, readings), told.reader.points(place, readings.get(tag))


def can_tune(told: Told, tag: str) -> bool:
    """Whether other numbers can be tried: its answers are known one by one."""
    names = told.heard.names
    return bool(told.reader and tag in names and told.reader.read(names.index(tag)).answered)


def said_only(tag: str, said: Sequence[Correction], media: Media, frames: FrameIndex) -> Row:
    """A tag for which nobody has looked, but of which people speak."""
    nobody = Unknown(frames.pts[0], frames.end, UNASKED.reason, UNASKED.detail)
    track = corrected(Track(tag, (), (nobody,)), said, media.clock, frames)
    return Row(track, None, USUAL, tuned=False, can_tune=False)


def _row(told: Told, track: Track, readings: Mapping[str, Reading]) -> Row:
    tag = next((one for one in _tags(told) if one.name == track.tag), None)
    reading = readings.get(track.tag)
    if tag is None or told.footage is None:
        threshold = USUAL.threshold if track.threshold is None else track.threshold
        numbers = Reading(threshold, 0.0, 0.0)
    else:
        numbers = _numbers(read_by(tag, reading), told.footage.media)
    return Row(track, told.run.id, numbers, reading is not None, can_tune(told, track.tag))


def _tags(told: Told) -> Sequence[Tag]:
    return tags_of(told.recipe) if isinstance(told.recipe, Tagging) else ()


def _numbers(tag: Tag, media: Media) -> Reading:
    """As they hold for this media, lengths in seconds."""
    if media.kind is MediaKind.IMAGE:
        return Reading(tag.on(media).threshold, 0.0, 0.0)

    def seconds(length: Length) -> float:
        if isinstance(length, Share):
            return length.of_video * (media.duration_s + media.lost_s)
        return float(length)

    return Reading(tag.on(media).threshold, seconds(tag.max_gap_s), seconds(tag.min_length_s))
