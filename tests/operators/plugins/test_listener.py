"""The listener in the process of a scheduler, whose executor forks at any time."""

import json
import os
import subprocess
import sys
from pathlib import Path

# As `airflow scheduler` is when its executor begins to fork; then a cancellation, to a server that does not answer.
SCHEDULER = """
import json, sys, threading
import airflow.settings
airflow.settings.initialize()
from airflow.executors.local_executor import LocalExecutor
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.listeners.listener import get_listener_manager
from longshore.plugins import listener

SchedulerJobRunner(job=Job())  # which calls the listeners
assert listener in get_listener_manager().pm.get_plugins()
modules, threads = set(sys.modules), threading.enumerate()
listener._LEFTOVERS.send([
    dict(virtual_cluster_id="cluster", aws_conn_id="aws_default", job_run_id=id_ * 19, name=None, succeeded=False)
    for id_ in ("0", "1")
])
print(json.dumps([sorted(set(sys.modules) - modules), len(threading.enumerate()) - len(threads)]), flush=True)
listener._LEFTOVERS.wait()
"""
CONNECTION = {
    "conn_type": "aws",
    "login": "key",
    "password": "a password",
    "extra": {"region_name": "us-east-1", "endpoint_url": "not a url", "config_kwargs": {"retries": {}}},
}


def test_a_cancellation_in_the_scheduler_starts_no_thread_and_imports_nothing(tmp_path: Path) -> None:
    # A worker that is forked while a thread has a lock inherits the lock, and hangs where it needs the same.
    home = {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(CONNECTION)}
    done = subprocess.run(
        [sys.executable, "-c", SCHEDULER], env=os.environ | home, capture_output=True, text=True, check=True
    )
    said = done.stdout + done.stderr
    assert said.count("may go on") == 2, said  # both got as far as they could
    (told,) = (line for line in done.stdout.splitlines() if line.startswith("[["))
    assert json.loads(told) == [[], 0]
