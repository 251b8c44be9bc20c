"""Paths of objects in the Kubernetes API. Pure."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from environments.build.retained_rows import secret_name
from environments.resource.names import GROUP, PLURAL, VERSION
from environments.resource.spec import Environment

_PLURALS = {
    "Namespace": "namespaces",
    "ResourceQuota": "resourcequotas",
    "LimitRange": "limitranges",
    "NetworkPolicy": "networkpolicies",
    "ServiceAccount": "serviceaccounts",
    "RoleBinding": "rolebindings",
    "Secret": "secrets",
}


def path(api: str, plural: str, *, namespace: str | None = None, name: str | None = None) -> str:
    """Returns the path of all objects of a kind, or of one of them.

    Args:
        api: the group and version: `v1`, `apps/v1`.
    """
    parts = ["apis" if "/" in api else "api", *api.split("/")]
    parts += ["namespaces", namespace] if namespace else []
    parts += [plural, *([name] if name else [])]
    return "/" + "/".join(quote(part, safe="") for part in parts)


def path_of(manifest: Mapping[str, Any]) -> str:
    """Returns the path of an object of a kind that environments are built from."""
    metadata = manifest["metadata"]
    return path(
        manifest["apiVersion"], _PLURALS[manifest["kind"]], namespace=metadata.get("namespace"), name=metadata["name"]
    )


def environments_path(namespace: str, name: str | None = None) -> str:
    """Returns the path of all AirflowEnvironments of a namespace, or of one of them."""
    return path(f"{GROUP}/{VERSION}", PLURAL, namespace=namespace, name=name)


def namespace_path(environment: Environment) -> str:
    """Returns the path of the environment's own namespace."""
    return path("v1", "namespaces", name=environment.names.namespace)


def retained_path(environment: Environment) -> str:
    """Returns the path of the Secret with the rows that outlive the environment."""
    return path("v1", "secrets", namespace=environment.namespace, name=secret_name(environment))
