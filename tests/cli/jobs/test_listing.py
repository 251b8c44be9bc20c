"""The table of job runs."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from longshore_cli.jobs.listing import print_runs, row
from rich.console import Console

CREATED = datetime(2026, 1, 31, 12, tzinfo=UTC)
RUN: Any = {"id": "0001", "name": "load", "state": "RUNNING", "releaseLabel": "spark-4.1", "createdAt": CREATED}


def test_a_line_shows_only_known_values() -> None:
    bare: Any = {"id": "0001", "state": "PENDING", "createdAt": CREATED}
    created = f"{CREATED.astimezone():%Y-%m-%d %H:%M:%S}"
    assert row(bare, now=CREATED) == ("0001", "", "PENDING", "", created, "0s", "")


def test_details_of_several_lines_become_one() -> None:
    assert row(RUN | {"stateDetails": "OutOfMemory:\n  heap"}, now=CREATED)[-1] == "OutOfMemory: heap"


def test_nothing_is_cut_off_where_no_terminal_is() -> None:
    output = io.StringIO()
    details = "a word [not markup] " * 20
    print_runs(
        [RUN | {"stateDetails": details}],
        console=Console(file=output, width=40),
        now=CREATED + timedelta(seconds=75),
    )
    heading, line = output.getvalue().splitlines()
    assert heading.split() == ["id", "name", "state", "release", "created", "duration", "details"]
    assert line.split()[:4] == ["0001", "load", "RUNNING", "spark-4.1"]
    assert "1m 15s" in line
    assert details.strip() in line


def test_a_terminals_lines_are_as_wide_as_it_is() -> None:
    output = io.StringIO()
    console = Console(file=output, width=100, force_terminal=True, color_system=None)
    print_runs([RUN | {"stateDetails": "a word " * 30}], console=console, now=CREATED)
    lines = output.getvalue().splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_case_18_neither_state_nor_reason_is_cut_on_a_terminal_of_any_width(width: int) -> None:
    output = io.StringIO()
    console = Console(file=output, width=width, force_terminal=True, color_system=None)
    reason = "Executor 3 ran out of memory (OOMKilled, had 896 MiB): raise spark.executor.memory. ValueError: no rows"
    run = RUN | {"id": "0mwvdu3wj2qwiof98b9kp6kzz", "name": "load_flights", "state": "FAILED", "stateDetails": reason}
    print_runs([run], console=console, now=CREATED)
    shown = output.getvalue()
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= width
    for word in ("0mwvdu3wj2qwiof98b9kp6kzz", "load_flights", "FAILED", *reason.split()):
        assert word in shown.split()
