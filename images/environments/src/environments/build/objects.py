"""What all objects of an environment share."""

from collections.abc import Mapping
from typing import Any

from environments.names import ENVIRONMENT_LABEL, FIELD_MANAGER, OWNER_LABEL
from environments.spec import Environment

Manifest = dict[str, Any]


def labels(environment: Environment) -> dict[str, str]:
    """By which everything of an environment's is found."""
    return {
        "app.kubernetes.io/managed-by": FIELD_MANAGER,
        "app.kubernetes.io/part-of": "longshore",
        ENVIRONMENT_LABEL: environment.name,
        OWNER_LABEL: environment.owner,
    }


def manifest(environment: Environment, kind: str, name: str, *, api: str = "v1", **fields: Any) -> Manifest:
    """An object of the environment's namespace.

    Args:
        api: its group and version.
        fields: all but the metadata.
    """
    metadata = {"name": name, "namespace": environment.names.namespace, "labels": labels(environment)}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **fields}


def account(text: str) -> Mapping[str, str]:
    """A subject of a binding: the service account of `namespace/name`."""
    namespace, _, name = text.partition("/")
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}
