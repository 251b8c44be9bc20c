"""One task that waits for a job run, in every way that a fault can find it.

The job ends when the test makes the file that its argument names. A DAG run's `conf` may name another connection.
"""

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from longshore.operators import ContainerOperator

# Time enough to start the job run, also where many tasks start at the same time.
LIMIT = timedelta(seconds=20)
RETRY = {"retries": 1, "retry_delay": timedelta(0)}
WAYS: dict[str, dict[str, Any]] = {
    "deferred": {},
    "deferred_with_retry": RETRY,
    "deferred_with_limit": {"execution_timeout": LIMIT},
    "on_worker": {"deferrable": False},
    "on_worker_among_others": {"deferrable": False},
    "on_worker_with_limit": {"deferrable": False, "execution_timeout": LIMIT},
    "on_worker_with_retry": {"deferrable": False, **RETRY},
}

for way, arguments in WAYS.items():
    with DAG(way, schedule=None, catchup=False) as dag:
        job = ContainerOperator(
            task_id="job",
            name="{{ run_id }}",
            image="shell",
            entry_point="wait_for.sh",
            arguments=["{{ run_id }}"],
            aws_conn_id="{{ dag_run.conf.get('connection', 'aws_default') }}",
            poll_interval=1.0,
            **arguments,
        )
        if way == "on_worker_among_others":
            job >> EmptyOperator(task_id="anyway", trigger_rule="all_done")  # the DAG run ends well
    globals()[way] = dag
