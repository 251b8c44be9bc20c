"""A job run's row as the attempt that a runtime starts. Pure."""

from typing import cast

from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.runtime import JobAttempt
from emr_containers.store.tables import JobRun, VirtualCluster


def current_attempt(row: JobRun, cluster: VirtualCluster | None = None) -> JobAttempt:
    """Returns the current attempt of the job run in `row`.

    Args:
        cluster: the run's virtual cluster, which decides its namespace.
    """
    return JobAttempt(
        id=row.id,
        virtual_cluster_id=row.virtual_cluster_id,
        attempt=row.attempt,
        spec=cast(JobSpec, row.spec),  # JSON that build_spec made
        namespace="default" if cluster is None else cluster.namespace,
        owner=row.owner,
        driver_has_run=row.state == "RUNNING",
        claimed_in=row.claimed_in,
    )
