"""The environment's namespace: whose it is, and what was released into it. Pure."""

from collections.abc import Mapping
from typing import Any

from environments.exceptions import NotYetError, TakenError
from environments.resource.names import RELEASE_ANNOTATION, UID_LABEL
from environments.resource.spec import Environment

UNINSTALLED = "uninstalled"
"""The value of the release annotation after the release was uninstalled."""


def is_of(namespace: Mapping[str, Any] | None, environment: Environment) -> bool:
    """Returns whether the namespace exists and was created for this very object."""
    labels = ((namespace or {}).get("metadata") or {}).get("labels") or {}
    return bool(labels.get(UID_LABEL) == environment.uid)


def released(namespace: Mapping[str, Any] | None, *, environment: Environment) -> str | None:
    """Returns the digest of the release that the namespace is annotated with; None if there is none.

    Raises:
        TakenError: the namespace belongs to another object. NotYetError: it is being deleted.
    """
    if namespace is None:
        return None
    metadata = namespace["metadata"]
    name = metadata["name"]
    if metadata.get("deletionTimestamp"):
        raise NotYetError(f"The namespace {name!r} of an earlier environment is still being removed.")
    if not is_of(namespace, environment):
        raise TakenError(
            f"The namespace {name!r} already exists and does not belong to this environment. Rename the environment, "
            "or delete the namespace."
        )
    found = (metadata.get("annotations") or {}).get(RELEASE_ANNOTATION)
    return None if found is None else str(found)


def is_uninstalled(namespace: Mapping[str, Any] | None) -> bool:
    """Returns whether the namespace is marked as one whose release was uninstalled."""
    annotations = ((namespace or {}).get("metadata") or {}).get("annotations") or {}
    return bool(annotations.get(RELEASE_ANNOTATION) == UNINSTALLED)
