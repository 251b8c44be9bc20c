"""Parts of the platform die while a job runs: the server, the cluster's API, a node, the place of its data."""

import time

from cluster.job_namespaces import ONE_EXECUTOR, SLOW_JOB, JobNamespace
from cluster.parts import Cluster, eventually
from longshore_cli.base.programs import run as shell
from longshore_cli.cluster import namespaces
from longshore_cli.cluster.charts.readiness import wait_ready


def test_a_run_goes_on_while_all_servers_are_killed(cluster: Cluster, jobs: JobNamespace) -> None:
    run = jobs.start_spark(SLOW_JOB, "6", "3", parameters=ONE_EXECUTOR)
    (driver,) = jobs.running(run, "driver")
    selector = "app.kubernetes.io/component=server"
    servers = [pod["metadata"]["name"] for pod in cluster.pods(namespaces.PLATFORM, selector)]
    assert len(servers) > 1
    for server in servers:
        cluster.delete_pod(namespaces.PLATFORM, server)
    wait_ready(cluster.kubectl, namespace=namespaces.PLATFORM, seconds=120, say=lambda _line: None)
    ended = eventually(lambda: _ended(jobs, run), seconds=240, what=jobs.account("the run's end", run))
    assert ended["state"] == "COMPLETED", ended
    assert {pod["metadata"]["name"] for pod in jobs.pods(run, "driver")} == {driver}, "it was started again"
    assert "the total is 15" in jobs.log(run)


def test_a_run_goes_on_while_the_clusters_api_is_killed(cluster: Cluster, jobs: JobNamespace) -> None:
    run = jobs.start_spark(SLOW_JOB, "8", "4", parameters=ONE_EXECUTOR)
    (driver,) = jobs.running(run, "driver")
    jobs.running(run, "executor")
    shell(["docker", "exec", "longshore-control-plane", "pkill", "-KILL", "kube-apiserver"], what="kube-apiserver")
    ended = eventually(lambda: _ended(jobs, run), seconds=240, what=jobs.account("the run's end", run))
    assert ended["state"] == "COMPLETED", ended
    eventually(cluster.kubectl.answers, seconds=180, what="the cluster's API")
    assert {pod["metadata"]["name"] for pod in jobs.pods(run, "driver")} == {driver}, "it was started again"
    assert "the total is 28" in jobs.log(run)


def test_a_lost_node_costs_an_attempt_and_no_run(cluster: Cluster, jobs: JobNamespace) -> None:
    policy = {"maxAttempts": 3}
    run = jobs.start_spark(SLOW_JOB, "6", "3", parameters=ONE_EXECUTOR, retryPolicyConfiguration=policy)
    jobs.running(run, "executor")
    (driver,) = jobs.pods(run, "driver")
    shell(["docker", "restart", "--time=0", driver["spec"]["nodeName"]], what="the node")
    ended = eventually(lambda: _ended(jobs, run), seconds=400, what=jobs.account("the run's end", run))
    assert ended["state"] == "COMPLETED", ended
    assert ended["retryPolicyExecution"]["currentAttemptCount"] > 1
    assert "the total is 15" in jobs.log(run)
    for namespace in (namespaces.PLATFORM, namespaces.AIRFLOW):
        wait_ready(cluster.kubectl, namespace=namespace, seconds=300, say=lambda _line: None)


def _ended(jobs: JobNamespace, run: str) -> dict[str, object] | None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        found = jobs.describe(run)
    except (BotoCoreError, ClientError):
        return None  # the server is on its way up
    return found if found["state"] in ("COMPLETED", "FAILED", "CANCELLED") else None


def test_a_job_outlives_a_minute_without_s3(cluster: Cluster, jobs: JobNamespace) -> None:
    run = jobs.start_spark(SLOW_JOB, "20", "4", parameters=ONE_EXECUTOR)
    jobs.running(run, "executor")
    scale = ("-n", namespaces.PLATFORM, "scale", "statefulset/s3")
    cluster.kubectl.run(*scale, "--replicas=0", what="s3")
    try:
        time.sleep(60)
    finally:
        cluster.kubectl.run(*scale, "--replicas=1", what="s3")
        wait_ready(cluster.kubectl, namespace=namespaces.PLATFORM, seconds=120, say=lambda _line: None)
    ended = jobs.wait(run)
    assert ended["state"] == "COMPLETED", ended
    assert "the total is 190" in jobs.log(run)
