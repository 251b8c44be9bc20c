"""A job server that is away for a minute, or throttles as AWS does: tasks wait, and each has one job run."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from .case import Case
from .components import FaultyAirflow
from .conftest import Outage
from .proxy import Proxy, proxy_to


@pytest.fixture(scope="module")
def throttling(airflow: FaultyAirflow) -> Iterator[dict[str, tuple[Case, Proxy]]]:
    """Tasks that all meet "Rate exceeded", each behind a proxy of its own."""
    server = airflow.servers["aws_default"]
    ways = {"start": "deferred", "deferred": "deferred", "on_worker": "on_worker"}
    with proxy_to(server.endpoint) as start, proxy_to(server.endpoint) as deferred, proxy_to(server.endpoint) as worker:
        proxies = {"start": start, "deferred": deferred, "on_worker": worker}
        start.throttled["StartJobRun"] = 6
        for name, proxy in proxies.items():
            airflow.connect(name, server, proxy.url)
        cases = {name: airflow.start(way, connection=name) for name, way in ways.items()}
        for name in ("deferred", "on_worker"):
            cases[name].wait_for_jobs("RUNNING")
        cases["deferred"].wait("its trigger has looked once", lambda _: len(deferred.times("DescribeJobRun")) > 1)
        deferred.throttled["DescribeJobRun"] = 3
        worker.throttled["DescribeJobRun"] = 6
        yield {name: (cases[name], proxy) for name, proxy in proxies.items()}


def test_start_that_is_throttled_is_asked_for_again_until_it_is_heard(
    throttling: dict[str, tuple[Case, Proxy]],
) -> None:
    case, proxy = throttling["start"]
    case.wait_for_jobs("RUNNING")
    assert len(proxy.times("StartJobRun")) == 7
    case.finish()
    assert case.states() == ["COMPLETED"]


def test_trigger_that_is_throttled_asks_after_longer_and_longer_pauses(
    throttling: dict[str, tuple[Case, Proxy]],
) -> None:
    case, proxy = throttling["deferred"]
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


def test_worker_that_is_throttled_goes_on(throttling: dict[str, tuple[Case, Proxy]]) -> None:
    case, proxy = throttling["on_worker"]
    case.wait("throttling is over", lambda _: len(proxy.refused) == 6)
    case.finish()
    assert case.states() == ["COMPLETED"]
    assert case.task()["try_number"] == 1


@pytest.mark.parametrize("name", ["deferred", "on_worker", "started meanwhile"])
def test_task_goes_on_with_its_one_job_run_after_the_api_was_away_for_a_minute(outage: Outage, name: str) -> None:
    outage.end.join()
    case = outage.cases[name]
    case.wait_for_jobs("RUNNING")
    case.finish()
    assert case.states() == ["COMPLETED"]
    assert case.task()["try_number"] == 1
