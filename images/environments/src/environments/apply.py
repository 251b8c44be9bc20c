"""Makes an environment what it should be, and removes it; each step may be done again after a crash at any point."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from environments.build import Desired, namespace, own_access
from environments.build.credentials import Credentials
from environments.build.values import digest, folder
from environments.clients import Clients
from environments.clients.kubernetes import path, path_of
from environments.dereference import is_of, lake_catalog, own_secrets, released
from environments.exceptions import KubernetesError, NotYetError, TakenError
from environments.keeping import keep
from environments.names import ENVIRONMENT_LABEL, FIELD_MANAGER, RELEASE_ANNOTATION
from environments.settings import Settings
from environments.spec import Environment

_FORBIDDEN, _TRIES, _PAUSE = 403, 20, 0.25
_UNINSTALLED = "uninstalled"
"""In the place of a release's digest."""


async def claim(environment: Environment, clients: Clients, settings: Settings) -> str | None:
    """Makes the namespace, if it is not there, and the controller's right in it.

    Returns:
        The digest of what is released in it; None where nothing is.

    Raises:
        TakenError: the namespace is another's. NotYetError: one of the same name is on its way out, or the right has
            yet to be heeded. ClientError: the API server refuses, or does not answer.
    """
    where = path("v1", "namespaces", name=environment.names.namespace)
    release = released(await clients.kubernetes.get(where), environment=environment)
    await clients.kubernetes.apply(namespace(environment, settings))
    await _enter(environment, clients, settings)
    return release


async def apply_objects(environment: Environment, desired: Desired, credentials: Credentials, clients: Clients) -> None:
    """What is in the namespace beside the release, the database, and the role in the lake's catalog.

    Raises:
        TakenError: the database's name is another's. ClientError: something refuses, or does not answer.
    """
    # The passwords are kept before anything has them.
    for manifest in desired.manifests:
        await clients.kubernetes.apply(manifest)
    await _remove_leftovers(environment, desired, clients)
    await clients.databases.ensure(
        environment.names.database, uid=environment.uid, password=credentials.database_password
    )
    if desired.catalog is not None:
        role, password = environment.names.lake_role, credentials.lake_password
        await clients.lake.ensure(desired.catalog, role, uid=environment.uid, password=password)


async def apply_release(environment: Environment, values: Mapping[str, Any], clients: Clients, *, wait: bool) -> None:
    """The release, and the mark of what it is.

    Args:
        wait: see `clients.helm.upgrade_arguments`.

    Raises:
        HelmError: it fails. KubernetesError: it cannot be marked.
    """
    name = environment.names.namespace
    await clients.helm.upgrade(name, values, wait=wait)
    mark = {RELEASE_ANNOTATION: digest(values, chart=clients.helm.chart_digest)}
    await clients.kubernetes.merge(path("v1", "namespaces", name=name), {"metadata": {"annotations": mark}})


async def remove(environment: Environment, clients: Clients, settings: Settings) -> None:
    """Removes all of it, what uses a thing before the thing: Airflow, jobs, lake schema, database, files, namespace.

    Raises:
        NotYetError: it goes on in the cluster; call it again. KeepError: see `keep`.
        ClientError: something refuses, or does not answer.
    """
    names = environment.names
    where = path("v1", "namespaces", name=names.namespace)
    there = await clients.kubernetes.get(where)
    ours = is_of(there, environment)
    leaving = there is not None and bool(there["metadata"].get("deletionTimestamp"))
    lives = ours and there is not None and not leaving
    if lives and not _is_uninstalled(there):
        await _enter(environment, clients, settings)
        # If it is too much, somebody has to make room in its Airflow.
        await keep(environment, clients, await own_secrets(environment, clients))
        await clients.helm.uninstall(names.namespace)
        # Jobs take a while to end, and each call of Helm is a process.
        mark = {"metadata": {"annotations": {RELEASE_ANNOTATION: _UNINSTALLED}}}
        await clients.kubernetes.merge(where, mark)
    if clients.job_server is not None and (ours or there is None):
        # The job that drops the schema runs in the namespace, with the environment's Secrets, where Airflow was.
        drop = lives and not environment.keep_schema
        await clients.job_server.remove(names.namespace, uid=environment.uid, drop=drop)
    if (catalog := await lake_catalog(environment, clients, settings)) is not None:
        with suppress(TakenError):  # it never was ours
            await clients.lake.drop(catalog, names.lake_role, uid=environment.uid)
    # Until now it may have changed. Where the namespace is gone, or goes, its Secrets are nobody's to read.
    await keep(environment, clients, await own_secrets(environment, clients) if lives else {})
    try:
        await clients.databases.drop(names.database, uid=environment.uid)
    except TakenError:
        pass  # it never was ours
    else:
        await clients.storage.remove_folder(folder(environment, settings))
    if ours and there is not None:
        if not leaving:
            await clients.kubernetes.delete(where, uid=there["metadata"]["uid"])
        raise NotYetError(f"The namespace {names.namespace!r} is being removed.")


def _is_uninstalled(namespace: Mapping[str, Any] | None) -> bool:
    annotations = ((namespace or {}).get("metadata") or {}).get("annotations") or {}
    return annotations.get(RELEASE_ANNOTATION) == _UNINSTALLED


async def _enter(environment: Environment, clients: Clients, settings: Settings) -> None:
    await clients.kubernetes.apply(own_access(environment, settings))
    secrets = path("v1", "secrets", namespace=environment.names.namespace)
    for _ in range(_TRIES):
        try:
            await clients.kubernetes.list(secrets)
        except KubernetesError as error:
            if error.status != _FORBIDDEN:
                raise
            await asyncio.sleep(_PAUSE)  # the authoriser reads bindings from a cache
        else:
            return
    raise NotYetError(f"The controller's rights in {environment.names.namespace!r} are not heeded yet.")


async def _remove_leftovers(environment: Environment, desired: Desired, clients: Clients) -> None:
    """Secrets of ours that are not wanted any more: a connection, or a repository, that was taken out."""
    names = environment.names
    wanted = {path_of(manifest) for manifest in desired.manifests}
    ours = {ENVIRONMENT_LABEL: environment.name, "app.kubernetes.io/managed-by": FIELD_MANAGER}
    for secret in await clients.kubernetes.list(path("v1", "secrets", namespace=names.namespace), labels=ours):
        where = path("v1", "secrets", namespace=names.namespace, name=secret["metadata"]["name"])
        if where not in wanted:
            await clients.kubernetes.delete(where)
