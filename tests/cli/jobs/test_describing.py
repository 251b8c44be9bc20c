"""`longshore jobs describe` and `longshore jobs logs --grep` as a user calls them, against a real job server."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from saved_clusters import saved_cluster
from support.serving import ACCESS_KEY, SECRET_KEY

from .conftest import JobServer, Longshore


def test_a_run_is_described_with_its_times_and_its_places(
    job_server: JobServer, cluster: str, longshore: Longshore
) -> None:
    run = job_server.start(cluster, "fail.sh", name="broken", tags={"longshore.dev/owner": "ana"})
    job_server.wait(cluster, run)
    done = longshore("jobs", "describe", run)
    assert done.returncode == 0, done.stderr
    rows = {line[:16].strip(): line[16:] for line in done.stdout.splitlines()}
    assert (rows["job run"], rows["name"], rows["state"]) == (run, "broken", "FAILED (USER_ERROR)")
    assert "the table [bold] is missing" in rows["details"]
    assert ", waited " in rows["started"]
    assert ", ran " in rows["ended"]
    assert (rows["attempt"], rows["owner"]) == ("1 of 1", "ana")
    assert rows["entry point"] == "local:///opt/longshore/fail.sh"
    assert rows["driver log"] == f"{job_server.endpoint_url}/virtualclusters/{cluster}/jobruns/{run}/logs"


def test_programs_read_the_description_as_json(job_server: JobServer, cluster: str, longshore: Longshore) -> None:
    run = job_server.start(cluster, "hello.sh", "ä")
    job_server.wait(cluster, run)
    found = json.loads(longshore("jobs", "describe", run, "--json").stdout)
    assert (found["id"], found["state"], found["arguments"]) == (run, "COMPLETED", ["ä"])
    queued, started, ended = (datetime.fromisoformat(found[name]) for name in ("queuedAt", "startedAt", "endedAt"))
    assert queued <= started <= ended
    assert found["waitedSeconds"] == pytest.approx((started - queued).total_seconds(), abs=0.001)
    assert found["pods"] is None


def test_without_kubectl_the_rest_is_told(
    job_server: JobServer, cluster: str, longshore: Longshore, tmp_path: Path
) -> None:
    run = job_server.start(cluster, "hello.sh")
    job_server.wait(cluster, run)
    saved_cluster(
        endpoint_url=job_server.endpoint_url,
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        virtual_cluster_id=cluster,
        kubectl="/nowhere/kubectl",
        history_server_url="http://127.0.0.1:18080",
    ).save(tmp_path)
    done = longshore("jobs", "describe", run, folder=tmp_path, COLUMNS="300")
    assert done.returncode == 0, done.stderr
    assert f"http://127.0.0.1:18080/history/spark-{run}/jobs/" in done.stdout
    assert f"The pods of the job run {run!r} cannot be listed" in done.stderr


def test_a_line_is_found_by_a_pattern_and_names_its_place(
    job_server: JobServer, cluster: str, longshore: Longshore
) -> None:
    run = job_server.start(cluster, "hello.sh", "one")
    job_server.wait(cluster, run)
    found = longshore("jobs", "logs", run, "--grep", "hel+o|std")
    assert (found.returncode, found.stdout) == (0, "driver/stdout: hello one\ndriver/stderr: to stderr\n")
    assert longshore("jobs", "logs", run, "--grep", ".", "--stream", "stderr").stdout == "driver/stderr: to stderr\n"
    nothing = longshore("jobs", "logs", run, "--grep", "absent")
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (1, "", "")


def test_where_executors_have_left_nothing_it_says_so(
    job_server: JobServer, cluster: str, longshore: Longshore
) -> None:
    run = job_server.start(cluster, "hello.sh", "one")
    job_server.wait(cluster, run)
    done = longshore("jobs", "logs", run, "--executors")
    assert done.returncode == 0
    assert done.stdout == "=== driver/stdout ===\nhello one\n=== driver/stderr ===\nto stderr\n"
    assert f"The executors of job run {run!r} have left no output here." in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--grep", "("], "'(' is not a regular expression of Python"),
        (["--grep", "x", "--follow"], "--follow shows the driver's log as it grows, and cannot be used with"),
    ],
)
def test_what_cannot_be_searched_is_refused(
    job_server: JobServer, cluster: str, longshore: Longshore, options: list[str], message: str
) -> None:
    run = job_server.start(cluster, "hello.sh")
    job_server.wait(cluster, run)
    done = longshore("jobs", "logs", run, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
