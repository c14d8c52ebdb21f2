"""The tables of work and of those who do it, beside `tables`, which holds what was found out.

jobs ── job_members          what was asked for, of which media, and how far it is
job_events                   what changed, for whoever listens
deliveries                   webhooks on their way out
workers ─┬─ holds            who is alive, and what each has for itself
         └─ last_writes      how far each came, for writes cut off by an outage
endpoint_states ── endpoint_shares   slots and trouble that all workers have in common
stored_settings, tag_sets    what people set through the API
tokens ── sessions           who may come in
uploads                      files on their way in
haven_videos ── haven_timestamps     what Haven's own routes keep
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
    Named,
    Table,
    Text,
    TypedColumns,
)

from sightline.store.columns import ID, FilePath, Instant, Words
from sightline.store.tables import metadata

# --------------------------------------------------------------------------------------- jobs


class JobColumns(TypedColumns):
    number: Named[int] = Column(ID, primary_key=True)
    """Counts up with each job: the order of lists, and the id that Haven's client knows."""
    id: Named[str] = Column(Text, unique=True)
    title: Named[str] = Column(Words)
    source: Named[str] = Column(Text)
    """Through which door it came: `api`, `haven`, `node`, `chronicon`, `cli`."""
    spec: Named[object] = Column(JSON)
    digest: Named[str] = Column(Text)
    """Of spec and members: the same request again is the same job while that one lives."""
    state: Named[str] = Column(Text)
    wish: Named[str | None] = Column(Text)
    """What a person wants of the worker: `cancel` or `pause`."""
    priority: Named[int] = Column(Integer)
    """1 is the most urgent."""
    turn: Named[int] = Column(Integer)
    """How often it was put into the queue."""
    attempt: Named[int] = Column(Integer)
    """Counts the processes that have worked on it; an older one's writes are refused."""
    rescues: Named[int] = Column(Integer)
    """How often its worker has died since a person last wished for it."""
    worker: Named[str | None] = Column(Text)
    note: Named[str] = Column(Words)
    story: Named[object] = Column(JSON)
    """The last of what happened to it, each with a time, for a person."""
    progress: Named[object] = Column(JSON)
    members: Named[int] = Column(Integer)
    webhook: Named[str | None] = Column(Text)
    created_at: Named[datetime] = Column(Instant)
    start_after: Named[datetime | None] = Column(Instant)
    queued_at: Named[datetime | None] = Column(Instant)
    """When the queue took its present turn; null: it still has to be given it."""
    started_at: Named[datetime | None] = Column(Instant)
    ended_at: Named[datetime | None] = Column(Instant)


jobs = Table(
    "jobs",
    metadata,
    JobColumns,
    Index("ix_jobs_state", "state", "number"),
    Index("ix_jobs_digest", "digest"),
    Index("ix_jobs_worker", "worker"),
)


class JobMemberColumns(TypedColumns):
    job: Named[int] = Column(ID, ForeignKey("jobs.number", ondelete="CASCADE"), primary_key=True)
    ordinal: Named[int] = Column(Integer, primary_key=True)
    path: Named[Path] = Column(FilePath)
    media: Named[str | None] = Column(Text, index=True)
    """Digest, once it has been read."""
    title: Named[str] = Column(Words)
    state: Named[str] = Column(Text)
    note: Named[str] = Column(Words)
    counts: Named[object] = Column(JSON, nullable=True)
    """What it took, once it has ended."""
    ended_at: Named[datetime | None] = Column(Instant)


job_members = Table("job_members", metadata, JobMemberColumns)


class JobEventColumns(TypedColumns):
    id: Named[int] = Column(ID, primary_key=True)
    at: Named[datetime] = Column(Instant, index=True)
    job: Named[str | None] = Column(Text)
    """The id of the job it is about."""
    kind: Named[str] = Column(Text)
    data: Named[object] = Column(JSON)


job_events = Table("job_events", metadata, JobEventColumns, sqlite_autoincrement=True)


class DeliveryColumns(TypedColumns):
    id: Named[str] = Column(Text, primary_key=True)
    job: Named[str] = Column(Text, index=True)
    event: Named[str] = Column(Text)
    url: Named[str] = Column(Text)
    body: Named[str] = Column(Words)
    state: Named[str] = Column(Text)
    """`waiting`, `sent` or `failed`."""
    attempts: Named[int] = Column(Integer)
    log: Named[object] = Column(JSON)
    """Each try: when, what came back, how long it took."""
    next_at: Named[datetime] = Column(Instant)
    """When to try next; a sender moves it ahead of its own try, so that no other tries too."""
    created_at: Named[datetime] = Column(Instant)
    ended_at: Named[datetime | None] = Column(Instant)


deliveries = Table(
    "deliveries", metadata, DeliveryColumns, Index("ix_deliveries_state", "state", "next_at")
)


# ------------------------------------------------------------------------------------ workers


class WorkerColumns(TypedColumns):
    id: Named[str] = Column(Text, primary_key=True)
    host: Named[str] = Column(Words)
    pid: Named[int] = Column(Integer)
    version: Named[str] = Column(Text)
    roles: Named[str] = Column(Text)
    """What it is for: `serve`, `worker`, `analyze`, with commas between."""
    state: Named[str] = Column(Text)
    """`alive`, `gone` (it said good-bye) or `dead` (it fell silent)."""
    beats: Named[int] = Column(BigInteger)
    started_at: Named[datetime] = Column(Instant)
    seen_at: Named[datetime] = Column(Instant)
    """By its own clock, for people: whether it lives is told from its beats alone."""


