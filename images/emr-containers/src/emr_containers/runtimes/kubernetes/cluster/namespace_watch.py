"""The watches of one namespace: one list and one watch per kind, no matter how many runs there are.

Each connection begins with a list, so nothing depends on an earlier connection.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import structlog
from longshore_libs.exceptions import KubernetesError
from longshore_libs.kubernetes.client import CONNECTION_ERRORS, Query
from longshore_libs.retries import Backoff

from emr_containers.runtimes.kubernetes.cluster.api import Api
from emr_containers.runtimes.kubernetes.names import JOB_RUN_LABEL, RunIdentity, run_of
from emr_containers.runtimes.kubernetes.observed.objects import (
    ApiObject,
    Explanation,
    JobView,
    PodView,
    job_view,
    pod_view,
)
from emr_containers.runtimes.kubernetes.observed.pending_reasons import WARNINGS

log = structlog.get_logger()
_WATCH_SECONDS = 100
"""The length of a watch, shorter than the silence after which a stream counts as lost."""
_PAGE = 500
_GONE = 410
"""The status when the API no longer has the changes since the list."""


class Follower(Protocol):
    """A reader of one run's objects."""

    def changed(self) -> None:
        """Called when an object of the run has changed."""


@dataclass(frozen=True, kw_only=True)
class _Kind:
    path: str
    query: Query
    take: Callable[[str, ApiObject], None]
    """Takes `ADDED`, `MODIFIED` or `DELETED`, and the object."""
    drop: Callable[[set[str]], None]
    """Takes the names of all existing objects."""


class NamespaceWatch:
    """The lists and watches of one namespace, and the objects that they have shown."""

    def __init__(self, api: Api, name: str) -> None:
        self.jobs: dict[str, JobView] = {}
        self.pods: dict[str, PodView] = {}
        self.warnings: dict[str, tuple[str, Explanation]] = {}  # with its time
        self.followers: dict[str, Follower] = {}
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
        """Ends the watches."""
        for task in self._tasks:
            task.cancel()

    def forget(self, run: RunIdentity) -> None:
        """Drops a run's follower, and the deleted objects that were kept for it."""
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
            except (KubernetesError, *CONNECTION_ERRORS) as error:
                if getattr(error, "status", None) != _GONE:
                    log.warning("watching failed; starting again", path=kind.path, error=str(error))
            except Exception:
                log.exception("watching failed; starting again", path=kind.path)
            else:
                if time.monotonic() - began > _WATCH_SECONDS / 2:
                    continue  # the watch has lasted as long as it should
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

    # Deleted objects of followed runs are kept, since their followers may still read them.

    def _take_job(self, change: str, job: ApiObject) -> None:
        view = job_view(job)
        self.jobs[view.name] = view
        if change == "DELETED":
            self._lose_job(view)
        self._notify(view.run)

    def take_pod(self, change: str, pod: ApiObject) -> None:
        """Takes a pod that was added, modified or deleted."""
        view = pod_view(pod)
        self.pods[view.name] = view
        if change == "DELETED":
            self._lose_pod(view)
        self._notify(view.run)

    def _take_event(self, _change: str, event: ApiObject) -> None:
        name = event["involvedObject"].get("name", "")
        at = (event.get("series") or {}).get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
        known, _ = self.warnings.get(name, ("", None))
        if event.get("reason") in WARNINGS and (at or "") >= known:
            self.warnings[name] = at or "", Explanation(reason=event["reason"], message=event.get("message") or "")
            self._notify(run_of(name))

    def _drop_jobs(self, names: set[str]) -> None:
        for name in self.jobs.keys() - names:
            self._lose_job(self.jobs[name])

    def _drop_pods(self, names: set[str]) -> None:
        for name in self.pods.keys() - names:
            self._lose_pod(self.pods[name])

    def _drop_events(self, _names: set[str]) -> None:
        # The API deletes events after an hour, but a warning holds until a status says otherwise.
        self._forget_warnings()

    def _lose_job(self, job: JobView) -> None:
        if job.run in self.followers:
            self.jobs[job.name] = replace(job, gone=True)
        else:
            del self.jobs[job.name]

    def _lose_pod(self, pod: PodView) -> None:
        # Spark deletes the pods of executors that failed; those that ran out of memory explain the driver's end.
        if (pod.driver or pod.out_of_memory) and pod.run in self.followers:
            self.pods[pod.name] = replace(pod, gone=True)
        else:
            del self.pods[pod.name]

    def _forget_warnings(self) -> None:
        for name in [name for name in self.warnings if run_of(name) not in self.followers]:
            del self.warnings[name]

    def _notify(self, run: str | None) -> None:
        if run in self.followers:
            self.followers[run].changed()
