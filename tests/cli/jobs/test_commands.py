"""`longshore jobs` as a user calls it, against a real job server."""

import json
import os
import subprocess
import time
from datetime import datetime
from pathlib import Path

import pytest
from saved_clusters import saved_cluster
from support.serving import ACCESS_KEY, SECRET_KEY

from .conftest import BIN, JobServer, Longshore


def test_the_list_shows_the_newest_first(job_server: JobServer, cluster: str, longshore: Longshore) -> None:
    first = job_server.start(cluster, "hello.sh", name="first")
    job_server.wait(cluster, first)
    second = job_server.start(cluster, "fail.sh", name="second")
    job_server.wait(cluster, second)
    done = longshore("jobs", "list", "--virtual-cluster", cluster)
    heading, *lines = done.stdout.splitlines()
    assert heading.split() == ["id", "name", "state", "release", "created", "duration", "details"], done.stderr
    assert [line.split()[:4] for line in lines] == [
        [second, "second", "FAILED", "shell"],
        [first, "first", "COMPLETED", "shell"],
    ]
    assert "the table [bold] is missing" in lines[0]


def test_the_list_can_be_filtered(job_server: JobServer, cluster: str, longshore: Longshore) -> None:
    runs = [job_server.start(cluster, "hello.sh", name=f"run-{number}") for number in range(3)]
    runs.append(job_server.start(cluster, "fail.sh", name="broken"))
    for run in runs:
        job_server.wait(cluster, run)

    def names(*options: str) -> list[str]:
        done = longshore("jobs", "list", "--virtual-cluster", cluster, *options)
        assert done.returncode == 0, done.stderr
        return [line.split()[1] for line in done.stdout.splitlines()[1:]]

    assert names("--limit", "2") == ["broken", "run-2"]
    assert names("--state", "FAILED", "--state", "RUNNING") == ["broken"]
    assert len(names("--since", "1h")) == 4
    time.sleep(1.1)
    assert names("--since", "1s") == []


def test_a_virtual_cluster_can_be_named_by_its_name(job_server: JobServer, longshore: Longshore) -> None:
    run = job_server.start(job_server.cluster("by-name"), "hello.sh")
    assert run in longshore("jobs", "list", "--virtual-cluster", "by-name").stdout


def test_without_a_name_the_newest_running_cluster_is_used(job_server: JobServer, longshore: Longshore) -> None:
    time.sleep(1.0)  # the API's times are in whole seconds
    run = job_server.start(job_server.cluster(), "hello.sh")
    assert run in longshore("jobs", "list").stdout


def test_the_list_says_whose_job_runs_it_shows(job_server: JobServer, longshore: Longshore) -> None:
    first, second = job_server.cluster("production"), job_server.cluster("env-mine")
    runs = {cluster: job_server.start(cluster, "hello.sh") for cluster in (first, second)}
    one = longshore("jobs", "list", "--virtual-cluster", first)
    assert f"Job runs of the virtual cluster 'production' ({first}); --all lists" in one.stderr
    assert runs[second] not in one.stdout
    every = longshore("jobs", "list", "--all", "--limit", "1000")
    named = {line.split()[0]: line.split()[1] for line in every.stdout.splitlines()[1:]}
    assert (named[runs[first]], named[runs[second]]) == ("production", "env-mine"), every.stderr
    assert "Job runs of all RUNNING virtual clusters" in every.stderr
    both = longshore("jobs", "list", "--all", "--virtual-cluster", first)
    assert (both.returncode, both.stdout) == (2, "")
    assert "--all and --virtual-cluster exclude each other" in both.stderr


