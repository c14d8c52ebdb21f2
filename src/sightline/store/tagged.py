"""Which tags were found in which media, as timelines tell it.

Where `shown` has sums of a media, they say. Of all others each tag is told by the latest ended run
that has it; one that was answered nothing counts only where there is no other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Subquery,
    bindparam,
    case,
    func,
    select,
    union_all,
)

from sightline.store.statements import total
from sightline.store.tables import (
    findings,
    media,
    runs,
    shown_media,
    shown_tags,
    spans,
    unknown_stretches,
)
from sightline.values import RunState

Meant = Callable[[ColumnElement[str]], ColumnElement[bool]]
"""Says of a column of tags which are meant."""


def having(meant: Meant) -> CompoundSelect[int]:
    """The keys of media in which a tag was found that is meant."""
    latest = _latest_tracks(meant(findings.c.subject))
    stored = select(latest.c.media_id).where(latest.c.place == 1, _has_spans(latest))
    return union_all(stored, select(shown_tags.c.media_id).where(meant(shown_tags.c.tag)))


def tags(
    connection: Connection, words: Sequence[str] = (), *, limit: int
) -> tuple[tuple[tuple[str, int], ...], int]:
    """Tags that were found, with the number of media, most frequent first; and how many there are.

    Those whose name has all of the words in it.
    """

    def wanted(tag: ColumnElement[str]) -> list[ColumnElement[bool]]:
        return [tag.icontains(word, autoescape=True) for word in words]

    latest = _latest_tracks(*wanted(findings.c.subject))
    stored = select(latest.c.subject).where(latest.c.place == 1, _has_spans(latest))
    kept = select(shown_tags.c.tag).where(*wanted(shown_tags.c.tag))
    both = union_all(stored, kept).subquery()
    number = func.count().label("number")
    found = select(both.c.subject, number).group_by(both.c.subject)
    rows = connection.execute(found.order_by(number.desc(), both.c.subject)).all()
    return tuple((tag, count) for tag, count in rows[:limit]), len(rows)


def sums() -> CompoundSelect[int, str, int | None, int]:
    """Media, tag, ticks and number of spans, of all tags found in `the_media`, a list of keys."""
    latest = _latest_tracks(runs.c.media_id.in_(bindparam("the_media", expanding=True)))
    stored = (
        select(
            latest.c.media_id,
            latest.c.subject,
            total(spans.c.end - spans.c.start),
            func.count(),
        )
        .join(spans, spans.c.finding_id == latest.c.id)
        .where(latest.c.place == 1)
        .group_by(latest.c.media_id, latest.c.subject)
    )
    columns = shown_tags.c
    kept = select(columns.media_id, columns.tag, columns.ticks, columns.spans).where(
        columns.media_id.in_(bindparam("the_media", expanding=True))
    )
    return union_all(stored, kept)


def _has_spans(latest: Subquery) -> ColumnElement[bool]:
    return select(spans.c.ordinal).where(spans.c.finding_id == latest.c.id).exists()


def _latest_tracks(*wanted: ColumnElement[bool]) -> Subquery:
    """Tracks of ended runs, on media of which no sums are kept; `place` 1 are those that count."""
    place = func.row_number().over(
        partition_by=(runs.c.media_id, findings.c.subject),
        order_by=(_says_little(), runs.c.created_at.desc(), findings.c.id.desc()),
    )
    has_sums = select(shown_media.c.media_id).where(shown_media.c.made > 0)
    return (
        select(findings.c.id, findings.c.subject, runs.c.media_id, place.label("place"))
        .select_from(findings)
        .join(runs, runs.c.id == findings.c.run_id)
        .join(media, media.c.id == runs.c.media_id)
        .where(
            findings.c.kind == "track",
            runs.c.ended_at.is_not(None),
            runs.c.media_id.not_in(has_sums),
            *wanted,
        )
        .subquery()
    )


def _says_little() -> ColumnElement[int]:
    """2 for a track of which all is unknown: cancelled before it came to it, or no model can tell.
    1 for one that was broken off before half was known.

    Such a one hides nothing that another run found, as on the media's own timeline.
    """
    stretch = unknown_stretches.c
    lost = (
        select(func.coalesce(total(stretch.end - stretch.start), 0))
        .where(stretch.finding_id == findings.c.id, stretch.start < media.c.end)
        .correlate(findings, media)
        .scalar_subquery()
    )
    some = select(spans.c.ordinal).where(spans.c.finding_id == findings.c.id).correlate(findings)
    whole = media.c.end - media.c.start
    return case(
        (runs.c.state == RunState.COMPLETE, 0),
        (runs.c.state == RunState.FAILED, 2),
        (~some.exists() & (lost >= whole), 2),
        ((runs.c.state == RunState.INTERRUPTED) & (2 * (whole - lost) < whole), 1),
        else_=0,
    )
