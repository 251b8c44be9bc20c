"""Job runs against a real server and real processes."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError
from images.emr_containers.conftest import Server
from process_table import gone, group_of
from support.job_runs import job, new_cluster, wait
from support.waiting import until

LOGS_ELSEWHERE = {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "gs://bucket/logs"}}}


@pytest.fixture(scope="module", autouse=True)
def repeated(emr: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A run whose first attempt fails: its ten seconds of back-off pass while the other tests run."""
    cluster = new_cluster(emr)
    request = job("second_time.sh", str(tmp_path_factory.mktemp("repeated") / "flag"))
    started = emr.start_job_run(virtualClusterId=cluster, retryPolicyConfiguration={"maxAttempts": 2}, **request)
    return cluster, started["id"]


def driver_log(server: Server, cluster: str, job_run: str, stream: str = "stdout") -> str:
    folder = server.directory / "state" / "logs" / cluster / "jobs" / job_run / "containers"
    return (folder / f"spark-{job_run}" / f"spark-{job_run}-driver" / stream).read_text()


def test_a_job_run_completes_and_its_output_is_in_awss_layout(server: Server, emr: Any, cluster: str) -> None:
    started = emr.start_job_run(virtualClusterId=cluster, name="greeting", **job("hello.sh", "a", "b c"))
    run = wait(emr, cluster, started["id"])
    assert run["state"] == "COMPLETED"
    assert run["name"] == "greeting"
    assert run["arn"] == started["arn"]
    assert run["finishedAt"] >= run["createdAt"]
    assert driver_log(server, cluster, run["id"]) == "hello a b c\n"
    assert driver_log(server, cluster, run["id"], "stderr") == "to stderr\n"


def test_a_jobs_environment_holds_the_releases_and_nothing_of_the_servers(
    server: Server, emr: Any, cluster: str
) -> None:
    run = wait(emr, cluster, emr.start_job_run(virtualClusterId=cluster, **job("environment.sh"))["id"])
    output = driver_log(server, cluster, run["id"])
    assert "GREETING=hi" in output
    assert "A_SECRET_OF_THE_SERVER" not in output


def test_a_job_that_fails_says_what_it_left_as_its_message(emr: Any, cluster: str) -> None:
    run = wait(emr, cluster, emr.start_job_run(virtualClusterId=cluster, **job("fail.sh"))["id"])
    assert (run["state"], run["failureReason"]) == ("FAILED", "USER_ERROR")
    assert run["stateDetails"] == "the table is missing"


def test_a_job_that_fails_without_a_message_names_its_status(emr: Any, cluster: str) -> None:
    run = wait(emr, cluster, emr.start_job_run(virtualClusterId=cluster, **job("fail_silently.sh"))["id"])
    assert "status 3" in run["stateDetails"]


def test_a_job_that_is_killed_names_the_signal(emr: Any, cluster: str) -> None:
    run = wait(emr, cluster, emr.start_job_run(virtualClusterId=cluster, **job("kill_itself.sh"))["id"])
    assert (run["state"], run["failureReason"]) == ("FAILED", "INTERNAL_ERROR")
    assert "SIGKILL" in run["stateDetails"]


def test_the_same_token_gives_the_same_run_and_another_request_is_refused(
    emr: Any, cluster: str, tmp_path: Path
) -> None:
    request = job("wait_for.sh", str(tmp_path / "out"), str(tmp_path / "go"))
    first = emr.start_job_run(virtualClusterId=cluster, clientToken="t", **request)
    again = emr.start_job_run(virtualClusterId=cluster, clientToken="t", **request)
    assert first["id"] == again["id"]
    with pytest.raises(ClientError, match="already used with a different request"):
        emr.start_job_run(virtualClusterId=cluster, clientToken="t", **job("hello.sh"))
    (tmp_path / "go").touch()
    wait(emr, cluster, first["id"])
    assert (tmp_path / "out").read_text() == "started\ndone\n"


