"""Runs of DAGs in the cluster's Airflows."""

from urllib.parse import quote

from cluster.parts import eventually
from longshore_cli.clients.airflow_api import AirflowApi


def run_dag(airflow: AirflowApi, dag_id: str, *, seconds: float) -> str:
    """Runs the DAG to its end, which must be a success; the run's ID."""
    airflow.unpause(dag_id)
    run_id = airflow.trigger(dag_id)
    path = f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"

    def look() -> bool:
        state = airflow.get(path)["state"]
        assert state != "failed", failures(airflow, dag_id, run_id)
        return bool(state == "success")

    eventually(look, seconds=seconds, what=f"the end of {dag_id}", every=2.0)
    return run_id


def failures(airflow: AirflowApi, dag_id: str, run_id: str) -> dict[str, str]:
    """Why tasks of the run failed, by their IDs."""
    path = f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}/taskInstances"
    failed = [each["task_id"] for each in airflow.get(path)["task_instances"] if each["state"] == "failed"]
    return {task: airflow.failure(dag_id, run_id, task) for task in failed}
