"""All that an environment is made of, as data."""

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
from environments.settings import Settings
from environments.spec import Environment


@dataclass(frozen=True, kw_only=True)
class Found:
    """What there is that an environment is built from: see `dereference`."""

    credentials: Credentials
    connections: Mapping[str, Any]
    """Those that environments may have, by name, as Airflow's files of connections hold them."""
    variables: Mapping[str, Any]
    copies: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Secrets beside the object that the environment gets as they are, by name: their values in base64."""
    copy_types: Mapping[str, str] = field(default_factory=dict)
    """The types of these Secrets."""
    git: Mapping[str, str] | None = None
    """The Secret that opens the repository: its values in base64."""
    virtual_cluster_id: str | None = None
    """Of the EMR Containers API, where the environment's jobs run; None: where the shared connection says."""
    catalog: Catalog | None = None
    """Of the lake, where the environment has a role of its own; None: it has the shared one."""


@dataclass(frozen=True, kw_only=True)
class Desired:
    """What is to be there for one environment."""

    manifests: tuple[Manifest, ...]
    """All in the environment's namespace, which is there before them."""
    values: Mapping[str, Any]
    """Of helm/airflow."""
    catalog: Catalog | None = None
    """See `Found`."""


def build(environment: Environment, found: Found, settings: Settings, *, asleep: bool) -> Desired:
    """All that the environment is made of.

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
