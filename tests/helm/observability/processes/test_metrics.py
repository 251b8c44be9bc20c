"""Airflow's metrics arrive under the names of the rules."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm.observability.processes.stack import Stack, ask
from helm.pod_security import pod_templates
from helm.rendering import Helm
from support.components import Component
from support.waiting import until

AIRFLOW = """
from airflow.observability.metrics.stats_utils import get_stats_factory
from airflow._shared.observability.metrics import stats
stats.initialize(factory=get_stats_factory(), export_legacy_names=False)
for name in ("scheduler_heartbeat", "dag_processor_heartbeat", "triggerer_heartbeat"):
    stats.incr(name, 1, 1)
for name in ("running", "queued", "scheduled", "deferred"):
    stats.gauge(f"pool.{name}_slots", 3, tags={"pool_name": "default_pool"})
names = ("dag_processing.total_parse_time", "dag_processing.import_errors", "dagbag_size", "scheduler.dagruns.running")
for name in names:
    stats.gauge(name, 2)
stats.incr("ti.finish", tags={"dag_id": "a", "task_id": "b", "state": "success"})
stats.timing("task.duration", 5, tags={"dag_id": "a", "task_id": "b"})
"""


@pytest.fixture
def store(stack: Stack) -> Iterator[Component]:
    found = stack.component("metrics")
    stack.start(found, f"{stack.url(8428)}/health")
    yield found
    found.stop()


def test_airflows_own_exporter_gives_the_series_that_rules_and_dashboards_ask_for(
    stack: Stack, store: Component, helm: Helm, charts: Path, chart: Path
) -> None:
    collector = stack.component("collector")
    stack.start(collector, stack.url(13133))
    try:
        environment = environment_of(helm, charts, "scheduler", stack.url(4318))
        subprocess.run([sys.executable, "-c", AIRFLOW], check=True, timeout=120, env=environment)
        match = '{__name__=~"airflow_.*"}'
        until(lambda: f"metrics arrive: {collector.log.read_text()[-2000:]}", lambda: stack.series(match))
        found = stack.series(match)
    finally:
        collector.stop()
    texts = [path.read_text() for folder in ("rules", "dashboards") for path in (chart / folder).glob("*.yaml")]
    asked = {name for text in texts for name in re.findall(r"airflow_\w+", text)}
    assert asked == {each["__name__"] for each in found}
    for each in found:
        assert each["pod"] == "airflow-scheduler-1"
        assert (
            each.keys()
            - {"__name__", "namespace", "pod", "job", "service_name", "pool_name", "scope_name", "scope_version"}
            == set()
        )


def environment_of(helm: Helm, charts: Path, component: str, url: str) -> dict[str, str]:
    """The environment that Airflow's chart gives a component, with its Kubernetes references filled in."""
    manifests = helm.template(
        charts / "airflow",
        namespace="airflow",
        values=[charts / "airflow/values-kind.yaml"],
        sets=[f"metrics.otlpUrl={url}"],
    )
    container = dict(pod_templates(manifests))[f"Deployment/airflow-{component}"]["spec"]["containers"][0]
    plain = {each["name"]: each["value"] for each in container["env"] if "value" in each}
    found = {name: value for name, value in plain.items() if name.startswith(("OTEL_", "AIRFLOW__METRICS__"))}
    return {name: value.replace("$(POD_NAME)", "airflow-scheduler-1") for name, value in found.items()}


def test_every_query_of_a_dashboard_is_understood(stack: Stack, store: Component, chart: Path) -> None:
    for path in (chart / "dashboards").glob("*.yaml"):
        dashboard: dict[str, Any] = yaml.safe_load(path.read_text())
        for panel in (panel for row in dashboard["rows"] for panel in row["panels"]):
            for query in panel["queries"]:
                answer = json.loads(ask(f"{stack.url(8428)}/api/v1/query", query=query["expr"]))
                assert answer["status"] == "success", panel["title"]


def test_the_page_has_the_dashboards(stack: Stack, store: Component) -> None:
    shown = json.loads(ask(f"{stack.url(8428)}/vmui/custom-dashboards"))
    assert {each["title"] for each in shown["dashboardsSettings"]} == {"Longshore: platform", "Longshore: job runs"}
