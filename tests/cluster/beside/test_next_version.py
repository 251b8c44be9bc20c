"""An upgrade in mid-run: `longshore cluster up` with other images, settings and another schema, then new pods.

The main job runs in a loop meanwhile, and an environment works. No task notices.
"""

import json
import threading
import time
import urllib.request
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cluster.chart_values import values_of
from cluster.dag_runs import failures
from cluster.environments.live import LiveEnvironment, live_environment, new_developer
from cluster.gangs.yunikorn_api import is_installed
from cluster.parts import FIGURES, ROOT, Cluster, eventually
from cluster.upgrades import changes
from cluster.upgrades.loads import Load, at_work, pauses
from longshore_cli.clients.airflow_api import AirflowApi
from longshore_cli.cluster import addresses, namespaces
from longshore_cli.cluster.images.platform_images import publish_images
from longshore_cli.cluster.layout import ClusterLayout
from support.newer_server import NEXT
from support.next_checkout import make_next_checkout

DAG_ID, ENVIRONMENTS_DAG_ID = "flights_lake", "example_jdbc_to_spark"
pytestmark = pytest.mark.timeout(5400)


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


def virtual_cluster_of(cluster: Cluster, namespace: str) -> str:
    pages = cluster.emr.get_paginator("list_virtual_clusters").paginate(states=["RUNNING"])
    found = [each for page in pages for each in page["virtualClusters"]]
    (only,) = (each["id"] for each in found if each["containerProvider"]["info"]["eksInfo"]["namespace"] == namespace)
    return str(only)


def check(cluster: Cluster, airflow: AirflowApi, dag_id: str, load: Load, virtual_cluster: str, since: datetime) -> int:
    """Every task succeeded in its first try, by one job run of its own. Returns the number of tasks."""
    tasks = {
        (run_id, each["task_id"]): (each["state"], each["try_number"])
        for run_id in load.runs
        for each in load.tasks(run_id)
    }
    others = {task: found for task, found in tasks.items() if found != ("success", 1)}
    assert others == {}, {run_id: failures(airflow, dag_id, run_id) for run_id, _ in others}
    pages = cluster.emr.get_paginator("list_job_runs").paginate(virtualClusterId=virtual_cluster, createdAfter=since)
    assert Counter(job["state"] for page in pages for job in page["jobRuns"]) == {"COMPLETED": len(tasks)}
    return len(tasks)


def ask_airflow(url: str) -> None:
    with urllib.request.urlopen(f"{url}/api/v2/version", timeout=5) as answer:  # noqa: S310
        answer.read()


def new_image_in(environment: LiveEnvironment) -> bool:
    tags = changes.images(environment.cluster, environment.namespace, "longshore/airflow")
    return tags == changes.images(environment.cluster, namespaces.AIRFLOW, "longshore/airflow") and len(tags) == 1


@pytest.fixture(scope="module")
def newer(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The next version's checkout. Afterwards the cluster is this one's again."""
    changes.cluster_up(ROOT)
    try:
        folder = make_next_checkout(ROOT, tmp_path_factory.mktemp("upgrade") / "next")
        # Built before anything works here: CI builds a new version's images elsewhere, too.
        publish_images(ClusterLayout(folder), print)
        yield folder
    finally:
        changes.cluster_up(ROOT)
        changes.take_back_the_schema(cluster)


def test_no_task_notices_an_upgrade(cluster: Cluster, newer: Path) -> None:
    began = datetime.now(UTC)
    old_tags = changes.images(cluster, namespaces.PLATFORM, "longshore/emr-containers")
    # Two jobs at once: a queue lets them wait, and a quota does not.
    size = "small" if is_installed(cluster) else "large"
    with live_environment(cluster, owner=new_developer(), branch="main", size=size) as environment:
        environment.wait_for("Ready")
        its_airflow = environment.airflow()
        production, its = Load(cluster.airflow, DAG_ID), Load(its_airflow, ENVIRONMENTS_DAG_ID)
        asked = {
            "the EMR Containers API": lambda: cluster.emr.list_virtual_clusters(maxResults=1),
            "Airflow's API": lambda: ask_airflow(addresses.PUBLIC_AIRFLOW),
            "the environment's Airflow": lambda: ask_airflow(environment.url),
        }
        with (
            at_work(production, its),
            looks_at_the_connection(cluster) as connections,
            pauses(asked) as longest,
        ):
            production.wait_for_deferred()
            its.wait_for_deferred()
            pods = changes.stateless_pods(cluster)
            started = time.monotonic()
            changes.cluster_up(newer)
            FIGURES["`cluster up` to the next version while DAGs run, in seconds"] = f"{time.monotonic() - started:.0f}"
            between = changes.stateless_pods(cluster)
            changes.replace_all(cluster)
            after = changes.stateless_pods(cluster)
            eventually(lambda: new_image_in(environment), seconds=900, what="the environment's upgrade")
            production.wait_for_another()
            its.wait_for_another()
        assert set(connections) == {cluster.environment.virtual_cluster_id}
        # It was an upgrade: each part of it arrived, and every stateless pod is another one.
        assert not old_tags & changes.images(cluster, namespaces.PLATFORM, "longshore/emr-containers")
        assert changes.revision(cluster) == str(NEXT)
        server = values_of(cluster, "longshore", namespace=namespaces.PLATFORM)["server"]
        assert server["requestsPerSecond"] == 99
        assert not pods & after
        own = virtual_cluster_of(cluster, environment.namespace)
        tasks = check(cluster, cluster.airflow, DAG_ID, production, cluster.environment.virtual_cluster_id, began)
        tasks += check(cluster, its_airflow, ENVIRONMENTS_DAG_ID, its, own, began)
    FIGURES["DAG runs during an upgrade that no task noticed"] = (
        f"{len(production.runs)}, in an environment {len(its.runs)}"
    )
    FIGURES["their tasks, each with one try and one job run"] = str(tasks)
    FIGURES["pods that the upgrade, and then a restart, replaced"] = f"{len(pods - between)}, {len(between - after)}"
    for name, seconds in longest.items():
        FIGURES[f"longest time without an answer of {name} meanwhile, in seconds"] = f"{seconds:.1f}"


def test_an_upgrade_that_was_cut_off_is_completed_by_the_next_one(cluster: Cluster, newer: Path) -> None:
    release = changes.cut_off(cluster, newer)
    said = changes.cluster_up(newer)
    assert f"an earlier change of the release '{release}' was interrupted" in said
    assert "cluster: up" in said
    # And the one after that finds nothing to repair.
    assert "interrupted" not in changes.cluster_up(newer)
