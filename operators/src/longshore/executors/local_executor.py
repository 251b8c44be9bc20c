"""Airflow's LocalExecutor, for tasks that wait in the triggerer for a short time only, and for upgrades in mid-run.

A task that defers ends its process successfully, and returns under the same key. If the trigger fires before the
scheduler has read that the first process ended, Airflow 3.3.2 takes the message for one of the second process, and
fails a running task (https://github.com/apache/airflow/issues/67287,
https://github.com/apache/airflow/issues/72716). An executor knows how often it has started a task, so it can tell.

`ending.py` explains the end.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from airflow.executors import local_executor
from airflow.executors.workloads import ExecuteTask
from airflow.utils.session import create_session
from airflow.utils.state import TaskInstanceState
from sqlalchemy.exc import SQLAlchemyError

from longshore.executors.ending import HEARTBEAT_SECONDS, return_unstarted, send_heartbeat

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class LocalExecutor(local_executor.LocalExecutor):
    """Reports a task's end to the scheduler only when no process of this try is left."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]  # Airflow does not type it
        self.started: Counter[Any] = Counter()
        """Number of unfinished processes for each try of a task, by its key."""

    def change_state(self, key: Any, state: Any, info: Any = None, remove_running: bool = True) -> None:
        """Reports a task's state, except the successful end of an earlier part of it."""
        before = self.started[key]
        if before > 1:
            self.started[key] = before - 1
        else:
            del self.started[key]
        if before > 1 and state == TaskInstanceState.SUCCESS:
            self.log.info("%s has come back from the triggerer already", key)
            return
        super().change_state(key, state, info, remove_running)

    def end(self) -> None:
        """Waits for the tasks' processes as a scheduler that lives, after giving back tasks that have none."""
        job_id = self.job_id
        if job_id is not None:
            tasks = [workload.ti.id for workload in self.queued_tasks.values()]
            self._tell_database(lambda session: return_unstarted(session, tasks, job_id=int(job_id)))
            self.queued_tasks.clear()
        for worker in self.workers.values():
            if worker.is_alive():
                self.activity_queue.put(None)  # its last workload, after those that wait for a worker
        for worker in self.workers.values():
            while worker.is_alive():
                if job_id is not None:
                    self._tell_database(lambda session: send_heartbeat(session, job_id=int(job_id)))
                worker.join(timeout=HEARTBEAT_SECONDS)
        super().end()

    def _tell_database(self, tell: "Callable[[Session], object]") -> None:
        try:
            with create_session(scoped=False) as session:
                tell(session)
        except SQLAlchemyError:
            # The tasks do not need the database. They end well also when it is being replaced.
            self.log.warning("The database does not answer while the tasks end", exc_info=True)

    def _process_workloads(self, workload_list: Sequence[Any]) -> None:
        self.started.update(workload.ti.key for workload in workload_list if isinstance(workload, ExecuteTask))
        super()._process_workloads(workload_list)  # type: ignore[no-untyped-call]
