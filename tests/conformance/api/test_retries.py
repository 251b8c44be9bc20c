"""`retryPolicyConfiguration`: a run whose driver fails is started again."""

from typing import Any

import pytest

from conformance.targets import Target, refusal


def test_a_retry_policy_is_kept_and_shown(target: Target, emr: Any, cluster: str) -> None:
    job = target.job(retryPolicyConfiguration={"maxAttempts": 3})
    started = emr.start_job_run(virtualClusterId=cluster, **job)["id"]
    run = emr.describe_job_run(virtualClusterId=cluster, id=started)["jobRun"]
    assert run.get("retryPolicyConfiguration") == {"maxAttempts": 3}, "it is dropped"
    assert run["retryPolicyExecution"]["currentAttemptCount"] == 1


@pytest.mark.parametrize("attempts", [0, -1])
def test_a_retry_policy_allows_one_attempt_or_more(target: Target, emr: Any, cluster: str, attempts: int) -> None:
    job = target.job(retryPolicyConfiguration={"maxAttempts": attempts})
    refusal("ValidationException", emr.start_job_run, virtualClusterId=cluster, **job)


def test_a_run_that_fails_is_repeated_as_often_as_its_retry_policy_says(
    target: Target, emr: Any, retried: tuple[str, str]
) -> None:
    run = target.wait(emr, *retried)
    assert run["state"] == "FAILED"
    assert run["retryPolicyExecution"]["currentAttemptCount"] == 2
