"""The executors that run tasks, and the rights that Airflow's components have in Kubernetes."""

import json
from pathlib import Path

from helm.airflow.manifests import Manifests, pods, settings
from helm.rendering import Helm, by_kind


def test_with_the_local_executor_nobody_speaks_to_kubernetes(helm: Helm, chart: Path) -> None:
    sets = ["environments.page.enabled=false"]
    found = helm.template(chart, namespace="airflow", values=[chart / "values-kind.yaml"], sets=sets)
    assert settings(found)["AIRFLOW__CORE__EXECUTOR"] == "longshore.executors.local_executor.LocalExecutor"
    assert not any(pod["spec"]["automountServiceAccountToken"] for pod in pods(found).values())
    assert not {"Role", "RoleBinding", "ClusterRole"} & {manifest["kind"] for manifest in found}
    assert "worker" not in pods(found)


def test_the_page_of_environments_lets_the_api_server_change_those_and_nothing_else(kind: Manifests) -> None:
    assert [name for name, pod in pods(kind).items() if pod["spec"]["automountServiceAccountToken"]] == ["api-server"]
    (name,) = roles = by_kind(kind, "Role")
    assert name == "environments/airflow-airflow-api-server"
    (rule,) = roles[name]["rules"]
    assert (rule["apiGroups"], rule["resources"]) == (["longshore.dev"], ["airflowenvironments"])
    (binding,) = by_kind(kind, "RoleBinding").values()
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "airflow-api-server", "namespace": "airflow"}]


def test_only_the_api_server_has_the_page_of_environments(kind: Manifests) -> None:
    option = "AIRFLOW__LONGSHORE__ENVIRONMENTS_PAGE"
    found = {
        (name, container["name"]): json.loads(each["value"])
        for name, pod in pods(kind).items()
        for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
        for each in container.get("env", [])
        if each["name"] == option
    }
    page = {"namespace": "environments", "repositories": ["git://git.longshore:9418/dags.git"], "connections": []}
    assert found == {("api-server", "api-server"): page}
    assert option not in settings(kind)


def test_with_the_kubernetes_executor_the_scheduler_makes_pods_and_the_api_server_reads_their_logs(
    eks: Manifests,
) -> None:
    tokens = {name for name, pod in pods(eks).items() if pod["spec"]["automountServiceAccountToken"]}
    assert tokens == {"scheduler", "api-server"}
    roles = by_kind(eks, "Role")
    assert set(roles) == {"airflow-scheduler", "airflow-api-server"}
    rules = {
        (name, resource): set(rule["verbs"])
        for name, role in roles.items()
        for rule in role["rules"]
        for resource in rule["resources"]
    }
    assert rules == {
        ("airflow-scheduler", "pods"): {"create", "delete", "get", "list", "patch", "watch"},
        ("airflow-api-server", "pods"): {"get", "list"},
        ("airflow-api-server", "pods/log"): {"get"},
    }
    for name, binding in by_kind(eks, "RoleBinding").items():
        assert binding["roleRef"]["name"] == name
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": name, "namespace": "airflow"}]


def test_the_executor_finds_its_template(eks: Manifests) -> None:
    from airflow.providers.cncf.kubernetes.pod_generator import PodGenerator

    scheduler = pods(eks)["scheduler"]["spec"]
    (mount,) = [each for each in scheduler["containers"][0]["volumeMounts"] if each["name"] == "pod-template"]
    assert settings(eks)["AIRFLOW__KUBERNETES_EXECUTOR__POD_TEMPLATE_FILE"] == f"{mount['mountPath']}/pod.yaml"
    assert settings(eks)["AIRFLOW__KUBERNETES_EXECUTOR__NAMESPACE"] == "airflow"
    pod = PodGenerator.deserialize_model_dict(pods(eks)["worker"])
    assert pod.spec.containers[0].name == "base"
    assert pod.spec.restart_policy == "Never"


def test_the_image_of_a_task_is_that_of_airflow(helm: Helm, chart: Path) -> None:
    digest = "sha256:" + "0" * 64
    manifests = helm.template(
        chart,
        namespace="airflow",
        values=[chart / "values-eks.yaml"],
        sets=["image.registry=localhost:5001", f"image.digest={digest}"],
    )
    images = {
        container["image"]
        for pod in pods(manifests).values()
        for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
    }
    assert images == {f"localhost:5001/longshore/airflow@{digest}"}


def test_every_service_account_is_there_and_has_its_role_at_aws(eks: Manifests) -> None:
    accounts = by_kind(eks, "ServiceAccount")
    assert {pod["spec"]["serviceAccountName"] for pod in pods(eks).values()} == set(accounts)
    for account in accounts.values():
        assert account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"].startswith("arn:aws:iam::")
        assert account["automountServiceAccountToken"] is False
