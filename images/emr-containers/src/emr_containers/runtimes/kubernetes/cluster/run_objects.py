"""A run's objects, read and changed through the API: its Job, and the pods with its label."""

from typing import Any

from longshore_libs.exceptions import KubernetesError

from emr_containers.runtimes.kubernetes.cluster.api import Api
from emr_containers.runtimes.kubernetes.cluster.retrying import retrying
from emr_containers.runtimes.kubernetes.names import COMPONENT_LABEL, JOB_RUN_LABEL, RunIdentity


def jobs_path(run: RunIdentity) -> str:
    """Returns the API path of the Jobs in a run's namespace."""
    return f"/apis/batch/v1/namespaces/{run.namespace}/jobs"


async def read_job(api: Api, run: RunIdentity) -> Any | None:
    """Returns the run's Job; None if there is none."""
    try:
        return await retrying(lambda: api.get(f"{jobs_path(run)}/{run.job_name}"), what="reading a run's Job")
    except KubernetesError as error:
        if error.status == 404:
            return None
        raise


class RunObjects:
    """The objects of a run whose Job has this UID.

    Each method waits while the API is unavailable, and raises KubernetesError for other errors.
    """

    def __init__(self, *, api: Api, run: RunIdentity, uid: str) -> None:
        self._api, self._run, self._uid = api, run, uid
        self._job_path = f"{jobs_path(run)}/{run.job_name}"
        self._pods_path = f"/api/v1/namespaces/{run.namespace}/pods"
        self._selector = f"{JOB_RUN_LABEL}={run.id}"

    async def job(self) -> Any | None:
        """Returns the Job; None if it no longer exists."""
        job = await read_job(self._api, self._run)
        return None if job is None or job["metadata"]["uid"] != self._uid else job

    async def pods(self) -> list[Any]:
        """Returns the pods of drivers and executors."""
        query = {"labelSelector": self._selector}
        answer = await retrying(lambda: self._api.get(self._pods_path, query), what="reading a run's pods")
        return list(answer["items"])

    async def delete_job(self) -> None:
        """Deletes the Job in the foreground, so that it exists until its drivers are deleted."""
        body = {"propagationPolicy": "Foreground", "preconditions": {"uid": self._uid}}
        try:
            await retrying(lambda: self._api.delete(self._job_path, body), what="deleting a run's Job")
        except KubernetesError as error:
            if error.status not in (404, 409):  # it is deleted, or another Job has its name
                raise

    async def delete_pods(self, component: str | None = None) -> None:
        """Deletes all pods, or only the run's `driver` or `executor` pods."""
        query = {"labelSelector": self._selector + (f",{COMPONENT_LABEL}={component}" if component else "")}
        await retrying(lambda: self._api.delete(self._pods_path, query=query), what="deleting a run's pods")

    async def resume(self) -> None:
        """Lets the Job create its pods; one that was resumed before stays so."""
        await self._patch_job({"suspend": False}, what="starting a run's Job")

    async def end_attempts(self) -> None:
        """Keeps the Job from creating another pod, so that it ends with the failed one."""
        try:
            await self._patch_job({"backoffLimit": 0}, what="ending a Job's attempts")
        except KubernetesError as error:
            if error.status != 404:  # it is deleted
                raise

    async def keep_for(self, seconds: int) -> None:
        """Sets the seconds for which the ended Job is kept."""
        await self._patch_job({"ttlSecondsAfterFinished": seconds}, what="setting a Job's TTL")

    async def _patch_job(self, spec: dict[str, Any], *, what: str) -> None:
        # The UID is compared: the API refuses to change it.
        body = {"metadata": {"uid": self._uid}, "spec": spec}
        await retrying(lambda: self._api.patch(self._job_path, body), what=what)
