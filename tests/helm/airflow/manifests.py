"""Queries of the tests on manifests. Pure."""

import json
from typing import Any

import yaml
from helm.pod_security import pod_templates
from helm.rendering import by_kind

Manifests = list[dict[str, Any]]
COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")


def settings(manifests: Manifests, release: str = "airflow") -> dict[str, str]:
    """Airflow's settings, as every component has them in its environment."""
    return by_kind(manifests, "ConfigMap")[f"{release}-config"]["data"]


def bundle(manifests: Manifests) -> dict[str, Any]:
    """The one DAG bundle."""
    (found,) = json.loads(settings(manifests)["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"])
    return found


def pods(manifests: Manifests) -> dict[str, dict[str, Any]]:
    """The specs of all pods, that of a task's pod among them, by component."""
    found = {pod["metadata"]["labels"]["app.kubernetes.io/component"]: pod for _, pod in pod_templates(manifests)}
    for name, config in by_kind(manifests, "ConfigMap").items():
        if name.endswith("-pod-template"):
            found["worker"] = yaml.safe_load(config["data"]["pod.yaml"])
    return found


def secrets_of(pod: dict[str, Any]) -> set[str]:
    """The Secrets that a pod mounts or takes into its environment."""
    mounted = {volume["secret"]["secretName"] for volume in pod["spec"].get("volumes", []) if "secret" in volume}
    return mounted | _references(pod["spec"])


def _references(at: Any) -> set[str]:
    if isinstance(at, dict):
        own = {at[key]["name"] for key in ("secretKeyRef", "secretRef") if key in at}
        return own.union(*map(_references, at.values()))
    return set().union(*map(_references, at)) if isinstance(at, list) else set()
