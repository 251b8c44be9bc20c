"""Metrics and logs of the cluster: lines outlive their pods, none is lost, panels show values, alerts are raised."""

import json
import subprocess
import time
from collections.abc import Iterator

import pytest
import yaml
from cluster.gangs.bare_pods import writer
from cluster.job_namespaces import ONE_EXECUTOR, SLOW_JOB, JobNamespace
from cluster.parts import FIGURES, ROOT, Cluster, eventually
from helm.observability.processes.stack import ask
from longshore_cli.cluster import namespaces
from support.longshore_commands import LONGSHORE

SPEAKING_JOB = """
import os, sys
from pyspark.sql import SparkSession

def speak(number):
    print("executor speaks:", number, "password=fee1dead-canary", file=sys.stderr, flush=True)
    return number

spark = SparkSession.builder.getOrCreate()
print("driver speaks:", spark.sparkContext.parallelize(range(4), 2).map(speak).count(), flush=True)
spark.stop()
"""
GREEDY_JOB = """
held = [bytes(b"x" * (1 << 20)) for _ in range(4000)]
"""
LINES = 200_000
WRITER = f"for ((i = 0; i < {LINES}; i++)); do echo line $i of all; ((i % 10000)) || sleep 1; done"
DASHBOARDS = [yaml.safe_load(path.read_text()) for path in (ROOT / "helm/observability/dashboards").glob("*.yaml")]
EXPRESSIONS = {
    f"{dashboard['title']}: {panel['title']}": [each["expr"] for each in panel["queries"]]
    for dashboard in DASHBOARDS
    for row in dashboard["rows"]
    for panel in row["panels"]
}
NEEDS_AN_EVENT = (
    *("Failures by reason", "Failed attempts by cause", "Waiting runs", "Longest wait", "Kills for lack of memory"),
    *("Applications", "Memory", "Processor", "Largest working set"),
)
"""Panels that are empty while nothing fails, waits or runs, or where there is no YuniKorn."""


@pytest.fixture(scope="module")
def logs(cluster: Cluster) -> Iterator[str]:
    """The address of the store of logs, as an operator reaches it."""
    with cluster.kubectl.forward("service/logs", 9428, namespace=namespaces.OBSERVABILITY) as port:
        yield f"http://127.0.0.1:{port}/select/logsql/query"


@pytest.fixture(scope="module")
def metrics(cluster: Cluster) -> Iterator[str]:
    """The address of the store of metrics."""
    with cluster.kubectl.forward("service/metrics", 8428, namespace=namespaces.OBSERVABILITY) as port:
        yield f"http://127.0.0.1:{port}/api/v1"


def values(metrics: str, expression: str) -> list[float]:
    """The values of a query of the store of metrics, now."""
    return [float(each["value"][1]) for each in json.loads(ask(f"{metrics}/query", query=expression))["data"]["result"]]


