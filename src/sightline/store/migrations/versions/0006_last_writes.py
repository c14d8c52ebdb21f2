"""Marks that tell a write whose end an outage hid from one that never was.

And an index goes that nobody used; on PostgreSQL it could not hold a long prompt, and never was.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "last_writes",
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["worker"], ["workers.id"], name="fk_last_writes_worker", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("worker", "slot", name="pk_last_writes"),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("ix_findings_subject", table_name="findings")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.create_index("ix_findings_subject", "findings", ["kind", "subject"])
    op.drop_table("last_writes")
