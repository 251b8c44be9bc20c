"""The state of followed runs, from the watches of their namespaces.

A run's follower reads the whole state whenever an object of its run has changed, so it does not matter how many changes
lie between two reads.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from emr_containers.runtimes.kubernetes.cluster.api import Api
from emr_containers.runtimes.kubernetes.cluster.namespace_watch import NamespaceWatch
from emr_containers.runtimes.kubernetes.names import RunIdentity
from emr_containers.runtimes.kubernetes.observed.objects import ApiObject, JobView, job_view
from emr_containers.runtimes.kubernetes.observed.state import Snapshot


class Watches:
    """The watches of all namespaces with followed runs."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._namespaces: dict[str, NamespaceWatch] = {}

    @asynccontextmanager
    async def following(self, run: RunIdentity) -> AsyncIterator["RunView"]:
        """Gives a view of the run. Its namespace is watched as long as one of its runs is followed."""
        namespace = self._namespaces.get(run.namespace)
        if namespace is None:
            namespace = self._namespaces[run.namespace] = NamespaceWatch(self._api, run.namespace)
        view = RunView(namespace, run)
        namespace.followers[run.id] = view
        try:
            yield view
        finally:
            namespace.forget(run)
            if not namespace.followers and self._namespaces.get(run.namespace) is namespace:
                del self._namespaces[run.namespace]
                namespace.close()


class RunView:
    """One run's objects, as known to its namespace's watch."""

    def __init__(self, namespace: NamespaceWatch, run: RunIdentity) -> None:
        self._namespace, self._run = namespace, run
        self._change = asyncio.Event()

    @property
    def job(self) -> JobView | None:
        """The run's Job; None if the watch has not seen it."""
        return self._namespace.jobs.get(self._run.job_name)

    def snapshot(self, job: JobView) -> Snapshot:
        """Returns this Job together with all that is known of the run."""
        pods = [pod for pod in self._namespace.pods.values() if pod.run == self._run.id]
        names = {job.name, *(pod.name for pod in pods)}
        warnings = {name: warning for name, (_, warning) in self._namespace.warnings.items() if name in names}
        return Snapshot(job=job, pods=pods, warnings=warnings)

    def put_job(self, job: ApiObject) -> JobView:
        """Adds a Job that was read, unless the watch has it: the watch's is newer."""
        view = job_view(job)
        known = self._namespace.jobs.get(view.name)
        if known is None or known.gone or known.uid != view.uid:
            self._namespace.jobs[view.name] = view
            return view
        return known

    def put_pods(self, pods: list[ApiObject]) -> None:
        """Adds pods that were just listed."""
        for pod in pods:
            known = self._namespace.pods.get(pod["metadata"]["name"])
            # The watch may have reported a pod's end before the list was answered.
            if known is None or not known.gone or known.uid != pod["metadata"]["uid"]:
                self._namespace.take_pod("MODIFIED", pod)

    def changed(self) -> None:
        """Wakes the follower because an object has changed."""
        self._change.set()

    async def change(self, *, timeout: float | None) -> None:
        """Waits until an object has changed since the last call, at most `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._change.wait()
        except TimeoutError:
            return
        self._change.clear()
