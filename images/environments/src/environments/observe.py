"""One look at an environment: its pods, its Airflow, and what the DAG processor says of git."""

from dataclasses import replace
from typing import Any

from environments.airflow_state import AirflowState
from environments.build.credentials import credentials
from environments.clients import Clients
from environments.clients.kubernetes import path
from environments.dereference import texts
from environments.exceptions import AirflowError, KubernetesError
from environments.git_log import SECONDS, GitFault, git_fault
from environments.names import RELEASE, USERS_SECRET
from environments.pods import Requested, pod_of, replica_failures, requested, troubles, workloads
from environments.spec import Environment
from environments.status import Observation


async def deployments(environment: Environment, clients: Clients) -> list[dict[str, Any]]:
    """Those of the release.

    Raises:
        KubernetesError: the API server refuses, or does not answer.
    """
    where = path("apps/v1", "deployments", namespace=environment.names.namespace)
    return await clients.kubernetes.list(where, labels={"app.kubernetes.io/instance": RELEASE})


async def observe(environment: Environment, clients: Clients) -> tuple[Observation, Requested]:
    """What is seen of it, and what its pods ask for; its namespace is there, and its own. Raises: see `deployments`."""
    namespace = environment.names.namespace
    releases = await deployments(environment, clients)
    pods = await clients.kubernetes.list(path("v1", "pods", namespace=namespace))
    pod = pod_of("dag-processor", pods)
    observation = Observation(
        workloads=workloads(releases),
        troubles=(*troubles(pods), *replica_failures(releases)),
        git_fault=None if pod is None else await _git_fault(namespace, pod, clients),
    )
    if observation.serves:
        observation = replace(observation, airflow=await _airflow(environment, clients))
    return observation, requested(pods)


async def _airflow(environment: Environment, clients: Clients) -> AirflowState | None:
    where = path("v1", "secrets", namespace=environment.names.namespace, name=USERS_SECRET)
    users = {USERS_SECRET: texts(await clients.kubernetes.get(where))}
    password = credentials(users, owner=environment.owner).controller_password
    try:
        return await clients.airflow.look(environment.names.internal_url, password=password, owner=environment.owner)
    except AirflowError:
        return None  # it starts, or has too much to do: the status says that it does not answer


async def _git_fault(namespace: str, pod: str, clients: Clients) -> GitFault | None:
    try:
        log = await clients.kubernetes.log(namespace, pod, container="dag-processor", seconds=SECONDS)
    except KubernetesError:
        return None  # its container starts
    return git_fault(log)
