"""The chart's Karpenter objects are valid under Karpenter's own CRDs, as the API server checks it."""

import copy
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cluster.parts import ROOT, Cluster
from longshore_cli.base.programs import run
from longshore_cli.cluster.images import go_programs
from longshore_cli.cluster.kubernetes.kubectl import Kubectl
from longshore_cli.cluster.layout import ClusterLayout
from longshore_cli.exceptions import ClusterError

VERSION = "v1.14.1"
"""The newest whose modules Go 1.26.8 takes."""
UPSTREAM, AWS = "sigs.k8s.io/karpenter", "github.com/aws/karpenter-provider-aws"
POOLS, CLASSES = "karpenter.sh_nodepools.yaml", "karpenter.k8s.aws_ec2nodeclasses.yaml"


@pytest.fixture(scope="module", params=[UPSTREAM, AWS])
def karpenter(request: pytest.FixtureRequest, cluster: Cluster) -> Iterator[Kubectl]:
    """The cluster with Karpenter's CRDs: that of pools from Karpenter itself, or with what AWS adds to it."""
    definitions = [_definitions(request.param) / POOLS, _definitions(AWS) / CLASSES]
    files = [word for path in definitions for word in ("-f", str(path))]
    try:
        cluster.kubectl.run("apply", "--server-side", *files, what="Karpenter's CRDs")
        cluster.kubectl.run("wait", "--for=condition=Established", *files, "--timeout=60s", what="Karpenter's CRDs")
        yield cluster.kubectl
    finally:
        cluster.kubectl.run("delete", *files, "--ignore-not-found", what="Karpenter's CRDs")


@pytest.fixture(scope="module")
def manifests(helm: str) -> list[dict[str, Any]]:
    """Those for Karpenter."""
    folder = ROOT / "helm" / "longshore"
    words = ["template", "longshore", folder, "--namespace", "longshore", "--values", folder / "values-eks.yaml"]
    rendered = run([helm, *words], what="helm template")
    return [each for each in yaml.safe_load_all(rendered) if each and "karpenter" in each["apiVersion"]]


def test_pools_and_their_class_are_valid(karpenter: Kubectl, manifests: list[dict[str, Any]]) -> None:
    assert {each["kind"] for each in manifests} == {"NodePool", "EC2NodeClass"}
    _apply(karpenter, manifests)


def test_what_karpenter_does_not_allow_is_refused(karpenter: Kubectl, manifests: list[dict[str, Any]]) -> None:
    pool = copy.deepcopy(next(each for each in manifests if each["kind"] == "NodePool"))
    pool["spec"]["template"]["spec"]["requirements"].append({"key": "karpenter.sh/x", "operator": "Exists"})
    with pytest.raises(ClusterError, match="is restricted"):
        _apply(karpenter, [pool])


def _apply(kubectl: Kubectl, manifests: list[dict[str, Any]]) -> None:
    words = ("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-")
    kubectl.run(*words, what="what the chart asks of Karpenter", given=yaml.safe_dump_all(manifests))


def _definitions(module: str) -> Path:
    """The folder of a module's CRDs; Go fetches the module, and checks that it is the one that everyone gets."""
    program = go_programs.find_go(ClusterLayout(ROOT), print)
    with tempfile.TemporaryDirectory() as nowhere:
        words = [program, "mod", "download", "-json", f"{module}@{VERSION}"]
        answer = run(words, what=f"The Go module {module} cannot be had", folder=Path(nowhere))
    return Path(json.loads(answer)["Dir"]) / "pkg" / "apis" / "crds"