def test_the_same_token_in_another_virtual_cluster_gives_another_run(emr: Any) -> None:
    clusters = [new_cluster(emr), new_cluster(emr)]
    runs = [emr.start_job_run(virtualClusterId=each, clientToken="t", **job("hello.sh"))["id"] for each in clusters]
    assert runs[0] != runs[1]
    assert [wait(emr, *each)["state"] for each in zip(clusters, runs, strict=True)] == ["COMPLETED", "COMPLETED"]


def test_no_more_run_at_once_than_the_machine_is_said_to_hold(emr: Any, cluster: str, tmp_path: Path) -> None:
    out, go = tmp_path / "out", tmp_path / "go"
    runs = [
        emr.start_job_run(virtualClusterId=cluster, **job("wait_for.sh", str(out), str(go)))["id"] for _ in range(3)
    ]
    wait(emr, cluster, runs[0], "RUNNING")
    wait(emr, cluster, runs[1], "RUNNING")
    time.sleep(1.5)  # longer than the dispatcher's round
    assert emr.describe_job_run(virtualClusterId=cluster, id=runs[2])["jobRun"]["state"] == "PENDING"
    go.touch()
    assert {wait(emr, cluster, run)["state"] for run in runs} == {"COMPLETED"}


def test_cancelling_a_running_job_ends_its_whole_process_group(
    server: Server, emr: Any, cluster: str, tmp_path: Path
) -> None:
    run = emr.start_job_run(virtualClusterId=cluster, **job("sleep.sh", str(tmp_path / "out")))["id"]
    until("the job has begun", (tmp_path / "out").exists)
    group = int((server.directory / "state" / "attempts" / run / "1" / "pid").read_text())
    emr.cancel_job_run(virtualClusterId=cluster, id=run)
    assert wait(emr, cluster, run)["state"] == "CANCELLED"

    def members() -> list[int]:
        return [pid for pid in psutil.pids() if group_of(pid) == group and not gone(pid)]

    until(lambda: f"{members()} have ended", lambda: not members(), seconds=10)
    with pytest.raises(ClientError, match="can no longer be cancelled"):
        emr.cancel_job_run(virtualClusterId=cluster, id=run)


def test_cancelling_a_waiting_job_ends_it_at_once(emr: Any, cluster: str, tmp_path: Path) -> None:
    go = str(tmp_path / "go")
    for _ in range(2):
        emr.start_job_run(virtualClusterId=cluster, **job("wait_for.sh", str(tmp_path / "out"), go))
    third = emr.start_job_run(virtualClusterId=cluster, **job("hello.sh"))["id"]
    emr.cancel_job_run(virtualClusterId=cluster, id=third)
    assert wait(emr, cluster, third)["state"] == "CANCELLED"
    (tmp_path / "go").touch()


def test_a_restarted_server_finds_running_jobs_again(start_server: Callable[..., Server], tmp_path: Path) -> None:
    server = start_server()
    emr = server.client()
    cluster = new_cluster(emr)
    out, go = tmp_path / "out", tmp_path / "go"
    run = emr.start_job_run(virtualClusterId=cluster, **job("wait_for.sh", str(out), str(go)))["id"]
    wait(emr, cluster, run, "RUNNING")
    until("the job has begun", out.exists)
    server.stop()
    server.start()
    emr = server.client()
    assert wait(emr, cluster, run, "RUNNING", "FAILED")["state"] == "RUNNING"
    go.touch()
    assert wait(emr, cluster, run)["state"] == "COMPLETED"
    assert out.read_text() == "started\ndone\n"


