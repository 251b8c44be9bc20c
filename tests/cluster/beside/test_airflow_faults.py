"""Airflow's own parts die in mid-run: nothing is lost, nothing runs twice."""

from urllib.parse import quote

import pytest
from cluster.parts import Cluster, eventually
from longshore_cli.cluster import namespaces
from longshore_cli.cluster.charts.readiness import wait_ready

DAG_ID = "example_jdbc_to_spark"
pytestmark = pytest.mark.timeout(900)


def _job_runs(cluster: Cluster, task: str) -> list[str]:
    """The ids of all job runs of a task instance, whatever try they are of: they have one name, and no other has it."""
    name = cluster.airflow.get(f"{task}/xcomEntries/job_run_name")["value"]
    pages = cluster.emr.get_paginator("list_job_runs").paginate(
        virtualClusterId=cluster.environment.virtual_cluster_id, name=name
    )
    return [job_run["id"] for page in pages for job_run in page["jobRuns"]]


@pytest.mark.parametrize("component", ["scheduler", "triggerer"])
def test_a_dag_succeeds_although_a_part_of_airflow_is_killed(cluster: Cluster, component: str) -> None:
    cluster.airflow.unpause(DAG_ID)
    run_id = cluster.airflow.trigger(DAG_ID)
    path = f"dags/{DAG_ID}/dagRuns/{quote(run_id, safe='')}"

    def deferred() -> bool:
        states = [each["state"] for each in cluster.airflow.get(f"{path}/taskInstances")["task_instances"]]
        return "deferred" in states

    eventually(deferred, seconds=120, what="a deferred task")
    selector = f"app.kubernetes.io/component={component}"
    for pod in cluster.pods(namespaces.AIRFLOW, selector):
        cluster.delete_pod(namespaces.AIRFLOW, pod["metadata"]["name"])
    eventually(
        lambda: cluster.airflow.get(path)["state"] in ("success", "failed"),
        seconds=420,
        what="the run's end",
        every=2.0,
    )
    assert cluster.airflow.get(path)["state"] == "success"
    wait_ready(cluster.kubectl, namespace=namespaces.AIRFLOW, seconds=180, say=lambda _line: None)
    tasks = cluster.airflow.get(f"{path}/taskInstances")["task_instances"]
    started = {each["task_id"]: _job_runs(cluster, f"{path}/taskInstances/{each['task_id']}") for each in tasks}
    assert {task: len(job_runs) for task, job_runs in started.items()} == dict.fromkeys(started, 1)
    ids = ",".join(job_run for job_runs in started.values() for job_run in job_runs)
    pods = f"emr-containers.amazonaws.com/job.id in ({ids})"
    eventually(
        lambda: (
            not [pod for pod in cluster.pods(namespaces.JOBS, pods) if pod["status"]["phase"] in ("Pending", "Running")]
        ),
        seconds=180,
        what="the end of its pods",
    )
