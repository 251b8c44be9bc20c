"""`longshore jobs list`: the newest job runs as a table."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from longshore_cli.jobs.runs import duration, shown_duration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_emr_containers.type_defs import JobRunTypeDef

_COLUMNS = ("id", "name", "state", "release", "created", "duration", "details")
_UNBOUNDED = 4000
"""Characters a line may have where no terminal sets an end."""


def print_runs(runs: "Iterable[JobRunTypeDef]", *, console: Console, now: datetime | None = None) -> None:
    """Prints a line a job run; on a terminal the details are folded into their column."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in _COLUMNS:
        table.add_column(column, no_wrap=column != "details", overflow="fold")
    for run in runs:
        # A run's texts may look like markup.
        table.add_row(*(Text(cell) for cell in row(run, now=now or datetime.now(UTC))))
    if not console.is_terminal:
        console = Console(file=console.file, width=_UNBOUNDED)
    console.print(table)


def row(run: "JobRunTypeDef", *, now: datetime) -> tuple[str, ...]:
    """The texts of one line, as `_COLUMNS` says. Pure.

    Args:
        now: aware.
    """
    return (
        run["id"],
        run.get("name") or "",
        run["state"],
        run.get("releaseLabel") or "",
        f"{run['createdAt'].astimezone():%Y-%m-%d %H:%M:%S}",
        shown_duration(duration(run, now=now).total_seconds()),
        " ".join((run.get("stateDetails") or "").split()),
    )
