"""Two Spark jobs that exceed the cluster together, and either of which fits alone."""

from .gangs import POD_MIB, small_gang
from .job_namespaces import SLOW_JOB, JobNamespace
from .nodes import free_resources, mebibytes

EXECUTORS = 2
_SPARE_MIB = 512


def two_runs(jobs: JobNamespace) -> tuple[str, str]:
    """Starts both at once.

    Each wants an executor on either of two nodes, no node holds two, and none of the tasks begins before both
    executors are there.
    """
    free = [mebibytes(node["memory"]) for node in free_resources(jobs.cluster).values()]
    assert len(free) == 2, "these jobs are for a cluster with two nodes for them"
    executor = min(free) - 2 * POD_MIB - _SPARE_MIB
    assert 2 * executor > max(free), "the nodes' free memory is too unequal"
    parameters = small_gang(
        EXECUTORS,
        executor_memoryOverhead=f"{executor - 512}m",
        scheduler_minRegisteredResourcesRatio="1.0",
        scheduler_maxRegisteredResourcesWaitingTime="1h",
        # Executors one after the other, as a larger job's come in batches: so that neither job is the first by chance.
        kubernetes_allocation_batch_size="1",
        kubernetes_allocation_batch_delay="60s",
    )
    first, second = (jobs.start_spark(SLOW_JOB, "4", "1", parameters=parameters) for _ in range(2))
    return first, second
