"""Jobs that end before the scheduler has read that their task has deferred."""

import signal

from .faulty_airflow import FaultyAirflow


def test_job_that_ends_while_the_scheduler_is_busy_uses_up_no_try(airflow: FaultyAirflow) -> None:
    scheduler = airflow.components["scheduler"].process
    assert scheduler is not None
    case = airflow.start("deferred")
    case.wait("it has a job run", lambda case: case.states())
    scheduler.send_signal(signal.SIGSTOP)  # the tasks' processes go on
    try:
        case.wait_for_task("deferred")
        (case.job_server.folder / "done" / case.run_id).touch()
        case.wait_for_task("scheduled")
    finally:
        scheduler.send_signal(signal.SIGCONT)
    case.wait("the task has ended", lambda case: case.task()["state"] in ("success", "failed"))
    events = airflow.api.get_all("eventLogs", member="event_logs", dag_id="deferred", run_id=case.run_id)
    assert [each["extra"] for each in events if each["event"] == "state mismatch"] == []
    assert (case.task()["state"], case.states()) == ("success", ["COMPLETED"])
