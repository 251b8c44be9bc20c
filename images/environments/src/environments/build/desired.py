"""Everything that an environment consists of, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from environments.build.access import access
from environments.build.credentials import Credentials
from environments.build.lake import Catalog
from environments.build.limits import limits
from environments.build.network import network
from environments.build.objects import Manifest
from environments.build.secrets import secrets
from environments.build.values import values
from environments.resource.spec import Environment
from environments.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Found:
    """The result of `dereference`, from which an environment is built."""

    credentials: Credentials
    connections: Mapping[str, Any]
    """The environment's connections by name, in the form of Airflow's connection files."""
    variables: Mapping[str, Any]
    copies: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Secrets beside the object that are copied to the environment, by name: their values in base64."""
    copy_types: Mapping[str, str] = field(default_factory=dict)
    """The types of the copied Secrets."""
    git: Mapping[str, str] | None = None
    """The Secret that opens the repository: its values in base64."""
    virtual_cluster_id: str | None = None
    """The virtual cluster for the environment's jobs. None: they run where the shared connection says."""
    catalog: Catalog | None = None
    """The lake's catalog in which the environment has its own role. None: it uses the shared role."""


@dataclass(frozen=True, kw_only=True)
class Desired:
    """The desired state of one environment."""

    manifests: tuple[Manifest, ...]
    """All objects in the environment's namespace, which is applied before them."""
    values: Mapping[str, Any]
    """The values of helm/airflow."""
    catalog: Catalog | None = None
    """See `Found`."""


def build(environment: Environment, found: Found, settings: Settings, *, asleep: bool) -> Desired:
    """Returns everything that the environment consists of.

    Args:
        asleep: whether its Airflow has no pods.
    """
    return Desired(
        manifests=(
            *limits(environment, settings),
            *network(environment, settings),
            *access(environment, settings),
            *secrets(
                environment,
                settings,
                credentials=found.credentials,
                connections=found.connections,
                variables=found.variables,
                virtual_cluster_id=found.virtual_cluster_id,
                copies=found.copies,
                copy_types=found.copy_types,
                git=found.git,
            ),
        ),
        values=values(environment, settings, asleep=asleep),
        catalog=found.catalog,
    )
