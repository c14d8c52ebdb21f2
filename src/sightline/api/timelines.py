"""Timelines in the API's words: seconds instead of ticks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence

from sightline.api.models.timeline import (
    CorrectionView,
    Coverage,
    EvidenceView,
    TimelineDescription,
    TimelineDocument,
    TimelineRun,
    TimelineSpan,
    TimelineTrack,
    TimelineUnknown,
    TrialDocument,
)
from sightline.exports.result import to_json, to_result
from sightline.services.timelines.archive import Told
from sightline.services.timelines.summary import as_analysis
from sightline.services.timelines.timelines import Timelines
from sightline.services.timelines.told import Piece, Row, Timeline, Trial
from sightline.store import LibraryItem
from sightline.values import Clock, Description, Span, Text, Unknown

_DIGITS = 6
"""Of seconds: a microsecond is finer than any frame."""

Seconds = Callable[[int], float]


def document_of(timeline: Timeline) -> TimelineDocument:
    media = timeline.item.media
    seconds = _seconds(media.clock)
    return TimelineDocument(
        media=media.digest,
        duration=round(media.duration_s, _DIGITS),
        live=timeline.live,
        runs=[_run(told, timeline.distrusted.get(told.run.id, 0)) for told in timeline.runs],
        tracks=[_track(row, seconds) for row in timeline.rows],
        descriptions=[_description(run, one, seconds) for run, one in timeline.descriptions],
        coverage=[
            Coverage(
                run=run,
                asked=_stretches(covered.asked, seconds),
                shared=_stretches(covered.shared, seconds),
                unknown=_stretches(covered.unknown, seconds),
            )
            for run, covered in timeline.coverage
        ],
        corrections=[CorrectionView.of(one) for one in timeline.corrections],
    )


def trial_of(trial: Trial) -> TrialDocument:
    seconds = _seconds(trial.item.media.clock)
    points = [(seconds(pts), round(probability, _DIGITS)) for pts, probability in trial.points]
    return TrialDocument(track=_track(trial.row, seconds), points=points)


def evidence_view(piece: Piece, clock: Clock) -> EvidenceView:
    seconds = _seconds(clock)
    frames = [seconds(pts) for pts in piece.frames]
    source, failure = piece.source, piece.failure
    answer = source.answer if source else None
    text = answer.value if answer and isinstance(answer.value, Text) else None
    return EvidenceView(
        seconds=frames[0] if frames else 0.0,
        frames=frames,
        run=piece.run,
        recipe=piece.recipe,
        tag=piece.tag,
        question=piece.question,
        sample=piece.sample,
        probability=piece.probability,
        text=text.text if text else None,
        cut=bool(text and text.cut),
        unknown=failure.reason if failure else None,
        detail=failure.detail if failure else "",
        shared_from=None if piece.shared_from is None else seconds(piece.shared_from),
        model=answer.model if answer else None,
        endpoint=answer.endpoint if answer else None,
        method=answer.method if answer else None,
        raw=source.raw if source else "",
        latency_s=source.latency_s if source else None,
        tokens_in=source.tokens_in if source else None,
        tokens_out=source.tokens_out if source else None,
        asked_at=source.asked_at if source else None,
        distrusted=bool(source and source.distrusted),
    )


RESULTS: dict[int | str, dict[str, object]] = {
    200: {
        "description": "One result document for each media, in the order asked for.",
        "content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}},
    }
}
"""What `results_of` gives, in words."""


async def results_of(
    timelines: Timelines, items: Sequence[LibraryItem]
) -> AsyncGenerator[str, None]:
    """A JSON list of the result documents of these media, one after the other.

    Where one cannot be told any more it breaks off, and is no JSON then: none is left out.
    """
    for number, item in enumerate(items):
        timeline = await timelines.of(item)
        text = await asyncio.to_thread(result_text, timeline)
        yield f"{',' if number else '['}\n{text.rstrip()}"
    yield "\n]\n"


def result_text(timeline: Timeline) -> str:
    """The result document of what is known now."""
    analysis, said = as_analysis(timeline)
    return to_json(to_result(analysis, said=said))


def _run(told: Told, distrusted: int) -> TimelineRun:
    run = told.run
    return TimelineRun(
        id=run.id,
        run=run.job if run.number is not None else None,
        number=run.number,
        recipe=run.recipe,
        state=run.state.value,
        note=run.note,
        models=list(run.models),
        endpoints=sorted(told.heard.endpoints),
        began_at=run.began_at,
        ended_at=run.ended_at,
        frames_sampled=told.frames_sampled,
        asks_done=told.done,
        asks_planned=max(told.planned, told.done),
        answers=told.answers,
        distrusted=distrusted,
    )


def _track(row: Row, seconds: Seconds) -> TimelineTrack:
    track, numbers = row.track, row.numbers
    return TimelineTrack(
        tag=track.tag,
        category=track.category,
        run=row.run,
        threshold=numbers.threshold,
        max_gap=round(numbers.max_gap_s, _DIGITS),
        min_length=round(numbers.min_length_s, _DIGITS),
        tuned=row.tuned,
        can_tune=row.can_tune,
        required=track.required,
        spans=[_span(span, seconds) for span in track.spans],
        unknown=[_unknown(stretch, seconds) for stretch in track.unknown],
    )


def _span(span: Span, seconds: Seconds) -> TimelineSpan:
    return TimelineSpan(
        start=seconds(span.start),
        end=seconds(span.end),
        start_range=(seconds(span.start_earliest), seconds(span.start_latest)),
        end_range=(seconds(span.end_earliest), seconds(span.end_latest)),
        confidence=round(span.confidence, _DIGITS),
        by="model" if span.correction is None else "person",
        correction=span.correction,
    )


def _unknown(stretch: Unknown, seconds: Seconds) -> TimelineUnknown:
    return TimelineUnknown(
        start=seconds(stretch.start),
        end=seconds(stretch.end),
        reason=stretch.reason,
        detail=stretch.detail,
    )


def _description(run: str, told: Description, seconds: Seconds) -> TimelineDescription:
    return TimelineDescription(
        start=seconds(told.start),
        end=seconds(told.end),
        run=run,
        prompt=told.prompt,
        text=told.text,
        cut=told.cut,
        frames=[seconds(pts) for pts in told.frames],
        unknown=_unknown(told.unknown, seconds) if told.unknown else None,
    )


def _stretches(stretches: Iterable[tuple[int, int]], seconds: Seconds) -> list[tuple[float, float]]:
    return [(seconds(start), seconds(end)) for start, end in stretches]


def _seconds(clock: Clock) -> Seconds:
    """As `Clock.seconds`, rounded, and without a fraction made for each of thousands of edges."""
    start, (num, den) = clock.start, clock.time_base.as_integer_ratio()

    def seconds(pts: int) -> float:
        return round((pts - start) * num / den, _DIGITS)

    return seconds
