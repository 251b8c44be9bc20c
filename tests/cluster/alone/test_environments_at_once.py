"""Twenty environments of seven people come and go at the same time, and leave nothing behind."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from cluster.environments.live import LiveEnvironment, live_environment, new_developer
from cluster.environments.traces import queues, traces, virtual_clusters
from cluster.gangs.yunikorn_api import is_installed
from cluster.parts import FIGURES, ROLE, Cluster, eventually

pytestmark = pytest.mark.timeout(900)
COUNT, EACH = 20, 3
"""Environments, and how many of one owner."""
AWAKE = 1
"""Number of environments that are awake. With more Airflows the test would measure the machine."""
PARTS = ("Namespace", "database or role", "virtual cluster", "Secret", "RoleBinding")
"""The parts that each environment has, awake or asleep."""


def made_at_once(cluster: Cluster, stack: ExitStack) -> list[LiveEnvironment]:
    owners = [new_developer() for _ in range(COUNT // EACH + 1)]

    def make(number: int) -> LiveEnvironment:
        asleep = number >= AWAKE
        return stack.enter_context(live_environment(cluster, owner=owners[number // EACH], asleep=asleep))

    with ThreadPoolExecutor(5) as pool:
        return list(pool.map(make, range(COUNT)))


@pytest.fixture
def before(cluster: Cluster) -> set[str]:
    """Returns the traces that exist before the test."""
    return traces(cluster)


def start_job(cluster: Cluster, environment: LiveEnvironment) -> None:
    """One that is on its way when its environment goes."""
    cluster.emr.start_job_run(
        virtualClusterId=virtual_clusters(cluster)[environment.namespace],
        clientToken=uuid.uuid4().hex,
        releaseLabel="delay-report",
        executionRoleArn=ROLE,
        jobDriver={"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/delay_report.py"}},
    )


def test_twenty_come_and_go_and_leave_nothing_behind(cluster: Cluster, before: set[str]) -> None:
    started = time.monotonic()
    with ExitStack() as stack:
        made = made_at_once(cluster, stack)
        for number, each in enumerate(made):
            each.wait_for("Ready" if number < AWAKE else "Asleep", seconds=480)
        FIGURES[f"{COUNT} environments at once, all asleep but {AWAKE}, in seconds"] = (
            f"{time.monotonic() - started:.0f}"
        )
        there = traces(cluster) - before
        for each in made:
            of_it = {trace for trace in there if each.name in trace.replace("_", "-")}
            assert all(any(trace.startswith(part) for trace in of_it) for part in PARTS), of_it
        first = made[0]
        assert f"folder {first.name}" in there
        start_job(cluster, first)
        if is_installed(cluster):
            end = f".{first.namespace}"
            eventually(
                lambda: any(name.endswith(end) for name in queues(cluster)), seconds=180, what=f"the queue {end}"
            )
        started = time.monotonic()
        with ThreadPoolExecutor(5) as pool:
            list(pool.map(LiveEnvironment.delete, made))
        for each in made:
            each.wait_for_end(seconds=480)
        FIGURES[f"{COUNT} environments deleted at once, in seconds"] = f"{time.monotonic() - started:.0f}"
    # YuniKorn removes an empty queue only after a while.
    eventually(lambda: not traces(cluster) - before, seconds=240, what="the end of all traces", every=5.0)
    assert made[0].open()[0] == 404
