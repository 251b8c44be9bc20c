"""The look at an environment: it observes, and says what is due as data. It changes nothing in any system.

The controller applies what is due, on the same road as a change of the object.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from environments.build.credentials import credentials
from environments.clients import Clients
from environments.exceptions import AirflowError, KubernetesError
from environments.memory import Memory
from environments.observed.airflow_state import AirflowState
from environments.observed.git_log import SECONDS, GitFault, git_fault
from environments.observed.namespace import is_of
from environments.observed.observation import Observation
from environments.observed.pods import pod_of, replica_failures, requested, troubles, workloads
from environments.observed.secrets import texts
from environments.plan.due import Due, due
from environments.plan.lifecycle import Lifecycle, latest_activity, lifecycle
from environments.requests.api_paths import namespace_path, path
from environments.resource.names import RELEASE, USERS_SECRET
from environments.resource.spec import Environment
from environments.resource.times import moment
from environments.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Look:
    """The result of a look."""

    observation: Observation
    last_activity: datetime
    plan: Lifecycle
    """The state that the environment should have now."""
    due: Due
    """The steps that lead to it."""


async def look(
    environment: Environment,
    previous: Mapping[str, Any],
    memory: Memory,
    clients: Clients,
    settings: Settings,
    *,
    now: datetime,
    clock: Callable[[], float],
) -> Look:
    """Returns what there is, what should be, and what is due. The memory notes the observation.

    Args:
        previous: the object's status.
        now: aware.
        clock: the monotonic clock, which the memory's times are of.

    Raises:
        KubernetesError: the API server refuses, or does not answer. SpecError, TakenError, NotYetError: see `due`.
    """
    observation = await observe(environment, clients)
    memory.observed(observation, now=clock())
    observation = replace(observation, failure=memory.failure)
    used = last_use(environment, previous, memory, observation)
    last_activity = min(used, now)  # annotations and Airflows may hold a time to come
    plan = lifecycle(environment, last_activity=last_activity, now=now)
    memory.silent(plan.expired and observation.silent, now=clock())
    chart = clients.helm.chart_digest
    steps = due(environment, observation, plan, memory, settings, previous=previous, chart=chart, now=clock())
    return Look(observation=observation, last_activity=last_activity, plan=plan, due=steps)


def last_use(
    environment: Environment, previous: Mapping[str, Any], memory: Memory, observation: Observation
) -> datetime:
    """Returns the latest activity that the object, its status, the memory or Airflow knows of. Pure."""
    known = previous.get("lastActivityAt")
    earlier = None if known is None else moment(known)
    return latest_activity(environment, earlier, memory.used_at, observation.used_at)


async def observe(environment: Environment, clients: Clients) -> Observation:
    """Returns everything that there is of the environment; only its namespace, if that belongs to another object.

    Raises:
        KubernetesError: the API server refuses, or does not answer.
    """
    found = await clients.kubernetes.get(namespace_path(environment))
    if not is_of(found, environment):
        return Observation(namespace=found)
    namespace = environment.names.namespace
    releases = await deployments(environment, clients)
    pods = await clients.kubernetes.list(path("v1", "pods", namespace=namespace))
    pod = pod_of("dag-processor", pods)
    observation = Observation(
        namespace=found,
        workloads=workloads(releases, pods),
        troubles=(*troubles(pods), *replica_failures(releases)),
        git_fault=None if pod is None else await _git_fault(namespace, pod, clients),
    )
    if observation.serves:
        observation = replace(observation, airflow=await _airflow(environment, clients))
    return replace(observation, requested=requested(pods))


async def deployments(environment: Environment, clients: Clients) -> list[dict[str, Any]]:
    """Returns the release's Deployments. Raises: see `observe`."""
    where = path("apps/v1", "deployments", namespace=environment.names.namespace)
    return await clients.kubernetes.list(where, labels={"app.kubernetes.io/instance": RELEASE})


async def _airflow(environment: Environment, clients: Clients) -> AirflowState | None:
    where = path("v1", "secrets", namespace=environment.names.namespace, name=USERS_SECRET)
    users = {USERS_SECRET: texts(await clients.kubernetes.get(where))}
    password = credentials(users, owner=environment.owner).controller_password
    try:
        return await clients.airflow.look(environment.names.internal_url, password=password, owner=environment.owner)
    except AirflowError:
        return None  # it starts, or is overloaded: the status says that it does not answer


async def _git_fault(namespace: str, pod: str, clients: Clients) -> GitFault | None:
    try:
        log = await clients.kubernetes.log(namespace, pod, container="dag-processor", seconds=SECONDS)
    except KubernetesError:
        return None  # its container starts
    return git_fault(log)
