"""The cluster that `longshore cluster up` made, once for all tests of this folder: they fail if it is not there.

A test that starts job runs has a namespace of its own; what it started is removed with it.
"""

import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.dags.repositories import repository
from longshore_cli.cluster import secrets
from longshore_cli.cluster.kubectl import Kubectl
from longshore_cli.cluster_environment import ClusterEnvironment

from .dag_runs import run_dag
from .environment_git import GitServer
from .environments import LiveEnvironment, bring, live_environment, new_name
from .job_namespaces import JobNamespace, job_namespace
from .parts import FIGURES, NOT_RUN, ROOT, Cluster
from .pod_history import PodHistory, pod_history
from .yunikorn_api import YuniKorn, is_ready


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # `mine` takes room that others measure; and what all tests leave behind is searched for passwords, too.
    items.sort(key=lambda item: (item.path.name == "test_secrets.py", "environment" in item.path.name))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for name, value in FIGURES.items():
        terminalreporter.write_line(f"{name}: {value}")
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(NOT_RUN in str(report.longrepr) for report in skipped)
    if (place := os.environ.get("LONGSHORE_NOT_RUN")) is not None:
        Path(place).write_text(str(count))


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    environment = ClusterEnvironment.load(ROOT)
    assert environment is not None, "there is no cluster: `make test-cluster` makes one, or `make cluster` before it"
    kubectl = Kubectl(program=environment.kubectl, kubeconfig=Path(environment.kubeconfig))
    assert kubectl.answers(), "the cluster does not answer: see `longshore cluster status`"
    return Cluster(environment=environment, kubectl=kubectl, keys=secrets.keep_keys(kubectl))


@pytest.fixture(scope="session")
def helm(cluster: Cluster) -> str:
    return cluster.environment.helm


@pytest.fixture(scope="session")
def flights_run(cluster: Cluster) -> str:
    """The main job, run once; the DAG run's ID."""
    started = time.monotonic()
    run_id = run_dag(lambda: cluster.airflow, "flights_lake", seconds=900)
    FIGURES["the DAG flights_lake, in seconds"] = f"{time.monotonic() - started:.0f}"
    return run_id


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository whose commits go to `mine`."""
    return repository(tmp_path_factory.mktemp("environments") / "checkout")


@pytest.fixture(scope="session")
def branch() -> str:
    """What `mine` follows."""
    return new_name()


@pytest.fixture(scope="session")
def git_server(cluster: Cluster) -> Iterator[GitServer]:
    """Where `mine` looks for its branch."""
    server = GitServer(cluster)
    yield server
    server.remove()


@pytest.fixture(scope="session")
def mine(cluster: Cluster, checkout: Path, branch: str, git_server: GitServer) -> Iterator[LiveEnvironment]:
    """One environment that is up, for all tests: whoever changes it puts it back."""
    bring(cluster, checkout, branch=branch)
    started = time.monotonic()
    with live_environment(cluster, git={"url": git_server.url, "branch": branch}) as made:
        made.wait_for("Ready")
        FIGURES["environment, from its object to Ready, in seconds"] = f"{time.monotonic() - started:.0f}"
        yield made


@pytest.fixture
def jobs(cluster: Cluster, helm: str, request: pytest.FixtureRequest) -> Iterator[JobNamespace]:
    """A namespace for this test's job runs."""
    with job_namespace(cluster, helm, f"test-{uuid.uuid4().hex[:8]}") as namespace:
        yield namespace


@pytest.fixture(scope="session")
def yunikorn(cluster: Cluster) -> Iterator[YuniKorn]:
    """The cluster's YuniKorn. Where there is none, its tests are not run, and counted."""
    # One that is installed and not ready is a fault, and no reason not to test it.
    if not is_ready(cluster):
        pytest.skip(NOT_RUN)
    scheduler = YuniKorn(cluster)
    yield scheduler
    scheduler.close()


@pytest.fixture
def team(cluster: Cluster, helm: str) -> Iterator[JobNamespace]:
    """A namespace for this test's job runs, in which no quota stands before the queues."""
    with job_namespace(cluster, helm, f"test-{uuid.uuid4().hex[:8]}", quota=False) as namespace:
        yield namespace


@pytest.fixture
def history(cluster: Cluster, team: JobNamespace) -> Iterator[PodHistory]:
    """All that happens to the pods of `team`."""
    with pod_history(cluster, team.name) as changes:
        yield changes
