"""The facts of a cluster, from what its programs print: here programs that print what is in files."""

import json
from pathlib import Path
from typing import Any

import pytest
from cli.doctor.cluster.healthy import deployment, node, pod
from longshore_cli.doctor.cluster.gathering import dispatches, gather, uses_yunikorn, volumes_of
from saved_clusters import saved_cluster

SUMMARY: dict[str, Any] = {
    "node": {"nodeName": "longshore-worker", "fs": {"usedBytes": 10, "capacityBytes": 100}},
    "pods": [
        {
            "podRef": {"name": "postgres-0", "namespace": "longshore"},
            "volume": [
                {"name": "tmp", "usedBytes": 1, "capacityBytes": 2},
                {
                    "name": "data",
                    "pvcRef": {"name": "data-postgres-0", "namespace": "longshore"},
                    "usedBytes": 5,
                    "capacityBytes": 50,
                },
            ],
        }
    ],
}
METRICS = "# TYPE emr_containers_dispatcher_up gauge\nemr_containers_dispatcher_up {}\n"
SERVER = {"spec": {"template": {"spec": {"containers": [{"args": ["serve", "--yunikorn-url=http://x"]}]}}}}
KUBECTL = """#!/bin/sh
shift 2
case "$*" in
  "get --raw /readyz") echo ok ;;
  "get --raw /api/v1/nodes/"*) cat "$0.summary" ;;
  *"exec "*) cat "$0.metrics" ;;
  "get nodes "*) cat "$0.nodes" ;;
  "get deployment emr-containers "*) cat "$0.server" ;;
  "get deployments -n yunikorn "*) cat "$0.yunikorn" ;;
  "get pods "*) cat "$0.pods" ;;
  "get airflowenvironments.longshore.dev "*) echo '{"items": []}' ;;
  *) echo "unexpected: $*" >&2; exit 1 ;;
esac
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with programs of a cluster that is well, which is on the path alone."""
    folder = tmp_path / "bin"
    folder.mkdir()
    scripts = {
        "docker": "#!/bin/sh\necho 28.0\n",
        "kind": "#!/bin/sh\necho longshore\n",
        "helm": '#!/bin/sh\ncat "$0.releases"\n',
        "kubectl": KUBECTL,
    }
    for name, text in scripts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    of_jobs = pod("job-run-1", metadata={"namespace": "jobs"})
    answers = {
        "nodes": {"items": [node()]},
        "pods": {"items": [pod("emr-containers-1"), of_jobs]},
        "server": SERVER,
        "yunikorn": {"items": [deployment(1)]},
        "summary": SUMMARY,
    }
    releases = [{"name": "airflow", "namespace": "airflow", "status": "deployed", "updated": "x"}]
    (folder / "helm.releases").write_text(json.dumps(releases))
    for name, answer in answers.items():
        (folder / f"kubectl.{name}").write_text(json.dumps(answer))
    (folder / "kubectl.metrics").write_text(METRICS.format("1.0"))
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def gathered(programs: Path, tmp_path: Path) -> Any:
    saved = saved_cluster(
        kubectl=str(programs / "kubectl"), helm=str(programs / "helm"), kubeconfig=str(tmp_path / "kubeconfig")
    )
    return gather(saved)


def test_the_objects_of_a_cluster_are_gathered_without_the_pods_of_job_runs(programs: Path, tmp_path: Path) -> None:
    found = gathered(programs, tmp_path)
    assert (found.missing_programs, found.docker_fault, found.exists, found.api_fault) == ((), None, True, None)
    assert [each["metadata"]["name"] for each in found.pods] == ["emr-containers-1"]
    assert [each.dispatches for each in found.servers] == [True, True]
    assert found.server_uses_yunikorn
    assert [each["status"] for each in found.releases] == ["deployed"]
    assert [each.name for each in found.volumes] == [
        "the disk of node longshore-worker",
        "the volume longshore/data-postgres-0",
    ]
    assert "Airflow does not answer" in found.airflow_fault
    assert found.api_certificate_ends is None


def test_a_cluster_that_does_not_answer_is_told_with_its_reason(programs: Path, tmp_path: Path) -> None:
    (programs / "kubectl").write_text("#!/bin/sh\necho 'connection refused' >&2\nexit 1\n")
    found = gathered(programs, tmp_path)
    assert found.exists
    assert "connection refused" in found.api_fault
    (programs / "docker").write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n")
    found = gathered(programs, tmp_path)
    assert (found.exists, found.docker_fault) == (
        False,
        "Docker does not answer: Cannot connect to the Docker daemon",
    )


def test_missing_programs_are_named(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    for name in ("kubectl", "helm", "kind"):
        (programs / name).unlink()
    assert gathered(programs, tmp_path).missing_programs == ("docker", "kind", "kubectl", "helm")


def test_pages_are_read() -> None:
    assert dispatches(METRICS.format("1.0"))
    assert not dispatches(METRICS.format("0.0"))
    assert uses_yunikorn(SERVER)
    assert not uses_yunikorn(None)
    assert [each.capacity for each in volumes_of(SUMMARY, node="n")] == [100, 50]
