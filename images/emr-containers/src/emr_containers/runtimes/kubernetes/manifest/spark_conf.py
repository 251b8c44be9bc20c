"""The Spark properties that a job has in a cluster. Pure."""

from collections.abc import Mapping

from emr_containers.exceptions import ValidationException
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.kubernetes.manifest.pods import SERVICE_ACCOUNT
from emr_containers.runtimes.kubernetes.manifest.releases import ClusterRelease
from emr_containers.runtimes.kubernetes.manifest.resources import driver_resources
from emr_containers.runtimes.kubernetes.manifest.scheduling import Scheduling, executor_scheduling
from emr_containers.runtimes.kubernetes.names import RunIdentity
from emr_containers.runtimes.spark.submit import effective_properties, entry_point

EXECUTOR_TEMPLATE = "/etc/emr-containers/executor-pod-template.json"
"""The file with the executors' pod template, in the driver."""
LOCAL_DIRECTORY = "/var/data/spark"
"""The folder in which driver and executors keep shuffles and what does not fit into memory."""
DRIVER_PORT, BLOCK_MANAGER_PORT = 7078, 7079
"""Fixed ports, so that a NetworkPolicy can name them."""
_REFUSED = (
    "spark.kubernetes.driver.podTemplate",
    "spark.kubernetes.driver.volumes.",
    "spark.kubernetes.driver.secrets.",
    "spark.kubernetes.driver.secretKeyRef.",
    "spark.kubernetes.executor.podTemplate",
)
"""Properties that are refused: they would have no effect, since the driver's pod exists before Spark starts, or they
would contradict the server's own."""


def cluster_properties(
    spec: JobSpec, release: ClusterRelease, run: RunIdentity, scheduling: Scheduling | None = None
) -> dict[str, str]:
    """Returns the properties that the cluster decides, which win over those of the job and the release.

    `$(POD_NAME)`, `$(POD_IP)` and `$(POD_UID)` stand for the driver's pod. They are unknown before it exists, and
    differ between attempts, so that executors of two attempts never share a name.

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
        # In MiB, so that the JVM and the pod get the same amount, whatever the job's unit is.
        "spark.driver.memory": f"{driver_resources(conf).heap_mib}m",
        # The event log of a job run is found by this ID; that of a retry replaces that of the attempt before it.
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
        "spark.kubernetes.authenticate.executor.serviceAccountName": release.service_account or SERVICE_ACCOUNT,
        **({"spark.kubernetes.resource.type": "python"} if python else {}),
        **{f"spark.kubernetes.executor.label.{name}": value for name, value in run.labels("executor").items()},
        **executor_scheduling(conf, release, run, scheduling),
    }


def effective_conf(
    spec: JobSpec, release: ClusterRelease, run: RunIdentity, scheduling: Scheduling | None = None
) -> dict[str, str]:
    """Returns all final properties of the job, as far as they are known before it runs.

    Raises:
        ValidationException: as for `cluster_properties`.
    """
    return effective_properties(spec, release.release) | cluster_properties(spec, release, run, scheduling)


def prefixed(conf: Mapping[str, str], *prefixes: str) -> dict[str, str]:
    """Returns the properties with these prefixes, by the rest of their names; a later prefix wins."""
    return {
        name.removeprefix(prefix): value
        for prefix in prefixes
        for name, value in conf.items()
        if name.startswith(prefix) and name != prefix
    }
