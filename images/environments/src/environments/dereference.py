"""Looks up what an environment's object refers to: Secrets beside it, its earlier passwords, its virtual cluster."""

from collections.abc import Mapping
from typing import Any

from environments.build import Found
from environments.build.credentials import credentials
from environments.build.lake import Catalog, catalog
from environments.clients import Clients
from environments.exceptions import NotYetError
from environments.observed.secrets import basic_auth, parts, texts
from environments.requests.api_paths import path, retained_path
from environments.resource.names import DATABASE_SECRET, KEYS_SECRET, LAKE_SECRET, RETAINED_PREFIX, USERS_SECRET
from environments.resource.spec import Environment
from environments.settings import Settings


async def dereference(environment: Environment, clients: Clients, settings: Settings) -> Found:
    """Looks everything up; the environment's namespace must exist.

    Raises:
        NotYetError: a Secret that the spec or the settings name is missing.
        ClientError: a system does not answer.
    """
    kubernetes, names = clients.kubernetes, environment.names

    async def beside(name: str) -> Mapping[str, Any]:
        found = await kubernetes.get(path("v1", "secrets", namespace=environment.namespace, name=name))
        if found is None or name.startswith(RETAINED_PREFIX):  # the controller's own, maybe of another owner
            raise NotYetError(
                f"There is no Secret {name!r} in the namespace {environment.namespace!r}. Create it there."
            )
        return found

    known = await own_secrets(environment, clients)
    earlier = texts(await kubernetes.get(retained_path(environment)))
    if earlier.get("fernet-key"):  # no other key decrypts the retained rows
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


async def own_secrets(environment: Environment, clients: Clients) -> dict[str, dict[str, str]]:
    """Returns the values of the environment's own Secrets, by their names; empty ones for missing Secrets.

    Raises:
        KubernetesError: the API server refuses, or does not answer.
    """
    found = {}
    for name in (DATABASE_SECRET, KEYS_SECRET, LAKE_SECRET, USERS_SECRET):
        where = path("v1", "secrets", namespace=environment.names.namespace, name=name)
        found[name] = texts(await clients.kubernetes.get(where))
    return found


async def lake_catalog(environment: Environment, clients: Clients, settings: Settings) -> Catalog | None:
    """Returns the lake's catalog in which the environment has its own role; None if it has none.

    Raises:
        NotYetError: no Secret of jobs has the connection. KubernetesError: see `own_secrets`.
    """
    if not settings.lake_connection:
        return None
    where = [path("v1", "secrets", namespace=environment.namespace, name=name) for name in settings.job_secrets]
    found = [await clients.kubernetes.get(each) for each in where]
    shared = {name: (each or {}).get("data") or {} for name, each in zip(settings.job_secrets, found, strict=True)}
    return catalog(shared, settings.lake_connection)
