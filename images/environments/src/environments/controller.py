"""The road of one environment: look → dereference → validate → build → apply → status.

A change of the object (`reconcile`) and the timer (`maintain`) take the same road. Each step is a module of its own;
only this one knows their order. The road may be cut off at any point, because the next run begins it anew.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from environments.apply import apply_objects, apply_release, claim
from environments.build import build
from environments.build.values import digest
from environments.clients import Clients
from environments.dereference import dereference, own_secrets
from environments.exceptions import EnvironmentsError, NotYetError
from environments.look import deployments, last_use, look, observe
from environments.memory import Memory
from environments.observed.observation import Observation
from environments.observed.pods import workloads
from environments.observed.usage import Usage
from environments.plan.due import can_roll_back, is_look_due, is_release_due
from environments.plan.lifecycle import Lifecycle, lifecycle
from environments.remove import remove
from environments.requests.api_paths import environments_path
from environments.resource.spec import Environment
from environments.retention import give_back
from environments.settings import Settings
from environments.status import removing, status
from environments.validate import check_alive, validate


@dataclass(frozen=True, kw_only=True)
class Maintained:
    """The result of one run of the timer."""

    status: dict[str, Any]
    """The object's new status."""
    expired: bool
    """True if the object has to be deleted now."""


class Controller:
    """All environments of one cluster. It belongs to one event loop."""

    def __init__(self, clients: Clients, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clients = clients
        self._clock = clock
        self._settings = settings
        self._memories: dict[str, Memory] = {}
        self._releases = asyncio.Semaphore(settings.releases_at_once)

    async def reconcile(
        self, environment: Environment, previous: Mapping[str, Any], *, now: datetime, new: bool
    ) -> None:
        """Makes the environment what its object asks for.

        Args:
            previous: the object's status.
            now: aware.
            new: whether the object was created or changed just now, which counts as activity.

        Raises:
            EnvironmentsError: it fails, or is not possible yet; the status will say so, too.
        """
        memory = self._memory(environment)
        memory.used_at = now if new else memory.used_at
        async with memory.lock:
            observation = Observation()
            # A controller that was down for long would otherwise put an environment to sleep that is in use.
            with suppress(EnvironmentsError):
                observation = await observe(environment, self._clients)
                memory.observed(observation, now=self._clock())
            last_activity = last_use(environment, previous, memory, observation)
            await self._apply(environment, lifecycle(environment, last_activity=last_activity, now=now), memory)

    def is_due(self, environment: Environment, previous: Mapping[str, Any]) -> bool:
        """Returns whether `maintain` is due. See `is_look_due`."""
        return is_look_due(environment, previous, self._memory(environment), now=self._clock())

    async def maintain(self, environment: Environment, previous: Mapping[str, Any], *, now: datetime) -> Maintained:
        """Looks at the environment, applies what is due (sleep, waking, the repair of drift), and returns its status.

        Args:
            previous: the object's status.
            now: aware.

        Raises:
            EnvironmentsError: the cluster does not answer.
        """
        memory = self._memory(environment)
        memory.looked_at = self._clock()
        memory.usage = memory.usage or Usage.read(previous)
        seen = await look(environment, previous, memory, self._clients, self._settings, now=now, clock=self._clock)
        observation = seen.observation
        if seen.due.apply:
            async with memory.lock:
                with suppress(EnvironmentsError):  # the memory has it for the status
                    await self._apply(environment, seen.plan, memory)
                observation = replace(observation, failure=memory.failure)
        if seen.due.give_back and not memory.lock.locked():
            async with memory.lock:
                observation = await self._give_back(environment, observation, memory)
        shown = status(
            environment,
            observation,
            lifecycle=seen.plan,
            previous=previous,
            url=f"{self._settings.public_url}{environment.names.path}",
            last_activity=seen.last_activity,
            usage=memory.usage,
            now=now,
        )
        return Maintained(status=shown, expired=seen.due.expire)

    async def expire(self, environment: Environment) -> None:
        """Deletes the object; `remove` then removes everything else. Raises: see `maintain`."""
        where = environments_path(environment.namespace, environment.name)
        await self._clients.kubernetes.delete(where, uid=environment.uid)

    async def remove(self, environment: Environment, previous: Mapping[str, Any], *, now: datetime) -> None:
        """Removes everything that the environment consists of; the status says what it waits for.

        Args:
            previous: the object's status.
            now: aware.

        Raises:
            EnvironmentsError: the removal is not complete; call it again.
        """
        memory = self._memory(environment)
        where = f"{environments_path(environment.namespace, environment.name)}/status"
        async with memory.lock:
            await self._clients.kubernetes.merge(where, {"status": {"phase": "Deleting"}})
            try:
                await remove(environment, self._clients, self._settings)
            except EnvironmentsError as error:
                reason = None if isinstance(error, NotYetError) else error.reason
                generation = environment.generation
                shown = removing(reason, str(error), previous=previous, generation=generation, now=now)
                with suppress(EnvironmentsError):  # the reason of the failed removal matters more
                    await self._clients.kubernetes.merge(where, {"status": shown})
                raise
        self._memories.pop(environment.uid, None)

    def _memory(self, environment: Environment) -> Memory:
        return self._memories.setdefault(environment.uid, Memory())

    async def _apply(self, environment: Environment, plan: Lifecycle, memory: Memory) -> None:
        """Takes the road once, and remembers how it ended. Raises: see `reconcile`."""
        try:
            await self._steps(environment, plan, memory)
        except EnvironmentsError as error:
            memory.failed(error, now=self._clock())
            raise
        memory.succeeded()

    async def _steps(self, environment: Environment, plan: Lifecycle, memory: Memory) -> None:
        clients, settings = self._clients, self._settings
        others = await clients.kubernetes.list(environments_path(environment.namespace))
        check_alive(environment, others)
        validate(environment, settings, others=others)
        # The namespace is first: the Secrets with earlier passwords are in it, and may be read only with a right in it.
        released = await claim(environment, clients, settings)
        found = await dereference(environment, clients, settings)
        desired = build(environment, found, settings, asleep=plan.asleep)
        await apply_objects(environment, desired, found.credentials, clients)
        memory.applied_at = self._clock()
        there = workloads(await deployments(environment, clients))
        wanted = digest(desired.values, chart=clients.helm.chart_digest)
        if is_release_due(there, asleep=plan.asleep, released=released, wanted=wanted):
            wait = can_roll_back(there, asleep=plan.asleep)
            async with self._releases:
                memory.troubles = ()
                await apply_release(environment, desired.values, clients, wait=wait)

    async def _give_back(self, environment: Environment, observation: Observation, memory: Memory) -> Observation:
        try:
            await give_back(environment, self._clients, await own_secrets(environment, self._clients))
            memory.retained_rows_given_back = True
        except EnvironmentsError as error:  # the next look is soon
            return replace(observation, failure=observation.failure or (error.reason, str(error)))
        return observation
