"""What the CRD's own rules cannot check: it needs the settings, or other objects. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from environments.build.values import image
from environments.exceptions import QuotaError, SpecError
from environments.settings import Settings
from environments.spec import Environment, moment

CHART_OPTIONS: Mapping[str, Collection[str]] = {
    "core": {
        "executor",
        "execution_api_server_url",
        "hostname_callable",
        "simple_auth_manager_users",
        "simple_auth_manager_passwords_file",
    },
    "api": {"port", "base_url"},
    "secrets": {"backend", "backend_kwargs"},
    "dag_processor": {"dag_bundle_storage_path", "dag_bundle_config_list", "refresh_interval"},
    "logging": {
        "base_log_folder",
        "dag_processor_log_target",
        "remote_logging",
        "remote_base_log_folder",
        "remote_log_conn_id",
        "delete_local_logs",
    },
    "longshore": {"environment"},
}
"""What helm/airflow sets from its other values, and refuses in `config`: a test holds the two together."""
CLOSED_OPTIONS: Mapping[str, Collection[str]] = {
    "core": {"auth_manager", "fernet_key", "simple_auth_manager_all_admins"},
    "database": {"sql_alchemy_conn"},
    "api": {"secret_key"},
    "api_auth": {"jwt_secret"},
    "longshore": {"environment_name"},
}
"""What would open an environment to others, lead it to another's database, or let it run what is for another."""
_OPTION = re.compile(r"[a-z][a-z0-9_]{0,99}", re.ASCII)
_HIDDEN = ("_cmd", "_secret")
"""Endings by which Airflow takes an option's value from a command, or from its secrets backend."""


def validate(environment: Environment, settings: Settings, *, others: Iterable[Mapping[str, Any]]) -> None:
    """Checks what the environment asks for.

    Args:
        others: all objects there are, as the API server lists them; the environment itself may be one of them.

    Raises:
        SpecError: it asks for what it cannot have; the message names the field.
        QuotaError: its owner has as many as they may.
    """
    for field, names, allowed, setting in (
        ("connections", environment.connections, settings.allowed_connections, "allowedConnections"),
        ("variables", environment.variables, settings.allowed_variables, "allowedVariables"),
    ):
        for name in names:
            if name not in allowed:
                may = ", ".join(sorted(allowed)) or "none"
                raise SpecError(
                    f"spec.{field}: {name!r} is not among those that environments may have ({may}); leave it out, or "
                    f"have it added to {setting} of the chart environments."
                )
    if environment.image is not None:
        image(environment.image)
    _check_config(environment.config)
    _check_quota(environment, settings, others)


def _check_config(config: Mapping[str, Mapping[str, str]]) -> None:
    for section, options in config.items():
        for name in options:
            if not _OPTION.fullmatch(section) or not _OPTION.fullmatch(name):
                raise SpecError(
                    f"spec.config: {section[:40]!r} and {name[:40]!r} cannot be a section and an option of Airflow's; "
                    "use small letters, digits and '_'."
                )
            plain = name
            for ending in _HIDDEN:
                plain = plain.removesuffix(ending)
            if plain in CHART_OPTIONS.get(section, ()):
                raise SpecError(
                    f"spec.config.{section}.{name} cannot be set: it follows from the other fields; leave it out."
                )
            if plain in CLOSED_OPTIONS.get(section, ()):
                raise SpecError(
                    f"spec.config.{section}.{name} cannot be set in an environment: it says who comes in, where "
                    "data lie, or which environment it is; leave it out."
                )


def _check_quota(environment: Environment, settings: Settings, others: Iterable[Mapping[str, Any]]) -> None:
    most = settings.environments_per_owner
    # Those that were there first stay: a quota that is lowered, or a race of two creations, ends nobody's.
    earlier = [
        other["metadata"]["name"]
        for other in others
        if other.get("spec", {}).get("owner") == environment.owner
        and other["metadata"]["uid"] != environment.uid
        and _age(other) < (environment.created_at.timestamp(), environment.uid)
    ]
    if len(earlier) >= most:
        raise QuotaError(
            f"spec.owner: {environment.owner!r} has {len(earlier)} environments already "
            f"({', '.join(sorted(earlier))}), and may have {most}; delete one of them."
        )


def _age(other: Mapping[str, Any]) -> tuple[float, str]:
    return moment(other["metadata"]["creationTimestamp"]).timestamp(), other["metadata"]["uid"]
