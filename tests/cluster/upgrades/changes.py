"""`longshore cluster up` from a checkout, and the parts of the cluster that it has changed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from cluster.parts import Cluster, eventually
from emr_containers.store.revisions import NEWEST
from longshore_cli.cluster import namespaces
from longshore_cli.cluster.charts.readiness import wait_ready
from support.newer_server import COLUMN

_LONGSHORE = str(Path(sys.executable).parent / "longshore")
_UP_SECONDS = 1500
"""Three images are built, which takes minutes on a busy machine."""
STATELESS = {
    namespaces.PLATFORM: ["emr-containers"],
    namespaces.AIRFLOW: ["airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer"],
    namespaces.ENVIRONMENTS: ["environments", "gateway"],
}
"""The Deployments that may be replaced at any time, by namespace."""


def cluster_up(checkout: Path) -> str:
    """Calls `longshore cluster up` in the checkout. Returns what it said."""
    command = [_LONGSHORE, "cluster", "up"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=_UP_SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def cut_off(cluster: Cluster, checkout: Path) -> str:
    """Kills `longshore cluster up` and its Helm in the middle of a release. Returns the release's name."""
    for _ in range(5):
        command = [_LONGSHORE, "cluster", "up"]
        with subprocess.Popen(command, cwd=checkout, stdout=subprocess.DEVNULL, start_new_session=True) as up:
            eventually(
                lambda up=up: _pending(cluster) or up.poll() is not None,
                seconds=_UP_SECONDS,
                what="a release that is being changed",
                every=0.05,
            )
            if up.poll() is None:
                os.killpg(up.pid, signal.SIGKILL)
        if found := _pending(cluster):  # else Helm was faster
            return found[0]
    raise AssertionError("Helm was faster five times.")


def _pending(cluster: Cluster) -> list[str]:
    """Returns the names of releases that are being changed, or were left so. Helm keeps each revision in a Secret."""
    found = []
    for namespace in STATELESS:
        path = f"/api/v1/namespaces/{namespace}/secrets?labelSelector=owner%3Dhelm%2Cstatus%3Dpending-upgrade"
        secrets = (cluster.api.get(path) or {}).get("items", [])
        found += [str(each["metadata"]["labels"]["name"]) for each in secrets]
    return found


def replace_all(cluster: Cluster) -> None:
    """Replaces the pods of every stateless Deployment, and waits until the new ones are ready."""
    for namespace, names in STATELESS.items():
        deployments = [f"deployment/{name}" for name in names]
        cluster.kubectl.run("-n", namespace, "rollout", "restart", *deployments, what="the Deployments")
    for namespace in STATELESS:
        wait_ready(cluster.kubectl, namespace=namespace, seconds=600, say=lambda _line: None)


def stateless_pods(cluster: Cluster) -> set[str]:
    """The UIDs of the pods of stateless Deployments that are not about to end."""
    names = [name for deployments in STATELESS.values() for name in deployments]
    return {
        pod["metadata"]["uid"]
        for namespace in STATELESS
        for pod in cluster.pods(namespace)
        if pod["metadata"]["name"].startswith(tuple(f"{name}-" for name in names))
        and "deletionTimestamp" not in pod["metadata"]
    }


def images(cluster: Cluster, namespace: str, repository: str) -> set[str]:
    """The tags of this image that pods of the namespace have, those that are about to end left out."""
    return {
        container["image"].rpartition(":")[2]
        for pod in cluster.pods(namespace)
        if "deletionTimestamp" not in pod["metadata"]
        for container in pod["spec"]["containers"]
        if f"/{repository}:" in container["image"]
    }


def revision(cluster: Cluster) -> str:
    """The revision of the schema of the job server's database."""
    with _database(cluster) as connection:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return str(found[0][0])


def take_back_the_schema(cluster: Cluster) -> None:
    """Removes what the next version added. Without that, the real next version would take its own revision as made."""
    with _database(cluster) as connection:
        connection.execute(f"ALTER TABLE job_runs DROP COLUMN IF EXISTS {COLUMN}".encode())
        connection.execute("UPDATE alembic_version SET version_num = %s", [str(NEWEST)])


@contextmanager
def _database(cluster: Cluster) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    name = "emr_containers"
    password = cluster.keys.platform_db[name]
    with (
        cluster.kubectl.forward("service/platform-db", 5432, namespace=namespaces.PLATFORM) as port,
        psycopg.connect(host="127.0.0.1", port=port, user=name, password=password, dbname=name) as connection,
    ):
        yield connection
