"""The time that operator and server add before `spark-submit`: from `execute` to the start of the job's program."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import boto3

from bench.job_server import KEY, ROLE, SECRET, JobServer, job_server

ROOT = Path(__file__).parents[2]
PAIRS = 3
_JOB = (
    "from pyspark.sql import SparkSession\n"
    "spark = SparkSession.builder.getOrCreate()\n"
    "print('sum', spark.range(1000).selectExpr('sum(id)').first()[0])\n"
)


class TaskInstance:
    """The part of Airflow's that the operator uses."""

    dag_id, run_id, task_id, map_index, try_number = "bench", "bench", "spark", -1, 1

    def __init__(self, identifier: str) -> None:
        self.id = identifier

    def xcom_push(self, key: str, value: Any) -> None:
        """Ignores the value, which the benchmark does not read."""


def operator_overhead(directory: Path, *, say: Callable[[str], None]) -> dict[str, float]:
    """Seconds more, in the median, until the same program begins: by the operator, against bare `spark-submit`."""
    directory.mkdir()
    begun, program = directory / "begun", directory / "spark-submit"
    program.write_text(f'#!/bin/sh\ndate +%s.%N > "{begun}"\nexec "{ROOT}/images/spark/bin/spark-submit" "$@"\n')
    program.chmod(0o755)
    (directory / "job.py").write_text(_JOB)
    release = {"kind": "spark", "command": str(program), "application_directory": str(directory)}
    bare, through = [], []
    with job_server(directory / "server", max_running=1, releases={"spark": release}) as server:
        execute = _operator(server, directory)
        for number in range(PAIRS):
            began = time.time()
            done = subprocess.run(
                [program, "--master", "local[1]", directory / "job.py"], capture_output=True, text=True, check=True
            )
            bare.append(float(begun.read_text()) - began)
            say(f"bare: {bare[-1]:.3f} s to the start, {time.time() - began:.1f} s in all")
            began = time.time()
            execute(number)
            through.append(float(begun.read_text()) - began)
            say(f"operator: {through[-1]:.3f} s to the start, {time.time() - began:.1f} s in all")
            logs = [path.read_text() for path in (directory / "logs").rglob("stdout")]
            if done.stdout != "sum 499500\n" or logs != [done.stdout] * (number + 1):
                raise RuntimeError(f"The jobs did not say the same: {done.stdout!r} and {logs!r}.")
    return {"operator_overhead_s": round(median(through) - median(bare), 3)}


def _operator(server: JobServer, directory: Path) -> Callable[[int], None]:
    client = boto3.client(
        "emr-containers",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
    )
    provider = {"type": "EKS", "id": "bench", "info": {"eksInfo": {"namespace": "bench"}}}
    cluster = client.create_virtual_cluster(name="bench", containerProvider=provider)["id"]
    driver = {"entryPoint": "local:///opt/longshore/job.py", "sparkSubmitParameters": "--master local[1]"}
    monitoring = {"s3MonitoringConfiguration": {"logUri": (directory / "logs").as_uri()}}
    client.create_job_template(
        name="bench",
        jobTemplateData={
            "executionRoleArn": ROLE,
            "releaseLabel": "spark",
            "jobDriver": {"sparkSubmitJobDriver": driver},
            "configurationOverrides": {"monitoringConfiguration": monitoring},
        },
    )
    service = {"virtual_cluster_id": cluster, "endpoint_url": server.endpoint}
    os.environ["AIRFLOW_CONN_BENCH"] = json.dumps(
        {
            "conn_type": "aws",
            "login": KEY,
            "password": SECRET,
            "extra": {"region_name": "us-east-1", "service_config": {"emr-containers": service}},
        }
    )
    # Airflow is loaded before a task's execute is called.
    from airflow.sdk.bases.operator import ExecutorSafeguard
    from longshore.operators import SparkContainerOperator

    def execute(number: int) -> None:
        operator = SparkContainerOperator(
            task_id="spark", job_template_id="bench", aws_conn_id="bench", deferrable=False, poll_interval=1.0
        )
        token = ExecutorSafeguard.tracker.set(operator)
        try:
            operator.execute(context={"ti": TaskInstance(str(number))})  # type: ignore[arg-type]
        finally:
            ExecutorSafeguard.tracker.reset(token)

    return execute
