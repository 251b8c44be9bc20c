"""The client of Airflow's REST API. The real one is asked in `tests/embedded`."""

from collections.abc import Iterator

import pytest
from airflow_double import AirflowDouble, airflow_double
from longshore_cli.clients.airflow_api import AirflowApi, log_in
from longshore_cli.exceptions import AirflowError, AirflowUnavailableError


@pytest.fixture
def double() -> Iterator[AirflowDouble]:
    with airflow_double() as double:
        yield double


@pytest.fixture
def airflow(double: AirflowDouble) -> AirflowApi:
    return AirflowApi(double.url, log_in(double.url, user="admin", password="password"))


def test_a_wrong_password_is_refused_at_once(double: AirflowDouble) -> None:
    with pytest.raises(AirflowError, match=r"refused POST .*/auth/token: 401 .*Invalid credentials") as error:
        log_in(double.url, user="admin", password="wrong")
    assert not isinstance(error.value, AirflowUnavailableError)


def test_an_airflow_without_login_needs_no_password(double: AirflowDouble) -> None:
    assert log_in(double.url) == "token"


def test_a_list_is_read_to_its_end(double: AirflowDouble, airflow: AirflowApi) -> None:
    double.answers["GET dags"] = [{"dag_id": f"dag_{number}"} for number in range(5)]
    rows = airflow.get_all("dags", member="dags", exclude_stale="true")
    assert [row["dag_id"] for row in rows] == ["dag_0", "dag_1", "dag_2", "dag_3", "dag_4"]
    assert all(query["exclude_stale"] == "true" for _, query in double.requests)
    double.answers["GET dags"] = []
    assert airflow.get_all("dags", member="dags") == []


def test_a_server_error_of_airflow_is_retried(double: AirflowDouble, airflow: AirflowApi) -> None:
    double.answers["GET dags/one"] = {"dag_id": "one"}
    double.failures = [503]
    assert airflow.get("dags/one") == {"dag_id": "one"}
    double.failures = [500]
    with pytest.raises(AirflowUnavailableError, match="500"):
        airflow.get("dags/one", timeout=-1)


def test_a_refusal_is_not_retried(double: AirflowDouble, airflow: AirflowApi) -> None:
    with pytest.raises(AirflowError, match=r"refused GET .*/api/v2/dags/none: 404"):
        airflow.get("dags/none")
    assert len(double.requests) == 1


def test_without_a_server_airflow_is_unavailable() -> None:
    with pytest.raises(AirflowUnavailableError, match=r"does not answer at http://127\.0\.0\.1:9"):
        log_in("http://127.0.0.1:9")


def test_runs_are_started_and_ended(double: AirflowDouble, airflow: AirflowApi) -> None:
    double.answers |= {
        "PATCH dags/one": {},
        "POST dags/one/dagRuns": {"dag_run_id": "manual__2026-01-31T12:00:00+00:00"},
    }
    airflow.unpause("one")
    run_id = airflow.trigger("one")
    double.answers[f"PATCH dags/one/dagRuns/{run_id.replace(':', '%3A').replace('+', '%2B')}"] = {}
    airflow.end_run("one", run_id)
    assert [body for _, body in double.requests] == [{"is_paused": False}, {"logical_date": None}, {"state": "failed"}]


def test_a_tasks_failure_is_the_last_error_of_its_log(double: AirflowDouble, airflow: AirflowApi) -> None:
    task = "dags/one/dagRuns/r1/taskInstances/load"
    double.answers[f"GET {task}"] = {"try_number": 2}
    double.answers[f"GET {task}/logs/2"] = {"content": ["text", {"level": "info", "event": "begins"}]}
    assert airflow.failure("one", "r1", "load") == ""
    double.answers[f"GET {task}/logs/2"]["content"] += [
        {"level": "error", "event": "first"},
        {"level": "error", "event": "Task failed", "error_detail": [{"exc_value": "cause"}, {"exc_value": "it broke"}]},
    ]
    assert airflow.failure("one", "r1", "load") == "it broke"
