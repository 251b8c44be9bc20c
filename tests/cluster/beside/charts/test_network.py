"""Network access in the cluster: a pod of a user's namespace does not reach the platform's database."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from cluster.gangs.bare_pods import placed, sleeper
from cluster.job_namespaces import JobNamespace, job_namespace
from cluster.parts import Cluster, eventually
from longshore_cli.cluster import namespaces
from longshore_cli.exceptions import ClusterError

SEEN = {
    ("lake-db.longshore", 5432): "open",
    ("s3.longshore", 7070): "open",
    ("platform-db.longshore", 5432): "closed",
    ("emr-containers.longshore", 8998): "closed",
    ("git.longshore", 9418): "closed",
    ("airflow-api-server.airflow", 8080): "closed",
    ("metrics.observability", 8428): "closed",
    ("logs.observability", 9428): "closed",
    ("collector.observability", 4318): "closed",
}
"""By host and port, what a job's pod sees when it connects."""
CONNECT = "timeout 3 bash -c '</dev/tcp/{host}/{port}' 2> /dev/null"
TRY = f"(seen=closed; for try in 1 2 3; do {CONNECT} && seen=open && break; done; echo {{host}} {{port}} $seen) &"


@pytest.fixture(scope="module")
def place(cluster: Cluster, helm: str) -> Iterator[JobNamespace]:
    """A namespace for job runs."""
    with job_namespace(cluster, helm, f"test-{uuid.uuid4().hex[:8]}") as namespace:
        yield namespace


@pytest.fixture(scope="module")
def seen(place: JobNamespace) -> dict[tuple[str, int], str]:
    """Returns which of these hosts one pod in the namespace reaches, all asked at the same time."""
    name = "probe"
    pod = sleeper(place, name, requests={"cpu": "10m", "memory": "64Mi"})
    # The labels are a driver's, since any user who may start pods here may give them these.
    pod["metadata"]["labels"] = {
        "emr-containers.amazonaws.com/job.id": "x",
        "emr-containers.amazonaws.com/component": "driver",
    }
    place.cluster.kubectl.apply(pod)
    placed(place, name)

    def said(script: str) -> str:
        words = ("-n", place.name, "exec", name, "--", "bash", "-c", script)
        return place.cluster.kubectl.run(*words, what=f"the pod {name}")

    def ready() -> bool:
        (found,) = [each for each in place.cluster.pods(place.name) if each["metadata"]["name"] == name]
        return bool(found["status"].get("phase") == "Running")

    eventually(ready, seconds=120, what=f"the pod {name}")
    # The first seconds of a pod are no measure: what enforces policies hears of it only then.
    host, port = next(iter(SEEN))
    said(f"for try in $(seq 60); do {CONNECT.format(host=host, port=port)} && exit; sleep 1; done")
    tries = " ".join(TRY.format(host=host, port=port) for host, port in SEEN)
    lines = [line.split() for line in said(f"{tries} wait").splitlines()]
    return {(host, int(port)): word for host, port, word in lines}


@pytest.mark.parametrize(("host", "port", "expected"), [(*place, word) for place, word in SEEN.items()])
def test_a_pod_in_a_users_namespace_reaches_what_jobs_need_and_no_more(
    seen: dict[tuple[str, int], str], host: str, port: int, expected: str
) -> None:
    assert seen[host, port] == expected


def test_every_namespace_of_ours_enforces_restricted_pods(cluster: Cluster, place: JobNamespace) -> None:
    for name in (namespaces.PLATFORM, namespaces.AIRFLOW, namespaces.JOBS, place.name):
        namespace = cluster.kubectl.get("namespace", name)
        assert namespace is not None
        assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_privileged_pod_is_refused_there(place: JobNamespace) -> None:
    pod: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "root", "namespace": place.name}}
    container = {"name": "root", "image": "any", "securityContext": {"privileged": True}}
    with pytest.raises(ClusterError, match="violates PodSecurity"):
        place.cluster.kubectl.run(
            "apply", "-f", "-", what="the pod", given=json.dumps(pod | {"spec": {"containers": [container]}})
        )
