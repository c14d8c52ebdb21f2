"""Truth against result: over all time, over known time, in the whole and for each tag."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sightline.evaluation.measures import Measures, Pair, tallied
from sightline.evaluation.spans import Spent, VideoSpans, common, cut, length, merged


@dataclass(frozen=True, slots=True)
class TagScores:
    """Of one tag, over all videos."""

    tag: str
    coverage: float | None
    everything: Measures
    known: Measures


@dataclass(frozen=True, slots=True)
class Scores:
    """How well a result agrees with the truth, and how much of it can be told."""

    everything: Measures
    """Over all time about which the truth speaks: what the result calls unknown was not found."""
    known: Measures
    """Over known time: what the result calls unknown is cut out of both sides, and what is left of
    a span is a span."""
    coverage: float | None
    """Share of the judged time (of all tags in all videos) that the result does not call unknown;
    None where there is none."""
    judged_s: float
    """Seconds of tags in videos about which the truth speaks."""
    tags: tuple[TagScores, ...]
    """In the order of their names."""
    videos: tuple[str, ...]
    """Those of the truth, in its order."""
    missing_videos: tuple[str, ...]
    """Those of them about which the result says nothing: unknown from start to end."""
    left_out_videos: tuple[str, ...]
    """Those of the result about which the truth says nothing."""
    left_out_tags: tuple[str, ...]
    """Those of the result about which the truth says nothing."""
    spent: Spent | None
    """Of the results of the videos that were compared; None where they do not tell."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """One tag of one video."""

    everything: Pair
    known: Pair
    judged_s: float
    known_s: float


def evaluate(
    truths: Sequence[VideoSpans],
    results: Sequence[VideoSpans],
    *,
    step_s: float | None = None,
) -> Scores:
    """Compare the videos of one name; a name occurs once at most on each side.

    `step_s` is the length of the frames of frame precision and recall; without it, one frame of
    the video's rate, and where no rate is known the time itself. Time that the truth calls unknown
    is not judged: it is cut out of both sides before anything else. Raises `ValueError` for a step
    that is not positive and for a name that occurs twice.
    """
    if step_s is not None and not step_s > 0:
        raise ValueError(f"a step of {step_s} s is no step")
    found = {result.video: result for result in results}
    names = [truth.video for truth in truths]
    if len(found) < len(results) or len(set(names)) < len(names):
        raise ValueError("a video is named twice")
    tags = {tag for truth in truths for tag in truth.tags}
    judged = [
        one for truth in truths for one in _judged(truth, found.get(truth.video), sorted(tags))
    ]
    return _scores(judged, step_s, truths, results, tags)


def _judged(truth: VideoSpans, result: VideoSpans | None, tags: Sequence[str]) -> Iterable[_Judged]:
    end_s = _end(truth, result)
    rate = truth.frame_rate or (result.frame_rate if result else None)
    for tag in tags:
        said = truth.tag(tag)
        if said is None:
            continue
        told = result.tag(tag) if result else None
        unjudged = merged(said.unknown)
        unknown = merged(told.unknown) if told else [(0.0, end_s)]
        wanted = cut(said.segments, unjudged)
        given = cut(told.segments, unjudged) if told else ()
        everything = Pair(tag, truth.video, wanted, given, end_s, rate)
        known = everything
        if told is None:
            # Also what lies past the end: nothing is known about any of it.
            known = replace(everything, truth=(), found=())
        elif unknown:
            known = replace(everything, truth=cut(wanted, unknown), found=cut(given, unknown))
        whole = [(0.0, end_s)]
        hidden = length(common(unjudged, whole))
        yield _Judged(
            everything,
            known,
            judged_s=end_s - hidden,
            known_s=end_s - length(common(merged([*unjudged, *unknown]), whole)),
        )


def _end(truth: VideoSpans, result: VideoSpans | None) -> float:
    sides = [truth, result] if result else [truth]
    for side in sides:
        if side.duration_s is not None:
            return side.duration_s
    ends = (s.end_s for side in sides for tag in side.tags.values() for s in tag.segments)
    return max(ends, default=0.0)


def _scores(
    judged: Sequence[_Judged],
    step_s: float | None,
    truths: Sequence[VideoSpans],
    results: Sequence[VideoSpans],
    tags: set[str],
) -> Scores:
    names = tuple(truth.video for truth in truths)
    wanted = set(names)
    compared = [result for result in results if result.video in wanted]
    spent = [result.spent for result in compared if result.spent]
    everything = tallied((one.everything for one in judged), step_s)
    known = everything
    if any(one.known is not one.everything for one in judged):
        known = tallied((one.known for one in judged), step_s)
    judged_s, coverage = _coverage(judged)
    return Scores(
        everything=Measures.of([*everything.values()]),
        known=Measures.of([*known.values()]),
        coverage=coverage,
        judged_s=judged_s,
        tags=tuple(
            TagScores(tag, cover, Measures.of([everything[tag]]), Measures.of([known[tag]]))
            for tag, cover in _coverages(judged)
        ),
        videos=names,
        missing_videos=tuple(sorted(wanted - {result.video for result in compared})),
        left_out_videos=tuple(r.video for r in results if r.video not in wanted),
        left_out_tags=tuple(sorted({tag for r in compared for tag in r.tags} - tags)),
        spent=sum(spent[1:], spent[0]) if spent else None,
    )


def _coverages(judged: Sequence[_Judged]) -> Iterable[tuple[str, float | None]]:
    by_tag: dict[str, list[_Judged]] = {}
    for one in judged:
        by_tag.setdefault(one.everything.tag, []).append(one)
    for tag in sorted(by_tag):
        yield tag, _coverage(by_tag[tag])[1]


def _coverage(judged: Sequence[_Judged]) -> tuple[float, float | None]:
    whole = sum(one.judged_s for one in judged)
    known = sum(one.known_s for one in judged)
    return whole, known / whole if whole > 0 else None
