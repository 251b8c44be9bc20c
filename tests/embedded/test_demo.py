"""`longshore demo` as its user runs it, with a real Airflow: its end, and that it leaves nothing running."""

import re
import subprocess
from pathlib import Path

from support.longshore_commands import LONGSHORE

from .conftest import Demo


def test_the_demo_ends_with_its_summary_and_leaves_nothing_running(demo: Demo) -> None:
    assert demo.status == 0, demo.output
    assert re.fullmatch(r"demo: ok \(\d+\.\d min\)", demo.output.splitlines()[-1])
    _, summary = demo.output.split("DAG flights_lake ", 1)
    cells = [[cell.strip() for cell in line.split("│")] for line in summary.splitlines()]
    counts = {row[1]: (row[2], *row[4:6]) for row in cells if len(row) == 7}
    assert counts["load_flights"] == ("success", "336,776", "336,776")
    assert counts["load_dimensions"] == ("success", "4,796", "4,796")
    assert counts["build_mart"] == counts["serve_mart"]
    assert len(counts) == 6
    assert sum(row[1] in ("EWR", "JFK", "LGA") for row in cells if len(row) == 8) == 10
    for place in ("tables", "picture", "task logs", "job logs", "event logs"):
        (line,) = [line for line in summary.splitlines() if line.startswith(f"{place}:")]
        assert Path(line.split(":", 1)[1].strip()).exists()
    assert demo.left == []


def test_outside_a_checkout_it_says_where_to_run_it(tmp_path: Path) -> None:
    done = subprocess.run([LONGSHORE, "demo"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "is not a checkout of Longshore; run this in its top folder" in done.stderr
