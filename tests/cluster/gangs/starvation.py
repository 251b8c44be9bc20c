"""Two Spark jobs that exceed the cluster together, and either of which fits alone."""

from cluster.gangs.gang import POD_MIB, small_gang
from cluster.gangs.nodes import free_resources, mebibytes
from cluster.job_namespaces import SLOW_JOB, JobNamespace

EXECUTORS = 2
_SPARE_MIB = 512


def two_runs(jobs: JobNamespace, *, on: tuple[str, str] | None = None) -> tuple[str, str]:
    """Starts both at once.

    Each wants an executor on either of two nodes, no node holds two, and none of the tasks begins before both
    executors are there.

    Args:
        on: for each of the two, the label of the nodes that its executors may have; None: any node.
    """
    free = [mebibytes(node["memory"]) for node in free_resources(jobs.cluster).values()]
    assert len(free) == 2, "these jobs are for a cluster with two nodes for them"
    executor = min(free) - 2 * POD_MIB - _SPARE_MIB
    assert 2 * executor > max(free), "the nodes' free memory is too unequal"
    conf = {
        "executor_memoryOverhead": f"{executor - 512}m",
        "scheduler_minRegisteredResourcesRatio": "1.0",
        "scheduler_maxRegisteredResourcesWaitingTime": "1h",
    }
    nodes = ({}, {}) if on is None else tuple({f"kubernetes.executor.node.selector.{label}": "true"} for label in on)
    first, second = (
        jobs.start_spark(SLOW_JOB, "4", "1", parameters=small_gang(EXECUTORS, **conf, **where)) for where in nodes
    )
    return first, second
