"""The tables, which say what is kept and what hangs on what.

    media ─┬─ media_files        where its file was last seen
           ├─ frame_indexes      the pts of its frames
           ├─ signals            what was measured of them
           ├─ calls              exchanges with endpoints about it
           ├─ facts ── questions the answers, once and for ever
           ├─ corrections        what people said of tags in it
           ├─ readings           other numbers by which its answers are read
           ├─ shown_media ── shown_tags  what its timeline tells then, in sums
           ├─ fingerprints       by which the same pictures are known in another file
           └─ runs ─┬─ run_ledger          what the recipe saw, in order
                    └─ findings ─┬─ spans  what it concluded
                                 ├─ descriptions
                                 └─ unknown_stretches
    endpoint_profiles            what probes measured of endpoints

The tables of jobs and workers are in `worktables`.

Everything below a media goes with it when it is deleted. Times are ticks of the media's clock.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Named,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
)

from sightline.store.columns import ID, FilePath, Instant, Words

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _child_of(parent: str) -> ForeignKey:
    return ForeignKey(f"{parent}.id", ondelete="CASCADE")


# ------------------------------------------------------------------------------------ media


class MediaColumns(TypedColumns):
    id: Named[int] = Column(ID, primary_key=True)
    digest: Named[str] = Column(Text, unique=True)
    kind: Named[str] = Column(Text)
    time_base_num: Named[int] = Column(BigInteger)
    time_base_den: Named[int] = Column(BigInteger)
    start: Named[int] = Column(BigInteger)
    end: Named[int] = Column(BigInteger)
    declared_end: Named[int | None] = Column(BigInteger)
    width: Named[int] = Column(Integer)
    height: Named[int] = Column(Integer)
    container: Named[str] = Column(Text)
    codec: Named[str] = Column(Text)
    frame_count: Named[int] = Column(BigInteger)
    size_bytes: Named[int] = Column(BigInteger)
    taken_at: Named[str | None] = Column(Text)
    title: Named[str] = Column(Words)
    added_at: Named[datetime] = Column(Instant)


media = Table("media", metadata, MediaColumns)


class MediaFileColumns(TypedColumns):
    path: Named[Path] = Column(FilePath, primary_key=True)
    media_id: Named[int] = Column(ID, _child_of("media"), index=True)
    inode: Named[str] = Column(Text)
    """A number, which may be larger than any integer column."""
    size_bytes: Named[int] = Column(BigInteger)
    mtime_ns: Named[int] = Column(BigInteger)
    ctime_ns: Named[int] = Column(BigInteger)


media_files = Table("media_files", metadata, MediaFileColumns)


class FrameIndexColumns(TypedColumns):
    media_id: Named[int] = Column(ID, _child_of("media"), primary_key=True)
    version: Named[int] = Column(Integer)
    pts: Named[bytes] = Column(LargeBinary)
    keyframes: Named[bytes] = Column(LargeBinary)
    end: Named[int] = Column(BigInteger)
    names: Named[object] = Column(JSON, nullable=True)
    """What the pictures of an image set are called; null for all else."""


frame_indexes = Table("frame_indexes", metadata, FrameIndexColumns)


class SignalColumns(TypedColumns):
    media_id: Named[int] = Column(ID, _child_of("media"), primary_key=True)
    part: Named[str] = Column(Text, primary_key=True)
    """Of which frames they are, as `services.library.measures` tells them apart."""
    version: Named[int] = Column(Integer)
    alike_within: Named[float | None]
    pts: Named[bytes] = Column(LargeBinary)
    brightness: Named[bytes] = Column(LargeBinary)
    sharpness: Named[bytes] = Column(LargeBinary)
    motion: Named[bytes] = Column(LargeBinary)
    change: Named[bytes] = Column(LargeBinary)
    alike: Named[bytes] = Column(LargeBinary)


signals = Table("signals", metadata, SignalColumns)


# ------------------------------------------------------------------------------------- runs


class RunColumns(TypedColumns):
    id: Named[str] = Column(Text, primary_key=True)
    media_id: Named[int] = Column(ID, _child_of("media"))
    recipe: Named[str] = Column(Text)
    parameters: Named[object] = Column(JSON)
    request: Named[str] = Column(Text)
    models: Named[object] = Column(JSON)
    settings: Named[object] = Column(JSON)
    state: Named[str] = Column(Text)
    attempt: Named[int] = Column(Integer)
    worker: Named[str] = Column(Text)
    """Who works on it, or did last: for the message to the next one who wants to."""
    note: Named[str] = Column(Words)
    created_at: Named[datetime] = Column(Instant)
    started_at: Named[datetime] = Column(Instant)
    """When the present attempt began."""
    ended_at: Named[datetime | None] = Column(Instant)
    job: Named[str | None] = Column(Text, index=True)
    """The job that it is part of, by id; a job that was deleted leaves its runs behind."""
    counts: Named[object] = Column(JSON, nullable=True)
    """Its `values.Accounting`; null before it ends."""
    uses: Named[object] = Column(JSON, nullable=True)
    """What it has used of each endpoint, as `values.EndpointUse`; null before it ends."""
    sample: Named[bytes | None] = Column(LargeBinary)
    """The pts of its `values.Footage`, so that its ledger can be read again without it."""
    hints: Named[bytes | None] = Column(LargeBinary)


runs = Table(
    "runs",
    metadata,
    RunColumns,
    Index("ix_runs_media_id", "media_id", "created_at"),
    Index("ix_runs_request", "request", "created_at"),
)


# ---------------------------------------------------------------------------------- answers


class QuestionColumns(TypedColumns):
    id: Named[int] = Column(ID, primary_key=True)
    digest: Named[str] = Column(Text, unique=True)
    template: Named[str] = Column(Text)
    version: Named[int] = Column(Integer)
    parameters: Named[object] = Column(JSON)
    expects: Named[str] = Column(Text)


questions = Table("questions", metadata, QuestionColumns)


class CallColumns(TypedColumns):
    id: Named[str] = Column(Text, primary_key=True)
    media_id: Named[int] = Column(ID, _child_of("media"), index=True)
    run_id: Named[str | None] = Column(Text, ForeignKey("runs.id", ondelete="SET NULL"), index=True)
    """The run that paid for it; its answers outlive the run."""
    endpoint: Named[str] = Column(Text)
    model: Named[str] = Column(Text)
    started_at: Named[datetime] = Column(Instant)
    latency_s: Named[float]
    tokens_in: Named[int | None] = Column(BigInteger)
    tokens_out: Named[int | None] = Column(BigInteger)
    raw: Named[str] = Column(Words)


calls = Table("calls", metadata, CallColumns, Index("ix_calls_endpoint", "endpoint", "started_at"))


class FactColumns(TypedColumns):
    id: Named[int] = Column(ID, primary_key=True)
    key: Named[str] = Column(Text)
    """Digest of what identifies the answer: media, frames, transform, question and sample."""
    media_id: Named[int] = Column(ID, _child_of("media"))
    question_id: Named[int] = Column(ID, ForeignKey("questions.id"), index=True)
    frames: Named[str] = Column(Text)
    """The pts in order, joined by commas."""
    transform: Named[str] = Column(Text)
    sample: Named[int] = Column(Integer)
    model: Named[str] = Column(Text)
    endpoint: Named[str] = Column(Text)
    method: Named[str] = Column(Text)
    probability: Named[float | None]
    """Of a presence; null when the answer is text."""
    text: Named[str | None] = Column(Words)
    cut: Named[bool]
    """The text ran into its token limit."""
    parser: Named[int] = Column(Integer)
    call_id: Named[str] = Column(Text, _child_of("calls"), index=True)
    created_at: Named[datetime] = Column(Instant)
    distrusted_at: Named[datetime | None] = Column(Instant)


facts = Table("facts", metadata, FactColumns, Index("ix_facts_media_id", "media_id", "question_id"))

# A distrusted fact stays on record and makes room for a new one, so it is left out of the key.
_trusted = facts.c.distrusted_at.is_(None)
Index(
    "ix_facts_key",
    facts.c.key,
    facts.c.model,
    unique=True,
    sqlite_where=_trusted,
    postgresql_where=_trusted,
)
_distrusted = facts.c.distrusted_at.is_not(None)
Index(
    "ix_facts_distrusted",
    facts.c.media_id,
    sqlite_where=_distrusted,
    postgresql_where=_distrusted,
)


class RunLedgerColumns(TypedColumns):
    run_id: Named[str] = Column(Text, _child_of("runs"), primary_key=True)
    seq: Named[int] = Column(BigInteger, primary_key=True)
    ask: Named[int] = Column(BigInteger)
    fact_id: Named[int | None] = Column(ID, _child_of("facts"), index=True)
    reason: Named[str | None] = Column(Text)
    """Why there is no fact; null when there is one."""
    detail: Named[str | None] = Column(Words)
    shared: Named[bool]
    """The fact is about another frame, which looks alike."""
    attempt: Named[int] = Column(Integer)


run_ledger = Table("run_ledger", metadata, RunLedgerColumns)


# --------------------------------------------------------------------------------- findings


class FindingColumns(TypedColumns):
    id: Named[int] = Column(ID, primary_key=True)
    run_id: Named[str] = Column(Text, _child_of("runs"))
    ordinal: Named[int] = Column(Integer)
    """Its place among the run's findings."""
    kind: Named[str] = Column(Text)
    """`track` or `description`."""
    subject: Named[str] = Column(Words)
    """The tag, or the prompt."""
    category: Named[str | None] = Column(Words)
    """Of a tag, as are the next three."""
    threshold: Named[float | None]
    required: Named[str | None] = Column(Text)
    """Null: no length is required."""
    markers: Named[bool]


