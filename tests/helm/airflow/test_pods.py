"""Every pod keeps the Pod Security Standard, and has no more than it needs."""

from collections.abc import Callable
from pathlib import Path

from helm.airflow.manifests import COMPONENTS, Manifests, pods, secrets_of
from helm.pod_security import containers, house_violations, restricted_violations
from helm.rendering import Helm, by_kind


def test_every_pod_is_restricted(manifests: Manifests) -> None:
    for component, pod in pods(manifests).items():
        assert restricted_violations(pod["spec"]) == [], component
        assert house_violations(pod["spec"]) == [], component


def test_all_components_are_there(manifests: Manifests) -> None:
    assert set(COMPONENTS) <= set(pods(manifests))


def test_everything_is_named_after_the_release(helm: Helm, chart_of: Callable[[str], Path]) -> None:
    chart = chart_of("mine")
    for values in ("values-kind.yaml", "values-eks.yaml"):
        for manifest in helm.template(chart, namespace="env-a", values=[chart / values]):
            # What the page may do in the environments' namespace, where other Airflows may have the same.
            elsewhere = manifest["metadata"].get("namespace", "env-a") != "env-a"
            prefix = "env-a-mine-" if elsewhere else "mine-"
            assert manifest["metadata"]["name"].startswith(prefix), manifest["metadata"]["name"]


def test_a_component_has_the_secrets_that_it_needs_only(manifests: Manifests) -> None:
    common = {"airflow-database", "airflow-keys", "airflow-connections"}
    expected = {
        "api-server": common | {"airflow-users"},
        "scheduler": common,
        "dag-processor": common,
        "triggerer": common,
        # A task asks the API server: it needs neither the database nor a key.
        "worker": {"airflow-connections"},
    }
    found = {component: secrets_of(pod) - {"airflow-git"} for component, pod in pods(manifests).items()}
    assert found == {component: expected[component] for component in found}


def test_only_the_dag_processor_knows_the_repositorys_password(eks: Manifests) -> None:
    assert [component for component, pod in pods(eks).items() if "airflow-git" in secrets_of(pod)] == ["dag-processor"]


def test_secrets_are_read_from_files_and_stand_in_no_environment(manifests: Manifests) -> None:
    for component, pod in pods(manifests).items():
        for container in containers(pod["spec"]):
            for variable in container.get("env", []):
                # The name of the pod itself is no secret.
                assert variable.get("valueFrom", {}).keys() <= {"fieldRef"}, component
                assert variable["name"].endswith("_CMD") == variable.get("value", "").startswith("cat /run/secrets/")


def test_components_that_speak_to_each_other_start_anew_together(helm: Helm, chart: Path, kind: Manifests) -> None:
    changed = helm.template(
        chart,
        namespace="airflow",
        values=[chart / "values-kind.yaml"],
        sets=["config.core.default_timezone=Asia/Seoul"],
    )

    def marks(of: Manifests) -> set[str]:
        return {pod["metadata"]["annotations"]["checksum/config"] for pod in pods(of).values()}

    assert len(marks(kind)) == 1
    assert len(marks(changed)) == 1
    assert marks(kind) != marks(changed)


def test_migrations_are_part_of_every_pod_that_uses_the_database_and_no_hook(manifests: Manifests) -> None:
    for manifest in manifests:
        assert not [key for key in manifest["metadata"].get("annotations", {}) if key.startswith("helm.sh/hook")]
    assert "Job" not in {manifest["kind"] for manifest in manifests}
    for component in COMPONENTS:
        first = pods(manifests)[component]["spec"]["initContainers"][0]
        assert first["args"] == ["python", "/opt/longshore/schema.py", "/run/secrets/database/url"]


def test_scheduler_and_triggerer_come_after_the_api_server(manifests: Manifests) -> None:
    after = {}
    for component in COMPONENTS:
        steps = pods(manifests)[component]["spec"]["initContainers"]
        after[component] = [step["args"][1:] for step in steps if step["name"] == "api-server"]
    address = by_kind(manifests, "ConfigMap")["airflow-config"]["data"]["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]
    awaited = ["/opt/longshore/await_api_server.py", address.replace("/execution/", "/api/v2/version")]
    assert after == {"api-server": [], "dag-processor": [], "scheduler": [awaited], "triggerer": [awaited]}


def test_probes_are_cheap(manifests: Manifests) -> None:
    for component in COMPONENTS:
        (container,) = pods(manifests)[component]["spec"]["containers"]
        for kind in ("startupProbe", "livenessProbe"):
            probe = container[kind]
            # The command `airflow` is seconds of processor time each time that it starts.
            assert "airflow" not in probe.get("exec", {}).get("command", [])
            patience = probe["periodSeconds"] * probe["failureThreshold"]
            assert patience >= 180, f"{component} gets {patience} s"


def test_what_airflow_writes_is_on_volumes_that_a_pod_takes_along(manifests: Manifests) -> None:
    for component, pod in pods(manifests).items():
        empty = {volume["name"] for volume in pod["spec"]["volumes"] if "emptyDir" in volume}
        (container,) = pod["spec"]["containers"]
        mounted = {mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] in empty}
        wanted = {"/tmp", "/opt/airflow/logs", "/opt/airflow/bundles"}  # noqa: S108  a path in a pod
        assert mounted - {"/opt/airflow/users"} == wanted, component


def test_a_disruption_leaves_one_of_several_replicas(eks: Manifests, kind: Manifests) -> None:
    budgets = by_kind(eks, "PodDisruptionBudget")
    assert set(budgets) == {"airflow-api-server", "airflow-scheduler", "airflow-triggerer"}
    assert by_kind(kind, "PodDisruptionBudget") == {}


def test_airflow_can_sleep(helm: Helm, chart: Path) -> None:
    keys = ("apiServer", "scheduler", "dagProcessor", "triggerer")
    manifests = helm.template(
        chart, namespace="a", values=[chart / "values-kind.yaml"], sets=[f"{key}.replicas=0" for key in keys]
    )
    assert {each["spec"]["replicas"] for each in by_kind(manifests, "Deployment").values()} == {0}
