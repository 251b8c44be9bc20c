"""Who reaches whom: a pod of a user's namespace does not reach the platform's database."""

import json

import pytest
from longshore_cli.cluster import secrets

from .job_namespaces import JobNamespace
from .parts import Cluster, eventually


def connect(jobs: JobNamespace, host: str, port: int) -> str:
    """What a pod in the namespace sees when it connects: `open` or `closed`."""
    cluster = jobs.cluster
    image = cluster.kubectl.get("statefulset", "lake-db", namespace=secrets.PLATFORM)
    assert image is not None
    name = f"probe-{host.split('.')[0]}-{port}"
    # The first seconds of a pod are no measure: what enforces policies hears of it only then.
    connect_once = f"timeout 3 bash -c '</dev/tcp/{host}/{port}' 2> /dev/null"
    script = f"sleep 8; for try in 1 2 3; do {connect_once} && echo open && exit; done; echo closed"
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        # A driver's labels: whoever may start pods here may give them these.
        "metadata": {
            "name": name,
            "namespace": jobs.name,
            "labels": {"emr-containers.amazonaws.com/job.id": "x", "emr-containers.amazonaws.com/component": "driver"},
        },
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 1000,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "probe",
                    "image": image["spec"]["template"]["spec"]["containers"][0]["image"],
                    "command": ["bash", "-c", script],
                    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                }
            ],
        },
    }
    cluster.kubectl.apply(pod)

    def ended() -> bool:
        (found,) = [each for each in cluster.pods(jobs.name) if each["metadata"]["name"] == name]
        return found["status"].get("phase") in ("Succeeded", "Failed")

    eventually(ended, seconds=60, what=f"the end of {name}")
    return cluster.kubectl.run("-n", jobs.name, "logs", name, what=name).split()[-1]


@pytest.mark.parametrize(
    ("host", "port", "seen"),
    [
        ("lake-db.longshore", 5432, "open"),
        ("s3.longshore", 7070, "open"),
        ("platform-db.longshore", 5432, "closed"),
        ("emr-containers.longshore", 8998, "closed"),
        ("git.longshore", 9418, "closed"),
        ("airflow-api-server.airflow", 8080, "closed"),
    ],
)
def test_a_pod_in_a_users_namespace_reaches_what_jobs_need_and_no_more(
    jobs: JobNamespace, host: str, port: int, seen: str
) -> None:
    assert connect(jobs, host, port) == seen


def test_every_namespace_of_ours_enforces_restricted_pods(cluster: Cluster, jobs: JobNamespace) -> None:
    for name in (secrets.PLATFORM, secrets.AIRFLOW, secrets.JOBS, jobs.name):
        namespace = cluster.kubectl.get("namespace", name)
        assert namespace is not None
        assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_privileged_pod_is_refused_there(jobs: JobNamespace) -> None:
    from longshore_cli.exceptions import ClusterError

    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "root", "namespace": jobs.name}}
    container = {"name": "root", "image": "any", "securityContext": {"privileged": True}}
    with pytest.raises(ClusterError, match="violates PodSecurity"):
        jobs.cluster.kubectl.run(
            "apply", "-f", "-", what="the pod", given=json.dumps(pod | {"spec": {"containers": [container]}})
        )
