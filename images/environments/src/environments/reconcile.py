"""One environment, step by step: dereference, validate, build, apply; and what is seen of it, as its status.

Nothing is remembered but what may be lost: locks, what was requested since the last look, why the last try failed.
Everything else is in the cluster, so that a controller that starts anew goes on where an earlier one was killed.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from environments.apply import apply_objects, apply_release, claim, remove
from environments.build import build
from environments.build.values import digest, values
from environments.clients import Clients
from environments.clients.kubernetes import environments_path, path
from environments.dereference import dereference, is_of, own_secrets, released
from environments.exceptions import EnvironmentsError, HelmError, NotYetError
from environments.keeping import give_back
from environments.lifecycle import Lifecycle, latest_activity, lifecycle
from environments.observe import deployments, observe
from environments.pods import drifted, workloads
from environments.settings import Settings
from environments.spec import Environment, moment
from environments.status import Observation, Usage, removing, status
from environments.validate import validate

_MEND_SECONDS = 120.0
"""How often the objects beside the release are set right."""
_LOOK_SECONDS = 15.0
"""How often one is looked at that stays as it is."""
_STAYS = ("Ready", "Asleep", "Degraded")
_SILENCE_SECONDS = 600.0
"""How long an Airflow may be silent at the end of its time, before it ends all the same."""
_RELEASE_SECONDS = 600.0
"""Before a release that was rolled back is tried again as it is: each try disturbs what runs."""


@dataclass
class _Tracked:
    """What is remembered of one environment."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    used_at: datetime | None = None
    """When its object was made or changed; the status has it from the next look on."""
    failure: tuple[str, str] | None = None
    usage: Usage | None = None
    troubles: tuple[str, ...] = ()
    """What kept pods from being ready since the last release began: a roll back takes them away."""
    looked_at: float = -_LOOK_SECONDS
    counted_at: float | None = None
    silent_since: float | None = None
    """When its time was over and its Airflow, which serves, did not say whether somebody uses it."""
    given_back: bool = False
    """Whether it has what was kept of an earlier one."""
    mended_at: float = -_MEND_SECONDS
    mend_after: float = 0.0
    """Not before; a failure puts it off."""

    def succeeded(self) -> None:
        self.failure, self.mend_after = None, 0.0

    def failed(self, error: EnvironmentsError, *, now: float) -> None:
        of_release = isinstance(error, HelmError)
        self.failure = (error.reason, "; ".join((*(self.troubles if of_release else ()), str(error))))
        self.mend_after = now + (_RELEASE_SECONDS if of_release else _MEND_SECONDS)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a look has shown."""

    status: dict[str, Any]
    over: bool
    """Whether the environment's time is over."""


