"""The object that `longshore env create` makes, from its options. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from longshore_cli.environments.durations import duration
from longshore_cli.environments.names import GROUP, checked_branch, checked_name
from longshore_cli.exceptions import ClusterError

Size = Literal["small", "medium", "large"]


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What somebody asks for."""

    name: str
    owner: str
    git_url: str
    branch: str | None
    commit: str | None
    """By its full name; it wins over the branch."""
    ttl: str
    idle: str
    size: Size
    connections: Sequence[str] = ()
    variables: Sequence[str] = ()
    image: str | None = None
    keep_schema: bool = False
    git_secret: str | None = None
    """The Secret beside the object that opens a private repository."""


def manifest(wishes: Wishes) -> dict[str, Any]:
    """The AirflowEnvironment. What only the API server can tell is left to it.

    Raises:
        ClusterError: the name, the branch or a time is none, or the repository's address has a password in it.
    """
    duration(wishes.ttl)
    duration(wishes.idle)
    if re.match(r"[^/]*//[^/]*@", wishes.git_url):
        raise ClusterError(
            "The repository's address has a user or password in it, where everybody could read it: leave that out, and "
            "name a Secret that has it with --git-secret."
        )
    revision = {"commit": wishes.commit} if wishes.commit else {"branch": checked_branch(wishes.branch or "")}
    spec: dict[str, Any] = {
        "owner": wishes.owner,
        "git": {"url": wishes.git_url, **revision},
        "ttl": wishes.ttl,
        "idle": wishes.idle,
        "size": wishes.size,
    }
    if wishes.git_secret:
        spec["git"]["credentialsSecret"] = wishes.git_secret
    if wishes.connections:
        spec["connections"] = list(dict.fromkeys(wishes.connections))
    if wishes.variables:
        spec["variables"] = list(dict.fromkeys(wishes.variables))
    if wishes.image:
        spec["image"] = wishes.image
    if wishes.keep_schema:
        spec["keepSchema"] = True
    return {
        "apiVersion": f"{GROUP}/v1alpha1",
        "kind": "AirflowEnvironment",
        "metadata": {"name": checked_name(wishes.name)},
        "spec": spec,
    }
