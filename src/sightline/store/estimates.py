"""What the store can tell of work that is yet to be done: little is read, since somebody waits."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Double, bindparam, case, cast, func, select

from sightline.store import coding
from sightline.store.library import media_of
from sightline.store.statements import batches
from sightline.store.tables import (
    calls,
    facts,
    findings,
    media,
    questions,
    runs,
    signals,
    spans,
    unknown_stretches,
)
from sightline.values import SIGNALS_VERSION, Media, RunState

LATEST_CALLS = 100
"""From which it is told what a call takes."""
LATEST_TRACKS = 1000
"""Of past runs, one for each tag, from which it is told how often tags come and go."""

_MEDIA = select(media).where(media.c.digest.in_(bindparam("the_digests", expanding=True)))
_COUNTS = (
    select(media.c.digest, questions.c.digest, func.count())
    .select_from(facts)
    .join(media, media.c.id == facts.c.media_id)
    .join(questions, questions.c.id == facts.c.question_id)
    .where(
        media.c.digest.in_(bindparam("the_digests", expanding=True)),
        questions.c.digest.in_(bindparam("the_questions", expanding=True)),
    )
    .group_by(media.c.digest, questions.c.digest)
)
_BETWEEN = ";"
_MINE = select(media.c.id).where(media.c.digest == bindparam("the_media")).scalar_subquery()
_THEIRS = select(questions.c.id, questions.c.digest).where(
    questions.c.digest.in_(bindparam("the_questions", expanding=True))
)
# The frames in one text each: thousands of rows take far longer to fetch than to find.
_ANSWERED = (
    select(
        facts.c.question_id,
        facts.c.sample,
        facts.c.model,
        func.aggregate_strings(facts.c.frames, _BETWEEN),
    )
    .where(
        facts.c.media_id == _MINE,
        facts.c.question_id.in_(bindparam("the_ids", expanding=True)),
        facts.c.transform == bindparam("the_transform"),
        facts.c.distrusted_at.is_(None),
    )
    .group_by(facts.c.question_id, facts.c.sample, facts.c.model)
)
_LOOKS = (
    select(signals.c.pts, signals.c.alike)
    .join(media)
    .where(
        media.c.digest == bindparam("the_media"),
        signals.c.part == bindparam("the_part"),
        signals.c.version == SIGNALS_VERSION,
        signals.c.alike_within == bindparam("the_within"),
    )
)
_CALLS = (
    select(calls.c.latency_s, calls.c.tokens_in, calls.c.tokens_out)
    .where(calls.c.endpoint == bindparam("the_endpoint"), calls.c.model == bindparam("the_model"))
    .order_by(calls.c.started_at.desc())
    .limit(LATEST_CALLS)
)

_TRACKS = (
    select(findings.c.id, findings.c.run_id, findings.c.subject)
    .where(findings.c.kind == "track")
    .order_by(findings.c.id.desc())
    .limit(LATEST_TRACKS)
    .subquery()
)
_INNER_EDGES = (
    select(
        func.sum(
            case((spans.c.start > media.c.start, 1), else_=0)
            + case((spans.c.end < media.c.end, 1), else_=0)
        )
    )
    .where(spans.c.finding_id == _TRACKS.c.id)
    .correlate(_TRACKS, media)
    .scalar_subquery()
)
_UNKNOWN = (
    select(func.sum(unknown_stretches.c.end - unknown_stretches.c.start))
    .where(unknown_stretches.c.finding_id == _TRACKS.c.id)
    .correlate(_TRACKS)
    .scalar_subquery()
)
_FOUND = (
    select(
        _TRACKS.c.subject,
        func.coalesce(_INNER_EDGES, 0).label("edges"),
        (media.c.end - media.c.start).label("whole"),
        func.coalesce(_UNKNOWN, 0).label("unknown"),
        (cast(media.c.time_base_num, Double) / media.c.time_base_den / 60.0).label("tick"),
    )
    .select_from(_TRACKS)
    .join(runs, runs.c.id == _TRACKS.c.run_id)
    .join(media, media.c.id == runs.c.media_id)
    .where(runs.c.state.in_([RunState.COMPLETE, RunState.PARTIAL]))
    .subquery()
)
# Of moments picked by hand, and where nobody could tell, most is unknown: nothing follows from it.
_CHANGES = (
    select(
        _FOUND.c.subject,
        func.sum(_FOUND.c.edges),
        func.sum((_FOUND.c.whole - _FOUND.c.unknown) * _FOUND.c.tick),
    )
    .where(_FOUND.c.unknown * 2 <= _FOUND.c.whole)
    .group_by(_FOUND.c.subject)
)


@dataclass(frozen=True, slots=True)
class CallCost:
    """What a call to an endpoint took of late, on average."""

    latency_s: float
    tokens: tuple[float, float] | None
    """In and out; None where the endpoint does not say."""


def media_in(connection: Connection, digests: Sequence[str]) -> dict[str, Media]:
    """Those of them that are in the library."""
    found: dict[str, Media] = {}
    for batch in batches(digests):
        for row in connection.execute(_MEDIA, {"the_digests": batch}).mappings():
            found[row[media.c.digest]] = media_of(row)
    return found


def counts(
    connection: Connection, digests: Sequence[str], asked: Sequence[str]
) -> Mapping[str, Mapping[str, int]]:
    """How many answers there are to questions (by digest) about media, however they were got."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for batch in batches(digests):
        given = {"the_digests": batch, "the_questions": list(asked)}
        for digest, question, number in connection.execute(_COUNTS, given):
            found[digest][question] = number
    return found


