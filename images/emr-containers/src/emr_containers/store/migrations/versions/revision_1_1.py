"""Revision 1.1: the table of job runs that are sized by earlier runs."""

from alembic import op
from sqlalchemy import JSON, Column, Double, String

revision, down_revision = "1.1", "1.0"


def upgrade() -> None:
    """Adds the table."""
    op.create_table(
        "sized_runs",
        Column("id", String, primary_key=True),
        Column("virtual_cluster_id", String, nullable=False),
        Column("signature", String, nullable=False),
        Column("created_at", Double, nullable=False),
        Column("planned", JSON, nullable=False),
        Column("outcome", JSON),
        Column("read_at", Double),
    )
    op.create_index("ix_sized_runs_history", "sized_runs", ["virtual_cluster_id", "signature", "created_at"])
    op.create_index("ix_sized_runs_created_at", "sized_runs", ["created_at"])
    op.create_index("ix_sized_runs_read_at", "sized_runs", ["read_at"])
