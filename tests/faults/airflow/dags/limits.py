"""Mapped tasks, two of each, of which Airflow may let one at a time have its job run.

A job ends when the test makes the file that its argument names.
"""

from typing import Any

from airflow.sdk import DAG
from longshore.operators import ContainerOperator

LIMITS: dict[str, dict[str, Any]] = {
    "pooled": {"pool": "one_slot"},
    "one_of_the_dag": {"max_active_tis_per_dag": 1},
    "one_of_the_run": {"max_active_tis_per_dagrun": 1},
}

with DAG("limits", schedule=None, catchup=False):
    for task_id, limit in LIMITS.items():
        ContainerOperator.partial(
            task_id=task_id, image="shell", entry_point="wait_for.sh", poll_interval=1.0, **limit
        ).expand(arguments=[["limits"]] * 2)