workers = Table("workers", metadata, WorkerColumns)


class HoldColumns(TypedColumns):
    name: Named[str] = Column(Text, primary_key=True)
    worker: Named[str] = Column(Text, ForeignKey("workers.id", ondelete="CASCADE"), index=True)
    taken_at: Named[datetime] = Column(Instant)


holds = Table("holds", metadata, HoldColumns)


class LastWriteColumns(TypedColumns):
    worker: Named[str] = Column(
        Text, ForeignKey("workers.id", ondelete="CASCADE"), primary_key=True
    )
    slot: Named[int] = Column(Integer, primary_key=True)
    """Which of the worker's threads."""
    number: Named[int] = Column(BigInteger)
    """Of its last write that was kept: after a lost connection this tells whether one was."""


last_writes = Table("last_writes", metadata, LastWriteColumns)


class EndpointStateColumns(TypedColumns):
    endpoint: Named[str] = Column(Text, primary_key=True)
    """What it is to all workers alike: its kind and URL."""
    slots: Named[int] = Column(Integer)
    open_until: Named[datetime | None] = Column(Instant)
    """Left alone until then, by the database's clock."""
    reason: Named[str] = Column(Words)
    changed_at: Named[datetime] = Column(Instant)


endpoint_states = Table("endpoint_states", metadata, EndpointStateColumns)


class EndpointShareColumns(TypedColumns):
    endpoint: Named[str] = Column(
        Text, ForeignKey("endpoint_states.endpoint", ondelete="CASCADE"), primary_key=True
    )
    worker: Named[str] = Column(
        Text, ForeignKey("workers.id", ondelete="CASCADE"), primary_key=True
    )
    held: Named[int] = Column(Integer)
    """Slots that this worker may fill."""
    wanted: Named[int] = Column(Integer)
    """Slots that it could fill."""


endpoint_shares = Table("endpoint_shares", metadata, EndpointShareColumns)


# ----------------------------------------------------------------------------------- settings


class StoredSettingsColumns(TypedColumns):
    id: Named[int] = Column(Integer, primary_key=True)
    """Always 1."""
    version: Named[int] = Column(BigInteger)
    tree: Named[object] = Column(JSON)


stored_settings = Table("stored_settings", metadata, StoredSettingsColumns)


class TagSetColumns(TypedColumns):
    name: Named[str] = Column(Words, primary_key=True)
    document: Named[object] = Column(JSON)
    changed_at: Named[datetime] = Column(Instant)


tag_sets = Table("tag_sets", metadata, TagSetColumns)


# ------------------------------------------------------------------------------------- access


class TokenColumns(TypedColumns):
    id: Named[str] = Column(Text, primary_key=True)
    name: Named[str] = Column(Words)
    digest: Named[str] = Column(Text, unique=True)
    scope: Named[str] = Column(Text)
    created_at: Named[datetime] = Column(Instant)
    expires_at: Named[datetime | None] = Column(Instant)
    used_at: Named[datetime | None] = Column(Instant)


tokens = Table("tokens", metadata, TokenColumns)


class SessionColumns(TypedColumns):
    digest: Named[str] = Column(Text, primary_key=True)
    token: Named[str] = Column(Text, ForeignKey("tokens.id", ondelete="CASCADE"), index=True)
    created_at: Named[datetime] = Column(Instant)
    expires_at: Named[datetime] = Column(Instant)


sessions = Table("sessions", metadata, SessionColumns)


class UploadColumns(TypedColumns):
    id: Named[str] = Column(Text, primary_key=True)
    name: Named[str] = Column(Words)
    path: Named[Path] = Column(FilePath)
    size_bytes: Named[int] = Column(BigInteger)
    owner: Named[str] = Column(Text)
    """Whose it is, where that matters: the cookie of Chronicon's page."""
    media: Named[str | None] = Column(Text)
    """Digest, once it is complete and was read."""
    created_at: Named[datetime] = Column(Instant)
    ended_at: Named[datetime | None] = Column(Instant)


uploads = Table("uploads", metadata, UploadColumns, Index("ix_uploads_owner", "owner"))


# -------------------------------------------------------------------------------------- Haven


class HavenVideoColumns(TypedColumns):
    id: Named[int] = Column(ID, primary_key=True)
    path: Named[Path] = Column(FilePath, unique=True)
    title: Named[str] = Column(Words)
    duration_s: Named[int] = Column(BigInteger)
    position: Named[int] = Column(BigInteger)
    has_ai_data: Named[bool]
    thumbnail_path: Named[str | None] = Column(Words)
    created_at: Named[datetime] = Column(Instant)
    updated_at: Named[datetime] = Column(Instant)


haven_videos = Table("haven_videos", metadata, HavenVideoColumns)


class HavenTimestampColumns(TypedColumns):
    id: Named[int] = Column(ID, primary_key=True)
    video: Named[int] = Column(ID, ForeignKey("haven_videos.id", ondelete="CASCADE"), index=True)
    tag: Named[str] = Column(Words)
    start_s: Named[float]
    end_s: Named[float | None]
    confidence: Named[float]


haven_timestamps = Table("haven_timestamps", metadata, HavenTimestampColumns)
