"""What people say of what models found, and which frames a run was about.

A run's frames let its ledger be read again without the run; of older runs they are not known.
"""

import sqlalchemy as sa
from alembic import op

from sightline.store.columns import ID, Instant, Words

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("runs", sa.Column("sample", sa.LargeBinary(), nullable=True))
    op.add_column("runs", sa.Column("hints", sa.LargeBinary(), nullable=True))
    op.create_table(
        "corrections",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("media_id", ID, nullable=False),
        sa.Column("tag", Words(), nullable=False),
        sa.Column("start_s", sa.Double[float](), nullable=False),
        sa.Column("end_s", sa.Double[float](), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("replaces_start_s", sa.Double[float](), nullable=True),
        sa.Column("replaces_end_s", sa.Double[float](), nullable=True),
        sa.Column("note", Words(), nullable=False),
        sa.Column("made_by", Words(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name="fk_corrections_media_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_corrections_media_id", "corrections", ["media_id"])
    op.create_table(
        "readings",
        sa.Column("media_id", ID, nullable=False),
        sa.Column("tag", Words(), nullable=False),
        sa.Column("threshold", sa.Double[float](), nullable=False),
        sa.Column("max_gap_s", sa.Double[float](), nullable=False),
        sa.Column("min_length_s", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("media_id", "tag", name="pk_readings"),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name="fk_readings_media_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "fingerprints",
        sa.Column("media_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("prints", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("media_id", name="pk_fingerprints"),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name="fk_fingerprints_media_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("fingerprints")
    op.drop_table("readings")
    op.drop_table("corrections")
    op.drop_column("runs", "hints")
    op.drop_column("runs", "sample")
