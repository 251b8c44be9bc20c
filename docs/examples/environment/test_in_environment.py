"""DAGs run in an environment: each of `DAGS` to its end, which must be a success.

The environment's address and its user are in `AIRFLOW_URL`, `AIRFLOW_USER` and `AIRFLOW_PASSWORD`.
"""

import os
import time
from urllib.parse import quote

import pytest
from longshore_cli.clients.airflow_api import AirflowApi, log_in, retry_while_unavailable

SECONDS = float(os.environ.get("DAG_SECONDS", "900"))


@pytest.fixture(scope="session")
def airflow() -> AirflowApi:
    url, user, password = (os.environ[f"AIRFLOW_{name}"] for name in ("URL", "USER", "PASSWORD"))
    return AirflowApi(url, retry_while_unavailable(lambda: log_in(url, user=user, password=password), timeout=60))


def test_every_file_is_imported(airflow: AirflowApi) -> None:
    errors = airflow.get_all("importErrors", member="import_errors")
    if errors:
        pytest.fail("\n\n".join(f"{each['filename']}:\n{each['stack_trace']}" for each in errors))


@pytest.mark.parametrize("dag_id", os.environ.get("DAGS", "").split())
def test_a_dag_runs_to_its_end(airflow: AirflowApi, dag_id: str) -> None:
    airflow.unpause(dag_id)
    path = f"dags/{dag_id}/dagRuns/{quote(airflow.trigger(dag_id), safe='')}"
    deadline = time.monotonic() + SECONDS
    while (state := airflow.get(path)["state"]) in ("queued", "running"):
        if time.monotonic() > deadline:
            pytest.fail(f"{dag_id} has not ended within {SECONDS:.0f} s.")
        time.sleep(2.0)
    if state != "success":
        tasks = airflow.get(f"{path}/taskInstances")["task_instances"]
        pytest.fail(f"{dag_id}: {state} at {[each['task_id'] for each in tasks if each['state'] == 'failed']}")
