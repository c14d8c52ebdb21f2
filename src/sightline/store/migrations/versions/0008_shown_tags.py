"""What the timeline of a media tells of its tags in sums, where that is not what its runs found.

Those of media that were corrected or are read by other numbers already are due, and made when
somebody first looks.
"""

import sqlalchemy as sa
from alembic import op

from sightline.store.columns import ID, Words

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "shown_media",
        sa.Column("media_id", ID, nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("media_id", name="pk_shown_media"),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name="fk_shown_media_media_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "shown_tags",
        sa.Column("media_id", ID, nullable=False),
        sa.Column("tag", Words(), nullable=False),
        sa.Column("ticks", sa.BigInteger(), nullable=False),
        sa.Column("spans", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("media_id", "tag", name="pk_shown_tags"),
        sa.ForeignKeyConstraint(
            ["media_id"],
            ["shown_media.media_id"],
            name="fk_shown_tags_media_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_shown_tags_tag", "shown_tags", ["tag"])
    op.execute(
        "INSERT INTO shown_media (media_id, due, made, version)"
        " SELECT media_id, 1, 0, 0 FROM corrections"
        " UNION SELECT media_id, 1, 0, 0 FROM readings"
    )


def downgrade() -> None:
    op.drop_table("shown_tags")
    op.drop_table("shown_media")
