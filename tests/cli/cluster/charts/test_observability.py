"""Metrics and logs on the local cluster: their failure is said and ends nothing."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from cli.cluster.recorded_cluster import RecordedCluster
from longshore_cli.cluster.charts import observability
from longshore_cli.cluster.images.platform_images import Image
from longshore_cli.cluster.layout import ClusterLayout
from longshore_cli.exceptions import ClusterError

ROOT = Path(__file__).parents[4]
CHART = ROOT / "helm" / "observability"


def install(cluster: RecordedCluster) -> bool:
    layout = ClusterLayout(cluster.folder)
    return observability.try_install(layout, cluster.tools, cluster.kubectl, cluster.say)


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RecordedCluster:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(observability, "publish", lambda _layout, image, _say: f"tag-of-{image.name}")
    return RecordedCluster(tmp_path)


def test_a_stack_that_is_installed_is_known_by_its_collector(cluster: RecordedCluster) -> None:
    assert not observability.is_installed(cluster.kubectl)
    cluster.objects["service", "observability", "collector"] = {"kind": "Service"}
    assert observability.is_installed(cluster.kubectl)


def test_every_image_of_the_chart_is_one_that_was_built(cluster: RecordedCluster) -> None:
    assert install(cluster)
    given = {key: values[-1] for key, values in cluster.values().items() if key.startswith("observability ")}

    def images(at: dict[str, Any], path: str = "") -> dict[str, Any]:
        found = {}
        for name, value in at.items():
            if name == "image":
                found[f"{path}{name}"] = value
            elif isinstance(value, dict):
                found |= images(value, f"{path}{name}.")
        return found

    for path in images(yaml.safe_load((CHART / "values.yaml").read_text())):
        if path == "alerts.alertmanager.image":
            continue  # which does not run on the local cluster
        assert given[f"observability {path}.tag"].startswith("tag-of-")
        assert given[f"observability {path}.repository"].startswith("longshore/")
    assert len(given) == 3 * len(observability.IMAGES)


def test_the_images_are_built_from_the_versions_that_the_chart_publishes() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    published = {
        "victoria-metrics": ("github.com/VictoriaMetrics/VictoriaMetrics", values["metrics"]["image"]["tag"]),
        "vmalert": ("github.com/VictoriaMetrics/VictoriaMetrics", values["alerts"]["image"]["tag"]),
        "victoria-logs": ("github.com/VictoriaMetrics/VictoriaLogs", values["logs"]["image"]["tag"]),
        "otel-collector": ("go.opentelemetry.io/collector/otelcol", f"v{values['collector']['image']['tag']}"),
    }
    assert published.keys() == {image.name for image in observability.IMAGES}
    for name, (module, version) in published.items():
        assert f"{module} {version}" in (ROOT / "images" / name / "go.mod").read_text(), name


def test_the_namespace_admits_the_collector(cluster: RecordedCluster) -> None:
    install(cluster)
    (labels,) = cluster.values()["Namespace /observability labels"]
    assert '"pod-security.kubernetes.io/enforce": "privileged"' in labels


def test_a_failure_is_said_and_the_platform_stays(cluster: RecordedCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_layout: ClusterLayout, image: Image, _say: object) -> str:
        raise ClusterError(f"{image.name} cannot be built.")

    monkeypatch.setattr(observability, "publish", refused)
    assert not install(cluster)
    said = [line for line, value in cluster.history if not value]
    assert said == [
        "metrics and logs are missing, and the platform works without them: victoria-metrics cannot be built."
    ]


def test_a_chart_that_helm_refuses_is_said_too(cluster: RecordedCluster) -> None:
    cluster.interrupt(helm=0)
    assert not install(cluster)
    assert any("The chart 'observability' cannot be installed" in line for line, _ in cluster.history)
