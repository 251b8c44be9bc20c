"""Airflow's own parts die in mid-run: nothing is lost, nothing runs twice."""

from urllib.parse import quote

import pytest
from longshore_cli.cluster import secrets
from longshore_cli.cluster.releases import wait_ready

from .parts import Cluster, eventually

DAG_ID = "example_jdbc_to_spark"
pytestmark = [pytest.mark.timeout(900), pytest.mark.long]


@pytest.mark.parametrize("component", ["scheduler", "triggerer"])
def test_a_dag_succeeds_although_a_part_of_airflow_is_killed(cluster: Cluster, component: str) -> None:
    jobs_before = {job["metadata"]["name"] for job in cluster.kubectl.list("jobs", namespace=secrets.JOBS)}
    cluster.airflow.unpause(DAG_ID)
    run_id = cluster.airflow.trigger(DAG_ID)
    path = f"dags/{DAG_ID}/dagRuns/{quote(run_id, safe='')}"

    def deferred() -> bool:
        states = [each["state"] for each in cluster.airflow.get(f"{path}/taskInstances")["task_instances"]]
        return "deferred" in states

    eventually(deferred, seconds=120, what="a deferred task")
    selector = f"app.kubernetes.io/component={component}"
    for pod in cluster.pods(secrets.AIRFLOW, selector):
        cluster.delete_pod(secrets.AIRFLOW, pod["metadata"]["name"])
    eventually(
        lambda: cluster.airflow.get(path)["state"] in ("success", "failed"),
        seconds=420,
        what="the run's end",
        every=2.0,
    )
    assert cluster.airflow.get(path)["state"] == "success"
    wait_ready(cluster.kubectl, namespace=secrets.AIRFLOW, seconds=180, say=lambda _line: None)
    started = {job["metadata"]["name"] for job in cluster.kubectl.list("jobs", namespace=secrets.JOBS)} - jobs_before
    tasks = cluster.airflow.get(f"{path}/taskInstances")["task_instances"]
    assert len(started) == len(tasks), "one job per task"
    eventually(
        lambda: not [pod for pod in cluster.pods(secrets.JOBS) if pod["status"]["phase"] in ("Pending", "Running")],
        seconds=60,
        what="the end of all pods",
    )
