"""Job runs: what is started is shown, ends as it should, and is started once."""

import uuid
from typing import Any

import pytest

from conformance.targets import FINISHED, Target, refusal

pytestmark = pytest.mark.usefixtures("retried")  # its back-off passes while these run
AFTER = {
    "PENDING": 0,
    "SUBMITTED": 1,
    "RUNNING": 2,
    "CANCEL_PENDING": 3,
    **dict.fromkeys(FINISHED, 4),
}
"""A run may pass a state over, and never goes back."""


def test_a_started_run_is_told_by_id_name_arn_and_virtual_cluster(target: Target, emr: Any, cluster: str) -> None:
    job = target.job()
    started = emr.start_job_run(virtualClusterId=cluster, **job)
    assert started["name"] == job["name"]
    assert started["virtualClusterId"] == cluster
    assert started["arn"].endswith(f":/virtualclusters/{cluster}/jobruns/{started['id']}")


def test_a_run_is_shown_as_it_was_asked_for(target: Target, emr: Any, cluster: str) -> None:
    overrides = {
        "applicationConfiguration": [{"classification": "spark-defaults", "properties": {"spark.ui.port": "0"}}]
    }
    token = uuid.uuid4().hex
    asked = target.job(configurationOverrides=overrides, tags={"team": "data"}, clientToken=token)
    started = emr.start_job_run(virtualClusterId=cluster, **asked)
    shown = emr.describe_job_run(virtualClusterId=cluster, id=started["id"])["jobRun"]
    differing = sorted(name for name in asked if shown.get(name) != asked[name])
    assert not differing, f"these members differ: {', '.join(differing)}"
    assert shown["arn"] == started["arn"]


def test_a_run_of_a_sql_script_is_shown_as_it_was_asked_for(target: Target, emr: Any, cluster: str) -> None:
    driver = {"sparkSqlJobDriver": {"entryPoint": target.entry_point, "sparkSqlParameters": "--hivevar day=monday"}}
    started = emr.start_job_run(virtualClusterId=cluster, **target.job(jobDriver=driver))["id"]
    assert emr.describe_job_run(virtualClusterId=cluster, id=started)["jobRun"]["jobDriver"] == driver


def test_a_run_goes_through_its_states_in_their_order_and_completes(target: Target, emr: Any, cluster: str) -> None:
    started = emr.start_job_run(virtualClusterId=cluster, **target.job())["id"]
    seen = ["PENDING"]
    while seen[-1] not in FINISHED:
        others = [state for state in AFTER if state != seen[-1]]
        seen.append(target.wait(emr, cluster, started, *others)["state"])
    assert [AFTER[state] for state in seen] == sorted({AFTER[state] for state in seen}), seen
    run = emr.describe_job_run(virtualClusterId=cluster, id=started)["jobRun"]
    assert run["state"] == "COMPLETED"
    assert run["finishedAt"] >= run["createdAt"]
    assert "failureReason" not in run


def test_a_run_whose_program_fails_is_failed_by_its_user(target: Target, emr: Any, cluster: str) -> None:
    started = emr.start_job_run(virtualClusterId=cluster, **target.job("fail"))
    run = target.wait(emr, cluster, started["id"])
    assert (run["state"], run["failureReason"]) == ("FAILED", "USER_ERROR")
    assert run["stateDetails"]
    assert run["finishedAt"] >= run["createdAt"]


def test_a_run_that_is_cancelled_ends_as_cancelled(target: Target, emr: Any, cluster: str) -> None:
    started = emr.start_job_run(virtualClusterId=cluster, **target.job("sleep"))["id"]
    target.wait(emr, cluster, started, "RUNNING")
    assert emr.cancel_job_run(virtualClusterId=cluster, id=started)["id"] == started
    asked = emr.describe_job_run(virtualClusterId=cluster, id=started)["jobRun"]
    assert asked["state"] in ("CANCEL_PENDING", "CANCELLED")
    run = target.wait(emr, cluster, started)
    assert run["state"] == "CANCELLED"
    assert run["finishedAt"] >= run["createdAt"], "it is finished before it was created"


def test_a_run_that_has_finished_cannot_be_cancelled(target: Target, emr: Any, cluster: str) -> None:
    started = emr.start_job_run(virtualClusterId=cluster, **target.job())["id"]
    target.wait(emr, cluster, started)
    refusal("ValidationException", emr.cancel_job_run, virtualClusterId=cluster, id=started)
    assert emr.describe_job_run(virtualClusterId=cluster, id=started)["jobRun"]["state"] == "COMPLETED"


