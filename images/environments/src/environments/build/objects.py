"""The common fields of all objects of an environment."""

from collections.abc import Mapping
from typing import Any

from environments.resource.names import ENVIRONMENT_LABEL, FIELD_MANAGER, OWNER_LABEL
from environments.resource.spec import Environment

Manifest = dict[str, Any]


def labels(environment: Environment) -> dict[str, str]:
    """Returns the labels by which every object of an environment is found."""
    return {
        "app.kubernetes.io/managed-by": FIELD_MANAGER,
        "app.kubernetes.io/part-of": "longshore",
        ENVIRONMENT_LABEL: environment.name,
        OWNER_LABEL: environment.owner,
    }


def manifest(environment: Environment, kind: str, name: str, *, api: str = "v1", **fields: Any) -> Manifest:
    """Returns an object of the environment's namespace.

    Args:
        api: the group and version.
        fields: all fields but the metadata.
    """
    metadata = {"name": name, "namespace": environment.names.namespace, "labels": labels(environment)}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **fields}


def account(text: str) -> Mapping[str, str]:
    """Returns the service account `namespace/name` as the subject of a binding."""
    namespace, _, name = text.partition("/")
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}
