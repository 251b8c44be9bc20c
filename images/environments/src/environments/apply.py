"""Applies an environment to the cluster and the databases. Each step may be repeated after a crash at any point."""

import asyncio
from collections.abc import Mapping
from typing import Any

from environments.build import Desired, namespace, own_access
from environments.build.credentials import Credentials
from environments.build.values import digest
from environments.clients import Clients
from environments.exceptions import KubernetesError, NotYetError
from environments.observed.namespace import released
from environments.requests.api_paths import namespace_path, path, path_of
from environments.resource.names import ENVIRONMENT_LABEL, FIELD_MANAGER, RELEASE_ANNOTATION
from environments.resource.spec import Environment
from environments.settings import Settings

_FORBIDDEN, _ATTEMPTS, _PAUSE = 403, 20, 0.25


async def claim(environment: Environment, clients: Clients, settings: Settings) -> str | None:
    """Creates the namespace, if it is missing, and the controller's right in it.

    Returns:
        The digest of the release in the namespace; None without a release.

    Raises:
        TakenError: the namespace belongs to another object. NotYetError: an earlier one is being deleted, or the right
            has not taken effect. ClientError: the API server refuses, or does not answer.
    """
    release = released(await clients.kubernetes.get(namespace_path(environment)), environment=environment)
    await clients.kubernetes.apply(namespace(environment, settings))
    await enter(environment, clients, settings)
    return release


async def enter(environment: Environment, clients: Clients, settings: Settings) -> None:
    """Gives the controller its right in the environment's namespace, and waits until it takes effect.

    Raises:
        NotYetError: it takes too long. KubernetesError: the API server refuses, or does not answer.
    """
    await clients.kubernetes.apply(own_access(environment, settings))
    secrets = path("v1", "secrets", namespace=environment.names.namespace)
    for _ in range(_ATTEMPTS):
        try:
            await clients.kubernetes.list(secrets)
        except KubernetesError as error:
            if error.status != _FORBIDDEN:
                raise
            await asyncio.sleep(_PAUSE)  # the authorizer reads bindings from a cache
        else:
            return
    raise NotYetError(f"The controller's rights in {environment.names.namespace!r} have not taken effect yet.")


async def apply_objects(environment: Environment, desired: Desired, credentials: Credentials, clients: Clients) -> None:
    """Applies the objects beside the release, the database, and the role in the lake's catalog.

    Raises:
        TakenError: the database's name belongs to another object. ClientError: a system refuses, or does not answer.
    """
    # Passwords are stored before any system gets them.
    for manifest in desired.manifests:
        await clients.kubernetes.apply(manifest)
    await _delete_unwanted_secrets(environment, desired, clients)
    await clients.databases.ensure(
        environment.names.database, uid=environment.uid, password=credentials.database_password
    )
    if desired.catalog is not None:
        role, password = environment.names.lake_role, credentials.lake_password
        await clients.lake.ensure(desired.catalog, role, uid=environment.uid, password=password)


async def apply_release(environment: Environment, values: Mapping[str, Any], clients: Clients, *, wait: bool) -> None:
    """Installs or upgrades the release, and annotates the namespace with its digest.

    Args:
        wait: see `upgrade_arguments`.

    Raises:
        HelmError: the release fails. KubernetesError: the namespace cannot be annotated.
    """
    await clients.helm.upgrade(environment.names.namespace, values, wait=wait)
    annotations = {RELEASE_ANNOTATION: digest(values, chart=clients.helm.chart_digest)}
    await clients.kubernetes.merge(namespace_path(environment), {"metadata": {"annotations": annotations}})


async def _delete_unwanted_secrets(environment: Environment, desired: Desired, clients: Clients) -> None:
    """Deletes the controller's Secrets that the spec no longer needs, such as a former repository's."""
    names = environment.names
    wanted = {path_of(manifest) for manifest in desired.manifests}
    ours = {ENVIRONMENT_LABEL: environment.name, "app.kubernetes.io/managed-by": FIELD_MANAGER}
    for secret in await clients.kubernetes.list(path("v1", "secrets", namespace=names.namespace), labels=ours):
        where = path("v1", "secrets", namespace=names.namespace, name=secret["metadata"]["name"])
        if where not in wanted:
            await clients.kubernetes.delete(where)
