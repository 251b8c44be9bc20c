"""`longshore demo` as its user runs it, with a real Airflow: its end, and that it leaves nothing running."""

import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from .conftest import LONGSHORE, ROOT, checkout, processes_of, start_longshore


def start(root: Path) -> "subprocess.Popen[str]":
    return start_longshore("demo", root)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkout(tmp_path_factory.mktemp("demo"))


def test_the_demo_ends_with_its_summary_and_leaves_nothing_running(root: Path) -> None:
    with start(root) as demo:
        output, _ = demo.communicate(timeout=540)
    assert demo.returncode == 0, output
    assert output.splitlines()[-1] == "demo: ok"
    _, summary = output.split("DAG flights_lake ", 1)
    cells = [[cell.strip() for cell in line.split("│")] for line in summary.splitlines()]
    counts = {row[1]: (row[2], *row[4:6]) for row in cells if len(row) == 7}
    assert counts["load_flights"] == ("success", "336,776", "336,776")
    assert counts["load_airlines"] == ("success", "16", "16")
    assert counts["build_mart"] == counts["serve_mart"]
    assert len(counts) == 8
    assert sum(row[1] in ("EWR", "JFK", "LGA") for row in cells if len(row) == 8) == 10
    for place in ("tables", "picture", "task logs", "job logs", "event logs"):
        (line,) = [line for line in summary.splitlines() if line.startswith(f"{place}:")]
        assert Path(line.split(":", 1)[1].strip()).exists()
    assert processes_of(root) == []


@pytest.mark.long
def test_a_dag_that_fails_says_why(root: Path) -> None:
    # As a user's mistake would do it, in a checkout of its own.
    (root / "dags").unlink()
    shutil.copytree(ROOT / "dags", root / "dags")
    dag = root / "dags" / "flights_lake.py"
    text = dag.read_text()
    dag.write_text(re.sub(r"TABLES = \(.*\)", 'TABLES = ("no_such_table",)', text))
    with start(root) as demo:
        output, _ = demo.communicate(timeout=540)
    shutil.rmtree(root / "dags")
    (root / "dags").symlink_to(ROOT / "dags")
    assert demo.returncode == 1, output
    assert "The DAG 'flights_lake' failed at load_no_such_table: " in output
    assert "The table 'no_such_table' is not in the database 'flights'" in output
    assert processes_of(root) == []


@pytest.mark.long
def test_ctrl_c_in_the_middle_leaves_nothing_running(root: Path) -> None:
    with start(root) as demo:
        assert demo.stdout is not None
        lines = []
        for line in demo.stdout:
            lines.append(line)
            if "load_flights: running" in line:
                break
        time.sleep(3)  # so that a job has got to Spark
        demo.send_signal(signal.SIGINT)
        rest = demo.stdout.read()
    assert demo.returncode == 2, "".join(lines) + rest
    assert "stopped; nothing was left running" in rest
    assert processes_of(root) == []


def test_outside_a_checkout_it_says_where_to_run_it(tmp_path: Path) -> None:
    done = subprocess.run([LONGSHORE, "demo"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "is not a checkout of Longshore; run this in its top folder" in done.stderr
