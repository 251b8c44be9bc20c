"""The pods of a job run, through a kubectl that answers from a file."""

from pathlib import Path

import pytest
from longshore_cli.clients.job_pods import JobPods, name_of, selector
from longshore_cli.exceptions import ClusterError
from saved_clusters import saved_cluster

PODS = """{"items": [
  {"metadata": {"name": "b", "namespace": "jobs", "labels": {"emr-containers.amazonaws.com/component": "executor"}}},
  {"metadata": {"name": "c", "namespace": "jobs", "labels": {"emr-containers.amazonaws.com/component": "driver"}}}
]}"""


def pods(tmp_path: Path, script: str) -> JobPods:
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(f"#!/bin/sh\n{script}\n")
    kubectl.chmod(0o755)
    return JobPods(cluster=saved_cluster(kubectl=str(kubectl)), job_run="0001")


def test_the_driver_comes_first_and_only_the_runs_pods_are_asked_for(tmp_path: Path) -> None:
    found = pods(tmp_path, f"echo \"$*\" > {tmp_path}/asked; cat <<'E'\n{PODS}\nE").all()
    assert [name_of(pod) for pod in found] == ["c", "b"]
    asked = (tmp_path / "asked").read_text()
    assert f"-l {selector('0001')} " in asked
    assert "--kubeconfig kubeconfig --context kind-longshore" in asked


def test_a_cluster_that_does_not_answer_is_an_error_of_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="The pods of the job run '0001' cannot be listed: no route"):
        pods(tmp_path, "echo no route >&2; exit 1").all()
