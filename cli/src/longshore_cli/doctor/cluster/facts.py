"""Facts about the cluster that the checks read, most of them objects as Kubernetes and Helm have them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Object = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ServerPod:
    """One pod of the job server."""

    name: str
    fault: str | None
    """Why it is not ready to answer, as its `/readyz` says; None if it is."""
    dispatches: bool
    """True if it has the lock, and starts job runs."""


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A volume, or a node's disk. Sizes are in bytes."""

    name: str
    used: int
    capacity: int


@dataclass(frozen=True, kw_only=True)
class ClusterFacts:
    """Everything that the checks of the cluster read."""

    now: datetime
    """Timezone-aware."""
    missing_programs: tuple[str, ...]
    docker_fault: str | None
    """Why Docker does not answer; None if it does."""
    exists: bool
    """True if kind knows the cluster."""
    api_fault: str | None
    """Why the API server does not answer; None if it does. Without it, the rest is empty."""
    api_certificate_ends: datetime | None
    """The end of the API server's certificate; None if it is not known."""
    nodes: tuple[Object, ...] = ()
    pods: tuple[Object, ...] = ()
    """All but those of job runs."""
    releases: tuple[Object, ...] = ()
    """As `helm list --all --output json` has them."""
    servers: tuple[ServerPod, ...] = ()
    server_uses_yunikorn: bool = False
    yunikorn: tuple[Object, ...] = ()
    """The Deployments in YuniKorn's namespace."""
    volumes: tuple[Volume, ...] = ()
    environments: tuple[Object, ...] = ()
    """The objects AirflowEnvironment."""
    airflow_fault: str | None = None
    import_failures: tuple[tuple[str, str], ...] = ()
    """Files of DAGs that Airflow cannot import, each with the last line of its trace."""
