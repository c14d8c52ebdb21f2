"""Signals, answers that are shared, and image sets."""

import sqlalchemy as sa
from alembic import op

from sightline.store.columns import ID

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "signals",
        sa.Column("media_id", ID, nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("alike_within", sa.Double[float](), nullable=True),
        sa.Column("pts", sa.LargeBinary(), nullable=False),
        sa.Column("brightness", sa.LargeBinary(), nullable=False),
        sa.Column("sharpness", sa.LargeBinary(), nullable=False),
        sa.Column("motion", sa.LargeBinary(), nullable=False),
        sa.Column("change", sa.LargeBinary(), nullable=False),
        sa.Column("alike", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name="fk_signals_media_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("media_id", "part", name="pk_signals"),
    )
    with op.batch_alter_table("media") as media:
        media.add_column(sa.Column("taken_at", sa.Text(), nullable=True))
    with op.batch_alter_table("frame_indexes") as frame_indexes:
        frame_indexes.add_column(sa.Column("names", sa.JSON(), nullable=True))
    with op.batch_alter_table("run_ledger") as run_ledger:
        run_ledger.add_column(
            sa.Column("shared", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("run_ledger") as run_ledger:
        run_ledger.alter_column("shared", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("run_ledger") as run_ledger:
        run_ledger.drop_column("shared")
    with op.batch_alter_table("frame_indexes") as frame_indexes:
        frame_indexes.drop_column("names")
    with op.batch_alter_table("media") as media:
        media.drop_column("taken_at")
    op.drop_table("signals")
