"""Dashboards and rules are one source for VictoriaMetrics' page, vmalert, Grafana and a Prometheus operator."""

import json
import re
from pathlib import Path
from typing import Any

import yaml
from helm.rendering import Helm, by_kind

Manifests = list[dict[str, Any]]
ROOT = Path(__file__).parents[3]


def sources(chart: Path, folder: str) -> dict[str, dict[str, Any]]:
    return {path.stem: yaml.safe_load(path.read_text()) for path in sorted((chart / folder).glob("*.yaml"))}


def queries(dashboard: dict[str, Any]) -> list[tuple[str, str]]:
    panels = [panel for row in dashboard["rows"] for panel in row["panels"]]
    return [(panel["title"], query["expr"]) for panel in panels for query in panel["queries"]]


def test_both_pages_show_every_query_of_a_dashboard(chart: Path, kind: Manifests, existing: Manifests) -> None:
    shown = by_kind(kind, "ConfigMap")["vmui-dashboards"]["data"]
    for name, source in sources(chart, "dashboards").items():
        vmui = json.loads(shown[f"{name}.json"])
        panels = [panel for row in vmui["rows"] for panel in row["panels"]]
        assert [(panel["title"], expr) for panel in panels for expr in panel["expr"]] == queries(source)
        assert all(len(panel["alias"]) == len(panel["expr"]) for panel in panels)
        data = by_kind(existing, "ConfigMap")[f"longshore-{name}"]["data"]
        grafana = json.loads(data[f"longshore-{name}.json"])
        of_series = [panel for panel in grafana["panels"] if panel["type"] == "timeseries"]
        assert [(panel["title"], each["expr"]) for panel in of_series for each in panel["targets"]] == queries(source)
        assert (grafana["title"], grafana["uid"]) == (source["title"], source["uid"])


def test_grafanas_panels_do_not_overlap_and_choose_their_data_source(existing: Manifests) -> None:
    for name in ("longshore-platform", "longshore-job-runs"):
        config = by_kind(existing, "ConfigMap")[name]
        assert config["metadata"]["labels"]["grafana_dashboard"] == "1"
        grafana = json.loads(config["data"][f"{name}.json"])
        taken: set[tuple[int, int]] = set()
        for panel in grafana["panels"]:
            at = panel["gridPos"]
            cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
            assert not cells & taken, panel["title"]
            taken |= cells
        assert max(x for x, _ in taken) == 23
        assert len({panel["id"] for panel in grafana["panels"]}) == len(grafana["panels"])
        assert [each["name"] for each in grafana["templating"]["list"]] == ["datasource"]


def test_the_operator_gets_the_rules_that_vmalert_has(chart: Path, kind: Manifests, existing: Manifests) -> None:
    own = by_kind(kind, "ConfigMap")["alert-rules"]["data"]
    groups = [group for source in sources(chart, "rules").values() for group in source["groups"]]
    assert [group for text in own.values() for group in yaml.safe_load(text)["groups"]] == groups
    rule = by_kind(existing, "PrometheusRule")["longshore"]
    assert rule["spec"]["groups"] == groups
    assert rule["metadata"]["labels"]["release"] == "kube-prometheus-stack"


def test_every_alert_has_a_severity_a_sentence_and_a_section_of_the_runbook(chart: Path) -> None:
    page = (ROOT / "docs" / "observability.md").read_text()
    runbooks = page.partition("\n## Alerts and runbooks\n")[2].partition("\n## ")[0]
    alerts = [
        rule for source in sources(chart, "rules").values() for group in source["groups"] for rule in group["rules"]
    ]
    for alert in alerts:
        assert alert["labels"]["severity"] in ("critical", "warning")
        assert alert["annotations"]["summary"].endswith(".")
        address, _, anchor = alert["annotations"]["runbook_url"].partition("#")
        assert address.endswith("/docs/observability.md")
        assert anchor == alert["alert"].lower()
    assert re.findall(r"^### (.+)$", runbooks, re.MULTILINE) == [alert["alert"] for alert in alerts]


def test_no_query_asks_by_run_or_pod_of_a_run(chart: Path) -> None:
    for source in sources(chart, "dashboards").values():
        for title, expr in queries(source):
            assert not re.search(r"job_run=|job_id|run_id", expr), title


def test_with_a_stack_of_your_own_no_pod_runs_and_all_targets_are_named(
    helm: Helm, chart: Path, existing: Manifests
) -> None:
    assert {each["kind"] for each in existing} == {"ConfigMap", "PodMonitor", "PrometheusRule"}
    monitors = by_kind(existing, "PodMonitor")
    assert monitors.keys() == {"longshore-job-server", "longshore-environments", "longshore-yunikorn"}
    for monitor in monitors.values():
        assert monitor["metadata"]["labels"]["release"] == "kube-prometheus-stack"
        assert "yunikorn" in monitor["spec"]["namespaceSelector"]["matchNames"]


def test_pod_monitors_find_the_pods_and_ports_that_the_charts_make(
    helm: Helm, charts: Path, existing: Manifests
) -> None:
    pods = {
        "job-server": ("longshore", "emr-containers"),
        "environments": ("environments", "environments"),
        "yunikorn": ("yunikorn", "yunikorn"),
    }
    for monitor, (chart, name) in pods.items():
        rendered = helm.template(charts / chart, namespace=chart, values=[charts / chart / "values-kind.yaml"])
        pod = by_kind(rendered, "Deployment")[name]["spec"]["template"]
        spec = by_kind(existing, "PodMonitor")[f"longshore-{monitor}"]["spec"]
        assert spec["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
        (endpoint,) = spec["podMetricsEndpoints"]
        assert endpoint["path"] == pod["metadata"]["annotations"]["prometheus.io/path"]
        assert endpoint["port"] in {port["name"] for port in pod["spec"]["containers"][0]["ports"]}
