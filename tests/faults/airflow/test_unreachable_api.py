"""A job server that is away for a minute, or throttles as AWS does: tasks wait, and each has one job run."""

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest

from .case import Case
from .components import FaultyAirflow, JobServer
from .proxy import Proxy, proxy_to

OUTAGE = 60.0


@dataclass
class Outage:
    """A job server of its own that is away, and tasks that need it."""

    server: JobServer
    began: float
    cases: dict[str, Case]

    def end(self) -> None:
        """Waits until a minute is over, and starts the server again."""
        if self.server.component.process is None:
            time.sleep(max(0.0, self.began + OUTAGE - time.monotonic()))
            self.server.start()


@pytest.fixture(scope="module", autouse=True)
def outage(airflow: FaultyAirflow, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outage]:
    """Begins before this file's first test: the others run in that minute."""
    server = JobServer.prepare(tmp_path_factory.mktemp("another"))
    server.start()
    try:
        airflow.connect("another", server)
        cases = {way: airflow.start(way, connection="another") for way in ("deferred", "on_worker")}
        for case in cases.values():
            case.wait_for_jobs("RUNNING")
        cases["deferred"].wait_for_task("deferred")
        server.component.stop(signal.SIGKILL)
        cases["started meanwhile"] = airflow.start("deferred", connection="another")
        yield Outage(server, time.monotonic(), cases)
    finally:
        server.stop()


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
    assert pauses == sorted(pauses)
    assert pauses[-1] > 2 * pauses[0]
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
    outage.end()
    case = outage.cases[name]
    case.wait_for_jobs("RUNNING")
    case.finish()
    assert case.states() == ["COMPLETED"]
    assert case.task()["try_number"] == 1
