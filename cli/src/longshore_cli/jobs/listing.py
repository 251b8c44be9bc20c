"""`longshore jobs list`: prints the newest job runs as a table."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from longshore_cli.jobs.runs import format_duration, run_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mypy_boto3_emr_containers.type_defs import JobRunTypeDef

_COLUMNS = ("id", "name", "state", "release", "created", "duration", "details")
_LEAST = 40
"""The width of the details' column, in characters, below which the details get lines of their own."""
_UNBOUNDED = 4000
"""The width of a line where no terminal limits it, in characters."""


def scope_line(clusters: "Mapping[str, str]", *, all_clusters: bool) -> str:
    """Returns the line that says whose job runs are listed. Pure.

    Args:
        clusters: names by ID.
    """
    if all_clusters:
        return f"Job runs of all RUNNING virtual clusters ({len(clusters)}):"
    ((cluster_id, name),) = clusters.items()
    return f"Job runs of the virtual cluster {name!r} ({cluster_id}); --all lists those of all virtual clusters:"


def print_runs(
    runs: "Iterable[JobRunTypeDef]",
    *,
    console: Console,
    clusters: "Mapping[str, str] | None" = None,
    now: datetime | None = None,
) -> None:
    """Prints a line for each job run. On a terminal the details are folded into their column, or follow the line.

    Args:
        clusters: names of virtual clusters by ID, for another column; None for no such column.
    """
    columns: tuple[str, ...] = _COLUMNS
    rows = []
    if clusters is not None:
        columns = (_COLUMNS[0], "virtual-cluster", *_COLUMNS[1:])
    for run in runs:
        first, *others = row(run, now=now or datetime.now(UTC))
        named = [] if clusters is None else [clusters.get(run["virtualClusterId"], run["virtualClusterId"])]
        rows.append((first, *named, *others))
    if not console.is_terminal:
        console = Console(file=console.file, width=_UNBOUNDED)
    widths = [max(map(len, cells)) + 2 for cells in zip(columns, *rows, strict=True)][:-1]
    if sum(widths) + _LEAST > console.width:
        _print_narrow((columns, *rows), widths=widths, console=console)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, no_wrap=column != "details", overflow="fold")
    for cells in rows:
        # The texts of a job run may look like markup.
        table.add_row(*map(Text, cells))
    console.print(table)


def _print_narrow(lines: "Sequence[tuple[str, ...]]", *, widths: "Sequence[int]", console: Console) -> None:
    """Prints the details below each line, the first of which names the columns, so that no cell is cut."""
    for number, (*cells, details) in enumerate(lines):
        style = "" if number else "bold"
        line = "".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        console.print(Text(line.rstrip(), style=style))
        if details:
            console.print(Padding(Text(details, style=style), (0, 0, 0, 4)))


def row(run: "JobRunTypeDef", *, now: datetime) -> tuple[str, ...]:
    """Returns the cells of one line, in the order of `_COLUMNS`. Pure.

    Args:
        now: timezone-aware.
    """
    return (
        run["id"],
        run.get("name") or "",
        run["state"],
        run.get("releaseLabel") or "",
        f"{run['createdAt'].astimezone():%Y-%m-%d %H:%M:%S}",
        format_duration(run_duration(run, now=now).total_seconds()),
        " ".join((run.get("stateDetails") or "").split()),
    )
