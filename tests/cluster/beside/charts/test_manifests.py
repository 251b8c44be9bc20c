"""The charts' manifests are valid for the API server itself, down to the last field."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from cluster.parts import ROOT, Cluster
from longshore_cli.base.programs import run

RENDERED = [
    (chart, values)
    for chart in ("longshore", "airflow", "yunikorn", "observability")
    for values in ("values-kind.yaml", "values-eks.yaml")
]
SETTINGS = {("longshore", "values-kind.yaml"): ["--set", "yunikorn.enabled=true"]}
"""Options that `longshore cluster up` adds where it can."""


@pytest.mark.parametrize(("chart", "values"), RENDERED)
def test_manifests_are_valid_under_the_clusters_openapi_schemas(
    cluster: Cluster, helm: str, chart: str, values: str
) -> None:
    folder = ROOT / "helm" / chart
    # A namespace that is there: those of YuniKorn and of metrics and logs need not be.
    namespace = "longshore" if chart in ("yunikorn", "observability") else chart
    words = ["template", chart, folder, "--namespace", namespace, "--values", folder / values]
    text = run([helm, *words, *SETTINGS.get((chart, values), [])], what="helm template")
    # Karpenter's own are held against its CRDs by test_karpenter.
    manifests = [each for each in yaml.safe_load_all(text) if each and "karpenter" not in each["apiVersion"]]
    assert manifests
    # Fields that the schema does not know are errors, not warnings. kubectl takes one namespace at a time.
    for place, group in _by_namespace(_in_a_namespace_that_is_there(manifests, namespace), namespace).items():
        words = ["apply", "--dry-run=server", "--validate=strict", "--server-side", "--force-conflicts", "-f", "-"]
        given = yaml.safe_dump_all(group)
        cluster.kubectl.run("--namespace", place, *words, what=f"{chart} with {values}", given=given)


def _by_namespace(manifests: list[dict[str, Any]], default: str) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for each in manifests:
        groups.setdefault(each["metadata"].get("namespace", default), []).append(each)
    return groups


def _in_a_namespace_that_is_there(manifests: list[dict[str, Any]], chart: str) -> list[dict[str, Any]]:
    # A dry run makes no namespaces for what is to lie in them.
    namespaces = {str(each["metadata"]["name"]) for each in manifests if each["kind"] == "Namespace"}
    for each in manifests:
        metadata = each["metadata"]
        if metadata.get("namespace") in namespaces:
            metadata["namespace"] = chart
    return manifests


@pytest.mark.parametrize(("chart", "values"), RENDERED)
def test_charts_lint_clean(helm: str, chart: str, values: str) -> None:
    folder: Path = ROOT / "helm" / chart
    said = run([helm, "lint", "--strict", folder, "--values", folder / values], what="helm lint")
    assert "0 chart(s) failed" in said
