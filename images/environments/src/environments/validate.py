"""Checks of an environment that need the settings or other objects, so that the CRD cannot make them. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from environments.build.values import image
from environments.exceptions import NotYetError, QuotaError, SpecError
from environments.resource.spec import Environment
from environments.resource.times import moment
from environments.settings import Settings

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
"""Options that helm/airflow sets from its other values, and refuses in `config`; a test compares the two lists."""
CLOSED_OPTIONS: Mapping[str, Collection[str]] = {
    "core": {"auth_manager", "fernet_key", "simple_auth_manager_all_admins"},
    "database": {"sql_alchemy_conn"},
    "api": {"secret_key"},
    "api_auth": {"jwt_secret"},
    "longshore": {"environment_name"},
}
"""Options that would open an environment to other users, to another database, or to tasks of another environment."""
_OPTION = re.compile(r"[a-z][a-z0-9_]{0,99}", re.ASCII)
_HIDDEN = ("_cmd", "_secret")
"""Suffixes of an option whose value Airflow takes from a command, or from its secrets backend."""


def validate(environment: Environment, settings: Settings, *, others: Iterable[Mapping[str, Any]]) -> None:
    """Checks the spec and the owner's quota.

    Args:
        others: all objects, as the API server lists them; the environment itself may be one of them.

    Raises:
        SpecError: the spec asks for something that is not allowed; the message names the field.
        QuotaError: the owner has reached their limit.
    """
    for field, names, allowed, setting in (
        ("connections", environment.connections, settings.allowed_connections, "allowedConnections"),
        ("variables", environment.variables, settings.allowed_variables, "allowedVariables"),
    ):
        for name in names:
            if name not in allowed:
                may = ", ".join(sorted(allowed)) or "none"
                raise SpecError(
                    f"spec.{field}: {name!r} is not one of those that environments may have ({may}). Remove it, or ask "
                    f"the platform operator to add it to {setting} of the chart environments."
                )
    if environment.image is not None:
        image(environment.image)
    _check_config(environment.config)
    _check_quota(environment, settings, others)


def check_alive(environment: Environment, others: Iterable[Mapping[str, Any]]) -> None:
    """Checks that the object still exists: a look that began before its deletion would restore what `remove` removes.

    Args:
        others: all objects, as the API server lists them.

    Raises:
        NotYetError: the object is deleted, or being deleted.
    """
    alive = (each["metadata"] for each in others if not each["metadata"].get("deletionTimestamp"))
    if environment.uid not in {metadata["uid"] for metadata in alive}:
        raise NotYetError(f"The environment {environment.name!r} is being removed.")


def _check_config(config: Mapping[str, Mapping[str, str]]) -> None:
    for section, options in config.items():
        for name in options:
            if not _OPTION.fullmatch(section) or not _OPTION.fullmatch(name):
                raise SpecError(
                    f"spec.config: {section[:40]!r} and {name[:40]!r} cannot be a section and an option of Airflow. "
                    "Use small letters, digits and '_'."
                )
            plain = name
            for ending in _HIDDEN:
                plain = plain.removesuffix(ending)
            if plain in CHART_OPTIONS.get(section, ()):
                raise SpecError(
                    f"spec.config.{section}.{name} cannot be set, because it follows from other fields. Remove it."
                )
            if plain in CLOSED_OPTIONS.get(section, ()):
                raise SpecError(
                    f"spec.config.{section}.{name} cannot be set in an environment, because it decides about access, "
                    "the place of data, or the environment's identity. Remove it."
                )


def _check_quota(environment: Environment, settings: Settings, others: Iterable[Mapping[str, Any]]) -> None:
    most = settings.environments_per_owner
    # Only earlier environments count, so that a lowered quota, or a race of two creations, ends none that exists.
    earlier = [
        other["metadata"]["name"]
        for other in others
        if other.get("spec", {}).get("owner") == environment.owner
        and other["metadata"]["uid"] != environment.uid
        and _age(other) < (environment.created_at.timestamp(), environment.uid)
    ]
    if len(earlier) >= most:
        raise QuotaError(
            f"spec.owner: {environment.owner!r} already has {len(earlier)} environments "
            f"({', '.join(sorted(earlier))}) of at most {most}. Delete one of them."
        )


def _age(other: Mapping[str, Any]) -> tuple[float, str]:
    return moment(other["metadata"]["creationTimestamp"]).timestamp(), other["metadata"]["uid"]
