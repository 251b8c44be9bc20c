"""Jobs that cannot run say so, soon, and leave nothing."""

import pytest
from cluster.job_namespaces import ONE_EXECUTOR, SLOW_JOB, JobNamespace
from cluster.parts import ROLE, Cluster


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
    ended = jobs.wait(job_run, seconds=180)
    assert ended["state"] == "FAILED"
    assert named in ended["stateDetails"]
    assert "node" in ended["stateDetails"]
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
