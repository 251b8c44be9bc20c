"""`schedulerConfiguration`: how many runs of a virtual cluster run, and wait, at once."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conformance.targets import Target, refusal

TARGETS = ("ours",)  # moto has none of it; at AWS a queue of a hundred runs costs more than it tells
Limited = Callable[..., str]


@pytest.fixture
def limited(target: Target, emr: Any) -> Iterator[Limited]:
    """Makes a virtual cluster with these limits; what a test leaves in its queue does not wait for the next."""
    made: list[str] = []

    def make(**scheduler: int) -> str:
        asked = {"name": "limited", "containerProvider": target.new_provider(), "schedulerConfiguration": scheduler}
        made.append(emr.create_virtual_cluster(**asked)["id"])
        return made[-1]

    yield make
    for cluster in made:
        pages = emr.get_paginator("list_job_runs").paginate(
            virtualClusterId=cluster, states=["PENDING", "SUBMITTED", "RUNNING"]
        )
        for run in [run["id"] for page in pages for run in page["jobRuns"]]:
            emr.cancel_job_run(virtualClusterId=cluster, id=run)


def shown(emr: Any, cluster: str) -> Any:
    return emr.describe_virtual_cluster(id=cluster)["virtualCluster"]


def test_a_scheduler_configuration_is_shown_and_changed(target: Target, emr: Any, limited: Limited) -> None:
    cluster = limited(maxConcurrentJobRuns=1, maxInQueueJobRuns=100)
    assert shown(emr, cluster)["schedulerConfiguration"] == {"maxConcurrentJobRuns": 1, "maxInQueueJobRuns": 100}
    changed = {"maxConcurrentJobRuns": 2, "maxInQueueJobRuns": 200}
    answer = emr.update_virtual_cluster(id=cluster, schedulerConfiguration=changed)["virtualCluster"]
    assert answer["schedulerConfiguration"] == shown(emr, cluster)["schedulerConfiguration"] == changed


def test_a_virtual_cluster_that_does_not_exist_cannot_be_changed(target: Target, emr: Any) -> None:
    asked = {"id": "0" * 25, "schedulerConfiguration": {"maxConcurrentJobRuns": 1}}
    refusal("ResourceNotFoundException", emr.update_virtual_cluster, **asked)


def test_no_more_run_at_once_than_the_virtual_cluster_says(target: Target, emr: Any, limited: Limited) -> None:
    cluster = limited(maxConcurrentJobRuns=1)
    first, second = (
        emr.start_job_run(virtualClusterId=cluster, **target.job(does))["id"] for does in ("sleep", "succeed")
    )
    target.wait(emr, cluster, first, "RUNNING")
    time.sleep(1.5)  # longer than the server's own round: nothing else would start the second
    assert emr.describe_job_run(virtualClusterId=cluster, id=second)["jobRun"]["state"] == "PENDING"
    status = shown(emr, cluster)["schedulerStatus"]
    assert status == {"currentInQueueJobRuns": 1, "currentConcurrentJobRuns": 1}
    emr.cancel_job_run(virtualClusterId=cluster, id=first)
    assert target.wait(emr, cluster, second)["state"] == "COMPLETED"


def test_no_more_wait_than_the_virtual_cluster_says(target: Target, emr: Any, limited: Limited) -> None:
    cluster = limited(maxConcurrentJobRuns=1, maxInQueueJobRuns=100)
    running = emr.start_job_run(virtualClusterId=cluster, **target.job("sleep"))["id"]
    target.wait(emr, cluster, running, "RUNNING")
    waiting = [emr.start_job_run(virtualClusterId=cluster, **target.job("sleep"))["id"] for _ in range(100)]
    refusal("ValidationException", emr.start_job_run, virtualClusterId=cluster, **target.job())
    emr.cancel_job_run(virtualClusterId=cluster, id=waiting[-1])
    emr.start_job_run(virtualClusterId=cluster, **target.job())
