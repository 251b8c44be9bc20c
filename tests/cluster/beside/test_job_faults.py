"""Parts of a running job die: the driver, an executor. What a client sees of it, and what is left."""

import time
import uuid

from cluster.job_namespaces import ONE_EXECUTOR, SLOW_JOB, JobNamespace
from cluster.parts import FIGURES, Cluster
from longshore_cli.cluster import addresses


def test_a_job_runs_and_its_log_outlives_its_pods(cluster: Cluster, jobs: JobNamespace) -> None:
    started = time.monotonic()
    run = jobs.start_spark(SLOW_JOB, "2", "0.1", parameters=ONE_EXECUTOR)
    jobs.wait(run, "RUNNING", "COMPLETED")
    FIGURES["from StartJobRun to a running driver, in seconds"] = f"{time.monotonic() - started:.1f}"
    assert jobs.wait(run)["state"] == "COMPLETED"
    cluster.kubectl.run("-n", jobs.name, "delete", "jobs", "--all", what="the jobs")
    assert "the total is 1" in jobs.log(run)
    assert jobs.describe(run)["state"] == "COMPLETED"


def test_one_token_is_one_job_also_for_twenty_clients(cluster: Cluster, jobs: JobNamespace) -> None:
    from concurrent.futures import ThreadPoolExecutor

    token = uuid.uuid4().hex
    request = {
        "virtualClusterId": jobs.virtual_cluster_id,
        "clientToken": token,
        "releaseLabel": "delay-report",
        "executionRoleArn": addresses.ROLE,
        "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/delay_report.py"}},
    }
    with ThreadPoolExecutor(20) as pool:
        ids = set(pool.map(lambda _: cluster.emr.start_job_run(**request)["id"], range(20)))
    assert len(ids) == 1
    jobs.started.extend(ids)
    jobs.wait(*ids)
    assert len(cluster.kubectl.list("jobs", namespace=jobs.name)) == 1


def test_a_killed_driver_is_retried_as_the_policy_says(cluster: Cluster, jobs: JobNamespace) -> None:
    run = jobs.start_spark(SLOW_JOB, "6", "3", parameters=ONE_EXECUTOR, retryPolicyConfiguration={"maxAttempts": 2})
    (driver,) = jobs.running(run, "driver")
    jobs.running(run, "executor")
    cluster.delete_pod(jobs.name, driver)
    ended = jobs.wait(run)
    assert ended["state"] == "COMPLETED", ended
    assert ended["retryPolicyExecution"]["currentAttemptCount"] == 2
    assert "the total is 15" in jobs.log(run)
    jobs.nothing_left(run)


def test_a_killed_driver_without_a_policy_fails_the_run(cluster: Cluster, jobs: JobNamespace) -> None:
    run = jobs.start_spark(SLOW_JOB, "30", "3", parameters=ONE_EXECUTOR)
    (driver,) = jobs.running(run, "driver")
    cluster.delete_pod(jobs.name, driver)
    ended = jobs.wait(run)
    assert ended["state"] == "FAILED"
    assert ended["stateDetails"]
    jobs.nothing_left(run)


def test_a_job_survives_the_loss_of_an_executor(cluster: Cluster, jobs: JobNamespace) -> None:
    policy = {"maxAttempts": 2}
    run = jobs.start_spark(SLOW_JOB, "8", "3", parameters=ONE_EXECUTOR, retryPolicyConfiguration=policy)
    (executor,) = jobs.running(run, "executor")
    cluster.delete_pod(jobs.name, executor)
    ended = jobs.wait(run)
    assert ended["state"] == "COMPLETED", ended
    assert ended["retryPolicyExecution"]["currentAttemptCount"] == 1
    assert "the total is 28" in jobs.log(run)


def test_a_cancelled_run_leaves_nothing(jobs: JobNamespace) -> None:
    run = jobs.start_spark(SLOW_JOB, "60", "3", parameters=ONE_EXECUTOR)
    jobs.running(run, "executor")
    jobs.cluster.emr.cancel_job_run(virtualClusterId=jobs.virtual_cluster_id, id=run)
    assert jobs.wait(run, seconds=240)["state"] == "CANCELLED"
    jobs.nothing_left(run)
