"""Removes an environment. Each step may be repeated after a crash at any point."""

from contextlib import suppress

from environments.apply import enter
from environments.build.values import folder
from environments.clients import Clients
from environments.dereference import lake_catalog, own_secrets
from environments.exceptions import NotYetError, TakenError
from environments.observed.namespace import UNINSTALLED, is_of, is_uninstalled
from environments.requests.api_paths import namespace_path
from environments.resource.names import RELEASE_ANNOTATION
from environments.resource.spec import Environment
from environments.retention import retain
from environments.settings import Settings


async def remove(environment: Environment, clients: Clients, settings: Settings) -> None:
    """Removes users before what they use: Airflow, jobs and the lake schema, the database, files, the namespace.

    Raises:
        NotYetError: the removal goes on in the cluster; call it again. RetentionError: see `retain`.
        ClientError: a system refuses, or does not answer.
    """
    names = environment.names
    where = namespace_path(environment)
    found = await clients.kubernetes.get(where)
    ours = is_of(found, environment)
    leaving = found is not None and bool(found["metadata"].get("deletionTimestamp"))
    lives = ours and found is not None and not leaving
    if lives and not is_uninstalled(found):
        await enter(environment, clients, settings)
        # If the rows are too large, the owner has to delete some in Airflow, so Airflow must still run.
        await retain(environment, clients, await own_secrets(environment, clients))
        await clients.helm.uninstall(names.namespace)
        # Jobs take a while to end, and each call of Helm starts a process, so the namespace is marked.
        await clients.kubernetes.merge(where, {"metadata": {"annotations": {RELEASE_ANNOTATION: UNINSTALLED}}})
    if clients.job_server is not None and (ours or found is None):
        # The job that drops the schema runs in the namespace, with the environment's Secrets and in Airflow's room.
        drop = lives and not environment.keep_schema
        await clients.job_server.remove(names.namespace, uid=environment.uid, drop=drop)
    if (catalog := await lake_catalog(environment, clients, settings)) is not None:
        with suppress(TakenError):  # the role never was this environment's
            await clients.lake.drop(catalog, names.lake_role, uid=environment.uid)
    # The rows may have changed until now. The Secrets of a deleted namespace cannot be read any more.
    await retain(environment, clients, await own_secrets(environment, clients) if lives else {})
    try:
        await clients.databases.drop(names.database, uid=environment.uid)
    except TakenError:
        pass  # the database never was this environment's
    else:
        await clients.storage.remove_folder(folder(environment, settings))
    if ours and found is not None:
        if not leaving:
            await clients.kubernetes.delete(where, uid=found["metadata"]["uid"])
        raise NotYetError(f"The namespace {names.namespace!r} is being removed.")
