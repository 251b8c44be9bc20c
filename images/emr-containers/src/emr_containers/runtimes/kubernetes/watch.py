"""What a namespace's runs are doing, by watching it: one list and one watch a kind, however many runs there are.

Nothing here is remembered beyond a connection's end: each begins with a list. A run's follower looks at all that is
known whenever something of its run has changed, so that it does not matter how many changes lie between two looks.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import structlog

from emr_containers.runtimes.backoff import Backoff
from emr_containers.runtimes.kubernetes.api import FAULTS, Api, KubernetesError, Query
from emr_containers.runtimes.kubernetes.names import JOB_RUN_LABEL, Run, run_of
from emr_containers.runtimes.kubernetes.objects import JobView, Object, PodView, Said, job_view, pod_view
from emr_containers.runtimes.kubernetes.state import Snapshot
from emr_containers.runtimes.kubernetes.waits import WARNINGS

log = structlog.get_logger()
_WATCH_SECONDS = 100
"""Less than the silence after which a stream is given up: then it was lost, and did not just have nothing to say."""
_PAGE = 500
_GONE = 410
"""The API does not have the changes since our list any more."""


@dataclass(frozen=True, kw_only=True)
class _Kind:
    path: str
    query: Query
    take: Callable[[str, Object], None]
    """Given `ADDED`, `MODIFIED` or `DELETED`, and the object."""
    drop: Callable[[set[str]], None]
    """Given the names of the objects that there are."""


class Watches:
    """The namespaces that have runs to follow."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._namespaces: dict[str, _Namespace] = {}

    @asynccontextmanager
    async def following(self, run: Run) -> AsyncIterator["RunView"]:
        """What there is of this run; its namespace is watched for as long as one of its runs is followed."""
        namespace = self._namespaces.get(run.namespace)
        if namespace is None:
            namespace = self._namespaces[run.namespace] = _Namespace(self._api, run.namespace)
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
    """One run's objects, as its namespace's watch has them."""

    def __init__(self, namespace: "_Namespace", run: Run) -> None:
        self._namespace, self._run = namespace, run
        self._change = asyncio.Event()

    @property
    def job(self) -> JobView | None:
        """The run's Job; None where it has not been seen."""
        return self._namespace.jobs.get(self._run.job_name)

    def snapshot(self, job: JobView) -> Snapshot:
        """All that is known, beside this Job."""
        pods = [pod for pod in self._namespace.pods.values() if pod.run == self._run.id]
        names = {job.name, *(pod.name for pod in pods)}
        warnings = {name: said for name, (_, said) in self._namespace.warnings.items() if name in names}
        return Snapshot(job=job, pods=pods, warnings=warnings)

    def put_job(self, job: Object) -> JobView:
        """Takes a Job that was read, where the watch has none; what it has is newer."""
        view = job_view(job)
        known = self._namespace.jobs.get(view.name)
        if known is None or known.gone or known.uid != view.uid:
            self._namespace.jobs[view.name] = view
            return view
        return known

    def put_pods(self, pods: list[Object]) -> None:
        """Takes pods that were listed just now."""
        for pod in pods:
            self._namespace.take_pod("MODIFIED", pod)

    def changed(self) -> None:
        """Says that something has."""
        self._change.set()

    async def change(self, *, timeout: float | None) -> None:
        """Until something has changed since the last call, or for `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._change.wait()
        except TimeoutError:
            return
        self._change.clear()


class _Namespace:
    def __init__(self, api: Api, name: str) -> None:
        self.jobs: dict[str, JobView] = {}
        self.pods: dict[str, PodView] = {}
        self.warnings: dict[str, tuple[str, Said]] = {}  # with its time
        self.followers: dict[str, RunView] = {}
        self._api, self._name = api, name
        runs: Query = {"labelSelector": JOB_RUN_LABEL}
        core = f"/api/v1/namespaces/{name}"
        kinds = (
            _Kind(path=f"/apis/batch/v1/namespaces/{name}/jobs", query=runs, take=self._take_job, drop=self._drop_jobs),
            _Kind(path=f"{core}/pods", query=runs, take=self.take_pod, drop=self._drop_pods),
            _Kind(
                path=f"{core}/events",
                query={"fieldSelector": "type=Warning"},
                take=self._take_event,
                drop=self._drop_events,
            ),
        )
        self._tasks = [asyncio.create_task(self._keep(kind)) for kind in kinds]

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    def forget(self, run: Run) -> None:
        del self.followers[run.id]
        if (job := self.jobs.get(run.job_name)) is not None and job.gone:
            del self.jobs[run.job_name]
        for pod in [pod for pod in self.pods.values() if pod.run == run.id and pod.gone]:
            del self.pods[pod.name]
        self._forget_warnings()

    async def _keep(self, kind: _Kind) -> None:
        backoff = Backoff()
        while True:
            began = time.monotonic()
            try:
                version = await self._list(kind)
                async with self._api.events(
                    kind.path, {**kind.query, "resourceVersion": version, "timeoutSeconds": _WATCH_SECONDS}
                ) as events:
                    async for event in events:
                        backoff.reset()
                        kind.take(event["type"], event["object"])
            except (KubernetesError, *FAULTS) as error:
                if getattr(error, "status", None) != _GONE:
                    log.warning("watching failed; it is begun again", path=kind.path, error=str(error))
            except Exception:
                log.exception("watching failed; it is begun again", path=kind.path)
            else:
                if time.monotonic() - began > _WATCH_SECONDS / 2:
                    continue  # it has had its time
            await asyncio.sleep(backoff.seconds())

    async def _list(self, kind: _Kind) -> str:
        names: set[str] = set()
        query = {**kind.query, "limit": _PAGE}
        while True:
            page = await self._api.get(kind.path, query)
            for item in page["items"]:
                names.add(item["metadata"]["name"])
                kind.take("MODIFIED", item)
            if not (more := page["metadata"].get("continue")):
                break
            query["continue"] = more
        kind.drop(names)
        for follower in self.followers.values():
            follower.changed()
        return str(page["metadata"]["resourceVersion"])

    # What a follower may still want to know of is kept when it has gone.

    def _take_job(self, change: str, job: Object) -> None:
        view = job_view(job)
        self.jobs[view.name] = view
        if change == "DELETED":
            self._lose_job(view)
        self._tell(view.run)

    def take_pod(self, change: str, pod: Object) -> None:
        view = pod_view(pod)
        self.pods[view.name] = view
        if change == "DELETED":
            self._lose_pod(view)
        self._tell(view.run)

    def _take_event(self, _change: str, event: Object) -> None:
        name = event["involvedObject"].get("name", "")
        at = (event.get("series") or {}).get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
        known, _ = self.warnings.get(name, ("", None))
        if event.get("reason") in WARNINGS and (at or "") >= known:
            self.warnings[name] = at or "", Said(reason=event["reason"], message=event.get("message") or "")
            self._tell(run_of(name))

    def _drop_jobs(self, names: set[str]) -> None:
        for name in self.jobs.keys() - names:
            self._lose_job(self.jobs[name])

    def _drop_pods(self, names: set[str]) -> None:
        for name in self.pods.keys() - names:
            self._lose_pod(self.pods[name])

    def _drop_events(self, _names: set[str]) -> None:
        # The API keeps events for an hour; a warning stands until a status says otherwise.
        self._forget_warnings()

    def _lose_job(self, job: JobView) -> None:
        if job.run in self.followers:
            self.jobs[job.name] = replace(job, gone=True)
        else:
            del self.jobs[job.name]

    def _lose_pod(self, pod: PodView) -> None:
        if pod.driver and pod.run in self.followers:
            self.pods[pod.name] = replace(pod, gone=True)
        else:
            del self.pods[pod.name]

    def _forget_warnings(self) -> None:
        for name in [name for name in self.warnings if run_of(name) not in self.followers]:
            del self.warnings[name]

    def _tell(self, run: str | None) -> None:
        if run in self.followers:
            self.followers[run].changed()
