"""A triggerer that is lost, stops or stands still, with deferred tasks.

Their job runs go on, and the next triggerer watches them. Where a user ends the task meanwhile, they end at once.
"""

import signal
from datetime import datetime
from pathlib import Path

import pytest
from support.components import Component
from support.waiting import until

from .case import Case
from .faulty_airflow import FaultyAirflow

ENDED = ("failed", "success", "skipped", "run failed", "run failed and deleted")


@pytest.fixture(scope="module")
def cases(airflow: FaultyAirflow) -> dict[str, Case]:
    """Deferred tasks whose job runs the triggerer watches."""
    started = {name: airflow.start("deferred") for name in ("killed", "stopped", "frozen", "cleared", *ENDED)}
    for case in started.values():
        case.wait_for_jobs("RUNNING")
        _wait_until_watched(case, airflow.components["triggerer"])
    return started


@pytest.fixture(scope="module")
def unwatched(airflow: FaultyAirflow, cases: dict[str, Case]) -> dict[str, Case]:
    """The cases while the triggerer is dead, once users have ended some of them."""
    airflow.components["triggerer"].kill()
    for state in ("failed", "success", "skipped"):
        cases[state].mark(state)
    cases["run failed"].mark_run("failed")
    cases["run failed and deleted"].mark_run("failed")
    cases["run failed and deleted"].delete_run()
    cases["cleared"].clear()
    return cases


@pytest.fixture
def triggerer(airflow: FaultyAirflow, unwatched: dict[str, Case]) -> Component:
    """The triggerer, after it was dead."""
    triggerer = airflow.components["triggerer"]
    if triggerer.process is None:
        triggerer.start()
    return triggerer


@pytest.mark.parametrize("state", ENDED)
def test_task_that_a_user_ends_while_there_is_no_triggerer_leaves_no_job_run(
    unwatched: dict[str, Case], state: str
) -> None:
    case = unwatched[state]
    case.wait_for_jobs("CANCELLED")
    assert case.running_jobs() == 0


def test_task_that_is_cleared_while_there_is_no_triggerer_has_its_job_run_ended_by_the_next_try(
    unwatched: dict[str, Case],
) -> None:
    case = unwatched["cleared"]
    case.wait_for_jobs("CANCELLED", "RUNNING")
    assert case.never_two_at_once()


def test_triggerer_that_was_killed_and_started_again_goes_on_with_the_same_job_run(
    cases: dict[str, Case], triggerer: Component
) -> None:
    _finish_as_it_began(cases["killed"])
    cases["cleared"].finish()


def test_triggerer_that_stops_and_is_started_again_goes_on_with_the_same_job_run(
    cases: dict[str, Case], triggerer: Component
) -> None:
    case = cases["stopped"]
    _wait_until_watched(case, triggerer)
    triggerer.stop(signal.SIGTERM)
    triggerer.start()
    _finish_as_it_began(case)


def test_triggerer_that_stood_still_cancels_nothing_that_another_one_watches_by_now(
    cases: dict[str, Case], triggerer: Component
) -> None:
    case = cases["frozen"]
    number = _wait_until_watched(case, triggerer)
    another = Component("another-triggerer", triggerer.command, triggerer.environment, triggerer.log_folder)
    for process in triggerer.family():
        process.suspend()
    try:
        another.start()
        _wait_until_watched(case, another)
        for process in triggerer.family():
            process.resume()
        logs = Path(triggerer.environment["AIRFLOW_HOME"], "logs", "dag_id=deferred", f"run_id={case.run_id}")

        def said() -> str:
            return "".join(log.read_text() for log in logs.rglob(f"*.trigger.{number}.log"))

        until("Airflow has ended the first one's trigger, as if for a user", lambda: "invoking on_kill" in said())
        until("the trigger has done what it then does", lambda: "trigger completed" in said())
        assert f"Job run {case.job_runs()[0]['id']} goes on" in said()
        _finish_as_it_began(case)
    finally:
        another.kill()


def _wait_until_watched(case: Case, triggerer: Component) -> int:
    """Waits until this triggerer, and not one before it, has the task; Airflow's number of it."""

    def number(_: Case) -> int | None:
        job = case.task()["triggerer_job"]
        of_it = job is not None and datetime.fromisoformat(job["start_date"]) >= triggerer.started_at
        return int(job["id"]) if of_it else None

    return int(case.wait(f"{triggerer.name} watches it", number))


def _finish_as_it_began(case: Case) -> None:
    """Lets the job end, and checks that it is the one that was there, in the same try."""
    (before,) = case.job_runs()
    case.finish()
    (after,) = case.job_runs()
    assert (after["id"], after["state"]) == (before["id"], "COMPLETED")
    assert case.task()["try_number"] == 1
