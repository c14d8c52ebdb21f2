"""The first tables."""

import sqlalchemy as sa
from alembic import op

from sightline.store.columns import ID, FilePath, Instant, Words

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("id", ID, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("time_base_num", sa.BigInteger(), nullable=False),
        sa.Column("time_base_den", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("declared_end", sa.BigInteger(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("container", sa.Text(), nullable=False),
        sa.Column("codec", sa.Text(), nullable=False),
        sa.Column("frame_count", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("title", Words(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_media"),
        sa.UniqueConstraint("digest", name="uq_media_digest"),
    )
    op.create_table(
        "questions",
        sa.Column("id", ID, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("expects", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_questions"),
        sa.UniqueConstraint("digest", name="uq_questions_digest"),
    )
    op.create_table(
        "frame_indexes",
        sa.Column("media_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("pts", sa.LargeBinary(), nullable=False),
        sa.Column("keyframes", sa.LargeBinary(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name="fk_frame_indexes_media_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("media_id", name="pk_frame_indexes"),
    )
    op.create_table(
        "media_files",
        sa.Column("path", FilePath(), nullable=False),
        sa.Column("media_id", ID, nullable=False),
        sa.Column("inode", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("ctime_ns", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name="fk_media_files_media_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("path", name="pk_media_files"),
    )
    op.create_index("ix_media_files_media_id", "media_files", ["media_id"], unique=False)
    op.create_table(
        "runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("media_id", ID, nullable=False),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("models", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("note", Words(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name="fk_runs_media_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_media_id", "runs", ["media_id", "created_at"], unique=False)
    op.create_index("ix_runs_request", "runs", ["request", "created_at"], unique=False)
    op.create_table(
        "calls",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("media_id", ID, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("latency_s", sa.Double[float](), nullable=False),
        sa.Column("tokens_in", sa.BigInteger(), nullable=True),
        sa.Column("tokens_out", sa.BigInteger(), nullable=True),
        sa.Column("raw", Words(), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name="fk_calls_media_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_calls_run_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
    )
    op.create_index("ix_calls_media_id", "calls", ["media_id"], unique=False)
    op.create_index("ix_calls_run_id", "calls", ["run_id"], unique=False)
    op.create_table(
        "findings",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", Words(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_findings_run_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_findings"),
        sa.UniqueConstraint("run_id", "ordinal", name="uq_findings_run_id_ordinal"),
    )
    if op.get_bind().dialect.name == "sqlite":  # on PostgreSQL it could not hold a long prompt
        op.create_index("ix_findings_subject", "findings", ["kind", "subject"], unique=False)
    op.create_table(
        "descriptions",
        sa.Column("finding_id", ID, nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("frames", sa.Text(), nullable=False),
        sa.Column("text", Words(), nullable=True),
        sa.Column("cut", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.id"], name="fk_descriptions_finding_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("finding_id", name="pk_descriptions"),
    )
    op.create_table(
        "facts",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("media_id", ID, nullable=False),
        sa.Column("question_id", ID, nullable=False),
        sa.Column("frames", sa.Text(), nullable=False),
        sa.Column("transform", sa.Text(), nullable=False),
        sa.Column("sample", sa.Integer(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("probability", sa.Double[float](), nullable=True),
        sa.Column("text", Words(), nullable=True),
        sa.Column("cut", sa.Boolean(), nullable=False),
        sa.Column("parser", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("distrusted_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name="fk_facts_call_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name="fk_facts_media_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name="fk_facts_question_id"),
        sa.PrimaryKeyConstraint("id", name="pk_facts"),
    )
    op.create_index("ix_facts_call_id", "facts", ["call_id"], unique=False)
    op.create_index(
        "ix_facts_key",
        "facts",
        ["key", "model"],
        unique=True,
        sqlite_where=sa.text("distrusted_at IS NULL"),
        postgresql_where=sa.text("distrusted_at IS NULL"),
    )
    op.create_index("ix_facts_media_id", "facts", ["media_id", "question_id"], unique=False)
    op.create_index("ix_facts_question_id", "facts", ["question_id"], unique=False)
    op.create_table(
        "spans",
        sa.Column("finding_id", ID, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("start_earliest", sa.BigInteger(), nullable=False),
        sa.Column("start_latest", sa.BigInteger(), nullable=False),
        sa.Column("end_earliest", sa.BigInteger(), nullable=False),
        sa.Column("end_latest", sa.BigInteger(), nullable=False),
        sa.Column("confidence", sa.Double[float](), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.id"], name="fk_spans_finding_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("finding_id", "ordinal", name="pk_spans"),
    )
    op.create_table(
        "unknown_stretches",
        sa.Column("finding_id", ID, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", Words(), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["findings.id"],
            name="fk_unknown_stretches_finding_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("finding_id", "ordinal", name="pk_unknown_stretches"),
    )
    op.create_table(
        "run_ledger",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("ask", sa.BigInteger(), nullable=False),
        sa.Column("fact_id", ID, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("detail", Words(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fact_id"], ["facts.id"], name="fk_run_ledger_fact_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_run_ledger_run_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "seq", name="pk_run_ledger"),
    )
    op.create_index("ix_run_ledger_fact_id", "run_ledger", ["fact_id"], unique=False)


def downgrade() -> None:
    op.drop_table("run_ledger")
    op.drop_table("unknown_stretches")
    op.drop_table("spans")
    op.drop_table("facts")
    op.drop_table("descriptions")
    op.drop_table("findings")
    op.drop_table("calls")
    op.drop_table("runs")
    op.drop_table("media_files")
    op.drop_table("frame_indexes")
    op.drop_table("questions")
    op.drop_table("media")
