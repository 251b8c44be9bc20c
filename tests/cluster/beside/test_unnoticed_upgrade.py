"""An upgrade in mid-run: `longshore cluster up` with changed settings, then every stateless Deployment anew.

A DAG of deferred tasks runs again and again meanwhile. No task of it notices.
"""

import json
import subprocess
import sys
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cluster.dag_runs import failures
from cluster.parts import FIGURES, ROOT, Cluster, eventually
from longshore_cli.base.programs import run
from longshore_cli.clients.airflow_api import retry_while_unavailable
from longshore_cli.cluster import namespaces
from longshore_cli.cluster.charts.readiness import wait_ready
from longshore_cli.exceptions import AirflowError

DAG_ID = "example_jdbc_to_spark"
LONGSHORE = str(Path(sys.executable).parent / "longshore")
STATELESS = {
    namespaces.PLATFORM: ["emr-containers"],
    namespaces.AIRFLOW: ["airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer"],
    namespaces.ENVIRONMENTS: ["environments", "gateway"],
}
# Another value than the checkout's, so that the next `cluster up` changes it in mid-run, and replaces the pods.
BEFORE = {
    "longshore": (namespaces.PLATFORM, "server.requestsPerSecond=99"),
    "airflow": (namespaces.AIRFLOW, "config.core.max_active_runs_per_dag=15"),
}
pytestmark = pytest.mark.timeout(1800)


class Load:
    """Runs of the DAG, one after another, until it is told to stop."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.runs, self.enough = cluster, list[str](), threading.Event()

    def __call__(self) -> None:
        while not self.enough.is_set():
            run_id = f"unnoticed-{time.time_ns()}"
            self._trigger(run_id)
            self.runs.append(run_id)
            eventually(lambda: self.state() in ("success", "failed"), seconds=900, what=f"the end of {run_id}")

    def _trigger(self, run_id: str) -> None:
        body = {"dag_run_id": run_id, "logical_date": None}
        path = f"dags/{DAG_ID}/dagRuns"
        try:
            retry_while_unavailable(lambda: self.cluster.airflow.call("POST", path, body), timeout=120)
        except AirflowError as error:
            if ": 409 " not in str(error):  # accepted before, and the answer was lost
                raise

    def state(self) -> str:
        """The state of the newest run."""
        return str(self.cluster.airflow.get(f"dags/{DAG_ID}/dagRuns/{quote(self.runs[-1], safe='')}")["state"])

    def tasks(self, run_id: str) -> list[dict[str, Any]]:
        path = f"dags/{DAG_ID}/dagRuns/{quote(run_id, safe='')}/taskInstances"
        return list(self.cluster.airflow.get(path)["task_instances"])


@contextmanager
def looks_at_the_connection(cluster: Cluster) -> Iterator[list[str]]:
    """Yields the virtual clusters that Airflow's connection has named, one look after another."""
    seen: list[str] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.5):
            secret = cluster.api.get(f"/api/v1/namespaces/{namespaces.AIRFLOW}/secrets/airflow-connections")
            assert secret is not None
            services = json.loads(b64decode(secret["data"]["connections.json"]))["aws_default"]["extra"][
                "service_config"
            ]
            seen.append(services["emr-containers"].get("virtual_cluster_id", "none"))

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        try:
            yield seen
        finally:
            done.set()
        looking.result()


def all_ready(cluster: Cluster) -> None:
    for namespace in STATELESS:
        wait_ready(cluster.kubectl, namespace=namespace, seconds=600, say=lambda _line: None)


@pytest.fixture
def changed_settings(cluster: Cluster, helm: str) -> None:
    """Gives the releases other settings than the checkout's."""
    for chart, (namespace, setting) in BEFORE.items():
        words = [helm, "upgrade", chart, ROOT / "helm" / chart, "--namespace", namespace, "--reuse-values"]
        words += ["--kubeconfig", cluster.environment.kubeconfig, "--set-string" if chart == "airflow" else "--set"]
        run([*words, setting], what=f"The chart {chart!r} gets another setting")
    all_ready(cluster)


def test_no_task_notices_an_upgrade(cluster: Cluster, changed_settings: None) -> None:
    began = datetime.now(UTC)
    cluster.airflow.unpause(DAG_ID)
    load = Load(cluster)
    with ThreadPoolExecutor(1) as pool, looks_at_the_connection(cluster) as connections:
        loading = pool.submit(load)
        try:
            eventually(
                lambda: load.runs and "deferred" in [each["state"] for each in load.tasks(load.runs[-1])],
                seconds=300,
                what="a deferred task",
            )
            started = time.monotonic()
            done = subprocess.run(
                [LONGSHORE, "cluster", "up"], cwd=ROOT, capture_output=True, text=True, timeout=900, check=False
            )
            assert done.returncode == 0, done.stderr
            FIGURES["`cluster up` with changed settings while a DAG runs, in seconds"] = (
                f"{time.monotonic() - started:.0f}"
            )
            for namespace, names in STATELESS.items():
                deployments = [f"deployment/{name}" for name in names]
                cluster.kubectl.run("-n", namespace, "rollout", "restart", *deployments, what="the Deployments")
            all_ready(cluster)
        finally:
            load.enough.set()
        loading.result()
    assert set(connections) == {cluster.environment.virtual_cluster_id}
    for run_id in load.runs:
        tasks = {each["task_id"]: (each["state"], each["try_number"]) for each in load.tasks(run_id)}
        assert set(tasks.values()) == {("success", 1)}, (tasks, failures(cluster.airflow, DAG_ID, run_id))
    pages = cluster.emr.get_paginator("list_job_runs").paginate(
        virtualClusterId=cluster.environment.virtual_cluster_id, createdAfter=began
    )
    states = [job["state"] for page in pages for job in page["jobRuns"]]
    assert states == ["COMPLETED"] * sum(len(load.tasks(run_id)) for run_id in load.runs)
    FIGURES["DAG runs during an upgrade that no task noticed"] = str(len(load.runs))