def grep(jobs: JobNamespace, run: str, pattern: str) -> list[str]:
    """The lines that `longshore jobs logs --executors` finds."""
    command = [LONGSHORE, "jobs", "logs", run, "--virtual-cluster", jobs.virtual_cluster_id, "--executors"]
    done = subprocess.run([*command, "--grep", pattern], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def test_what_driver_and_executors_wrote_is_found_when_their_pods_are_gone(
    cluster: Cluster, jobs: JobNamespace, logs: str
) -> None:
    run = jobs.start_spark(SPEAKING_JOB, parameters=ONE_EXECUTOR)
    jobs.running(run, "executor")
    assert jobs.wait(run)["state"] == "COMPLETED"
    ended = time.monotonic()
    cluster.kubectl.run("-n", jobs.name, "delete", "jobs", "--all", what="the jobs")
    eventually(lambda: not jobs.pods(run), seconds=120, what="the end of the pods")
    found = eventually(lambda: grep(jobs, run, "executor speaks"), seconds=60, what="the executor's lines")
    FIGURES["lines of executors were found after the run's end, in seconds"] = f"{time.monotonic() - ended:.1f} at most"
    assert sorted(line.partition(": ")[2] for line in found) == [
        f"executor speaks: {number} password=[redacted]" for number in range(4)
    ]
    assert all(line.startswith(f"job-run-{run}-") and "-exec-1/stderr: " in line for line in found)
    assert grep(jobs, run, "driver speaks") == ["driver/stdout: driver speaks: 4"]
    collected = ask(logs, query=f'job_run:="{run}" job_component:=driver "driver speaks" | fields _msg')
    assert [json.loads(line)["_msg"] for line in collected.splitlines()] == ["driver speaks: 4"]
    assert ask(logs, query='"fee1dead-canary"') == ""


def test_no_line_is_lost_while_the_collectors_are_restarted_and_killed(
    cluster: Cluster, jobs: JobNamespace, logs: str
) -> None:
    cluster.kubectl.apply(writer(jobs, "writer", WRITER))
    stream = f'{{k8s.namespace.name="{jobs.name}",k8s.pod.name="writer"}}'
    query = f'{stream} | extract "line <n> of all" from _msg | stats count_uniq(n) lines, count() all'

    def count() -> dict[str, int]:
        found = json.loads(ask(logs, query=query) or "{}")
        return {name: int(number) for name, number in found.items()}

    eventually(lambda: count().get("lines"), seconds=120, what="the first lines")
    words = ("-n", namespaces.OBSERVABILITY, "rollout", "restart", "daemonset/collector")
    cluster.kubectl.run(*words, what="the collectors")
    for pod in cluster.pods(namespaces.OBSERVABILITY, "app.kubernetes.io/component=collector"):
        cluster.delete_pod(namespaces.OBSERVABILITY, pod["metadata"]["name"])
    found = eventually(
        lambda: (now := count()).get("lines", 0) >= LINES and now,
        seconds=180,
        what=lambda: f"{LINES} lines of the writer: {count()}",
    )
    assert found["lines"] == LINES
    # What was under way when a collector was killed may come twice.
    FIGURES[f"lines that came twice, of {LINES}, when the collectors were killed"] = str(found["all"] - LINES)


def test_each_panel_shows_what_the_cluster_does(metrics: str) -> None:
    empty = {
        name: expression
        for name, expressions in EXPRESSIONS.items()
        for expression in expressions
        if not values(metrics, expression) and name.rpartition(": ")[2] not in NEEDS_AN_EVENT
    }
    assert empty == {}


def test_no_series_is_of_one_run_although_each_has_pods_of_its_own(metrics: str) -> None:
    def series(match: str) -> list[dict[str, str]]:
        return list(json.loads(ask(f"{metrics}/series", **{"match[]": match, "start": "-1h"}))["data"])

    known = eventually(lambda: series('{container=~"spark-kubernetes-.*"}'), seconds=120, what="series of runs")
    assert set().union(*known) == {"__name__", "namespace", "container"}
    assert series('{pod=~".*job-run-.*"}') == []


def test_a_run_that_dies_for_memory_is_counted_and_raises_its_alert(jobs: JobNamespace, metrics: str) -> None:
    run = jobs.start_spark(GREEDY_JOB, parameters=ONE_EXECUTOR)
    assert "ran out of memory" in jobs.wait(run)["stateDetails"]
    (expression,) = EXPRESSIONS["Longshore: job runs: Failed attempts by cause"]
    of_memory = expression.replace("_total[", '_total{cause="out_of_memory"}[')
    eventually(lambda: sum(values(metrics, of_memory)) > 0, seconds=120, what=of_memory)
    eventually(lambda: "JobRunsOutOfMemory" in firing(metrics), seconds=120, what=lambda: f"{firing(metrics)}")


def test_runs_whose_pods_are_taken_away_raise_the_platforms_alert(
    cluster: Cluster, jobs: JobNamespace, metrics: str
) -> None:
    (expression,) = EXPRESSIONS["Longshore: job runs: Failures by reason"]
    eventually(lambda: values(metrics, expression), seconds=120, what=expression)
    runs = [jobs.start_spark(SLOW_JOB, "60", "3", parameters=ONE_EXECUTOR) for _ in range(3)]
    for run in runs:
        (driver,) = jobs.running(run, "driver", seconds=240)
        cluster.delete_pod(jobs.name, driver)
    assert {jobs.wait(run)["failureReason"] for run in runs} == {"INTERNAL_ERROR"}
    eventually(lambda: "JobRunsFailForThePlatform" in firing(metrics), seconds=120, what=lambda: f"{firing(metrics)}")


def firing(metrics: str) -> set[str]:
    """The names of the alerts that fire."""
    found = json.loads(ask(f"{metrics}/query", query='ALERTS{alertstate="firing"}'))["data"]["result"]
    return {each["metric"]["alertname"] for each in found}
