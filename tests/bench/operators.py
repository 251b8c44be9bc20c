"""`make bench-operators`: a thousand tasks in one triggerer, and the parsing of 700 DAG files (`bench.parsing`).

The last line is one JSON object.

A real job server has 1,000 job runs, of which all but one wait. Airflow's own `TriggerRunner`, in a process of its own,
runs a trigger for each; all of them begin at once. Airflow's supervisor, the triggerer's other process, is not run: its
memory counts as that of the runner's process before the triggers, from which it differs little.
"""

# ruff: noqa: T201  a benchmark prints
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import botocore.config
import botocore.httpsession
import psutil

from bench import parsing
from bench.job_server import KEY, ROLE, SECRET, job_server

COUNT = 1000
SECONDS = 60.0
"""Time for which the triggers are measured once all have begun."""
_PROBE = 0.01
"""Seconds between two looks at the event loop."""


def start_job_runs(endpoint: str) -> tuple[str, list[str]]:
    """Starts the job runs, one of which runs; returns the virtual cluster's ID and theirs."""
    client = boto3.client(
        "emr-containers",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        config=botocore.config.Config(max_pool_connections=8),
    )
    provider = {"type": "EKS", "id": "bench", "info": {"eksInfo": {"namespace": "bench"}}}
    cluster = str(client.create_virtual_cluster(name="bench", containerProvider=provider)["id"])  # type: ignore[arg-type,call-arg]

    def start(number: int) -> str:
        return str(
            client.start_job_run(
                virtualClusterId=cluster,
                name=f"bench-{number}",
                clientToken=f"bench-{number}",
                releaseLabel="shell",
                executionRoleArn=ROLE,
                jobDriver={"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/hold.sh"}},
            )["id"]
        )

    with ThreadPoolExecutor(8) as threads:
        return cluster, list(threads.map(start, range(COUNT)))


def connection(endpoint: str) -> str:
    """The Airflow connection, as the value of its environment variable."""
    service = {"endpoint_url": endpoint}
    extra = {"region_name": "us-east-1", "service_config": {"emr-containers": service}}
    return json.dumps({"conn_type": "aws", "login": KEY, "password": SECRET, "extra": extra})


async def wait_for(cluster: str, job_runs: list[str]) -> dict[str, float]:
    """Runs a trigger for each job run; returns the figures."""
    from airflow.jobs.triggerer_job_runner import TriggerRunner
    from longshore.triggers.job_run import JobRunTrigger

    requests = _count_requests()
    lates: list[float] = []
    busy: list[float] = []

    async def probe() -> None:
        while True:
            began, used = time.monotonic(), time.process_time()
            await asyncio.sleep(_PROBE)
            lates.append(time.monotonic() - began - _PROBE)
            busy.append(time.process_time() - used)

    runner = TriggerRunner()
    base = _rss_mib()
    probing = asyncio.create_task(probe())
    await asyncio.sleep(0.1)
    used = time.process_time()
    triggers = []
    for number, job_run in enumerate(job_runs):
        runner.triggers[number] = {"task": None, "is_watcher": False, "name": job_run, "events": 0}  # type: ignore[typeddict-item]
        trigger = JobRunTrigger(job_run, cluster, "bench", 15.0)
        triggers.append(asyncio.create_task(runner.run_trigger(number, trigger, None)))
        await asyncio.sleep(0)
    first = len(requests)
    began = time.monotonic()
    await asyncio.sleep(SECONDS)
    seconds, asked = time.monotonic() - began, len(requests) - first
    if any(task.done() for task in triggers):
        raise RuntimeError("A trigger has ended, though no job run has.")
    figures = {
        "triggerer_mib_at_1000": round(base + _rss_mib()),
        "loop_stall_p999_ms": _p999_ms(lates),
        "loop_stall_cpu_p999_ms": _p999_ms(busy),
        "api_requests_per_s_at_1000": round(asked / seconds, 1),
        "cpu_s_a_trigger": round((time.process_time() - used) / COUNT, 4),
    }
    for task in (probing, *triggers):
        task.cancel()
    await asyncio.gather(probing, *triggers, return_exceptions=True)
    return figures


def _count_requests() -> list[float]:
    times: list[float] = []
    send = botocore.httpsession.URLLib3Session.send

    def counted(session: botocore.httpsession.URLLib3Session, request: object) -> object:
        times.append(time.monotonic())
        return send(session, request)

    botocore.httpsession.URLLib3Session.send = counted
    return times


def _rss_mib() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20


def _p999_ms(seconds: list[float]) -> float:
    return round(sorted(seconds)[int(len(seconds) * 0.999)] * 1000, 1)


def main() -> None:
    if len(sys.argv) > 1:  # the triggerer's process
        cluster, job_runs = json.loads(sys.stdin.read())
        print(json.dumps(asyncio.run(wait_for(cluster, job_runs))))
        return
    with tempfile.TemporaryDirectory() as folder, job_server(Path(folder) / "server", max_running=1) as server:
        began = time.monotonic()
        cluster, job_runs = start_job_runs(server.endpoint)
        print(f"{COUNT} job runs started in {time.monotonic() - began:.0f} s", flush=True)
        home = {"AIRFLOW_HOME": folder, "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING"}
        done = subprocess.run(
            [sys.executable, "-m", "bench.operators", "triggerer"],
            input=json.dumps([cluster, job_runs]),
            env=os.environ | home | {"AIRFLOW_CONN_BENCH": connection(server.endpoint)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        waiting = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(waiting), flush=True)
    print(json.dumps(waiting | parsing.measure()))


if __name__ == "__main__":
    main()
