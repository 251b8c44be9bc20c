"""One run's place in YuniKorn's queues: why its driver waits for a node, and why it was given up.

There is no such reason if YuniKorn does not schedule the run's pods, or the server has no URL of it.
"""

import asyncio
from collections.abc import Callable

from emr_containers.runtimes.kubernetes.manifest.gang import Gang
from emr_containers.runtimes.kubernetes.names import RunIdentity
from emr_containers.runtimes.kubernetes.observed.exit_reasons import TIMED_OUT, run_failed
from emr_containers.runtimes.kubernetes.observed.objects import PodView
from emr_containers.runtimes.kubernetes.yunikorn import gang_pending_reasons
from emr_containers.runtimes.kubernetes.yunikorn.client import NoAnswer, YuniKorn
from emr_containers.runtimes.kubernetes.yunikorn.queue_tree import path_to
from emr_containers.runtimes.outcome import Outcome

_OVER = ("Failing", "Failed", "Rejected")


class QueueStatus:
    """The reasons for a run's waiting, until its driver has a node."""

    def __init__(self, *, yunikorn: YuniKorn | None, run: RunIdentity, gang: Gang | None) -> None:
        self._yunikorn, self._run, self._gang = yunikorn, run, gang
        self._driver: PodView | None = None
        self._waits = asyncio.Event()
        self._known: tuple[str, str] | None = None  # of the driver with this UID
        self._why: str | None = None

    def details(self, driver: PodView | None) -> str | None:
        """Returns why this driver waits, as far as it is known now.

        Args:
            driver: the driver that waits for a node. None: none waits, and YuniKorn is not asked.
        """
        self._driver = driver
        if driver is None:
            self._waits.clear()
            return None
        self._waits.set()
        return self._known[1] if self._known is not None and self._known[0] == driver.uid else None

    async def ask(self, driver: PodView | None) -> str | None:
        """Returns why this driver waits, as `details` does, and asks YuniKorn if it is not known yet."""
        known = self.details(driver)
        if known is None and driver is not None and self._yunikorn is not None:
            return await self._look(self._yunikorn, driver)
        return known

    async def follow(self, changed: Callable[[], None]) -> None:
        """Asks YuniKorn every few seconds while a driver waits, until it is cancelled.

        Args:
            changed: called when the reason has changed.
        """
        if self._yunikorn is None:
            return
        while True:
            await self._waits.wait()
            if (driver := self._driver) is not None:
                known = driver.uid, await self._look(self._yunikorn, driver)
                if known != self._known:
                    self._known = known
                    changed()
            await asyncio.sleep(self._yunikorn.timing.look)

    async def end(self, driver: PodView) -> Outcome:
        """Returns the outcome of a run whose driver YuniKorn gave up."""
        reason, message = (
            ("", "") if driver.status_reason is None else (driver.status_reason.reason, driver.status_reason.message)
        )
        if reason == TIMED_OUT:
            seconds = None if self._gang is None else self._gang.timeout
            return run_failed(
                gang_pending_reasons.timed_out_details(self._gang, seconds=seconds, why=self._why),
                "CLUSTER_UNAVAILABLE",
            )
        if self._yunikorn is not None:
            # The message in the pod's status is cut off at a colon.
            message = await self._yunikorn.rejection(self._run.application(driver.uid), afresh=True) or message
        return run_failed(gang_pending_reasons.rejected_details(self._gang, message=message), "VALIDATION_ERROR")

    async def _look(self, yunikorn: YuniKorn, driver: PodView) -> str:
        name = self._run.application(driver.uid)
        application, queues = await yunikorn.application(name), await yunikorn.queues()
        if isinstance(application, NoAnswer):
            return gang_pending_reasons.no_answer_details(self._gang, url=yunikorn.url, reason=application.reason)
        if application is None:
            return gang_pending_reasons.unknown_details(self._gang, rejection=await yunikorn.rejection(name))
        if isinstance(queues, NoAnswer):
            return gang_pending_reasons.no_answer_details(self._gang, url=yunikorn.url, reason=queues.reason)
        waiting = gang_pending_reasons.WaitingRun(gang=self._gang, application=application)
        if application.state in _OVER and self._why is not None:
            # Its placeholders are being removed; an earlier look has found why they were too few.
            return gang_pending_reasons.waiting_details(waiting, self._why)
        why = gang_pending_reasons.queue_reason(waiting, path_to(queues, application.queue))
        if why is None:
            nodes = await yunikorn.nodes()
            if isinstance(nodes, NoAnswer):
                return gang_pending_reasons.no_answer_details(self._gang, url=yunikorn.url, reason=nodes.reason)
            why = gang_pending_reasons.node_reason(waiting, nodes)
        self._why = why
        return gang_pending_reasons.waiting_details(waiting, why)
