"""A worker that is lost, wherever it is on its way."""

import pytest

from .under_way import ALONE, HELD, KILLS, WITHOUT_RETRIES, UnderWay


@pytest.mark.parametrize("what", KILLS)
def test_retry_after_a_lost_worker_starts_a_new_job_run_once_the_earlier_one_has_ended(
    under_way: UnderWay, what: str
) -> None:
    case = under_way.lost[f"{what}, retries"]
    case.wait_for_jobs("CANCELLED", "RUNNING")
    assert case.never_two_at_once()
    assert case.running_jobs() == 1
    case.finish()
    assert case.states() == ["CANCELLED", "COMPLETED"]


@pytest.mark.parametrize("what", WITHOUT_RETRIES)
def test_task_without_retries_leaves_no_job_run_when_its_worker_is_lost(under_way: UnderWay, what: str) -> None:
    case = under_way.lost[what]
    case.wait_for_jobs("CANCELLED")
    case.wait_for_task("failed")
    assert case.running_jobs() == 0


@pytest.mark.parametrize("name", HELD)
def test_worker_that_is_lost_before_it_defers_leaves_one_job_run_to_the_retry(under_way: UnderWay, name: str) -> None:
    case = under_way.held[name]
    case.wait_for_jobs("CANCELLED", "RUNNING")
    assert case.never_two_at_once()
    case.wait_for_task("deferred", try_number=2)
    case.finish()
    assert case.states() == ["CANCELLED", "COMPLETED"]


def test_worker_that_is_lost_before_it_knows_its_job_run_leaves_none_behind(under_way: UnderWay) -> None:
    case = under_way.held[ALONE]
    case.wait_for_task("failed")
    case.wait_for_jobs("CANCELLED")
    assert case.running_jobs() == 0
