"""A job run as `longshore jobs describe` tells it."""

from datetime import UTC, datetime
from typing import Any

from longshore_cli.jobs.description import describe, description_lines

START = datetime(2026, 11, 30, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 30, 12, 10, tzinfo=UTC)
RUN: Any = {
    "id": "0001",
    "name": "flights.load-1a2b",
    "virtualClusterId": "vc1",
    "state": "FAILED",
    "failureReason": "USER_ERROR",
    "stateDetails": "the table is missing",
    "createdAt": START,
    "finishedAt": datetime(2026, 11, 30, 12, 5, tzinfo=UTC),
    "createdBy": "arn:aws:iam::000000000000:user/ana",
    "releaseLabel": "spark-4.1",
    "retryPolicyConfiguration": {"maxAttempts": 3},
    "retryPolicyExecution": {"currentAttemptCount": 2},
    "jobDriver": {
        "sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/x.py", "entryPointArguments": ["a b"]}
    },
    "configurationOverrides": {
        "applicationConfiguration": [
            {"classification": "spark-defaults", "properties": {"spark.executor.memory": "2g"}}
        ]
    },
    "tags": {"longshore.dev/owner": "ana", "team": "a"},
}
RECORD = {
    "createdAt": START.timestamp(),
    "startedAt": START.timestamp() + 61,
    "finishedAt": START.timestamp() + 300,
    "attempt": 2,
    "template": {"id": "t1", "name": "jdbc-to-spark"},
    "namespace": "jobs",
    "messages": ["the table is missing"],
    "sizing": {"why": "Sized by 3 earlier run(s)"},
}
POD = {
    "metadata": {
        "name": "job-run-0001-x",
        "labels": {"emr-containers.amazonaws.com/component": "driver", "yunikorn.apache.org/username": "ana"},
    },
    "spec": {"nodeName": "node-1"},
    "status": {
        "phase": "Failed",
        "startTime": "2026-11-30T12:00:10Z",
        "containerStatuses": [{"state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}],
    },
}


def described(run: Any = RUN, **changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "record": RECORD,
        "pods": [POD],
        "logs": {"driver": "s3://b/x"},
        "history_server": "http://h",
    }
    return describe(run, now=NOW, **given | changes)


def test_the_lines_tell_times_attempts_program_pods_and_places() -> None:
    lines = list(description_lines(described()))
    rows = {line[:16].strip(): line[16:] for line in lines}
    assert rows["state"] == "FAILED (USER_ERROR)"
    assert rows["details"] == "the table is missing"
    assert rows["started"].endswith(", waited 1m 01s")
    assert rows["ended"].endswith(", ran 3m 59s")
    assert rows["attempt"] == "2 of 3"
    assert rows["template"] == "jdbc-to-spark (t1)"
    assert rows["arguments"] == "'a b'"
    assert rows["properties"] == "spark.executor.memory=2g"
    assert rows["sizing"] == "Sized by 3 earlier run(s)"
    assert rows["owner"] == "ana"
    assert rows["virtual cluster"] == "vc1, namespace jobs"
    assert rows["queue"] == "that of the user 'ana' in YuniKorn"
    assert rows["pods"] == "driver job-run-0001-x: Failed, on node-1, exit code 137 (OOMKilled)"
    assert (rows["driver log"], rows["History Server"]) == ("s3://b/x", "http://h")
    assert "messages" not in rows  # the details have it already


def test_a_run_that_waits_says_how_long_and_has_no_end() -> None:
    waiting = {**RUN, "state": "PENDING", "stateDetails": "2 of 2 places are taken", "failureReason": None}
    del waiting["finishedAt"]
    found = described(waiting, record={**RECORD, "startedAt": None, "finishedAt": None}, pods=[])
    assert (found["startedAt"], found["endedAt"], found["waitedSeconds"], found["ranSeconds"]) == (
        None,
        None,
        600.0,
        None,
    )
    lines = list(description_lines(found))
    assert f"{'started':<16}not yet, waited 10m 00s" in lines
    assert f"{'pods':<16}none exist any more" in lines


def test_a_run_that_goes_on_says_for_how_long() -> None:
    running = {**RUN, "state": "RUNNING"}
    del running["finishedAt"]
    found = described(running, record={**RECORD, "finishedAt": None})
    assert f"{'running for':<16}8m 59s" in list(description_lines(found))


def test_at_aws_nothing_is_made_up() -> None:
    found = described(record={}, pods=None, history_server=None)
    assert (found["startedAt"], found["waitedSeconds"], found["ranSeconds"], found["pods"]) == (None, None, None, None)
    names = {line[:16].strip() for line in description_lines(found)}
    assert names.isdisjoint({"started", "pods", "History Server", "template"})


def test_the_reasons_of_sizes_are_found_in_the_job_itself() -> None:
    annotation = "spark.kubernetes.driver.annotation.longshore.dev/sizing"
    driver = {"entryPoint": "x", "sparkSubmitParameters": f"--conf '{annotation}=Sized by 1 earlier run(s)'"}
    found = described({**RUN, "jobDriver": {"sparkSubmitJobDriver": driver}}, record={})
    assert found["sizing"] == "Sized by 1 earlier run(s)"
