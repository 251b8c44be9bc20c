"""Parts of a running job die: the driver, an executor, the server, the place of its data."""

import time
import uuid

import pytest
from longshore_cli.cluster import secrets
from longshore_cli.cluster.releases import wait_ready
from longshore_cli.cluster.shell import run as shell

from .job_namespaces import ONE_EXECUTOR, SLOW_JOB, JobNamespace
from .parts import FIGURES, Cluster, eventually


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
        "executionRoleArn": secrets.ROLE,
        "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/delay_report.py"}},
    }
    with ThreadPoolExecutor(20) as pool:
        ids = set(pool.map(lambda _: cluster.emr.start_job_run(**request)["id"], range(20)))
    assert len(ids) == 1
    jobs.started.extend(ids)
    jobs.wait(*ids)
    assert len(cluster.kubectl.list("jobs", namespace=jobs.name)) == 1


@pytest.mark.long
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


@pytest.mark.long
def test_a_killed_driver_without_a_policy_fails_the_run(cluster: Cluster, jobs: JobNamespace) -> None:
    run = jobs.start_spark(SLOW_JOB, "30", "3", parameters=ONE_EXECUTOR)
    (driver,) = jobs.running(run, "driver")
    cluster.delete_pod(jobs.name, driver)
    ended = jobs.wait(run)
    assert ended["state"] == "FAILED"
    assert ended["stateDetails"]
    jobs.nothing_left(run)


@pytest.mark.long
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
    assert jobs.wait(run, seconds=90)["state"] == "CANCELLED"
    jobs.nothing_left(run)


def test_a_run_goes_on_while_the_server_is_killed(cluster: Cluster, jobs: JobNamespace) -> None:
    run = jobs.start_spark(SLOW_JOB, "6", "3", parameters=ONE_EXECUTOR)
    (driver,) = jobs.running(run, "driver")
    selector = "app.kubernetes.io/component=server"
    (server,) = [pod["metadata"]["name"] for pod in cluster.pods(secrets.PLATFORM, selector)]
    cluster.delete_pod(secrets.PLATFORM, server)
    wait_ready(cluster.kubectl, namespace=secrets.PLATFORM, seconds=120, say=lambda _line: None)
    ended = eventually(lambda: _ended(jobs, run), seconds=240, what="the run's end")
    assert ended["state"] == "COMPLETED", ended
    assert {pod["metadata"]["name"] for pod in jobs.pods(run, "driver")} == {driver}, "it was started again"
    assert "the total is 15" in jobs.log(run)


@pytest.mark.long
def test_a_run_goes_on_while_the_clusters_api_is_killed(cluster: Cluster, jobs: JobNamespace) -> None:
    run = jobs.start_spark(SLOW_JOB, "8", "4", parameters=ONE_EXECUTOR)
    (driver,) = jobs.running(run, "driver")
    jobs.running(run, "executor")
    shell(["docker", "exec", "longshore-control-plane", "pkill", "-KILL", "kube-apiserver"], what="kube-apiserver")
    ended = eventually(lambda: _ended(jobs, run), seconds=240, what="the run's end")
    assert ended["state"] == "COMPLETED", ended
    eventually(cluster.kubectl.answers, seconds=60, what="the cluster's API")
    assert {pod["metadata"]["name"] for pod in jobs.pods(run, "driver")} == {driver}, "it was started again"
    assert "the total is 28" in jobs.log(run)


@pytest.mark.long
def test_a_lost_node_costs_an_attempt_and_no_run(cluster: Cluster, jobs: JobNamespace) -> None:
    policy = {"maxAttempts": 3}
    run = jobs.start_spark(SLOW_JOB, "6", "3", parameters=ONE_EXECUTOR, retryPolicyConfiguration=policy)
    jobs.running(run, "executor")
    (driver,) = jobs.pods(run, "driver")
    shell(["docker", "restart", "--time=0", driver["spec"]["nodeName"]], what="the node")
    ended = eventually(lambda: _ended(jobs, run), seconds=400, what="the run's end")
    assert ended["state"] == "COMPLETED", ended
    assert ended["retryPolicyExecution"]["currentAttemptCount"] > 1
    assert "the total is 15" in jobs.log(run)
    for namespace in (secrets.PLATFORM, secrets.AIRFLOW):
        wait_ready(cluster.kubectl, namespace=namespace, seconds=300, say=lambda _line: None)


def _ended(jobs: JobNamespace, run: str) -> dict[str, object] | None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        found = jobs.describe(run)
    except (BotoCoreError, ClientError):
        return None  # the server is on its way up
    return found if found["state"] in ("COMPLETED", "FAILED", "CANCELLED") else None


@pytest.mark.long
def test_a_job_outlives_a_minute_without_s3(cluster: Cluster, jobs: JobNamespace) -> None:
    run = jobs.start_spark(SLOW_JOB, "20", "4", parameters=ONE_EXECUTOR)
    jobs.running(run, "executor")
    scale = ("-n", secrets.PLATFORM, "scale", "statefulset/s3")
    cluster.kubectl.run(*scale, "--replicas=0", what="s3")
    try:
        time.sleep(60)
    finally:
        cluster.kubectl.run(*scale, "--replicas=1", what="s3")
        wait_ready(cluster.kubectl, namespace=secrets.PLATFORM, seconds=120, say=lambda _line: None)
    ended = jobs.wait(run)
    assert ended["state"] == "COMPLETED", ended
    assert "the total is 190" in jobs.log(run)