findings = Table(
    "findings",
    metadata,
    FindingColumns,
    UniqueConstraint("run_id", "ordinal"),
)


class SpanColumns(TypedColumns):
    finding_id: Named[int] = Column(ID, _child_of("findings"), primary_key=True)
    ordinal: Named[int] = Column(Integer, primary_key=True)
    start: Named[int] = Column(BigInteger)
    end: Named[int] = Column(BigInteger)
    start_earliest: Named[int] = Column(BigInteger)
    start_latest: Named[int] = Column(BigInteger)
    end_earliest: Named[int] = Column(BigInteger)
    end_latest: Named[int] = Column(BigInteger)
    confidence: Named[float]


spans = Table("spans", metadata, SpanColumns)


class DescriptionColumns(TypedColumns):
    finding_id: Named[int] = Column(ID, _child_of("findings"), primary_key=True)
    start: Named[int] = Column(BigInteger)
    end: Named[int] = Column(BigInteger)
    frames: Named[str] = Column(Text)
    text: Named[str | None] = Column(Words)
    cut: Named[bool]


descriptions = Table("descriptions", metadata, DescriptionColumns)


class UnknownStretchColumns(TypedColumns):
    finding_id: Named[int] = Column(ID, _child_of("findings"), primary_key=True)
    ordinal: Named[int] = Column(Integer, primary_key=True)
    start: Named[int] = Column(BigInteger)
    end: Named[int] = Column(BigInteger)
    reason: Named[str] = Column(Text)
    detail: Named[str] = Column(Words)