@dataclass(frozen=True, slots=True)
class Answered:
    """Answers to one question about one media that may be used."""

    question: str
    """Its digest."""
    sample: int
    model: str
    frames: Sequence[str]
    """What each is about, as `facts.pack_frames` writes it."""


def answered(
    connection: Connection, digest: str, *, asked: Sequence[str], transform: str
) -> list[Answered]:
    """What is known of a media in answer to these questions."""
    rows = connection.execute(_THEIRS, {"the_questions": list(asked)})
    theirs = {question: its_digest for question, its_digest in rows}  # noqa: C416  (no pairs)
    given = {"the_media": digest, "the_ids": list(theirs), "the_transform": transform}
    return [
        Answered(theirs[question], nth, model, frames.split(_BETWEEN))
        for question, nth, model, frames in connection.execute(_ANSWERED, given)
    ]


def looks(
    connection: Connection, digest: str, *, part: str, within: float
) -> tuple[array[int], array[int]] | None:
    """The pts of measured frames, and of what each looks like, by this threshold."""
    given = {"the_media": digest, "the_part": part, "the_within": within}
    row = connection.execute(_LOOKS, given).first()
    return None if row is None else (coding.unpack(row[0]), coding.unpack(row[1]))


@dataclass(frozen=True, slots=True)
class Changes:
    """How often something came or went in past runs."""

    edges: int
    """Of spans, but for those at which a media begins or ends."""
    minutes: float
    """Of media about which there is an answer, counted once for each tag."""


def changes(connection: Connection) -> Mapping[str, Changes]:
    """By tag, as the latest runs of the library found it."""
    return {
        tag: Changes(int(edges or 0), float(minutes or 0.0))
        for tag, edges, minutes in connection.execute(_CHANGES)
    }


def lately(connection: Connection, endpoint: str, model: str) -> CallCost | None:
    """Of the latest calls; None where there were none."""
    given = {"the_endpoint": endpoint, "the_model": model}
    rows = connection.execute(_CALLS, given).all()
    if not rows:
        return None
    told = [(t_in, t_out) for _, t_in, t_out in rows if t_in is not None]
    tokens = None
    if told:
        tokens = (
            sum(t_in for t_in, _ in told) / len(told),
            sum(t_out or 0 for _, t_out in told) / len(told),
        )
    return CallCost(sum(latency for latency, _, _ in rows) / len(rows), tokens)
