"""A run's objects, asked of the cluster's API itself: its Job, and the pods with its label."""

from typing import Any

from emr_containers.runtimes.kubernetes.api import Api, KubernetesError
from emr_containers.runtimes.kubernetes.names import COMPONENT_LABEL, JOB_RUN_LABEL, Run
from emr_containers.runtimes.kubernetes.patience import patiently


def jobs_path(run: Run) -> str:
    """Where the Jobs of a run's namespace are."""
    return f"/apis/batch/v1/namespaces/{run.namespace}/jobs"


async def read_job(api: Api, run: Run) -> Any | None:
    """The run's Job; None where there is none."""
    try:
        return await patiently(lambda: api.get(f"{jobs_path(run)}/{run.job_name}"), what="reading a run's Job")
    except KubernetesError as error:
        if error.status == 404:
            return None
        raise


class RunObjects:
    """Those of a run whose Job has this UID; each waits for an API that is away, and raises KubernetesError else."""

    def __init__(self, *, api: Api, run: Run, uid: str) -> None:
        self._api, self._run, self._uid = api, run, uid
        self._job_path = f"{jobs_path(run)}/{run.job_name}"
        self._pods_path = f"/api/v1/namespaces/{run.namespace}/pods"
        self._selector = f"{JOB_RUN_LABEL}={run.id}"

    async def job(self) -> Any | None:
        """The Job; None where it is not there any more."""
        job = await read_job(self._api, self._run)
        return None if job is None or job["metadata"]["uid"] != self._uid else job

    async def pods(self) -> list[Any]:
        """Drivers and executors."""
        query = {"labelSelector": self._selector}
        answer = await patiently(lambda: self._api.get(self._pods_path, query), what="reading a run's pods")
        return list(answer["items"])

    async def delete_job(self) -> None:
        """In the foreground: the Job is there until its drivers are gone."""
        body = {"propagationPolicy": "Foreground", "preconditions": {"uid": self._uid}}
        try:
            await patiently(lambda: self._api.delete(self._job_path, body), what="deleting a run's Job")
        except KubernetesError as error:
            if error.status not in (404, 409):  # it is gone, or another has its name
                raise

    async def delete_pods(self, component: str | None = None) -> None:
        """All of them, or those that are its `driver` or its `executor`s."""
        query = {"labelSelector": self._selector + (f",{COMPONENT_LABEL}={component}" if component else "")}
        await patiently(lambda: self._api.delete(self._pods_path, query=query), what="deleting a run's pods")

    async def end_attempts(self) -> None:
        """Lets the Job make no other pod: with one that has failed, it is over."""
        try:
            await self._patch_job({"backoffLimit": 0}, what="ending a Job's attempts")
        except KubernetesError as error:
            if error.status != 404:  # it is gone
                raise

    async def keep_for(self, seconds: int) -> None:
        """Lets the time begin for which a Job that has ended is kept."""
        await self._patch_job({"ttlSecondsAfterFinished": seconds}, what="setting a Job's TTL")

    async def _patch_job(self, spec: dict[str, Any], *, what: str) -> None:
        await patiently(lambda: self._api.patch(self._job_path, {"spec": spec}), what=what)
