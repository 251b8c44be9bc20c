"""Settings that the chart renders fit the controller, and values that the controller builds fit helm/airflow."""

import json
from pathlib import Path
from typing import Any

import pytest
from environments.build.values import values
from environments.settings import Settings, load
from environments.validate import CHART_OPTIONS
from helm.airflow.manifests import Manifests, pods, settings
from helm.pod_security import restricted_violations
from helm.rendering import Helm, by_kind
from images.environments.resource.specs import COMMIT
from images.environments.world import environment


@pytest.fixture
def read(manifests: Manifests, tmp_path: Path) -> Settings:
    file = tmp_path / "settings.yaml"
    file.write_text(by_kind(manifests, "ConfigMap")["environments"]["data"]["settings.yaml"])
    return load(file)


def test_the_controller_reads_its_settings(read: Settings) -> None:
    assert read.namespace == "environments"
    assert read.image["repository"] == "longshore/airflow"


def test_the_lakes_password_is_where_the_settings_say(helm: Helm, chart: Path, tmp_path: Path) -> None:
    sets = ["lake.connection=lake_catalog", "lake.secret=catalog"]
    rendered = helm.template(chart, namespace="environments", values=[chart / "values-kind.yaml"], sets=sets)
    file = tmp_path / "settings.yaml"
    file.write_text(by_kind(rendered, "ConfigMap")["environments"]["data"]["settings.yaml"])
    read = load(file)
    assert (read.lake_connection, read.job_role[:13]) == ("lake_catalog", "arn:aws:iam::")
    pod = by_kind(rendered, "Deployment")["environments"]["spec"]["template"]["spec"]
    (mounted,) = [each for each in pod["containers"][0]["volumeMounts"] if each["name"] == "lake"]
    (volume,) = [each["secret"] for each in pod["volumes"] if each["name"] == "lake"]
    (item,) = volume["items"]
    assert f"{mounted['mountPath']}/{item['path']}" == read.lake_password_file
    assert (volume["secretName"], item["key"]) == ("catalog", "postgres-password")


def test_jobs_of_the_local_cluster_reach_s3_the_lake_and_kubernetes(kind: Manifests, tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(by_kind(kind, "ConfigMap")["environments"]["data"]["settings.yaml"])
    ports = {port["port"] for rule in load(file).job_egress for port in rule["ports"]}
    assert ports == {443, 6443, 7070, 5432}


def release(
    helm: Helm, charts: Path, tmp_path: Path, read: Settings, *, asleep: bool = False, **spec: Any
) -> Manifests:
    file = tmp_path / "values.json"
    file.write_text(json.dumps(values(environment(**spec), read, asleep=asleep)))
    return helm.template(charts / "airflow", namespace="env-mine", values=[file])


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"size": "large", "image": f"registry.example/airflow@sha256:{'a' * 64}"},
        {"git": {"url": "https://h/d", "commit": COMMIT, "subdir": "", "credentialsSecret": "token"}},
        {"git": {"url": "git://h/d", "branch": "a;rm|-rf&(b)"}},
        {"git": {"url": "git://h/d", "branch": "функция/変更"}},
        {"config": {"core": {"default_timezone": "Asia/Seoul"}}},
    ],
)
def test_the_production_chart_takes_the_values(
    helm: Helm, charts: Path, tmp_path: Path, read: Settings, spec: dict[str, Any]
) -> None:
    rendered = release(helm, charts, tmp_path, read, **spec)
    assert settings(rendered)["AIRFLOW__API__BASE_URL"] == f"{read.public_url}/env/mine"
    for pod in pods(rendered).values():
        assert restricted_violations(pod["spec"]) == []


def test_asleep_it_has_no_pods(helm: Helm, charts: Path, tmp_path: Path, read: Settings) -> None:
    rendered = release(helm, charts, tmp_path, read, asleep=True)
    assert {each["spec"]["replicas"] for each in by_kind(rendered, "Deployment").values()} == {0}


def test_the_release_has_no_rights_to_hand_out(helm: Helm, charts: Path, tmp_path: Path, read: Settings) -> None:
    kinds = {each["kind"] for each in release(helm, charts, tmp_path, read)}
    assert kinds == {"ConfigMap", "Deployment", "NetworkPolicy", "Service", "ServiceAccount"}


def test_what_the_chart_refuses_in_config_the_controller_refuses_first(helm: Helm, charts: Path) -> None:
    chart, base = charts / "airflow", [charts / "airflow" / "values-kind.yaml"]
    for section, options in CHART_OPTIONS.items():
        for name in options:
            said = helm.refusal(chart, namespace="a", values=base, sets=[f"config.{section}.{name}=x"])
            assert f"config.{section}.{name} cannot be set" in said
    plain = settings(helm.template(chart, namespace="a", values=base))
    given = {"core", "dag_processor", "scheduler", "workers"}  # sections with values of the chart's own
    of_chart = {f"AIRFLOW__{section}__{name}".upper() for section, options in CHART_OPTIONS.items() for name in options}
    others = {key for key in plain if key.split("__")[1].lower() not in given}
    assert others <= of_chart
