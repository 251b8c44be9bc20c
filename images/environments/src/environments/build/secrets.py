"""The Secrets of an environment, as helm/airflow and the job server's pods expect them."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from environments.build.credentials import Credentials
from environments.build.lake import own_copies
from environments.build.objects import Manifest, manifest
from environments.resource.names import (
    BASIC_AUTH,
    CONNECTIONS_SECRET,
    CONTROLLER_USER,
    DATABASE_SECRET,
    GIT_SECRET,
    KEYS_SECRET,
    LAKE_SECRET,
    USERS_SECRET,
)
from environments.resource.spec import Environment
from environments.settings import Settings


def secrets(
    environment: Environment,
    settings: Settings,
    *,
    credentials: Credentials,
    connections: Mapping[str, Any],
    variables: Mapping[str, Any],
    virtual_cluster_id: str | None,
    copies: Mapping[str, Mapping[str, str]],
    copy_types: Mapping[str, str],
    git: Mapping[str, str] | None,
) -> tuple[Manifest, ...]:
    """Returns Secrets with the database's URL, keys, users, connections and variables, and the copied Secrets.

    Copies are unchanged but for the role in the lake. Args: see `Found`.
    """
    name = environment.names.database
    url = (
        f"postgresql+psycopg2://{name}:{credentials.database_password}"
        f"@{settings.database_host}:{settings.database_port}/{name}"
    )
    passwords = {environment.owner: credentials.owner_password, CONTROLLER_USER: credentials.controller_password}
    keys = {
        "fernet-key": credentials.fernet_key,
        "jwt-secret": credentials.jwt_secret,
        "session-secret": credentials.session_secret,
    }
    files = {
        "connections.json": _text(_connections(connections, virtual_cluster_id)),
        "variables.json": _text(variables),
    }
    made: tuple[Manifest, ...] = (
        _secret(environment, DATABASE_SECRET, {"url": url}),
        _secret(environment, KEYS_SECRET, keys),
        _secret(environment, USERS_SECRET, {"passwords.json": _text(passwords)}),
        _secret(environment, CONNECTIONS_SECRET, files),
    )
    if settings.lake_connection:
        role, password = environment.names.lake_role, credentials.lake_password
        copies = own_copies(copies, settings.lake_connection, role=role, password=password)
        made = (*made, _secret(environment, LAKE_SECRET, {"password": password}))
    copied = tuple(
        manifest(environment, "Secret", each, type=copy_types.get(each, "Opaque"), data=dict(data))
        for each, data in sorted(copies.items())
    )
    of_git = () if git is None else (manifest(environment, "Secret", GIT_SECRET, type=BASIC_AUTH, data=dict(git)),)
    return (*made, *copied, *of_git)


def _secret(environment: Environment, name: str, texts: Mapping[str, str]) -> Manifest:
    # Not `stringData`, because a key that is removed from it stays in the Secret.
    data = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
    return manifest(environment, "Secret", name, type="Opaque", data=data)


def _connections(connections: Mapping[str, Any], virtual_cluster_id: str | None) -> dict[str, Any]:
    """Returns the connections, with the environment's own virtual cluster, if any, in `aws_default`."""
    found = dict(connections)
    if virtual_cluster_id is not None and "aws_default" in found:
        shared = found["aws_default"]
        extra = shared.get("extra") or {}
        services = extra.get("service_config") or {}
        of_emr = {**(services.get("emr-containers") or {}), "virtual_cluster_id": virtual_cluster_id}
        found["aws_default"] = {
            **shared,
            "extra": {**extra, "service_config": {**services, "emr-containers": of_emr}},
        }
    return found


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, sort_keys=True)
