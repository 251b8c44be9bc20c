"""A user's rights to job runs are those that Airflow's auth manager gives to their tasks."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from longshore_page.job_runs.rights import AirflowRights, rights
from longshore_page.job_runs.tasks import Task

if TYPE_CHECKING:
    from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

TASK = Task(dag_id="d", run_id="r", task_id="t", map_index=-1)


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> "SimpleAuthManager":
    """Airflow's own, as the API server has it."""
    from airflow.api_fastapi.app import _AuthManagerState, create_auth_manager

    monkeypatch.setattr(_AuthManagerState, "instance", None)
    return create_auth_manager()


@pytest.mark.parametrize(
    ("role", "sees", "cancels", "admin"),
    [
        ("viewer", True, False, False),
        ("user", True, True, False),
        ("op", True, True, False),
        ("admin", True, True, True),
    ],
)
def test_the_role_decides(manager: "SimpleAuthManager", role: str, sees: bool, cancels: bool, admin: bool) -> None:
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    found = rights(SimpleAuthManagerUser(username="ada", role=role))
    assert (found.may_see(TASK), found.may_read_log(TASK), found.may_cancel(TASK)) == (sees, sees, cancels)
    # What is of no task of this Airflow is an admin's alone.
    assert (found.may_see(None), found.may_read_log(None), found.may_cancel(None)) == (admin, admin, admin)


def test_the_auth_manager_is_asked_about_the_runs_own_dag() -> None:
    asked = []

    def is_authorized_dag(*, method: str, access_entity: Any, details: Any, user: Any) -> bool:
        asked.append((method, access_entity.value, details.id, user))
        return details.id == "mine"

    manager: Any = SimpleNamespace(is_authorized_dag=is_authorized_dag)
    found = AirflowRights(name="ada", admin=False, user="ada", manager=manager)
    assert found.may_cancel(Task(dag_id="mine", run_id="r", task_id="t", map_index=-1))
    assert not found.may_cancel(TASK)
    assert asked == [("PUT", "TASK_INSTANCE", "mine", "ada"), ("PUT", "TASK_INSTANCE", "d", "ada")]
