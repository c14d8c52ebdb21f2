"""What is told of a tag beside its spans."""

import sqlalchemy as sa
from alembic import op

from sightline.store.columns import Words

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("findings") as findings:
        findings.add_column(sa.Column("category", Words(), nullable=True))
        findings.add_column(sa.Column("threshold", sa.Double[float](), nullable=True))
        findings.add_column(sa.Column("required", sa.Text(), nullable=True))
        findings.add_column(
            sa.Column("markers", sa.Boolean(), nullable=False, server_default=sa.true())
        )
    with op.batch_alter_table("findings") as findings:
        findings.alter_column("markers", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("findings") as findings:
        findings.drop_column("markers")
        findings.drop_column("required")
        findings.drop_column("threshold")
        findings.drop_column("category")
