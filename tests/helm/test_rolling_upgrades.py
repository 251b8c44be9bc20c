"""Pods that are replaced in mid-run: the new one is ready before the old one leaves, which ends what it has begun."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helm.pod_security import containers
from helm.rendering import Helm, by_kind

NAMESPACES = {"airflow": "airflow", "environments": "environments", "longshore": "longshore"}
# Two of these at a time would write to one volume, or undo each other's work.
ONE_AT_A_TIME = {"environments", "git", "history"}


@pytest.fixture(scope="module", params=NAMESPACES)
def manifests(request: pytest.FixtureRequest, helm: Helm, charts: Path) -> list[dict[str, Any]]:
    chart = charts / request.param
    return helm.template(chart, namespace=NAMESPACES[request.param], values=[chart / "values-kind.yaml"])


def rolling(manifests: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, each in by_kind(manifests, "Deployment").items():
        if each["spec"].get("strategy", {}).get("type", "RollingUpdate") == "RollingUpdate":
            yield name.rpartition("/")[2], each["spec"]


def test_only_what_must_not_run_twice_is_away_during_an_upgrade(manifests: list[dict[str, Any]]) -> None:
    named = {name.rpartition("/")[2] for name in by_kind(manifests, "Deployment")}
    assert named - {name for name, _ in rolling(manifests)} <= ONE_AT_A_TIME
    for name, spec in rolling(manifests):
        # Kubernetes' default is a quarter of the pods, rounded down: none of up to three.
        assert spec.get("strategy", {}).get("rollingUpdate", {}).get("maxUnavailable", 0) == 0, name
        assert spec["replicas"] <= 3, name


def test_a_pod_that_clients_call_answers_until_they_know_that_it_leaves(manifests: list[dict[str, Any]]) -> None:
    called = [each["spec"]["selector"] for each in by_kind(manifests, "Service").values()]
    for name, spec in rolling(manifests):
        pod = spec["template"]
        if not any(selector.items() <= pod["metadata"]["labels"].items() for selector in called):
            continue
        container = containers(pod["spec"])[-1]
        assert container["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", "5"], name
        assert pod["spec"].get("terminationGracePeriodSeconds", 30) >= 15, name


def test_tasks_in_the_schedulers_pod_have_time_to_end(helm: Helm, charts: Path) -> None:
    def grace(*sets: str) -> Any:
        chart = charts / "airflow"
        found = helm.template(chart, namespace="airflow", values=[chart / "values-kind.yaml"], sets=sets)
        return by_kind(found, "Deployment")["airflow-scheduler"]["spec"]["template"]["spec"][
            "terminationGracePeriodSeconds"
        ]

    assert grace() == 600
    assert grace("scheduler.terminationGracePeriodSeconds=60") == 60