def test_a_run_that_was_cancelled_cannot_be_cancelled_again(target: Target, emr: Any, cluster: str) -> None:
    started = emr.start_job_run(virtualClusterId=cluster, **target.job("sleep"))["id"]
    emr.cancel_job_run(virtualClusterId=cluster, id=started)
    target.wait(emr, cluster, started)
    refusal("ValidationException", emr.cancel_job_run, virtualClusterId=cluster, id=started)


def test_the_same_token_and_request_give_the_same_run(target: Target, emr: Any, cluster: str) -> None:
    request = target.job(clientToken=uuid.uuid4().hex, virtualClusterId=cluster)
    first, second = emr.start_job_run(**request)["id"], emr.start_job_run(**request)["id"]
    assert second == first, "a second run is started"
    named = emr.list_job_runs(virtualClusterId=cluster, name=request["name"])["jobRuns"]
    assert [run["id"] for run in named] == [first]


def test_the_same_token_gives_the_same_run_when_that_has_finished(target: Target, emr: Any, cluster: str) -> None:
    request = target.job(clientToken=uuid.uuid4().hex, virtualClusterId=cluster)
    first = emr.start_job_run(**request)["id"]
    target.wait(emr, cluster, first)
    assert emr.start_job_run(**request)["id"] == first


def test_the_same_token_with_another_request_is_refused(target: Target, emr: Any, cluster: str) -> None:
    request = target.job(clientToken=uuid.uuid4().hex, virtualClusterId=cluster)
    emr.start_job_run(**request)
    refusal("ValidationException", emr.start_job_run, **request | {"name": "another"})


def test_a_run_that_does_not_exist_is_not_found(target: Target, emr: Any, cluster: str) -> None:
    asked = {"virtualClusterId": cluster, "id": "0" * 19}
    refusal("ResourceNotFoundException", emr.describe_job_run, **asked)


def test_a_run_that_does_not_exist_cannot_be_cancelled(target: Target, emr: Any, cluster: str) -> None:
    # The model gives CancelJobRun no ResourceNotFoundException.
    refusal("ValidationException", emr.cancel_job_run, virtualClusterId=cluster, id="0" * 19)


def test_a_run_is_not_found_in_another_virtual_cluster(target: Target, emr: Any, cluster: str) -> None:
    started = emr.start_job_run(virtualClusterId=cluster, **target.job())["id"]
    refusal("ResourceNotFoundException", emr.describe_job_run, virtualClusterId="0" * 25, id=started)


def test_no_run_is_started_in_a_virtual_cluster_that_does_not_exist(target: Target, emr: Any) -> None:
    refusal("ResourceNotFoundException", emr.start_job_run, virtualClusterId="0" * 25, **target.job())


def test_no_run_is_started_from_a_job_template_that_does_not_exist(target: Target, emr: Any, cluster: str) -> None:
    refusal("ResourceNotFoundException", emr.start_job_run, virtualClusterId=cluster, jobTemplateId="0" * 25)


@pytest.mark.parametrize("member", ["executionRoleArn", "releaseLabel", "jobDriver"])
def test_a_run_without_a_template_must_say_what_it_runs(target: Target, emr: Any, cluster: str, member: str) -> None:
    job = {name: value for name, value in target.job().items() if name != member}
    assert member in refusal("ValidationException", emr.start_job_run, virtualClusterId=cluster, **job)


def test_a_run_has_exactly_one_driver(target: Target, emr: Any, cluster: str) -> None:
    sql = {"sparkSqlJobDriver": {"entryPoint": target.entry_point}}
    for driver in ({}, target.job()["jobDriver"] | sql):
        refusal("ValidationException", emr.start_job_run, virtualClusterId=cluster, **target.job(jobDriver=driver))


def test_a_release_label_that_is_not_offered_is_refused(target: Target, emr: Any, cluster: str) -> None:
    job = target.job(releaseLabel="emr-0.0.0-latest")
    message = refusal("ValidationException", emr.start_job_run, virtualClusterId=cluster, **job)
    assert "emr-0.0.0-latest" in message


def test_a_classification_that_is_not_known_is_refused(target: Target, emr: Any, cluster: str) -> None:
    overrides = {"applicationConfiguration": [{"classification": "no-such-file", "properties": {"a": "b"}}]}
    job = target.job(configurationOverrides=overrides)
    assert "no-such-file" in refusal("ValidationException", emr.start_job_run, virtualClusterId=cluster, **job)
