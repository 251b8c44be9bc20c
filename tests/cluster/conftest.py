"""The cluster that `longshore cluster up` made, once for all tests of this folder: they fail if it is missing.

A test that starts job runs has a namespace of its own; what it started is removed with it. The tests run one after the
other, suite by suite (`suites.toml`); those in `alone/` disturb the whole cluster, or measure it, and run in a process
of their own.
"""

import os
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cli.dags.repositories import repository
from cluster.dag_runs import run_dag
from cluster.environments.git import GitServer
from cluster.environments.live import LiveEnvironment, bring, live_environment, new_name
from cluster.gangs.pod_history import PodHistory, pod_history
from cluster.gangs.yunikorn_api import YuniKorn, is_ready
from cluster.job_namespaces import JobNamespace, job_namespace
from cluster.parts import FIGURES, NO_YUNIKORN, ROOT, Cluster
from cluster.suites import HERE, OUT_OF_TIME, changed_lately, fitting, in_order, suites
from longshore_cli.clients.saved_cluster import SavedCluster
from longshore_cli.cluster.kubernetes.kubectl import Kubectl
from longshore_cli.cluster.secrets.keys import read_or_create_keys

SUITES = suites()
SUITE_OF = {file: name for name, suite in SUITES.items() for file in suite.files}
LEFT_OUT: dict[str, bool] = {}
"""By suite that has had its turn: true where there was no time for it."""
SECONDS: Counter[str] = Counter()
"""Seconds that each suite has taken, fixtures included."""


def _file(item: pytest.Item) -> str:
    return item.path.relative_to(HERE).as_posix()


def _suite(item: pytest.Item) -> str:
    return SUITE_OF[_file(item)]


def _deadline() -> float:
    """Seconds since the epoch."""
    return float(os.environ.get("LONGSHORE_DEADLINE", "inf"))


@cache
def _chosen() -> set[str]:
    """The suites that fit, chosen once for all calls of pytest that `tests/cluster/run` makes."""
    if "LONGSHORE_DEADLINE" not in os.environ:
        return {*SUITES}
    place = Path(os.environ["LONGSHORE_SHARED"], "chosen") if "LONGSHORE_SHARED" in os.environ else None
    if place is not None and place.exists():
        return {*place.read_text().split()}
    order = in_order(SUITES, *changed_lately(ROOT))
    chosen = fitting(SUITES, order, (_deadline() - time.time()) / 60)
    if place is not None:
        place.write_text(" ".join(chosen))
    return chosen


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = [*SUITES]
    mine = [item for item in items if HERE in item.path.parents]
    mine.sort(key=lambda item: (order.index(_suite(item)), SUITES[_suite(item)].files.index(_file(item))))
    items[:] = [item for item in items if HERE not in item.path.parents] + mine


@pytest.hookimpl(tryfirst=True)  # before any fixture
def pytest_runtest_setup(item: pytest.Item) -> None:
    name = _suite(item)
    if name not in LEFT_OUT:
        LEFT_OUT[name] = name not in _chosen() or time.time() + 60 * SUITES[name].minutes > _deadline()
    if LEFT_OUT[name]:
        pytest.skip(f"the suite '{name}', {OUT_OF_TIME}")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    file = (ROOT / report.nodeid.split("::")[0]).resolve()
    if HERE in file.parents:
        SECONDS[SUITE_OF[file.relative_to(HERE).as_posix()]] += report.duration


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for name, value in FIGURES.items():
        terminalreporter.write_line(f"{name}: {value}")
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    left_out = ", ".join(sorted(name for name, left in LEFT_OUT.items() if left)) or "none"
    taken = (f"{name} {SECONDS[name] / 60:.1f}" for name in SUITES if SECONDS[name] >= 1)
    lines = (
        f"minutes by suite: {', '.join(taken)}",
        f"not run, for want of YuniKorn's image: {sum(NO_YUNIKORN in reason for reason in skipped)} tests",
        f"not run, for want of time: {sum(OUT_OF_TIME in reason for reason in skipped)} tests (suites: {left_out})",
    )
    for line in lines:
        terminalreporter.write_line(line)
    if (shared := os.environ.get("LONGSHORE_SHARED")) is not None:
        with Path(shared, "not_run").open("a") as file:  # `tests/cluster/run` says it at its end
            file.write("\n".join(lines) + "\n")


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    environment = SavedCluster.load(ROOT)
    assert environment is not None, "there is no cluster: `make test-cluster` makes one, or `make cluster` before it"
    kubectl = Kubectl(program=environment.kubectl, kubeconfig=Path(environment.kubeconfig))
    assert kubectl.answers(), "the cluster does not answer: see `longshore cluster status`"
    return Cluster(environment=environment, kubectl=kubectl, keys=read_or_create_keys(kubectl))


@pytest.fixture(scope="session")
def helm(cluster: Cluster) -> str:
    return cluster.environment.helm


@pytest.fixture(scope="session")
def flights_run(cluster: Cluster) -> str:
    """The main job, run once, also where `tests/cluster/run` calls pytest twice; the DAG run's ID."""
    place = Path(os.environ["LONGSHORE_SHARED"], "flights_run") if "LONGSHORE_SHARED" in os.environ else None
    if place is not None and place.exists():
        return place.read_text()
    started = time.monotonic()
    run_id = run_dag(cluster.airflow, "flights_lake", seconds=900)
    FIGURES["the DAG flights_lake, in seconds"] = f"{time.monotonic() - started:.0f}"
    if place is not None:
        place.write_text(run_id)
    return run_id


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository whose commits go to `mine`."""
    return repository(tmp_path_factory.mktemp("environments") / "checkout")


@pytest.fixture(scope="session")
def branch() -> str:
    """Returns the branch that `mine` follows."""
    return new_name()


@pytest.fixture(scope="session")
def git_server(cluster: Cluster) -> Iterator[GitServer]:
    """Yields the Git server where `mine` looks for its branch."""
    server = GitServer(cluster)
    yield server
    server.remove()


@pytest.fixture(scope="session")
def mine(cluster: Cluster, checkout: Path, branch: str, git_server: GitServer) -> Iterator[LiveEnvironment]:
    """One environment that is up, for all tests of the group `mine`: a test that changes it restores it."""
    bring(cluster, checkout, branch=branch)
    started = time.monotonic()
    with live_environment(cluster, git={"url": git_server.url, "branch": branch}) as made:
        made.wait_for("Ready")
        FIGURES["environment, from its object to Ready, in seconds"] = f"{time.monotonic() - started:.0f}"
        yield made


@pytest.fixture
def jobs(cluster: Cluster, helm: str) -> Iterator[JobNamespace]:
    """A namespace for this test's job runs."""
    with job_namespace(cluster, helm, f"test-{uuid.uuid4().hex[:8]}") as namespace:
        yield namespace


@pytest.fixture(scope="session")
def yunikorn(cluster: Cluster) -> Iterator[YuniKorn]:
    """The cluster's YuniKorn. Where there is none, its tests are not run, and counted."""
    # One that is installed and not ready is a fault, and no reason not to test it.
    if not is_ready(cluster):
        pytest.skip(NO_YUNIKORN)
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