def test_programs_read_the_lists_as_json(job_server: JobServer, cluster: str, longshore: Longshore) -> None:
    run = job_server.start(cluster, "hello.sh", name="mine")
    (listed,) = json.loads(longshore("jobs", "list", "--virtual-cluster", cluster, "--json").stdout)
    assert (listed["id"], listed["name"], listed["virtualClusterId"]) == (run, "mine", cluster)
    assert datetime.fromisoformat(listed["createdAt"]).tzinfo is not None
    assert isinstance(json.loads(longshore("templates", "list", "--json").stdout), list)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "--virtual-cluster", "nothing"], "There is no virtual cluster 'nothing'"),
        (["list", "--since", "yesterday"], "'yesterday' is not an age. Write it as 90s, 30m, 2h or 1d."),
        (["list", "--endpoint-url", "http://127.0.0.1:9"], "The virtual clusters cannot be listed"),
        (["logs", "0000000000000000001"], "There is no job run '0000000000000000001' in any RUNNING virtual cluster"),
        (["cancel", "0000000000000000001"], "There is no job run '0000000000000000001'"),
    ],
)
def test_a_failure_is_one_line(longshore: Longshore, arguments: list[str], message: str) -> None:
    done = longshore("jobs", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_log_is_shown_stream_by_stream(job_server: JobServer, cluster: str, longshore: Longshore) -> None:
    run = job_server.start(cluster, "hello.sh", "ä")
    job_server.wait(cluster, run)
    job_server.cluster()  # the run is found where it is
    assert longshore("jobs", "logs", run).stdout == "=== stdout ===\nhello ä\n=== stderr ===\nto stderr"
    assert longshore("jobs", "logs", run, "--stream", "stdout").stdout == "hello ä\n"
    assert longshore("jobs", "logs", run, "--stream", "stderr", "--virtual-cluster", cluster).stdout == "to stderr"


def test_a_log_is_followed_until_the_run_ends(job_server: JobServer, cluster: str, tmp_path: Path) -> None:
    run = job_server.start(cluster, "step_by_step.sh", str(tmp_path / "go"))
    command = [str(BIN / "longshore"), "jobs", "logs", "-f", run, "--virtual-cluster", cluster]
    environment = os.environ | job_server.environment
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "=== stdout ===\n"
        assert process.stdout.readline() == "first\n"
        (tmp_path / "go").touch()
        output, errors = process.communicate(timeout=60)
    assert output == "second\n=== stderr ===\nthird\n"
    assert f"job run {run}: RUNNING" in errors
    assert f"job run {run}: COMPLETED after" in errors.splitlines()[-1]
    assert process.returncode == 0


def test_following_a_run_that_fails_ends_with_its_reason(
    job_server: JobServer, cluster: str, longshore: Longshore
) -> None:
    run = job_server.start(cluster, "fail.sh")
    done = longshore("jobs", "logs", "-f", run)
    assert done.returncode == 1
    assert f"longshore: job run {run}: FAILED after" in done.stderr
    assert "the table [bold] is missing" in done.stderr.splitlines()[-1]


def test_a_run_that_has_not_begun_has_no_log(job_server: JobServer, cluster: str, longshore: Longshore) -> None:
    runs = [job_server.start(cluster, "sleep.sh") for _ in range(5)]
    done = longshore("jobs", "logs", runs[4])
    assert done.returncode == 2
    assert f"Job run {runs[4]!r} has written no log. (It is PENDING.)" in done.stderr
    cancelled = longshore("jobs", "cancel", *runs)
    assert cancelled.returncode == 0, cancelled.stderr
    assert all(f"{run}  CANCELLED" in cancelled.stdout for run in runs)
    for run in runs:
        assert job_server.wait(cluster, run)["state"] == "CANCELLED"


def test_without_waiting_the_cancellation_continues(job_server: JobServer, cluster: str, longshore: Longshore) -> None:
    run = job_server.start(cluster, "stubborn.sh")
    job_server.wait(cluster, run, "RUNNING")
    done = longshore("jobs", "cancel", run, "--no-wait")
    assert (done.returncode, done.stdout) == (0, f"{run}  CANCEL_PENDING\n")
    job_server.wait(cluster, run, "CANCELLED")


def test_a_run_that_has_ended_is_not_cancelled(job_server: JobServer, cluster: str, longshore: Longshore) -> None:
    completed, cancelled = job_server.start(cluster, "hello.sh"), job_server.start(cluster, "sleep.sh")
    job_server.wait(cluster, completed)
    assert longshore("jobs", "cancel", cancelled).returncode == 0
    done = longshore("jobs", "cancel", cancelled)
    assert (done.returncode, done.stdout) == (0, f"{cancelled}  had already ended: CANCELLED\n")
    done = longshore("jobs", "cancel", completed)
    assert (done.returncode, done.stdout) == (1, f"{completed}  had already ended: COMPLETED\n")
    assert f"Not cancelled, because it had already ended: {completed} is COMPLETED" in done.stderr


def test_an_unknown_run_among_others_cancels_nothing(job_server: JobServer, cluster: str, longshore: Longshore) -> None:
    run = job_server.start(cluster, "sleep.sh")
    assert longshore("jobs", "cancel", run, "0000000000000000001").returncode == 2
    assert job_server.wait(cluster, run, "RUNNING")["state"] == "RUNNING"
    assert longshore("jobs", "cancel", run).returncode == 0


def test_the_checkouts_cluster_is_the_default(
    job_server: JobServer, cluster: str, longshore: Longshore, tmp_path: Path
) -> None:
    run = job_server.start(cluster, "hello.sh")
    job_server.cluster()  # not the newest is meant, but the cluster's own
    saved_cluster(
        endpoint_url=job_server.endpoint_url,
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        virtual_cluster_id=cluster,
    ).save(tmp_path)
    (tmp_path / "dags").mkdir()
    # A proxy of the user's is not asked for what is on this machine.
    proxy = {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "", "no_proxy": ""}
    listed = longshore("jobs", "list", folder=tmp_path / "dags", COLUMNS="300", **proxy)
    assert run in listed.stdout, listed.stderr
    job_server.wait(cluster, run)
    assert "hello" in longshore("jobs", "logs", run, folder=tmp_path, **proxy).stdout
    named = longshore("jobs", "list", "--endpoint-url", "http://127.0.0.1:9", folder=tmp_path, **proxy)
    assert named.returncode == 2
