"""Durable jobs, the workers that do them, access, and what is set through the API."""

import sqlalchemy as sa
from alembic import op

from sightline.store.columns import ID, FilePath, Instant, Words

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("body", Words(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("log", sa.JSON(), nullable=False),
        sa.Column("next_at", Instant(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_job", "deliveries", ["job"])
    op.create_index("ix_deliveries_state", "deliveries", ["state", "next_at"])

    op.create_table(
        "endpoint_states",
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("open_until", Instant(), nullable=True),
        sa.Column("reason", Words(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("endpoint", name="pk_endpoint_states"),
    )
    op.create_table(
        "haven_videos",
        sa.Column("id", ID, nullable=False),
        sa.Column("path", FilePath(), nullable=False),
        sa.Column("title", Words(), nullable=False),
        sa.Column("duration_s", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("has_ai_data", sa.Boolean(), nullable=False),
        sa.Column("thumbnail_path", Words(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_haven_videos"),
        sa.UniqueConstraint("path", name="uq_haven_videos_path"),
    )
    op.create_table(
        "job_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("job", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_events_at", "job_events", ["at"])

    op.create_table(
        "jobs",
        sa.Column("number", ID, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", Words(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("rescues", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("note", Words(), nullable=False),
        sa.Column("story", sa.JSON(), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("webhook", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("start_after", Instant(), nullable=True),
        sa.Column("queued_at", Instant(), nullable=True),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_jobs"),
        sa.UniqueConstraint("id", name="uq_jobs_id"),
    )
    op.create_index("ix_jobs_digest", "jobs", ["digest"])
    op.create_index("ix_jobs_state", "jobs", ["state", "number"])
    op.create_index("ix_jobs_worker", "jobs", ["worker"])

    op.create_table(
        "stored_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("tree", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stored_settings"),
    )
    op.create_table(
        "tag_sets",
        sa.Column("name", Words(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_tag_sets"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("used_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("digest", name="uq_tokens_digest"),
    )
    op.create_table(
        "uploads",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("path", FilePath(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("media", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
    )
    op.create_index("ix_uploads_owner", "uploads", ["owner"])

    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("host", Words(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("beats", sa.BigInteger(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
    op.create_table(
        "endpoint_shares",
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint"],
            ["endpoint_states.endpoint"],
            name="fk_endpoint_shares_endpoint",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["worker"], ["workers.id"], name="fk_endpoint_shares_worker", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("endpoint", "worker", name="pk_endpoint_shares"),
    )
    op.create_table(
        "haven_timestamps",
        sa.Column("id", ID, nullable=False),
        sa.Column("video", ID, nullable=False),
        sa.Column("tag", Words(), nullable=False),
        sa.Column("start_s", sa.Double[float](), nullable=False),
        sa.Column("end_s", sa.Double[float](), nullable=True),
        sa.Column("confidence", sa.Double[float](), nullable=False),
        sa.ForeignKeyConstraint(
            ["video"], ["haven_videos.id"], name="fk_haven_timestamps_video", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_haven_timestamps"),
    )
    op.create_index("ix_haven_timestamps_video", "haven_timestamps", ["video"])

    op.create_table(
        "holds",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["worker"], ["workers.id"], name="fk_holds_worker", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("name", name="pk_holds"),
    )
    op.create_index("ix_holds_worker", "holds", ["worker"])

    op.create_table(
        "job_members",
        sa.Column("job", ID, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("path", FilePath(), nullable=False),
        sa.Column("media", sa.Text(), nullable=True),
        sa.Column("title", Words(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", Words(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["job"], ["jobs.number"], name="fk_job_members_job", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job", "ordinal", name="pk_job_members"),
    )
    op.create_index("ix_job_members_media", "job_members", ["media"])

    op.create_table(
        "sessions",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["token"], ["tokens.id"], name="fk_sessions_token", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
    )
    op.create_index("ix_sessions_token", "sessions", ["token"])

    with op.batch_alter_table("runs") as runs:
        runs.add_column(sa.Column("job", sa.Text(), nullable=True))
        runs.add_column(sa.Column("counts", sa.JSON(), nullable=True))
        runs.add_column(sa.Column("uses", sa.JSON(), nullable=True))
        runs.create_index("ix_runs_job", ["job"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("runs") as runs:
        runs.drop_index("ix_runs_job")
        runs.drop_column("uses")
        runs.drop_column("counts")
        runs.drop_column("job")

    op.drop_table("sessions")

    op.drop_table("job_members")

    op.drop_table("holds")

    op.drop_table("haven_timestamps")
    op.drop_table("endpoint_shares")
    op.drop_table("workers")

    op.drop_table("uploads")
    op.drop_table("tokens")
    op.drop_table("tag_sets")
    op.drop_table("stored_settings")

    op.drop_table("jobs")

    op.drop_table("job_events")
    op.drop_table("haven_videos")
    op.drop_table("endpoint_states")

    op.drop_table("deliveries")
