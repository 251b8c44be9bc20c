"""Airflow's limits of tasks are limits of job runs, also while the tasks are deferred."""

from itertools import pairwise
from typing import Any

from support.waiting import until

from .faulty_airflow import FaultyAirflow

TASKS = ("pooled", "one_of_the_dag", "one_of_the_run")
RUN = "dags/limits/dagRuns/limits"


def _job_runs(airflow: FaultyAirflow) -> dict[str, list[dict[str, Any]]]:
    """The job runs by task, the oldest first."""
    server = airflow.servers["aws_default"]
    pages = server.client.get_paginator("list_job_runs").paginate(virtualClusterId=server.cluster)
    found = sorted((run for page in pages for run in page["jobRuns"]), key=lambda run: run["createdAt"])
    return {task: [run for run in found if run["name"].startswith(f"limits.{task}-")] for task in TASKS}


def test_a_pool_with_deferred_tasks_and_max_active_tis_limit_the_job_runs_at_a_time(airflow: FaultyAirflow) -> None:
    pool = {"name": "one_slot", "slots": 1, "include_deferred": True}
    airflow.api.call("POST", "pools", pool)
    until("the DAG is parsed", lambda: "limits" in [dag["dag_id"] for dag in airflow.api.get("dags")["dags"]])
    airflow.api.unpause("limits")
    airflow.api.call("POST", "dags/limits/dagRuns", {"dag_run_id": "limits", "logical_date": None})

    def states() -> list[str]:
        return sorted(str(task["state"]) for task in airflow.api.get(f"{RUN}/taskInstances")["task_instances"])

    until(lambda: f"one of each task waits: {states()}", lambda: states() == ["deferred"] * 3 + ["scheduled"] * 3)
    assert {task: len(runs) for task, runs in _job_runs(airflow).items()} == dict.fromkeys(TASKS, 1)
    (airflow.servers["aws_default"].folder / "done" / "limits").touch()
    until(lambda: f"all have ended: {states()}", lambda: states() == ["success"] * 6)
    for runs in _job_runs(airflow).values():
        assert [run["state"] for run in runs] == ["COMPLETED"] * 2
        assert all(before["finishedAt"] <= after["createdAt"] for before, after in pairwise(runs))
