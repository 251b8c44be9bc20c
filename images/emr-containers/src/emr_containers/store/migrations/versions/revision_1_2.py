"""Revision 1.2: a job run's template, and the time at which it began to run."""

from alembic import op
from sqlalchemy import Column, Double, String

revision, down_revision = "1.2", "1.1"


def upgrade() -> None:
    """Adds the columns."""
    op.add_column("job_runs", Column("template_id", String))
    op.add_column("job_runs", Column("started_at", Double))