class Controller:
    """All environments of one cluster. Lives on one event loop."""

    def __init__(self, clients: Clients, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clients = clients
        self._clock = clock
        self._settings = settings
        self._tracked: dict[str, _Tracked] = {}
        self._releases = asyncio.Semaphore(settings.releases_at_once)

    async def reconcile(
        self, environment: Environment, previous: Mapping[str, Any], *, now: datetime, new: bool
    ) -> None:
        """Makes the environment what its object says.

        Args:
            previous: the object's status.
            now: aware.
            new: whether somebody has made or changed the object just now, which is activity.

        Raises:
            EnvironmentsError: it cannot be done, or not yet; it is kept for the status.
        """
        tracked = self._of(environment)
        tracked.used_at = now if new else tracked.used_at
        async with tracked.lock:
            try:
                plan = await self._plan(environment, previous, tracked, now=now)
                await self._make(environment, plan, tracked)
            except EnvironmentsError as error:
                tracked.failed(error, now=self._clock())
                raise
            tracked.succeeded()

    def is_due(self, environment: Environment, previous: Mapping[str, Any]) -> bool:
        """Whether it is time for a look: at what comes up always, for somebody waits for it.

        Args:
            previous: the object's status.
        """
        stays = previous.get("phase") in _STAYS and previous.get("observedGeneration") == environment.generation
        return not stays or self._clock() - self._of(environment).looked_at >= _LOOK_SECONDS

    async def look(self, environment: Environment, previous: Mapping[str, Any], *, now: datetime) -> Seen:
        """The environment as of now, after what is due by itself: sleep, waking, and the mending of what has drifted.

        Args:
            previous: the object's status.
            now: aware.

        Raises:
            EnvironmentsError: the cluster does not answer.
        """
        tracked = self._of(environment)
        tracked.looked_at = self._clock()
        tracked.usage = tracked.usage or Usage.read(previous)
        namespace = await self._namespace(environment)
        observation = Observation(failure=tracked.failure)
        if is_of(namespace, environment):
            observation = await self._observe(environment, tracked)
        used = latest_activity(environment, _activity(previous), tracked.used_at, observation.used_at)
        last_activity = min(used, now)  # annotations and Airflows say what they like
        plan = lifecycle(environment, last_activity=last_activity, now=now)
        # What was changed and is not applied yet is tried again by whoever tried it.
        applied = previous.get("observedGeneration") == environment.generation
        if applied and not tracked.lock.locked() and not plan.expired and self._clock() >= tracked.mend_after:
            async with tracked.lock:
                observation = await self._mend(environment, namespace, observation, plan, tracked)
        # Its database has its tables as soon as its API server is ready.
        if observation.serves and not tracked.given_back and not tracked.lock.locked():
            async with tracked.lock:
                observation = await self._give_back(environment, observation, tracked)
        shown = status(
            environment,
            observation,
            lifecycle=plan,
            previous=previous,
            url=f"{self._settings.public_url}{environment.names.path}",
            last_activity=last_activity,
            usage=tracked.usage,
            now=now,
        )
        return Seen(status=shown, over=plan.expired and self._is_told(observation, tracked))

    async def expire(self, environment: Environment) -> None:
        """Deletes the object; what it is made of goes by `remove`. Raises: see `look`."""
        where = environments_path(environment.namespace, environment.name)
        await self._clients.kubernetes.delete(where, uid=environment.uid)

    async def remove(self, environment: Environment, previous: Mapping[str, Any], *, now: datetime) -> None:
        """Removes all that the environment is made of; the status says what it waits for.

        Args:
            previous: the object's status.
            now: aware.

        Raises:
            EnvironmentsError: it is not done yet; call it again.
        """
        tracked = self._of(environment)
        where = f"{environments_path(environment.namespace, environment.name)}/status"
        async with tracked.lock:
            await self._clients.kubernetes.merge(where, {"status": {"phase": "Deleting"}})
            try:
                await remove(environment, self._clients, self._settings)
            except EnvironmentsError as error:
                reason = None if isinstance(error, NotYetError) else error.reason
                generation = environment.generation
                shown = removing(reason, str(error), previous=previous, generation=generation, now=now)
                with suppress(EnvironmentsError):  # what kept it from being removed is worth more
                    await self._clients.kubernetes.merge(where, {"status": shown})
                raise
        self._tracked.pop(environment.uid, None)

    def _of(self, environment: Environment) -> _Tracked:
        return self._tracked.setdefault(environment.uid, _Tracked())

    async def _plan(
        self, environment: Environment, previous: Mapping[str, Any], tracked: _Tracked, *, now: datetime
    ) -> Lifecycle:
        used = None
        # Or a controller that was away for long would put to sleep what somebody uses.
        with suppress(EnvironmentsError):
            if is_of(await self._namespace(environment), environment):
                used = (await self._observe(environment, tracked)).used_at
        last_activity = latest_activity(environment, _activity(previous), tracked.used_at, used)
        return lifecycle(environment, last_activity=last_activity, now=now)

    async def _make(self, environment: Environment, plan: Lifecycle, tracked: _Tracked) -> None:
        clients, settings = self._clients, self._settings
        others = await clients.kubernetes.list(environments_path(environment.namespace))
        # A look may have begun before the object was deleted, and would make anew what its removal removes.
        lives = (each["metadata"] for each in others if not each["metadata"].get("deletionTimestamp"))
        if environment.uid not in {metadata["uid"] for metadata in lives}:
            raise NotYetError(f"The environment {environment.name!r} is being removed.")
        validate(environment, settings, others=others)
        release = await claim(environment, clients, settings)
        there = await dereference(environment, clients, settings)
        desired = build(environment, there, settings, asleep=plan.asleep)
        await apply_objects(environment, desired, there.credentials, clients)
        tracked.mended_at = self._clock()
        found = workloads(await deployments(environment, clients))
        wanted = digest(desired.values, chart=clients.helm.chart_digest)
        if release == wanted and not drifted(found, asleep=plan.asleep):
            return
        running = bool(found) and all(each.wanted and each.ready >= each.wanted for each in found)
        async with self._releases:
            tracked.troubles = ()
            await apply_release(environment, desired.values, clients, wait=running and not plan.asleep)

    async def _mend(
        self,
        environment: Environment,
        namespace: Mapping[str, Any] | None,
        observation: Observation,
        plan: Lifecycle,
        tracked: _Tracked,
    ) -> Observation:
        """Sets right what is not as it should be; the observation, with what went wrong."""
        ours = values(environment, self._settings, asleep=plan.asleep)
        due = (
            self._clock() - tracked.mended_at >= _MEND_SECONDS
            or drifted(observation.workloads, asleep=plan.asleep)
            or released(namespace, environment=environment) != digest(ours, chart=self._clients.helm.chart_digest)
        )
        if due:
            try:
                await self._make(environment, plan, tracked)
                tracked.succeeded()
            except EnvironmentsError as error:
                tracked.failed(error, now=self._clock())
        return replace(observation, failure=tracked.failure)

    async def _give_back(self, environment: Environment, observation: Observation, tracked: _Tracked) -> Observation:
        try:
            await give_back(environment, self._clients, await own_secrets(environment, self._clients))
            tracked.given_back = True
        except EnvironmentsError as error:  # the next look is soon
            return replace(observation, failure=observation.failure or (error.reason, str(error)))
        return observation

    async def _observe(self, environment: Environment, tracked: _Tracked) -> Observation:
        observation, asked = await observe(environment, self._clients)
        tracked.troubles = tuple(observation.troubles) or tracked.troubles
        now = self._clock()
        if tracked.usage is not None and tracked.counted_at is not None:
            tracked.usage = tracked.usage.after(asked, seconds=now - tracked.counted_at)
        tracked.counted_at = now
        return replace(observation, failure=tracked.failure)

    def _is_told(self, observation: Observation, tracked: _Tracked) -> bool:
        """Whether it is known that nobody uses it: somebody may have, while no controller was here to look."""
        if observation.airflow is not None or not observation.serves:
            return True
        tracked.silent_since = self._clock() if tracked.silent_since is None else tracked.silent_since
        return self._clock() - tracked.silent_since >= _SILENCE_SECONDS

    async def _namespace(self, environment: Environment) -> dict[str, Any] | None:
        return await self._clients.kubernetes.get(path("v1", "namespaces", name=environment.names.namespace))


def _activity(previous: Mapping[str, Any]) -> datetime | None:
    text = previous.get("lastActivityAt")
    return None if text is None else moment(text)
