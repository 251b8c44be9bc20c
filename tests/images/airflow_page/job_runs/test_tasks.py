"""The task of a job run, found in a real Airflow's database by what the task has published."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import json
from airflow.sdk import DAG, task
from airflow.utils.db import initdb
from longshore_page.job_runs.tasks import published_tasks

with DAG("publishing", schedule=None) as dag:
    @task
    def plain(ti=None):
        ti.xcom_push(key="job_run_name", value="publishing.plain-0123456789abcdef")
        ti.xcom_push(key="spark_history", value="http://history/spark-1/jobs/")

    @task
    def mapped(number, ti=None):
        ti.xcom_push(key="job_run_name", value=f"publishing.mapped-{number}")

    plain() >> mapped.expand(number=[0, 1])

if __name__ == "__main__":  # Airflow reads the file, too
    initdb()
    run = dag.test()
    found = published_tasks(["publishing.plain-0123456789abcdef", "publishing.mapped-1", "of another client"])
    print(json.dumps([run.run_id, {name: [task.path, task.has_history] for name, task in found.items()}]))
    print(json.dumps(len(published_tasks([]))))
"""


def test_a_task_is_found_by_the_name_of_its_job_run(tmp_path: Path) -> None:
    home = {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path),
    }
    (tmp_path / "publishing.py").write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "publishing.py")],
        capture_output=True,
        text=True,
        env=os.environ | home,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    run_id, found = json.loads(done.stdout.splitlines()[-2])
    quoted = run_id.replace(":", "%3A").replace("+", "%2B")
    assert found == {
        "publishing.plain-0123456789abcdef": [f"dags/publishing/runs/{quoted}/tasks/plain", True],
        "publishing.mapped-1": [f"dags/publishing/runs/{quoted}/tasks/mapped/mapped/1", False],
    }
    assert done.stdout.splitlines()[-1] == "0"
