"""What probes measured of endpoints."""

import sqlalchemy as sa
from alembic import op

from sightline.store.columns import ID, Instant, Words

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "endpoint_profiles",
        sa.Column("id", ID, nullable=False),
        sa.Column("endpoint", Words(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("model", Words(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("probed_at", Instant(), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_endpoint_profiles"),
        sa.UniqueConstraint(
            "endpoint", "url", "model", name="uq_endpoint_profiles_endpoint_url_model"
        ),
    )
    op.create_index("ix_calls_endpoint", "calls", ["endpoint", "started_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_calls_endpoint", table_name="calls")
    op.drop_table("endpoint_profiles")
