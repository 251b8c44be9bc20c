"""One run in YuniKorn's queues: why its driver waits for a node, and why it was given up.

Where YuniKorn does not schedule the run's pods, or the server was not told where it is, there is nothing to say.
"""

import asyncio
from collections.abc import Callable

from emr_containers.runtimes.kubernetes import gang_waits
from emr_containers.runtimes.kubernetes.ends import TIMED_OUT, failed
from emr_containers.runtimes.kubernetes.gang import Gang
from emr_containers.runtimes.kubernetes.names import Run
from emr_containers.runtimes.kubernetes.objects import PodView
from emr_containers.runtimes.kubernetes.queues import path_to
from emr_containers.runtimes.kubernetes.yunikorn import Silence, YuniKorn
from emr_containers.runtimes.outcome import Outcome

_LOOK_SECONDS = 3.0
_OVER = ("Failing", "Failed", "Rejected")


class Queueing:
    """What there is to say of a run until its driver has a node."""

    def __init__(self, *, yunikorn: YuniKorn | None, run: Run, gang: Gang | None) -> None:
        self._yunikorn, self._run, self._gang = yunikorn, run, gang
        self._driver: PodView | None = None
        self._waits = asyncio.Event()
        self._said: tuple[str, str] | None = None  # of the driver with this UID
        self._why: str | None = None

    def details(self, driver: PodView | None) -> str | None:
        """Why this driver waits, as far as it is known by now.

        Args:
            driver: that waits for a node; None: none does, and YuniKorn is not asked.
        """
        self._driver = driver
        if driver is None:
            self._waits.clear()
            return None
        self._waits.set()
        return self._said[1] if self._said is not None and self._said[0] == driver.uid else None

    async def ask(self, driver: PodView | None) -> str | None:
        """Why this driver waits: as `details`, and asked for where it is not known yet."""
        said = self.details(driver)
        if said is None and driver is not None and self._yunikorn is not None:
            return await self._look(self._yunikorn, driver)
        return said

    async def follow(self, changed: Callable[[], None]) -> None:
        """Asks YuniKorn every few seconds while a driver waits, until it is cancelled.

        Args:
            changed: is called when there is something else to say.
        """
        if self._yunikorn is None:
            return
        while True:
            await self._waits.wait()
            if (driver := self._driver) is not None:
                said = driver.uid, await self._look(self._yunikorn, driver)
                if said != self._said:
                    self._said = said
                    changed()
            await asyncio.sleep(_LOOK_SECONDS)

    async def end(self, driver: PodView) -> Outcome:
        """Why YuniKorn has given up this driver, and with it the run."""
        reason, message = ("", "") if driver.said is None else (driver.said.reason, driver.said.message)
        if reason == TIMED_OUT:
            seconds = None if self._gang is None else self._gang.timeout
            return failed(gang_waits.timed_out(self._gang, seconds=seconds, why=self._why), "CLUSTER_UNAVAILABLE")
        if self._yunikorn is not None:
            # What the pod has is cut off at a colon.
            message = await self._yunikorn.rejection(self._run.application(driver.uid), afresh=True) or message
        return failed(gang_waits.rejected(self._gang, message=message), "VALIDATION_ERROR")

    async def _look(self, yunikorn: YuniKorn, driver: PodView) -> str:
        name = self._run.application(driver.uid)
        application, queues = await yunikorn.application(name), await yunikorn.queues()
        if isinstance(application, Silence):
            return gang_waits.silent(self._gang, url=yunikorn.url, reason=application.reason)
        if application is None:
            return gang_waits.unknown(self._gang, rejection=await yunikorn.rejection(name))
        if isinstance(queues, Silence):
            return gang_waits.silent(self._gang, url=yunikorn.url, reason=queues.reason)
        waiting = gang_waits.Waiting(gang=self._gang, application=application)
        if application.state in _OVER and self._why is not None:
            # Its placeholders are being taken away; why they were too few is known from before.
            return gang_waits.waits(waiting, self._why)
        why = gang_waits.in_queue(waiting, path_to(queues, application.queue))
        if why is None:
            nodes = await yunikorn.nodes()
            if isinstance(nodes, Silence):
                return gang_waits.silent(self._gang, url=yunikorn.url, reason=nodes.reason)
            why = gang_waits.on_nodes(waiting, nodes)
        self._why = why
        return gang_waits.waits(waiting, why)
