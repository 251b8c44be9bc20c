"""Airflow's own parts die in mid-run: nothing is lost, nothing runs twice."""

from urllib.parse import quote

import pytest
from cluster.parts import Cluster, eventually
from longshore_cli.cluster import namespaces
from longshore_cli.cluster.charts.readiness import wait_ready

DAG_ID = "example_jdbc_to_spark"
pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("component", ["scheduler", "triggerer"])
def test_a_dag_succeeds_although_a_part_of_airflow_is_killed(cluster: Cluster, component: str) -> None:
    jobs_before = {job["metadata"]["name"] for job in cluster.kubectl.list("jobs", namespace=namespaces.JOBS)}
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
    started = {job["metadata"]["name"] for job in cluster.kubectl.list("jobs", namespace=namespaces.JOBS)} - jobs_before
    tasks = cluster.airflow.get(f"{path}/taskInstances")["task_instances"]
    assert len(started) == len(tasks), "one job per task"
    eventually(
        lambda: not [pod for pod in cluster.pods(namespaces.JOBS) if pod["status"]["phase"] in ("Pending", "Running")],
        seconds=180,
        what="the end of all pods",
    )
