"""A release whose image no registry has."""

from collections.abc import Iterator

import pytest
from cluster.chart_values import chart_values
from cluster.job_namespaces import JobNamespace
from cluster.parts import ROLE, Cluster


@pytest.fixture
def missing_image(cluster: Cluster) -> Iterator[str]:
    """A release label that stands for an image which no registry has."""
    label = "missing-image"
    image = {"registry": "localhost:5001", "repository": "longshore/no-such-image", "tag": "0"}
    release = {"kind": "container", "image": image, "command": ["python3"], "applicationDirectory": "/opt/longshore"}
    with chart_values(cluster, {"releases": {label: release}}):
        yield label


def test_an_image_that_does_not_exist_is_named(missing_image: str, jobs: JobNamespace) -> None:
    job_run = jobs.start(
        releaseLabel=missing_image,
        executionRoleArn=ROLE,
        jobDriver={"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/nothing.py"}},
    )
    ended = jobs.wait(job_run, seconds=150)
    assert ended["state"] == "FAILED"
    assert "longshore/no-such-image:0" in ended["stateDetails"]
    jobs.nothing_left(job_run)
