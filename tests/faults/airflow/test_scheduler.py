"""A scheduler that ends, or is lost, with all its workers."""

import signal
from datetime import UTC, datetime

from support.waiting import until

from .faulty_airflow import FaultyAirflow


def test_scheduler_that_is_told_to_end_looks_after_its_task_until_that_has_ended(airflow: FaultyAirflow) -> None:
    on_worker = airflow.start("on_worker")
    on_worker.wait_for_jobs("RUNNING")
    on_worker.wait_for_task("running")
    scheduler = airflow.components["scheduler"]
    assert scheduler.process is not None
    told = datetime.now(UTC)
    scheduler.process.send_signal(signal.SIGTERM)

    def heartbeats_after() -> bool:
        jobs = airflow.api.get("jobs?job_type=SchedulerJob&is_alive=true")["jobs"]
        return any(datetime.fromisoformat(job["latest_heartbeat"]) > told for job in jobs)

    # Without them, the next scheduler takes the task for lost. The loop that the signal ends may send a first one.
    for _ in range(2):
        until("the ending scheduler's heartbeat", heartbeats_after, seconds=60)
        told = datetime.now(UTC)
    on_worker.finish()
    assert scheduler.process.wait(timeout=60) == 0
    scheduler.process = None
    scheduler.start()
    assert on_worker.states() == ["COMPLETED"]
    assert on_worker.task()["try_number"] == 1


def test_scheduler_that_is_lost_with_its_workers_and_started_again_leaves_one_job_run_to_each_task(
    airflow: FaultyAirflow,
) -> None:
    on_worker, deferred = airflow.start("on_worker"), airflow.start("deferred")
    for case in (on_worker, deferred):
        case.wait_for_jobs("RUNNING")
    on_worker.wait_for_task("running")
    deferred.wait_for_task("deferred")
    airflow.components["scheduler"].kill()
    assert [case.running_jobs() for case in (on_worker, deferred)] == [1, 1]
    airflow.components["scheduler"].start()
    # Airflow gives the task that has lost its worker another try, whatever its retries.
    on_worker.wait_for_jobs("CANCELLED", "RUNNING")
    assert on_worker.never_two_at_once()
    on_worker.finish()
    deferred.finish()
    assert on_worker.states() == ["CANCELLED", "COMPLETED"]
    assert deferred.states() == ["COMPLETED"]
