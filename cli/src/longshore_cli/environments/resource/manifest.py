"""The object that `longshore env create` creates, built from its options. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longshore_cli.environments.resource.durations import parse_duration
from longshore_cli.environments.resource.fields import Value
from longshore_cli.environments.resource.names import GROUP, checked_branch, checked_name
from longshore_cli.exceptions import ClusterError

_DURATIONS = ("ttl", "idle")


@dataclass(frozen=True, kw_only=True)
class EnvironmentRequest:
    """The options of an environment that a user requests."""

    name: str
    owner: str
    git_url: str
    branch: str | None
    commit: str | None
    """The commit's full name; it takes precedence over the branch."""
    fields: Mapping[str, Value]
    """The values of the options that follow from the description of the fields, by the fields' names."""
    git_secret: str | None = None
    """The Secret, in the object's namespace, with the credentials for a private repository."""


def manifest(request: EnvironmentRequest) -> dict[str, Any]:
    """Returns the AirflowEnvironment. The API server checks the rest.

    Raises:
        ClusterError: the name, the branch or a time is invalid, or the repository's address contains a password.
    """
    for name in _DURATIONS:
        if (text := request.fields.get(name)) is not None:
            parse_duration(str(text))
    if re.match(r"[^/]*//[^/]*@", request.git_url):
        raise ClusterError(
            "The repository's address contains a user or password, which every user could read. Leave it out, and "
            "name a Secret with it by --git-secret."
        )
    revision = {"commit": request.commit} if request.commit else {"branch": checked_branch(request.branch or "")}
    spec: dict[str, Any] = {"owner": request.owner, "git": {"url": request.git_url, **revision}}
    if request.git_secret:
        spec["git"]["credentialsSecret"] = request.git_secret
    for name, value in request.fields.items():
        if isinstance(value, Sequence) and not isinstance(value, str):
            value = list(dict.fromkeys(value))
        if value or type(value) is int:
            spec[name] = value
    return {
        "apiVersion": f"{GROUP}/v1alpha1",
        "kind": "AirflowEnvironment",
        "metadata": {"name": checked_name(request.name)},
        "spec": spec,
    }
