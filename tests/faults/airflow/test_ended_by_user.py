"""A user, or a timeout, ends a task whose job run is under way: the job run is cancelled, and nothing of it is left."""

import pytest

from .case import Case
from .faulty_airflow import FaultyAirflow
from .under_way import LIMITED, UnderWay

WAYS = {"deferred": "deferred", "on_worker": "running"}
"""DAG, and the state in which the task waits for its job run."""
ENDS = ("failed", "success", "skipped", "run failed", "run failed and deleted", "cleared")


@pytest.fixture(scope="module")
def cases(airflow: FaultyAirflow, under_way: UnderWay) -> dict[tuple[str, str], Case]:
    """One task for each way to wait and each end, with its job run under way."""
    started = {(way, end): airflow.start(way) for way in WAYS for end in ENDS}
    for (way, _), case in started.items():
        case.wait_for_jobs("RUNNING")
        case.wait_for_task(WAYS[way])
    return started


@pytest.mark.parametrize("state", ["failed", "success", "skipped"])
@pytest.mark.parametrize("way", WAYS)
def test_job_run_of_a_task_that_is_marked_is_cancelled(
    cases: dict[tuple[str, str], Case], way: str, state: str
) -> None:
    case = cases[way, state]
    case.mark(state)
    case.wait_for_jobs("CANCELLED")
    assert case.running_jobs() == 0
    case.wait_for_task(state)


@pytest.mark.parametrize("way", WAYS)
def test_job_run_of_a_dag_run_that_is_marked_failed_is_cancelled(cases: dict[tuple[str, str], Case], way: str) -> None:
    case = cases[way, "run failed"]
    case.mark_run("failed")
    case.wait_for_jobs("CANCELLED")
    assert case.running_jobs() == 0


@pytest.mark.parametrize("way", WAYS)
def test_job_run_of_a_dag_run_that_is_deleted_is_cancelled(cases: dict[tuple[str, str], Case], way: str) -> None:
    case = cases[way, "run failed and deleted"]
    case.mark_run("failed")  # Airflow deletes none that runs
    case.delete_run()
    case.wait_for_jobs("CANCELLED")
    assert case.running_jobs() == 0


@pytest.mark.parametrize("way", WAYS)
def test_task_that_is_cleared_has_its_job_run_cancelled_and_a_new_one_started(
    cases: dict[tuple[str, str], Case], way: str
) -> None:
    case = cases[way, "cleared"]
    case.clear()
    case.wait_for_jobs("CANCELLED", "RUNNING")
    assert case.never_two_at_once()
    assert case.running_jobs() == 1
    case.finish()
    assert case.states() == ["CANCELLED", "COMPLETED"]


@pytest.mark.parametrize("way", LIMITED)
def test_job_run_of_a_task_that_takes_too_long_is_cancelled(under_way: UnderWay, way: str) -> None:
    case = under_way.limited[way]
    case.wait_for_task("failed")
    case.wait_for_jobs("CANCELLED")
    assert case.running_jobs() == 0
