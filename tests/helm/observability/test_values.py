"""Every value is explained, in the schema and used; what the schema does not know is refused by its name."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm.rendering import Helm
from helm.values_files import in_schema, keys, marked, merged, open_tables, schema_keys, without_comment

PARTS = ("metrics", "logs", "collector", "alerts")
# What is empty in values.yaml, filled, so that every part of every template is rendered.
FILLED: dict[str, Any] = {"imagePullSecrets": ["registry"], "existing": {"labels": {"release": "mine"}}} | {
    part: {"image": {"tag": "1"}, "nodeSelector": {"disk": "ssd"}, "tolerations": [{"key": "spot"}]} for part in PARTS
}
FILLED["collector"]["excludedNamespaces"] = ["noisy"]
# A choice is no mark, and a digest hides the tag.
CHOICES = {("mode",), *((part, "image", "digest") for part in PARTS), ("alerts", "alertmanager", "image", "digest")}


@pytest.fixture(scope="module")
def text(chart: Path) -> str:
    return (chart / "values.yaml").read_text()


@pytest.fixture(scope="module")
def schema(chart: Path) -> dict[str, Any]:
    return json.loads((chart / "values.schema.json").read_text())


def test_every_key_has_a_comment(text: str) -> None:
    assert without_comment(text) == []


def test_the_schema_and_the_values_know_the_same_keys(text: str, schema: dict[str, Any]) -> None:
    known = {path for path, _, _ in keys(text)}
    assert [path for path in known if not in_schema(path, schema)] == []
    assert schema_keys(schema) - known == set()
    assert open_tables(schema) == []


@pytest.mark.parametrize("values", ["values-kind.yaml", "values-eks.yaml"])
def test_the_other_files_set_only_what_values_yaml_has(chart: Path, schema: dict[str, Any], values: str) -> None:
    assert [path for path, _, _ in keys((chart / values).read_text()) if not in_schema(path, schema)] == []


@pytest.mark.parametrize("values", ["values.yaml", "values-kind.yaml", "values-eks.yaml"])
def test_lint_finds_nothing(helm: Helm, chart: Path, values: str) -> None:
    for mode in ("own", "existing", "none"):
        helm.lint(chart, values=[chart / values], sets=[f"mode={mode}"])


def test_every_value_is_used(helm: Helm, chart: Path, text: str, tmp_path: Path) -> None:
    values, marks = marked(yaml.safe_dump(merged(yaml.safe_load(text), FILLED)))
    for image in (*(values[part]["image"] for part in PARTS), values["alerts"]["alertmanager"]["image"]):
        image["digest"] = ""
    rendered = ""
    for mode in ("own", "existing"):
        file = tmp_path / f"{mode}.json"
        file.write_text(json.dumps(values | {"mode": mode}))
        found = helm.template(chart, namespace="a", values=[file], more=["--skip-schema-validation"])
        rendered += json.dumps(found)
    assert {path for mark, path in marks.items() if mark not in rendered} - CHOICES == set()


def test_every_switch_makes_a_difference(helm: Helm, chart: Path, text: str) -> None:
    plain = helm.template(chart, namespace="a")
    switches = {path: node.value for path, _, node in keys(text) if getattr(node, "tag", "").endswith(":bool")}
    assert switches == {
        ("alerts", "alertmanager", "enabled"): "true",
        ("collector", "redact"): "true",
        ("networkPolicies", "enabled"): "true",
    }
    for path in switches:
        assert helm.template(chart, namespace="a", sets=[f"{'.'.join(path)}=false"]) != plain, path


def test_nothing_is_installed_where_the_stack_is_off(helm: Helm, chart: Path) -> None:
    assert helm.template(chart, namespace="a", values=[chart / "values-kind.yaml"], sets=["mode=none"]) == []


def test_images_are_the_published_ones_unless_others_are_named(helm: Helm, chart: Path) -> None:
    def images(*sets: str) -> set[str]:
        rendered = json.dumps(helm.template(chart, namespace="a", sets=sets))
        return {each.split('"')[0] for each in rendered.split('"image": "')[1:]}

    assert images() == {
        "otel/opentelemetry-collector-contrib:0.165.0",
        "prom/alertmanager:v0.35.0",
        "victoriametrics/victoria-logs:v1.52.1",
        "victoriametrics/victoria-metrics:v1.151.0",
        "victoriametrics/vmalert:v1.151.0",
    }
    digest = f"sha256:{'0' * 64}"
    changed = images("logs.image.registry=localhost:5001", f"metrics.image.digest={digest}")
    assert "localhost:5001/victoriametrics/victoria-logs:v1.52.1" in changed
    assert f"victoriametrics/victoria-metrics@{digest}" in changed


def test_the_receiver_of_alerts_is_read_from_the_named_secret(helm: Helm, chart: Path) -> None:
    def source(*sets: str) -> Any:
        rendered = helm.template(chart, namespace="a", sets=sets)
        (alerts,) = (
            each for each in rendered if each["kind"] == "StatefulSet" and each["metadata"]["name"] == "alerts"
        )
        (volume,) = (each for each in alerts["spec"]["template"]["spec"]["volumes"] if each["name"] == "alertmanager")
        return volume

    assert source()["configMap"] == {"name": "alertmanager"}
    assert source("alerts.alertmanager.configSecret=mine")["secret"]["secretName"] == "mine"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("mode=other", "/mode"),
        ("metrics.retention=forever", "/metrics/retention"),
        ("metrics.scrapeInterval=30", "/metrics/scrapeInterval"),
        ("metrics.maxDailySeries=1", "/metrics/maxDailySeries"),
        ("metrics.replicas=2", "replicas"),
        ("logs.maxDiskUsage=40Gi", "/logs/maxDiskUsage"),
        ("logs.image.digest=sha256:12", "/logs/image/digest"),
        ("collector.stateFolder=var/lib", "/collector/stateFolder"),
        ("collector.queueSize=0", "/collector/queueSize"),
        ("collector.redact=maybe", "/collector/redact"),
        ("alerts.interval=1", "/alerts/interval"),
        ("networkPolicies.airflowNamespaces={A}", "/networkPolicies/airflowNamespaces/0"),
        ("existing.labels.a.b=c", "/existing/labels/a"),
        ("collectorr.redact=true", "collectorr"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(helm: Helm, chart: Path, wrong: str, named: str) -> None:
    assert named in helm.refusal(chart, namespace="a", sets=[wrong])
