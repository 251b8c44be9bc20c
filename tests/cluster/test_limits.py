"""What cannot run says so, soon, and leaves nothing."""

from collections.abc import Iterator

import pytest
from longshore_cli.cluster import secrets
from longshore_cli.cluster.releases import wait_ready
from longshore_cli.cluster.shell import run

from .job_namespaces import ONE_EXECUTOR, SLOW_JOB, JobNamespace
from .parts import ROLE, ROOT, Cluster


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("--conf spark.executor.memory=900g", "executor"),
        ("--conf spark.driver.memory=900g", "driver"),
        ("--conf spark.executor.memory=512m --conf spark.executor.memoryOverhead=900g", "executor"),
    ],
)
def test_a_job_that_no_node_can_hold_fails_within_a_minute(jobs: JobNamespace, setting: str, named: str) -> None:
    job_run = jobs.start_spark(SLOW_JOB, "1", "1", parameters=setting)
    ended = jobs.wait(job_run, seconds=60)
    assert ended["state"] == "FAILED"
    assert named in ended["stateDetails"]
    assert "node" in ended["stateDetails"]
    jobs.nothing_left(job_run)


@pytest.fixture
def missing_image(cluster: Cluster, helm: str) -> Iterator[str]:
    """A release label that stands for an image which no registry has."""
    label, chart = "missing-image", ROOT / "helm" / "longshore"
    upgrade = (
        *(helm, "upgrade", "longshore", chart, "--namespace", secrets.PLATFORM, "--reuse-values"),
        *("--kubeconfig", cluster.environment.kubeconfig),
    )
    values = {
        "kind": "container",
        "image.registry": "localhost:5001",
        "image.repository": "longshore/no-such-image",
        "image.tag": "0",
        "command": "{python3}",
        "applicationDirectory": "/opt/longshore",
    }
    words = [word for name, value in values.items() for word in ("--set-string", f"releases.{label}.{name}={value}")]
    run([*upgrade, *words], what="helm upgrade")
    wait_ready(cluster.kubectl, namespace=secrets.PLATFORM, seconds=120, say=lambda _line: None)
    try:
        yield label
    finally:
        run([*upgrade, "--set", f"releases.{label}=null"], what="helm upgrade")
        wait_ready(cluster.kubectl, namespace=secrets.PLATFORM, seconds=120, say=lambda _line: None)


@pytest.mark.long
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


def test_a_driver_that_needs_more_memory_than_it_has_is_told_apart(jobs: JobNamespace) -> None:
    greedy = "data = []\nwhile True:\n    data.append(bytearray(64 * 2**20))\n"
    job_run = jobs.start_spark(greedy, parameters=ONE_EXECUTOR)
    ended = jobs.wait(job_run, seconds=150)
    assert ended["state"] == "FAILED"
    assert "OOMKilled" in ended["stateDetails"]
    assert "spark.driver.memory" in ended["stateDetails"]
    jobs.nothing_left(job_run)


def test_a_script_that_is_not_there_fails_with_its_name(jobs: JobNamespace) -> None:
    job_run = jobs.start(
        releaseLabel="spark-4.1",
        executionRoleArn=ROLE,
        jobDriver={"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/nothing.py"}},
    )
    ended = jobs.wait(job_run, seconds=120)
    assert ended["state"] == "FAILED"
    assert ended["failureReason"] == "USER_ERROR"
    jobs.nothing_left(job_run)


def test_an_entry_point_with_a_dollar_reaches_the_job_as_it_is(cluster: Cluster, jobs: JobNamespace) -> None:
    job_run = jobs.start_spark("import sys\nprint('got', sys.argv[1:])\n", "$(POD_NAME)", "$$x", "${HOME}")
    assert jobs.wait(job_run)["state"] == "COMPLETED"
    assert "got ['$(POD_NAME)', '$$x', '${HOME}']" in jobs.log(job_run)