unknown_stretches = Table("unknown_stretches", metadata, UnknownStretchColumns)


# ------------------------------------------------------------------------------- corrections


class CorrectionColumns(TypedColumns):
    id: Named[str] = Column(Text, primary_key=True)
    media_id: Named[int] = Column(ID, _child_of("media"), index=True)
    tag: Named[str] = Column(Words)
    start_s: Named[float]
    """Seconds, not ticks: what is said of a picture holds in every file of it."""
    end_s: Named[float]
    present: Named[bool]
    replaces_start_s: Named[float | None]
    replaces_end_s: Named[float | None]
    note: Named[str] = Column(Words)
    made_by: Named[str] = Column(Words)
    made_at: Named[datetime] = Column(Instant)
    origin: Named[str | None] = Column(Text)
    """Digest of the media that it was made on, where that is another one."""


corrections = Table("corrections", metadata, CorrectionColumns)


class ReadingColumns(TypedColumns):
    media_id: Named[int] = Column(ID, _child_of("media"), primary_key=True)
    tag: Named[str] = Column(Words, primary_key=True)
    threshold: Named[float]
    max_gap_s: Named[float]
    min_length_s: Named[float]


readings = Table("readings", metadata, ReadingColumns)


class ShownMediaColumns(TypedColumns):
    media_id: Named[int] = Column(ID, _child_of("media"), primary_key=True)
    due: Named[int] = Column(BigInteger)
    """One more at each change of what its timeline is told from."""
    made: Named[int] = Column(BigInteger)
    """Up to which change its sums were made; 0: there are none yet."""
    version: Named[int] = Column(Integer)
    """Of the code that made them."""


shown_media = Table("shown_media", metadata, ShownMediaColumns)


class ShownTagColumns(TypedColumns):
    media_id: Named[int] = Column(
        ID, ForeignKey("shown_media.media_id", ondelete="CASCADE"), primary_key=True
    )
    tag: Named[str] = Column(Words, primary_key=True)
    ticks: Named[int] = Column(BigInteger)
    """All spans together."""
    spans: Named[int] = Column(BigInteger)
    """Never 0: a tag without a span has no row."""


shown_tags = Table("shown_tags", metadata, ShownTagColumns, Index("ix_shown_tags_tag", "tag"))


class FingerprintColumns(TypedColumns):
    media_id: Named[int] = Column(ID, _child_of("media"), primary_key=True)
    version: Named[int] = Column(Integer)
    prints: Named[bytes] = Column(LargeBinary)


fingerprints = Table("fingerprints", metadata, FingerprintColumns)


# -------------------------------------------------------------------------------- endpoints


class EndpointProfileColumns(TypedColumns):
    id: Named[int] = Column(ID, primary_key=True)
    endpoint: Named[str] = Column(Words)
    """Its name in the settings, or that made from its URL."""
    url: Named[str] = Column(Text)
    """Empty where its kind needs none."""
    kind: Named[str] = Column(Text)
    model: Named[str] = Column(Words)
    fingerprint: Named[str] = Column(Text)
    probed_at: Named[datetime] = Column(Instant)
    profile: Named[object] = Column(JSON)
    """All of a `values.Profile`."""


endpoint_profiles = Table(
    "endpoint_profiles",
    metadata,
    EndpointProfileColumns,
    UniqueConstraint("endpoint", "url", "model"),
)
