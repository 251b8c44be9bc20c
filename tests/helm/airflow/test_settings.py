"""Values become Airflow's settings, in Airflow's own words."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from airflow._shared.observability.metrics.validators import get_validator
from airflow.configuration import conf
from helm.airflow.manifests import COMPONENTS, Manifests, bundle, pods, settings
from helm.rendering import Helm, by_kind
from longshore.bundles import GitSnapshotDagBundle
from longshore.get_provider_info import get_provider_info
from openlineage.client.transport import get_default_factory


def test_airflow_knows_every_setting(manifests: Manifests) -> None:
    ours = get_provider_info()["config"]
    for name in settings(manifests):
        _, section, option = name.lower().split("__")
        known = conf.configuration_description.get(section) or ours.get(section) or {"options": {}}
        assert option in known["options"], name


def test_the_bundle_can_be_made(manifests: Manifests) -> None:
    found = bundle(manifests)
    assert found["classpath"] == f"longshore.bundles.{GitSnapshotDagBundle.__name__}"
    GitSnapshotDagBundle(name=found["name"], **found["kwargs"])


def test_the_bundle_follows_the_branch_or_keeps_to_the_commit(helm: Helm, chart: Path, kind: Manifests) -> None:
    assert bundle(kind)["kwargs"] == {
        "url": "git://git.longshore:9418/dags.git",
        "branch": "main",
        "subdir": "dags",
        "snapshots": "s3://longshore/dags",
        "connection_id": "longshore_s3",
    }
    commit = "0123456789abcdef" * 2 + "01234567"
    sets = ["dags.git.branch=", f"dags.git.commit={commit}", "dags.git.credentialsSecret=git", "dags.name=env"]
    kept = bundle(helm.template(chart, namespace="a", values=[chart / "values-kind.yaml"], sets=sets))
    assert kept["name"] == "env"
    assert "branch" not in kept["kwargs"]
    assert kept["kwargs"]["commit"] == commit
    assert kept["kwargs"]["credentials"] == "/run/secrets/git"


def test_components_and_tasks_find_the_api_server_below_its_path(helm: Helm, chart_of: Callable[[str], Path]) -> None:
    chart = chart_of("mine")
    manifests = helm.template(
        chart,
        namespace="env-a",
        values=[chart / "values-kind.yaml"],
        sets=[
            "apiServer.basePath=/env/mine",
            "apiServer.url=https://airflow.example/",
            "apiServer.ingress.enabled=true",
        ],
    )
    of = settings(manifests, "mine")
    assert of["AIRFLOW__API__BASE_URL"] == "https://airflow.example/env/mine"
    assert of["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://mine-api-server:8080/env/mine/execution/"
    assert of["AIRFLOW__LONGSHORE__ENVIRONMENT"] == "env-a/mine"
    container = by_kind(manifests, "Deployment")["mine-api-server"]["spec"]["template"]["spec"]["containers"][0]
    assert container["livenessProbe"]["httpGet"]["path"] == "/env/mine/api/v2/version"
    (rule,) = by_kind(manifests, "Ingress")["mine-api-server"]["spec"]["rules"]
    assert [path["path"] for path in rule["http"]["paths"]] == ["/env/mine"]


def test_kind_leads_the_machines_port_to_the_api_server(kind: Manifests) -> None:
    service = by_kind(kind, "Service")["airflow-api-server"]["spec"]
    assert service["type"] == "NodePort"
    assert [(port["port"], port["nodePort"]) for port in service["ports"]] == [(8080, 30080)]


def test_logs_are_kept_outside_of_the_pods(helm: Helm, chart: Path, manifests: Manifests) -> None:
    of = settings(manifests)
    assert of["AIRFLOW__LOGGING__REMOTE_LOGGING"] == "True"
    assert of["AIRFLOW__LOGGING__REMOTE_BASE_LOG_FOLDER"].startswith("s3://")
    without = helm.template(chart, namespace="a", values=[chart / "values-kind.yaml"], sets=["logs.folder="])
    assert not [name for name in settings(without) if "REMOTE" in name]


def metrics_environment(manifests: Manifests, component: str) -> dict[str, str]:
    container = pods(manifests)[component]["spec"]["containers"][0]
    found = {each["name"]: each.get("value", "") for each in container.get("env", [])}
    return {name: value for name, value in found.items() if name.startswith(("OTEL_", "AIRFLOW__METRICS__"))}


def test_components_that_go_on_send_metrics_that_name_no_task_and_no_run(helm: Helm, chart: Path) -> None:
    sets = ["metrics.otlpUrl=http://collector.observability:4318"]
    kind = helm.template(chart, namespace="airflow", values=[chart / "values-kind.yaml"], sets=sets)
    for component in COMPONENTS:
        of = metrics_environment(kind, component)
        assert of["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] == "http://collector.observability:4318/v1/metrics"
        assert of["OTEL_METRIC_EXPORT_INTERVAL"] == "30000"
        assert of["OTEL_RESOURCE_ATTRIBUTES"] == "namespace=airflow,pod=$(POD_NAME)"
    allowed = get_validator(metrics_environment(kind, "scheduler")["AIRFLOW__METRICS__METRICS_ALLOW_LIST"]).test
    sent = ("scheduler_heartbeat", "dag_processor_heartbeat", "triggerer_heartbeat", "pool.deferred_slots")
    sent += (
        "dag_processing.import_errors",
        "scheduler.tasks.starving",
        "executor.queued_tasks",
        "dagrun.duration.failed",
    )
    assert [name for name in sent if not allowed(name)] == []
    # A task's process counts from zero, and by its legacy name it is a metric of its own.
    of_tasks = ("ti.start", "ti.finish", "task.duration", "operator_failures", "dag.mine.load.duration", "ti_successes")
    assert [name for name in of_tasks if allowed(name)] == []


def test_a_tasks_own_pod_sends_no_metrics(helm: Helm, chart: Path) -> None:
    sets = ["metrics.otlpUrl=http://collector:4318/"]
    manifests = helm.template(chart, namespace="a", values=[chart / "values-eks.yaml"], sets=sets)
    assert metrics_environment(manifests, "worker") == {}
    of = metrics_environment(manifests, "triggerer")
    assert of["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] == "http://collector:4318/v1/metrics"


def test_without_a_collector_no_component_sends_metrics(eks: Manifests, kind: Manifests) -> None:
    for manifests in (eks, kind):
        assert [component for component in COMPONENTS if metrics_environment(manifests, component)] == []


def test_variables_may_lie_beside_the_connections(helm: Helm, chart: Path, manifests: Manifests) -> None:
    assert "variables" not in settings(manifests)["AIRFLOW__SECRETS__BACKEND_KWARGS"]
    sets = ["connections.variables=true"]
    of = settings(helm.template(chart, namespace="a", values=[chart / "values-kind.yaml"], sets=sets))
    kwargs = json.loads(of["AIRFLOW__SECRETS__BACKEND_KWARGS"])
    assert kwargs["variables_file_path"] == "/run/secrets/connections/variables.json"


def test_connections_and_users_may_come_from_elsewhere(helm: Helm, chart: Path) -> None:
    manifests = helm.template(
        chart,
        namespace="a",
        values=[chart / "values-kind.yaml"],
        sets=["connections.secretName=", "users.secretName=", "config.secrets.backend=my.Backend"],
    )
    of = settings(manifests)
    assert of["AIRFLOW__SECRETS__BACKEND"] == "my.Backend"
    assert "AIRFLOW__SECRETS__BACKEND_KWARGS" not in of
    assert not [name for name in of if "SIMPLE_AUTH" in name]
    text = json.dumps(manifests)
    assert "airflow-connections" not in text
    assert "airflow-users" not in text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["config.core.executor=CeleryExecutor"], "config.core.executor cannot be set"),
        (["config.api.base_url=x"], "config.api.base_url cannot be set"),
        (["dags.git.url="], "dags.git.url is empty"),
        (["dags.snapshots="], "dags.snapshots is empty"),
        (["dags.git.branch="], "dags.git.branch and dags.git.commit are empty"),
        ([f"dags.git.commit={'a' * 40}"], "dags.git.branch cannot be used with dags.git.commit"),
        (["apiServer.service.type=ClusterIP"], "apiServer.service.nodePort cannot be used with the type ClusterIP"),
    ],
)
def test_values_that_contradict_each_other_are_refused(helm: Helm, chart: Path, wrong: list[str], said: str) -> None:
    assert said in helm.refusal(chart, namespace="a", values=[chart / "values-kind.yaml"], sets=wrong)


def test_the_transport_of_lineage_is_set_as_the_page_for_dags_shows_it(helm: Helm, chart: Path, tmp_path: Path) -> None:
    page = (chart.parents[1] / "docs" / "writing-dags.md").read_text()
    (shown,) = re.findall(r"```yaml\n(config:\n  openlineage:\n.*?)```", page, re.DOTALL)
    (tmp_path / "values.yaml").write_text(shown)
    manifests = helm.template(chart, namespace="a", values=[chart / "values-kind.yaml", tmp_path / "values.yaml"])
    set_to = settings(manifests)["AIRFLOW__OPENLINEAGE__TRANSPORT"]
    transport = get_default_factory().create(json.loads(set_to))
    assert transport.kind == "http"
