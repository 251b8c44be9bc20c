"""One task that appends by a job template, in every way that its key must hold.

The template `append` is a test's own: its job ends when the test makes the file that the parameter `run` names.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG
from longshore.operators import SparkToSparkContainerOperator

COMMON: dict[str, Any] = {
    "task_id": "job",
    "name": "{{ run_id }}",
    "table": "lake.raw.a",
    "mode": "append",
    "job_template_id": "append",
    "job_template_parameters": {"run": "{{ run_id }}"},
    "poll_interval": 1.0,
    "retries": 1,
    "retry_delay": timedelta(0),
}

with DAG("append", schedule=None, catchup=False):
    SparkToSparkContainerOperator(target="lake.mart.a", **COMMON)

with DAG("append_on_worker", schedule=None, catchup=False):
    SparkToSparkContainerOperator(target="lake.mart.a", deferrable=False, **COMMON)

with DAG("append_mapped", schedule=None, catchup=False):
    SparkToSparkContainerOperator.partial(**COMMON).expand(target=["lake.mart.a", "lake.mart.b"])
