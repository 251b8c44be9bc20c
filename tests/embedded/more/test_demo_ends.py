"""`longshore demo` where it does not get to its end: a DAG that fails, and Ctrl-C."""

import re
import shutil
import signal
from pathlib import Path

import pytest
from support.longshore_commands import ROOT, printed_until, processes_of, started_longshore
from support.waiting import until

pytestmark = pytest.mark.xdist_group("stopped")


def test_a_dag_that_fails_says_why(stopped_checkout: Path) -> None:
    # As a user's mistake would do it.
    dags = stopped_checkout / "dags"
    dags.unlink()
    shutil.copytree(ROOT / "dags", dags)
    text = (dags / "flights_lake.py").read_text()
    (dags / "flights_lake.py").write_text(re.sub(r"TABLES = \(.*\)", 'TABLES = ("no_such_table",)', text))
    with started_longshore("demo", root=stopped_checkout) as demo:
        output, _ = demo.communicate()
    shutil.rmtree(dags)
    dags.symlink_to(ROOT / "dags")
    assert demo.returncode == 1, output
    assert "The DAG 'flights_lake' failed at load_no_such_table: " in output
    assert "The table 'no_such_table' is not in the database 'flights'" in output
    assert processes_of(stopped_checkout) == []


def test_ctrl_c_in_the_middle_leaves_nothing_running(stopped_checkout: Path) -> None:
    def jobs() -> list[str]:
        return [line for line in processes_of(stopped_checkout) if "org.apache.spark.deploy.SparkSubmit" in line]

    with started_longshore("demo", root=stopped_checkout) as demo:
        assert demo.stdout is not None
        lines = printed_until(demo, "load_flights: running")
        until("a job has got to Spark", jobs)
        demo.send_signal(signal.SIGINT)
        rest = demo.stdout.read()
    assert demo.returncode == 2, "".join(lines) + rest
    assert "Stopped. Nothing was left running" in rest
    assert processes_of(stopped_checkout) == []
