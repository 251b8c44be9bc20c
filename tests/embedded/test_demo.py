"""`longshore demo` as its user runs it, with a real Airflow: its end, and that it leaves nothing running."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from .conftest import LONGSHORE, checkout, processes_of, start_longshore


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
    for expected in ("load_flights", "336,776", "The ten worst routes", "delays.png", "event logs:"):
        assert expected in output
    assert processes_of(root) == []


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
