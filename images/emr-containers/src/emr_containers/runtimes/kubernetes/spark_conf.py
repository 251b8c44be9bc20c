"""The Spark properties that a job has in a cluster. Pure."""

from collections.abc import Mapping

from emr_containers.exceptions import ValidationException
from emr_containers.job_spec import JobSpec
from emr_containers.runtimes.kubernetes.names import Run
from emr_containers.runtimes.kubernetes.pods import SERVICE_ACCOUNT
from emr_containers.runtimes.kubernetes.releases import ClusterRelease
from emr_containers.runtimes.kubernetes.resources import driver_resources
from emr_containers.runtimes.kubernetes.scheduling import Scheduling, executor_scheduling
from emr_containers.runtimes.spark_submit import effective_properties, entry_point

EXECUTOR_TEMPLATE = "/etc/emr-containers/executor-pod-template.json"
"""Where the driver finds its executors' pod template."""
LOCAL_DIRECTORY = "/var/data/spark"
"""Where driver and executors keep shuffles and what does not fit into memory."""
DRIVER_PORT, BLOCK_MANAGER_PORT = 7078, 7079
"""Fixed, so that a NetworkPolicy can name them."""
_REFUSED = (
    "spark.kubernetes.driver.podTemplate",
    "spark.kubernetes.driver.volumes.",
    "spark.kubernetes.driver.secrets.",
    "spark.kubernetes.driver.secretKeyRef.",
    "spark.kubernetes.executor.podTemplate",
)
"""Left alone they would do nothing, as the driver's pod is there before Spark is, or contradict the server's own."""


def cluster_properties(
    spec: JobSpec, release: ClusterRelease, run: Run, scheduling: Scheduling | None = None
) -> dict[str, str]:
    """What the cluster decides, over all that the job and the release say.

    `$(POD_NAME)`, `$(POD_IP)` and `$(POD_UID)` stand for the driver's pod: they are not known before there is one, and
    each attempt has others, so that executors of two attempts never share a name.

    Args:
        scheduling: None for Kubernetes' default scheduler.

    Raises:
        ValidationException: the job's properties cannot be read, or cannot be used here.
    """
    conf = effective_properties(spec, release.release)
    for name in conf:
        if name.startswith(_REFUSED):
            raise ValidationException(
                f"{name} cannot be used here: the pods of release {release.release.label!r} are made from the pod "
                "templates in the server's release table."
            )
    python = entry_point(spec).endswith(".py")
    return {
        "spark.master": "k8s://https://kubernetes.default.svc",
        "spark.submit.deployMode": "client",
        # The JVM and the pod get the same number, also where the job's unit is one that a JVM does not know.
        "spark.driver.memory": f"{driver_resources(conf).heap_mib}m",
        # By it whoever knows the job run finds its event log; a retry's takes the place of the attempt's before it.
        "spark.app.id": f"spark-{run.id}",
        "spark.eventLog.overwrite": "true",
        "spark.driver.bindAddress": "0.0.0.0",  # noqa: S104  of the pod
        "spark.driver.host": "$(POD_IP)",
        "spark.driver.port": str(DRIVER_PORT),
        "spark.driver.blockManager.port": str(BLOCK_MANAGER_PORT),
        "spark.blockManager.port": str(BLOCK_MANAGER_PORT),
        "spark.kubernetes.namespace": run.namespace,
        "spark.kubernetes.container.image": release.image,
        "spark.kubernetes.executor.container.image": release.image,
        "spark.kubernetes.driver.pod.name": "$(POD_NAME)",
        "spark.kubernetes.executor.podNamePrefix": "$(POD_NAME)",
        "spark.kubernetes.executor.podTemplateFile": EXECUTOR_TEMPLATE,
        "spark.kubernetes.authenticate.executor.serviceAccountName": SERVICE_ACCOUNT,
        **({"spark.kubernetes.resource.type": "python"} if python else {}),
        **{f"spark.kubernetes.executor.label.{name}": value for name, value in run.labels("executor").items()},
        **executor_scheduling(conf, release, run, scheduling),
    }


def effective_conf(
    spec: JobSpec, release: ClusterRelease, run: Run, scheduling: Scheduling | None = None
) -> dict[str, str]:
    """Every property that the job has in the end, as far as it is known before it runs.

    Raises:
        ValidationException: as `cluster_properties`.
    """
    return effective_properties(spec, release.release) | cluster_properties(spec, release, run, scheduling)


def prefixed(conf: Mapping[str, str], *prefixes: str) -> dict[str, str]:
    """The properties below these prefixes, by what follows; a later prefix wins."""
    return {
        name.removeprefix(prefix): value
        for prefix in prefixes
        for name, value in conf.items()
        if name.startswith(prefix) and name != prefix
    }
