"""From a job's specification to the Job that runs it. Pure."""

from emr_containers.job_spec import JobSpec
from emr_containers.runtimes.kubernetes.driver_pods import SCRATCH, container_driver, spark_driver
from emr_containers.runtimes.kubernetes.names import DRIVER_CONTAINER, NEVER_ANNOTATION, Run
from emr_containers.runtimes.kubernetes.pods import Table, pod
from emr_containers.runtimes.kubernetes.releases import ClusterRelease
from emr_containers.runtimes.kubernetes.scheduling import Scheduling

UNREAD_SECONDS = 7 * 24 * 3600
"""How long a Job that has ended is kept for a server that has not read its end yet; then `job_ttl` counts."""
_NEVER_SECONDS = 600
"""Longer than any request to the API may take (60 s by default), so that none can come after it."""


def build_job(spec: JobSpec, release: ClusterRelease, run: Run, scheduling: Scheduling | None = None) -> Table:
    """The Job of a run: its pod is the driver, its back-off the run's retry policy.

    Args:
        scheduling: how YuniKorn is to schedule it; None for Kubernetes' default scheduler.

    Raises:
        ValidationException: the job is not one that can be run here.
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
            # The next driver only after the one before is surely gone: two would write to the same table.
            "podReplacementPolicy": "Failed",
            "ttlSecondsAfterFinished": UNREAD_SECONDS,
            "template": template,
        },
    )


def build_never(run: Run, *, image: str) -> Table:
    """A Job that never has a pod: it holds the run's name, so that a request on its way cannot make the run's Job."""
    container = {"name": DRIVER_CONTAINER, "image": image}
    template = pod(
        {}, container=container, labels=run.labels("driver"), annotations={}, scratch=SCRATCH, api_access=False
    )
    job = _job(
        run,
        {"completions": 0, "parallelism": 0, "ttlSecondsAfterFinished": _NEVER_SECONDS, "template": template},
    )
    job["metadata"]["annotations"] = {NEVER_ANNOTATION: "true"}
    return job


def _job(run: Run, spec: Table) -> Table:
    metadata: Table = {"name": run.job_name, "namespace": run.namespace, "labels": run.labels()}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}
