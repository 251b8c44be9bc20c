"""The printed form of environments. Pure except for the table."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from longshore_libs.durations import format_duration
from rich.console import Console
from rich.table import Table
from rich.text import Text

from longshore_cli.environments.resource.state import State

_COLUMNS = ("name", "owner", "branch", "phase", "commit", "url", "expires")
_UNBOUNDED = 4000
"""The width of a line where no terminal limits it, in characters."""


def print_environments(states: Iterable[State], *, console: Console, now: datetime | None = None) -> None:
    """Prints a line for each environment, by name. On a terminal the address is folded into its column."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in _COLUMNS:
        table.add_column(column, no_wrap=column not in ("url", "branch"), overflow="fold")
    for state in sorted(states, key=lambda state: state.name):
        # A branch may look like markup.
        table.add_row(*(Text(cell) for cell in row(state, now=now or datetime.now(UTC))))
    if not console.is_terminal:
        console = Console(file=console.file, width=_UNBOUNDED)
    console.print(table)


def row(state: State, *, now: datetime) -> tuple[str, ...]:
    """Returns the cells of one line, in the order of `_COLUMNS`. Pure.

    Args:
        now: timezone-aware.
    """
    commit = (state.commit or "")[:7]
    return state.name, state.owner, state.follows, state.phase, commit, state.url, expiry(state, now=now)


def as_object(state: State) -> dict[str, Any]:
    """Returns the environment for `longshore env list --json`; None is an unknown value."""
    return {
        "name": state.name,
        "owner": state.owner,
        "gitUrl": state.git_url,
        "branch": state.branch,
        "wantedCommit": state.wanted_commit,
        "phase": state.phase,
        "ready": state.ready,
        "commit": state.commit,
        "url": state.url or None,
        "ttl": state.ttl,
        "expiresAt": state.expires_at,
        "lastActivityAt": state.last_activity_at,
        "importErrors": [{"file": each.file, "message": each.message} for each in state.import_errors],
    }


def expiry(state: State, *, now: datetime) -> str:
    """Returns the time until it ends; `never`, or empty while that is unknown."""
    if state.ttl is None:
        return "never"
    if state.expires_at is None:
        return ""
    left = state.expires_at - now
    return f"in {format_duration(left)}" if left > timedelta(0) else "now"


def status_lines(state: State, *, now: datetime) -> list[str]:
    """Returns the lines of `longshore env status`.

    Args:
        now: timezone-aware.
    """
    facts = {
        "owner": state.owner,
        "git": f"{state.git_url} {state.follows}",
        "phase": state.phase,
        "commit": f"{state.commit} (parsed by Airflow)" if state.commit else "none parsed yet",
        "url": state.url,
        "expires": expiry(state, now=now),
        "last activity": _ago(state.last_activity_at, now=now),
        "requested so far": f"{state.cpu_hours:g} CPU-hours, {state.memory_gib_hours:g} GiB-hours",
    }
    lines = [f"{name + ':':18}{value}" for name, value in facts.items() if value]
    for kind, each in state.conditions.items():
        message = f": {' '.join(each.message.split())}" if each.message else ""
        lines.append(f"{kind + ':':18}{each.status} ({each.reason}){message}")
    return [*lines, *import_error_lines(state)]


def access_lines(state: State, *, password_command: str) -> list[str]:
    """Returns the lines that tell the owner how to log in."""
    return [
        f"commit:    {state.commit or 'none parsed'}",
        f"user:      {state.owner}",
        f"password:  {password_command}",
    ]


def import_error_lines(state: State) -> list[str]:
    """Returns the files that cannot be imported, each with the end of its trace."""
    return [f"\n{each.file} cannot be imported:\n{each.message.rstrip()}" for each in state.import_errors]


def _ago(moment: datetime | None, *, now: datetime) -> str:
    return "" if moment is None else f"{format_duration(max(now - moment, timedelta(0)))} ago"
