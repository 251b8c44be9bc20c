"""The printed form of environments."""

import io
from datetime import timedelta

from images.environments.world import NOW
from longshore_cli.environments.output import access_lines, expiry, print_environments, row, status_lines
from longshore_cli.environments.resource.state import read
from rich.console import Console

from .objects import NEW, URL, body, status

STATE = read(
    body(
        status(
            "Ready",
            commit=NEW,
            broken=("a.py",),
            expiresAt=(NOW + timedelta(hours=71, seconds=-5)).isoformat(),
            lastActivityAt=NOW.isoformat(),
            usage={"cpuHours": 1.25, "memoryGibHours": 3.5},
        )
    )
)


def test_a_line_shows_all_columns() -> None:
    assert row(STATE, now=NOW) == ("mine", "ann", "my-change", "Ready", "bbbbbbb", URL, "in 71h")


def test_a_line_shows_only_known_values() -> None:
    assert row(read(body()), now=NOW) == ("mine", "ann", "my-change", "Pending", "", "", "")


def test_the_end_is_shown_relative_to_now() -> None:
    assert expiry(read(body(ttl=None)), now=NOW) == "never"
    assert expiry(STATE, now=NOW + timedelta(days=4)) == "now"


def test_nothing_is_cut_off_and_nothing_is_markup_where_no_terminal_is() -> None:
    output = io.StringIO()
    branch = "[bold]" + "b" * 190
    states = [read(body(name="b")), read(body(name="a", git={"url": "u", "branch": branch}))]
    print_environments(states, console=Console(file=output, width=40), now=NOW)
    heading, first, second = output.getvalue().splitlines()
    assert heading.split() == ["name", "owner", "branch", "phase", "commit", "url", "expires"]
    assert first.split()[:3] == ["a", "ann", branch]
    assert second.split()[0] == "b"


def test_a_status_tells_conditions_errors_usage_and_activity() -> None:
    lines = status_lines(STATE, now=NOW + timedelta(minutes=5))
    assert "requested so far: 1.25 CPU-hours, 3.5 GiB-hours" in lines
    assert "last activity:    5m ago" in lines
    assert "Synced:           False (ImportErrors)" in lines
    assert lines[-1] == "\na.py cannot be imported:\nTraceback:\nImportError: no [bold] module"


def test_a_missing_status_is_short() -> None:
    assert status_lines(read(body()), now=NOW)[2:4] == [
        "phase:            Pending",
        "commit:           none parsed yet",
    ]


def test_the_owner_is_told_how_to_log_in() -> None:
    assert access_lines(STATE, password_command="kubectl …")[1:] == ["user:      ann", "password:  kubectl …"]