def test_a_job_that_ends_while_the_server_is_down_is_not_lost(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_server()
    emr = server.client()
    cluster = new_cluster(emr)
    go = tmp_path / "go"
    run = emr.start_job_run(virtualClusterId=cluster, **job("wait_for.sh", str(tmp_path / "out"), str(go)))["id"]
    wait(emr, cluster, run, "RUNNING")
    server.stop()
    go.touch()
    until("the job has ended", (tmp_path / "state" / "attempts" / run / "1" / "exit").exists)
    server.start()
    assert wait(server.client(), cluster, run)["state"] == "COMPLETED"


def test_lists_are_filtered_and_come_in_pages(emr: Any, cluster: str) -> None:
    names = ["a", "b", "a", "a"]
    runs = [emr.start_job_run(virtualClusterId=cluster, name=name, **job("hello.sh"))["id"] for name in names]
    for run in runs:
        wait(emr, cluster, run)
    pages = list(
        emr.get_paginator("list_job_runs").paginate(virtualClusterId=cluster, PaginationConfig={"PageSize": 3})
    )
    assert [len(page["jobRuns"]) for page in pages] == [3, 1]
    assert [run["id"] for page in pages for run in page["jobRuns"]] == runs[::-1]
    named = emr.list_job_runs(virtualClusterId=cluster, name="b", states=["COMPLETED"])["jobRuns"]
    assert [run["id"] for run in named] == [runs[1]]
    assert emr.list_job_runs(virtualClusterId=cluster, states=["FAILED"])["jobRuns"] == []
    with pytest.raises(ClientError, match="nextToken"):
        emr.list_job_runs(virtualClusterId=cluster, nextToken="nonsense")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"releaseLabel": "emr-6.5.0-latest"}, "'emr-6.5.0-latest' is not offered by this server; it offers shell"),
        ({"executionRoleArn": "arn:aws:iam::1:role/xxxxxx"}, "at 'executionRoleArn' failed to satisfy constraint"),
        ({"jobDriver": {"sparkSqlJobDriver": {"entryPoint": "x"}}}, "is not Spark and cannot run a sparkSqlJobDriver"),
        ({"jobDriver": {"sparkSqlJobDriver": {}}}, "must have an entryPoint"),
        ({"tags": {"aws:a": "b"}}, "begins with 'aws:'"),
        ({"jobTemplateParameters": {"a": "b"}}, "need a jobTemplateId"),
        ({"jobTemplateId": "0" * 25}, "cannot be used with jobTemplateId|does not exist"),
        ({"retryPolicyConfiguration": {"maxAttempts": 0}}, "must be from 1 to 100"),
        ({"name": "no spaces please"}, "at 'name' failed to satisfy constraint"),
    ],
)
def test_a_request_that_is_wrong_is_refused_by_name(
    emr: Any, cluster: str, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        emr.start_job_run(virtualClusterId=cluster, **job("hello.sh") | changes)
    assert emr.list_job_runs(virtualClusterId=cluster)["jobRuns"] == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (job("../../bin/ls"), "must be below local:///opt/longshore/"),
        (job("hello.sh") | {"configurationOverrides": LOGS_ELSEWHERE}, "cannot be used here; use a file:///"),
    ],
)
def test_what_cannot_run_here_is_refused_when_it_is_asked_for(
    emr: Any, cluster: str, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        emr.start_job_run(virtualClusterId=cluster, **changes)
    assert emr.list_job_runs(virtualClusterId=cluster)["jobRuns"] == []


def test_a_run_whose_program_is_missing_fails_with_the_reason(emr: Any, cluster: str) -> None:
    run = wait(emr, cluster, emr.start_job_run(virtualClusterId=cluster, **job("missing.sh"))["id"])
    assert (run["state"], run["failureReason"]) == ("FAILED", "VALIDATION_ERROR")
    assert "has no entry point 'local:///opt/longshore/missing.sh'" in run["stateDetails"]


def test_a_cancelled_job_that_ends_well_is_cancelled_all_the_same(emr: Any, cluster: str, tmp_path: Path) -> None:
    run = emr.start_job_run(virtualClusterId=cluster, **job("end_well.sh", str(tmp_path / "out")))["id"]
    until("the job has begun", (tmp_path / "out").exists)
    emr.cancel_job_run(virtualClusterId=cluster, id=run)
    assert wait(emr, cluster, run)["state"] == "CANCELLED"


def test_unknown_things_are_said_by_name(emr: Any, cluster: str) -> None:
    with pytest.raises(ClientError) as unknown_run:
        emr.describe_job_run(virtualClusterId=cluster, id="0" * 25)
    assert unknown_run.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert "0" * 25 in str(unknown_run.value)
    with pytest.raises(ClientError, match="Virtual cluster 'nothere' does not exist"):
        emr.start_job_run(virtualClusterId="nothere", **job("hello.sh"))


def test_a_failed_attempt_is_repeated_as_the_retry_policy_says(emr: Any, repeated: tuple[str, str]) -> None:
    run = wait(emr, *repeated)
    assert run["state"] == "COMPLETED"
    assert run["retryPolicyExecution"]["currentAttemptCount"] == 2


NOTHING = "Nothing was written to 'lake.x.y'."
NOT_KNOWN = "It is not known whether 'lake.x.y' was written: the commit had begun."
WRITTEN = "'lake.x.y' was written: 16 rows."


@pytest.mark.parametrize("message", [NOTHING, NOT_KNOWN, WRITTEN])
def test_a_cancelled_run_says_whether_it_had_written(emr: Any, cluster: str, tmp_path: Path, message: str) -> None:
    out = tmp_path / "out"
    run = emr.start_job_run(virtualClusterId=cluster, **job("say.sh", str(out), message))["id"]
    until("the job has said where it stands", out.exists)
    emr.cancel_job_run(virtualClusterId=cluster, id=run)
    ended = wait(emr, cluster, run)
    assert ended["state"] == "CANCELLED"
    assert re.fullmatch(rf"Cancelled by arn:aws:iam::\S+\. {re.escape(message)}", ended["stateDetails"])


def test_a_commit_that_ends_after_it_was_cancelled_is_told_as_written(emr: Any, cluster: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = emr.start_job_run(virtualClusterId=cluster, **job("end_commit.sh", str(out), WRITTEN))["id"]
    until("the commit has begun", out.exists)
    emr.cancel_job_run(virtualClusterId=cluster, id=run)
    ended = wait(emr, cluster, run)
    assert (ended["state"], ended["stateDetails"].partition(". ")[2]) == ("CANCELLED", WRITTEN)


def test_a_driver_that_was_killed_says_whether_it_had_written(emr: Any, cluster: str) -> None:
    run = wait(emr, cluster, emr.start_job_run(virtualClusterId=cluster, **job("say_and_die.sh", WRITTEN))["id"])
    assert (run["state"], run["stateDetails"]) == ("FAILED", f"The driver was killed by SIGKILL. {WRITTEN}")


def test_a_run_that_is_cancelled_between_its_attempts_says_what_the_first_has_written(emr: Any, cluster: str) -> None:
    request = job("say_and_die.sh", WRITTEN, retryPolicyConfiguration={"maxAttempts": 2})
    run = emr.start_job_run(virtualClusterId=cluster, **request)["id"]

    def second_attempt_waits() -> bool:
        shown = emr.describe_job_run(virtualClusterId=cluster, id=run)["jobRun"]
        return bool(shown["state"] == "PENDING" and shown["retryPolicyExecution"]["currentAttemptCount"] == 2)

    until("the second attempt waits", second_attempt_waits)
    emr.cancel_job_run(virtualClusterId=cluster, id=run)
    ended = wait(emr, cluster, run)
    assert ended["state"] == "CANCELLED"
    assert ended["stateDetails"].endswith(f" before attempt 2. Attempt 1: {WRITTEN}")


def test_a_run_that_completes_shows_nothing_of_where_it_stood(emr: Any, cluster: str) -> None:
    run = wait(emr, cluster, emr.start_job_run(virtualClusterId=cluster, **job("say_and_end.sh", WRITTEN))["id"])
    assert (run["state"], run.get("stateDetails")) == ("COMPLETED", None)
