"""What an environment's object refers to: Secrets beside it, what was made for it before, its virtual cluster."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from environments.build import Found
from environments.build.credentials import credentials
from environments.build.lake import Catalog, catalog
from environments.clients import Clients
from environments.clients.kubernetes import path
from environments.exceptions import NotYetError, TakenError
from environments.keeping import kept_path
from environments.names import (
    BASIC_AUTH,
    DATABASE_SECRET,
    KEPT_PREFIX,
    KEYS_SECRET,
    LAKE_SECRET,
    RELEASE_ANNOTATION,
    UID_LABEL,
    USERS_SECRET,
)
from environments.settings import Settings
from environments.spec import Environment


def released(namespace: Mapping[str, Any] | None, *, environment: Environment) -> str | None:
    """The digest that the environment's namespace carries. Pure.

    Raises:
        TakenError: the namespace is another's. NotYetError: it is on its way out.
    """
    if namespace is None:
        return None
    metadata = namespace["metadata"]
    name = metadata["name"]
    if metadata.get("deletionTimestamp"):
        raise NotYetError(f"The namespace {name!r} of an earlier environment is still being removed.")
    if not is_of(namespace, environment):
        raise TakenError(
            f"The namespace {name!r} is another's; give the environment another name, or remove the namespace."
        )
    found = (metadata.get("annotations") or {}).get(RELEASE_ANNOTATION)
    return None if found is None else str(found)


def is_of(namespace: Mapping[str, Any] | None, environment: Environment) -> bool:
    """Whether the namespace is there, and was made for this very environment. Pure."""
    labels = ((namespace or {}).get("metadata") or {}).get("labels") or {}
    return bool(labels.get(UID_LABEL) == environment.uid)


def texts(secret: Mapping[str, Any] | None) -> dict[str, str]:
    """A Secret's values as texts, by key; none where there is no Secret. Pure."""
    data = (secret or {}).get("data") or {}
    return {key: base64.b64decode(value).decode(errors="replace") for key, value in data.items()}


def parts(secret: Mapping[str, str], key: str, *, names: tuple[str, ...]) -> dict[str, Any]:
    """Those of a JSON file's entries that are named. Pure.

    Raises:
        NotYetError: one is missing, or the file is no JSON object.
    """
    try:
        table = json.loads(secret.get(key) or "{}")
        missing = [name for name in names if name not in table]
    except (ValueError, TypeError) as error:
        raise NotYetError(
            f"{key} in the shared Secret is no JSON object; whoever runs the platform mends it."
        ) from error
    if missing:
        raise NotYetError(f"{missing[0]!r} is not in {key} of the shared Secret; leave it out, or have it added there.")
    return {name: table[name] for name in names}


def basic_auth(secret: Mapping[str, Any]) -> dict[str, str]:
    """A Secret's user and password, in base64; of one that is for something else, nothing. Pure.

    Raises:
        NotYetError: it is of another type.
    """
    if secret.get("type") != BASIC_AUTH:
        raise NotYetError(
            f"The Secret {secret['metadata']['name']!r} is not of the type {BASIC_AUTH}, and so opens no repository; "
            "name one that is."
        )
    return {key: value for key, value in (secret.get("data") or {}).items() if key in ("username", "password")}


async def own_secrets(environment: Environment, clients: Clients) -> dict[str, dict[str, str]]:
    """What was made for the environment before, by the Secrets' names; nothing of those that are not there.

    Raises:
        KubernetesError: the API server refuses, or does not answer.
    """
    found = {}
    for name in (DATABASE_SECRET, KEYS_SECRET, LAKE_SECRET, USERS_SECRET):
        where = path("v1", "secrets", namespace=environment.names.namespace, name=name)
        found[name] = texts(await clients.kubernetes.get(where))
    return found


async def lake_catalog(environment: Environment, clients: Clients, settings: Settings) -> Catalog | None:
    """Where the environment has a role in the lake's catalog; None where it has none.

    Raises:
        NotYetError: the connection is in none of the Secrets of jobs. KubernetesError: see `own_secrets`.
    """
    if not settings.lake_connection:
        return None
    where = [path("v1", "secrets", namespace=environment.namespace, name=name) for name in settings.job_secrets]
    found = [await clients.kubernetes.get(each) for each in where]
    shared = {name: (each or {}).get("data") or {} for name, each in zip(settings.job_secrets, found, strict=True)}
    return catalog(shared, settings.lake_connection)


async def dereference(environment: Environment, clients: Clients, settings: Settings) -> Found:
    """Looks all of it up; the environment's namespace is there.

    Raises:
        NotYetError: a Secret that is named is not there.
        ClientError: something does not answer.
    """
    kubernetes, names = clients.kubernetes, environment.names

    async def beside(name: str) -> Mapping[str, Any]:
        found = await kubernetes.get(path("v1", "secrets", namespace=environment.namespace, name=name))
        if found is None or name.startswith(KEPT_PREFIX):  # that is the controller's, and maybe another owner's
            raise NotYetError(f"There is no Secret {name!r} in the namespace {environment.namespace!r}; make it there.")
        return found

    known = await own_secrets(environment, clients)
    earlier = texts(await kubernetes.get(kept_path(environment)))
    if earlier.get("fernet-key"):  # what is kept of an earlier one can be read with no other
        known[KEYS_SECRET] = {"fernet-key": earlier["fernet-key"], **known[KEYS_SECRET]}
    shared = texts(await beside(settings.shared_connections_secret))
    to_copy = [*settings.image_pull_secrets, *(settings.job_secrets if clients.job_server else [])]
    copied = {name: await beside(name) for name in to_copy}
    git = environment.git.credentials_secret
    cluster = None
    if clients.job_server is not None:
        cluster = await clients.job_server.ensure(names.namespace, uid=environment.uid)
    connections = tuple(dict.fromkeys((*settings.base_connections, *environment.connections)))
    return Found(
        credentials=credentials(known, owner=environment.owner),
        connections=parts(shared, "connections.json", names=connections),
        variables=parts(shared, "variables.json", names=environment.variables),
        copies={name: found.get("data") or {} for name, found in copied.items()},
        copy_types={name: found.get("type", "Opaque") for name, found in copied.items()},
        git=None if git is None else basic_auth(await beside(git)),
        virtual_cluster_id=cluster,
        catalog=await lake_catalog(environment, clients, settings),
    )
