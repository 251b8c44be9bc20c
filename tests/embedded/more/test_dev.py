"""`longshore dev` as its user has it: the page answers, the printed command works, and nothing outlives it."""

import json
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from longshore_cli.clients.airflow_api import log_in
from process_table import gone
from support.longshore_commands import LONGSHORE, printed_until, processes_of, settings_in, started_longshore
from support.waiting import until

pytestmark = pytest.mark.xdist_group("stopped")


@dataclass(frozen=True)
class Dev:
    """A running `longshore dev`."""

    process: "subprocess.Popen[str]"
    shown: dict[str, str]
    """The output until it was up: the text after each `name:`."""
    before: list[int]
    """The processes of the one before it, which was killed."""


@pytest.fixture(scope="module")
def dev(stopped_checkout: Path) -> Iterator[Dev]:
    """One that was started as soon as another one had been killed."""
    with started_longshore("dev", root=stopped_checkout) as killed:
        printed_until(killed, "Ctrl-C ends it")
        family = psutil.Process(killed.pid).children(recursive=True)
        killed.kill()
    with started_longshore("dev", root=stopped_checkout) as again:
        shown = settings_in(printed_until(again, "Ctrl-C ends it"))
        yield Dev(again, shown, [process.pid for process in family])
        if again.poll() is None:
            again.send_signal(signal.SIGINT)
            again.communicate(timeout=60)


def test_what_was_killed_leaves_nothing_for_long_and_starts_again(dev: Dev) -> None:
    assert dev.shown["Airflow's page"].startswith("http://127.0.0.1:")
    assert len(dev.before) > 4  # database, job server, and Airflow's components
    until("what was killed is gone", lambda: all(gone(pid) for pid in dev.before), seconds=30.0)


def read(url: str, **headers: str) -> str:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as page:  # noqa: S310
        return str(page.read().decode())


def test_the_page_job_runs_and_the_servers_metrics_are_where_it_is_printed(dev: Dev) -> None:
    airflow = dev.shown["Airflow's page"]
    assert dev.shown["Job runs"] == f"{airflow}/plugin/job-runs"
    assert 'emr_containers_job_runs{state="PENDING"} 0.0' in read(dev.shown["Its metrics"])
    bearer = {"Authorization": f"Bearer {log_in(airflow)}"}
    assert "<title>Job runs</title>" in read(f"{airflow}/job-runs/", **bearer)
    form = json.loads(read(f"{airflow}/job-runs/api/form", **bearer))
    found = json.loads(read(f"{airflow}/job-runs/api/job-runs?cluster={form['own']}", **bearer))
    # Only those that an earlier platform of this checkout has left: nothing runs.
    assert found["next"] is None
    assert {row["state"] for row in found["rows"]} <= {"COMPLETED", "FAILED", "CANCELLED"}
    plugins = json.loads(read(f"{airflow}/api/v2/plugins", **bearer))["plugins"]
    assert [view["name"] for each in plugins for view in each["external_views"]] == ["Job runs"]


def test_the_doctor_finds_airflow_and_its_dags(dev: Dev, stopped_checkout: Path) -> None:
    done = subprocess.run([LONGSHORE, "doctor"], cwd=stopped_checkout, capture_output=True, text=True, check=False)
    assert "ok          DAG files\n" in done.stdout, done.stdout
    assert f"not checked leftover processes  (the platform runs, as process {dev.process.pid})\n" in done.stdout


def test_the_page_and_the_job_server_answer_as_printed_and_ctrl_c_ends_them(dev: Dev, stopped_checkout: Path) -> None:
    with urllib.request.urlopen(dev.shown["Airflow's page"], timeout=30) as page:  # noqa: S310  http to 127.0.0.1
        assert "<title>" in page.read().decode()
    listed = subprocess.run(
        ["sh", "-c", f"{dev.shown['The job server']} --query 'templates[].name'"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "jdbc-to-spark" in listed.stdout, listed.stderr
    dev.process.send_signal(signal.SIGINT)
    assert dev.process.stdout is not None
    assert "Stopped. Nothing was left running." in dev.process.stdout.read()
    assert dev.process.wait(timeout=60) == 0
    assert processes_of(stopped_checkout) == []
