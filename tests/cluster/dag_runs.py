"""Runs of DAGs in the cluster's Airflow."""

from urllib.parse import quote

from .parts import Cluster, eventually


def run_dag(cluster: Cluster, dag_id: str, *, seconds: float) -> str:
    """Runs the DAG to its end, which must be a success; the run's ID."""
    cluster.airflow.unpause(dag_id)
    run_id = cluster.airflow.trigger(dag_id)
    path = f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"

    def look() -> bool:
        state = cluster.airflow.get(path)["state"]
        assert state != "failed", failures(cluster, dag_id, run_id)
        return bool(state == "success")

    eventually(look, seconds=seconds, what=f"the end of {dag_id}", every=2.0)
    return run_id


def failures(cluster: Cluster, dag_id: str, run_id: str) -> dict[str, str]:
    path = f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}/taskInstances"
    failed = [each["task_id"] for each in cluster.airflow.get(path)["task_instances"] if each["state"] == "failed"]
    return {task: cluster.airflow.failure(dag_id, run_id, task) for task in failed}
