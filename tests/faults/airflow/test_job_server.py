"""A job server that is unavailable for a minute, or throttles as AWS does: tasks wait, and each has one job run."""

from itertools import pairwise

import pytest

from .under_way import UnderWay


def test_start_that_is_throttled_is_asked_for_again_until_it_is_heard(under_way: UnderWay) -> None:
    case, proxy = under_way.throttled["start"]
    case.wait_for_jobs("RUNNING")
    assert len(proxy.times("StartJobRun")) == 7
    case.finish()
    assert case.states() == ["COMPLETED"]


def test_trigger_that_is_throttled_asks_after_longer_and_longer_pauses(under_way: UnderWay) -> None:
    case, proxy = under_way.throttled["deferred"]
    case.wait(
        "throttling is over",
        lambda _: len(proxy.refused) == 3 and proxy.times("DescribeJobRun")[-1] > max(proxy.refused),
    )
    after = [when for when in proxy.times("DescribeJobRun") if when >= proxy.refused[0]]
    pauses = [later - sooner for sooner, later in pairwise(after[:4])]
    # At least so long, however slow the machine is: doubled each time.
    assert all(pause > least for pause, least in zip(pauses, (1.9, 3.9, 7.9), strict=True))
    case.finish()
    assert case.states() == ["COMPLETED"]
    assert case.task()["try_number"] == 1


def test_worker_that_is_throttled_goes_on(under_way: UnderWay) -> None:
    case, proxy = under_way.throttled["on_worker"]
    case.wait("throttling is over", lambda _: len(proxy.refused) == 6)
    case.finish()
    assert case.states() == ["COMPLETED"]
    assert case.task()["try_number"] == 1


@pytest.mark.parametrize("name", ["deferred", "on_worker", "started meanwhile"])
def test_task_goes_on_with_its_one_job_run_after_the_api_was_away_for_a_minute(under_way: UnderWay, name: str) -> None:
    under_way.end_of_outage.join()
    case = under_way.outage[name]
    case.wait_for_jobs("RUNNING")
    case.finish()
    assert case.states() == ["COMPLETED"]
    assert case.task()["try_number"] == 1
