"""The Kubernetes Job that runs a job, built from its specification. Pure.

The Job is created suspended, so that it has no pod before the database has its UID: a Job that is missing later is
known to have begun or not.
"""

from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.kubernetes.manifest.driver_pods import SCRATCH, container_driver, spark_driver
from emr_containers.runtimes.kubernetes.manifest.pods import JsonObject, pod
from emr_containers.runtimes.kubernetes.manifest.releases import ClusterRelease
from emr_containers.runtimes.kubernetes.manifest.scheduling import Scheduling
from emr_containers.runtimes.kubernetes.names import DRIVER_CONTAINER, NEVER_STARTS_ANNOTATION, RunIdentity

UNREAD_SECONDS = 7 * 24 * 3600
"""Seconds for which an ended Job is kept until a server has read its end. After that, `job_ttl` counts."""
_NEVER_SECONDS = 600
"""Longer than any request to the API may take (60 s by default), so that no request can arrive after it."""


def build_job(
    spec: JobSpec, release: ClusterRelease, run: RunIdentity, scheduling: Scheduling | None = None
) -> JsonObject:
    """Returns the Job of a run: its pod is the driver, and its back-off is the run's retry policy.

    Args:
        scheduling: how YuniKorn schedules it; None for Kubernetes' default scheduler.

    Raises:
        ValidationException: the job cannot run here.
    """
    driver = spark_driver if release.release.kind == "spark" else container_driver
    template = driver(spec, release, run, scheduling)
    attempts = spec.get("retryPolicyConfiguration", {}).get("maxAttempts", 1)
    return _job(
        run,
        {
            "backoffLimit": attempts - 1,
            "completions": 1,
            "parallelism": 1,
            "suspend": True,
            # The next driver starts only after the one before has certainly ended: two would write to the same table.
            "podReplacementPolicy": "Failed",
            "ttlSecondsAfterFinished": UNREAD_SECONDS,
            "template": template,
        },
    )


def build_name_holder(run: RunIdentity, *, image: str) -> JsonObject:
    """Returns a Job that never has a pod.

    It takes the run's name, so that a late request cannot create the run's Job.
    """
    container = {"name": DRIVER_CONTAINER, "image": image}
    template = pod(
        {}, container=container, labels=run.labels("driver"), annotations={}, scratch=SCRATCH, api_access=False
    )
    job = _job(
        run,
        {"completions": 0, "parallelism": 0, "ttlSecondsAfterFinished": _NEVER_SECONDS, "template": template},
    )
    job["metadata"]["annotations"] = {NEVER_STARTS_ANNOTATION: "true"}
    return job


def _job(run: RunIdentity, spec: JsonObject) -> JsonObject:
    metadata: JsonObject = {"name": run.job_name, "namespace": run.namespace, "labels": run.labels()}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}
