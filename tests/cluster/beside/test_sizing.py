"""Sizes from earlier runs on Kubernetes: a job that dies for memory gets more, one that has too much gets less."""

import shlex
import subprocess
from typing import Any

from cluster.job_namespaces import JobNamespace
from cluster.parts import BUCKET, ROOT, eventually
from support.longshore_commands import LONGSHORE

HOLDING_JOB = """
import sys
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
buffers = spark.sparkContext._jvm.java.nio.ByteBuffer
held = []
try:
    for _ in range(int(sys.argv[1])):
        held.append(buffers.allocate(1 << 20))
except Exception:
    held.clear()  # a heap that stays full lets the driver end only after minutes
    raise
print("the rows are", spark.range(100).count(), "with", len(held), "MiB", flush=True)
spark.stop()
"""
"""Argument: MiB that the driver's heap has to hold."""
SIZING = "emr-containers.amazonaws.com/dynamic.sizing"


def start(jobs: JobNamespace, task: str, *, holds: int, driver: str) -> str:
    """Starts a run of a task that is sized by its earlier runs."""
    properties = {
        f"spark.kubernetes.driver.label.{SIZING}": "true",
        f"spark.kubernetes.driver.annotation.{SIZING}.signature": task,
        f"spark.kubernetes.driver.annotation.{SIZING}.mode": "Initial",
    }
    monitoring = {"s3MonitoringConfiguration": {"logUri": f"s3://{BUCKET}/job-logs"}}
    return jobs.start_spark(
        HOLDING_JOB,
        str(holds),
        parameters=f"--conf spark.driver.memory={driver} --conf spark.executor.memory=512m "
        "--conf spark.executor.instances=1",
        configurationOverrides={
            "applicationConfiguration": [{"classification": "spark-defaults", "properties": properties}],
            "monitoringConfiguration": monitoring,
        },
    )


def heap(jobs: JobNamespace, run: str) -> int:
    """The driver's heap in MiB that the plan gave the run."""
    words = shlex.split(jobs.describe(run)["jobDriver"]["sparkSubmitJobDriver"]["sparkSubmitParameters"])
    size = words[words.index("--driver-memory") + 1]
    assert size.endswith("m")
    return int(size[:-1])


def driver_limit(jobs: JobNamespace, run: str) -> str:
    """The memory limit of the driver's container."""
    (driver,) = jobs.pods(run, "driver")
    return str(driver["spec"]["containers"][0]["resources"]["limits"]["memory"])


def test_a_job_that_died_for_memory_is_enough_the_next_time(jobs: JobNamespace) -> None:
    task = f"{jobs.name}/grows"
    first = start(jobs, task, holds=480, driver="512m")
    failed = jobs.wait(first)
    assert failed["state"] == "FAILED", failed
    assert "OutOfMemoryError" in failed["stateDetails"]

    def lacked() -> dict[str, Any]:
        tags: dict[str, Any] = jobs.describe(first).get("tags", {})
        return tags if "longshore.dev/lacked-memory" in tags else {}

    tags = eventually(lacked, seconds=120, what=f"what {first} lacked")
    assert tags["longshore.dev/lacked-memory"] == "driver heap of 512 MiB"
    assert tags["longshore.dev/more-memory"].startswith("driver heap 512 to 768 MiB")
    second = start(jobs, task, holds=480, driver="512m")
    assert jobs.wait(second)["state"] == "COMPLETED", jobs.describe(second)
    assert heap(jobs, second) == 768
    assert "the rows are 100 with 480 MiB" in jobs.log(second)


def test_a_task_that_has_too_much_gets_less_and_still_completes(jobs: JobNamespace) -> None:
    task = f"{jobs.name}/shrinks"
    first = start(jobs, task, holds=1, driver="2g")
    assert jobs.wait(first)["state"] == "COMPLETED"

    def explained() -> bool:
        command = [LONGSHORE, "sizing", "explain", task, "--virtual-cluster", jobs.virtual_cluster_id]
        return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0

    eventually(explained, seconds=120, what=f"the profile of {first}")
    second = start(jobs, task, holds=1, driver="2g")
    assert jobs.wait(second)["state"] == "COMPLETED", jobs.describe(second)
    assert heap(jobs, second) == 1024  # half of it at most is taken away at a time
    assert driver_limit(jobs, first) != driver_limit(jobs, second)
