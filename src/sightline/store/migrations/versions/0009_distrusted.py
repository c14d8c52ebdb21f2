"""Finds the answers about a media that are distrusted, which are few, without a look at all."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_index(
        "ix_facts_distrusted",
        "facts",
        ["media_id"],
        unique=False,
        sqlite_where=sa.text("distrusted_at IS NOT NULL"),
        postgresql_where=sa.text("distrusted_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_facts_distrusted", "facts")
