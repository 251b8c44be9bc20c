"""The end of a scheduler whose tasks run below it, as in a rolling upgrade: no task is lost, and no try is used up.

Airflow 3.3.2 waits for the processes of the tasks, but sends no heartbeat while it waits. After 30 s (`[scheduler]
scheduler_health_check_threshold`) the next scheduler takes it for dead, and starts its running tasks again as another
try. It does the same at once with tasks that were queued and have no process yet.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

HEARTBEAT_SECONDS = 5.0
"""The time between two heartbeats, as Airflow's default of `[scheduler] scheduler_heartbeat_sec`."""


def return_unstarted(session: "Session", tasks: Collection[UUID], *, job_id: int) -> int:
    """Gives queued tasks back, so that any scheduler starts them as the same try. Returns their number.

    Args:
        tasks: IDs of task instances that have no process. Those that this scheduler has not queued stay as they are.
        job_id: the ending scheduler's row in Airflow's table `job`.
    """
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.state import TaskInstanceState
    from sqlalchemy import update

    queued = (TaskInstance.state == TaskInstanceState.QUEUED) & (TaskInstance.queued_by_job_id == job_id)
    done = session.execute(
        update(TaskInstance)
        .where(TaskInstance.id.in_(tasks), queued)
        .values(state=TaskInstanceState.SCHEDULED, queued_dttm=None, queued_by_job_id=None)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(done, "rowcount", 0))


def send_heartbeat(session: "Session", *, job_id: int) -> None:
    """Tells the other schedulers that the scheduler with this job ID still looks after its tasks."""
    from airflow.jobs.job import Job
    from sqlalchemy import update

    session.execute(
        update(Job)
        .where(Job.id == job_id)
        .values(latest_heartbeat=datetime.now(UTC))
        .execution_options(synchronize_session=False)
    )
