"""The rights of the signed-in user to job runs: the same as to the tasks that have started them.

Whoever may change a task's state in Airflow ends its job run by that, so the same user may cancel it here. Runs of no
task of this Airflow, such as those of environments and of other clients, are an administrator's alone. The job server
has the last word: it asks the policy of the connection's key.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import BaseAuthManager, ResourceMethod
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep

from longshore_page.identity import caller
from longshore_page.job_runs.tasks import Task


class Rights(Protocol):
    """The rights of a user. A task of None is unknown to this Airflow."""

    @property
    def name(self) -> str:
        """The user's name."""

    def may_see(self, task: Task | None) -> bool:
        """Returns whether the user may see the task's job runs."""

    def may_cancel(self, task: Task | None) -> bool:
        """Returns whether the user may cancel them."""

    def may_read_log(self, task: Task | None) -> bool:
        """Returns whether the user may read their logs."""


@dataclass(frozen=True, kw_only=True)
class AirflowRights:
    """The rights by Airflow's auth manager."""

    name: str
    admin: bool
    user: Any
    manager: BaseAuthManager[Any]

    def may_see(self, task: Task | None) -> bool:
        return self._may("GET", DagAccessEntity.TASK_INSTANCE, task)

    def may_cancel(self, task: Task | None) -> bool:
        return self._may("PUT", DagAccessEntity.TASK_INSTANCE, task)

    def may_read_log(self, task: Task | None) -> bool:
        return self._may("GET", DagAccessEntity.TASK_LOGS, task)

    def _may(self, method: ResourceMethod, entity: DagAccessEntity, task: Task | None) -> bool:
        if task is None:
            return self.admin
        details = DagDetails(id=task.dag_id)
        return self.manager.is_authorized_dag(method=method, access_entity=entity, details=details, user=self.user)


def rights(user: GetUserDep) -> Rights:
    """Returns the rights of the user whom Airflow's token or cookie names. FastAPI answers 401 without one.

    Raises:
        NotAllowedError: Airflow shows this user nothing.
    """
    found = caller(user)
    return AirflowRights(name=found.name, admin=found.admin, user=user, manager=get_auth_manager())
