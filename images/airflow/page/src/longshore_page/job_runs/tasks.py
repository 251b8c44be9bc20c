"""The tasks whose job runs are shown: a task publishes the name of its job run as an XCom."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

NAME_KEY, HISTORY_KEY = "job_run_name", "spark_history"
"""The keys of XComs, as the provider writes them (`longshore.links.published`)."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """The task instance of a job run."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    """-1 for a task that is not mapped."""
    has_history: bool = False
    """True if its job runs are in a History Server."""

    @property
    def path(self) -> str:
        """Its page's address, relative to Airflow's."""
        dag, run, task = (quote(each, safe="") for each in (self.dag_id, self.run_id, self.task_id))
        mapped = f"/mapped/{self.map_index}" if self.map_index >= 0 else ""
        return f"dags/{dag}/runs/{run}/tasks/{task}{mapped}"


Tasks = Callable[[Collection[str]], dict[str, Task]]
"""Returns the tasks of job runs by the names of the job runs. Those of other Airflows, or none's, are missing."""


def published_tasks(names: Collection[str]) -> dict[str, Task]:
    """Looks for the tasks in Airflow's database. Blocking."""
    from airflow.utils.session import create_session

    if not names:
        return {}
    with create_session() as session:
        return {
            name: Task(dag_id=dag, run_id=run, task_id=task, map_index=index, has_history=bool(history))
            for name, dag, run, task, index, history in session.execute(_query(names))
        }


def _query(names: Collection[str]) -> Any:
    from airflow.models.xcom import XComModel
    from sqlalchemy import String, and_, cast, select
    from sqlalchemy.orm import aliased

    history = aliased(XComModel)
    same = and_(
        history.dag_run_id == XComModel.dag_run_id,
        history.task_id == XComModel.task_id,
        history.map_index == XComModel.map_index,
        history.key == HISTORY_KEY,
    )
    columns = (XComModel.dag_id, XComModel.run_id, XComModel.task_id, XComModel.map_index, history.value)
    # As text: the column is JSON, whose equality not every database knows.
    named = cast(XComModel.value, String).in_([json.dumps(name) for name in names])
    return select(XComModel.value, *columns).outerjoin(history, same).where(XComModel.key == NAME_KEY, named)
