"""Users of the page "Job runs", and tasks that its job runs are of."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from images.airflow_page.conftest import Person
from longshore_page.job_runs.app import application
from longshore_page.job_runs.rights import rights
from longshore_page.job_runs.tasks import Task


@dataclass(frozen=True, kw_only=True)
class Someone:
    """A user with rights to the DAGs that are named. An admin has all."""

    name: str = "ada"
    admin: bool = False
    sees: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()

    def may_see(self, task: Task | None) -> bool:
        return self.admin or (task is not None and task.dag_id in (*self.sees, *self.changes))

    def may_cancel(self, task: Task | None) -> bool:
        return self.admin or (task is not None and task.dag_id in self.changes)

    def may_read_log(self, task: Task | None) -> bool:
        return self.may_see(task)


def tasks_by_name(names: Collection[str]) -> dict[str, Task]:
    """The tasks of job runs that are named as operators name them: `<DAG>.<task>-<digest>`; of others there is none."""
    found = {}
    for name in names:
        dag, dot, task = name.rpartition("-")[0].partition(".")
        if dot:
            found[name] = Task(dag_id=dag, run_id="manual__1", task_id=task, map_index=-1, has_history=True)
    return found


def page_of(api: Any, user: Someone | None) -> Any:
    """Returns the page as a user sees it; None: one who is not signed in."""
    app = application(api, tasks=tasks_by_name)
    if user is not None:
        app.dependency_overrides[rights] = lambda: user
    return app


def person(api: Any, user: Someone | None) -> Person:
    """Returns a user of the page."""
    return Person(app=page_of(api, user))
