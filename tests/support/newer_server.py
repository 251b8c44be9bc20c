"""The job server as its next version: the same code with one more revision of the database's schema."""

from pathlib import Path

from emr_containers.store.revisions import NEWEST, Revision

NEXT = Revision(NEWEST.series, NEWEST.number + 1)
"""The revision that the next version makes."""
COLUMN = "made_by_version"
_MIGRATION = f'''"""Adds a column that older servers need not write."""

from alembic import op
from sqlalchemy import Column, String

revision = "{NEXT}"
down_revision = "{NEWEST}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column."""
    op.add_column("job_runs", Column("{COLUMN}", String))
'''
_NEWEST = f"NEWEST = Revision({NEWEST.series}, {NEWEST.number})"
_FIELD = "    claimed_in: Mapped[str | None]\n"


def make_newer(package: Path) -> None:
    """Makes the package `emr_containers` in the folder `package` the next version: it writes the new column.

    Raises:
        ValueError: a line that is changed is not there exactly once.
    """
    store = package / "store"
    name = f"revision_{NEXT.series}_{NEXT.number}.py"
    (store / "migrations" / "versions" / name).write_text(_MIGRATION)
    _replace(store / "revisions.py", _NEWEST, f"NEWEST = Revision({NEXT.series}, {NEXT.number})")
    field = f'    {COLUMN}: Mapped[str | None] = mapped_column(default="{NEXT}")\n'
    _replace(store / "tables.py", _FIELD, field + _FIELD)


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    if text.count(old) != 1:
        raise ValueError(f"{path} has {old!r} {text.count(old)} times.")
    path.write_text(text.replace(old, new))
