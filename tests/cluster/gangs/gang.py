"""Gangs of job runs: what starts them, and their pods, placeholders and application."""

from typing import Any

from cluster.gangs.pod_history import Pod
from cluster.gangs.yunikorn_api import YuniKorn
from cluster.job_namespaces import JobNamespace
from cluster.parts import eventually

POD_MIB = 896
"""The memory of each pod of `small_gang`: a heap of 512 MiB and Spark's least overhead."""
STYLE = "spark.kubernetes.driver.annotation.yunikorn.apache.org/schedulingPolicyParameters"
_PLACEHOLDER = "internal.yunikorn.apache.org/placeholder"
_APPLICATION = "yunikorn.apache.org/app-id"
_GENERATED = "-uniqueautogen"


def small_gang(executors: int, *, style: str = "", timeout: int | None = None, **conf: str) -> str:
    """The sparkSubmitParameters of a driver and so many executors of POD_MIB each.

    Args:
        style: `Soft` or `Hard`.
        timeout: of the placeholders, in seconds.
        conf: more properties, by the name that follows `spark.`, with `_` for a point.
    """
    words = ([f"placeholderTimeoutInSeconds={timeout}"] if timeout else []) + (
        [f"gangSchedulingStyle={style}"] if style else []
    )
    properties = {
        "spark.driver.memory": "512m",
        "spark.executor.memory": "512m",
        "spark.executor.instances": str(executors),
        **({STYLE: " ".join(words)} if words else {}),
        **{f"spark.{name.replace('_', '.')}": value for name, value in conf.items()},
    }
    return as_parameters(properties)


def as_parameters(properties: dict[str, str]) -> str:
    """Spark properties as sparkSubmitParameters."""
    return " ".join(f"--conf '{name}={value}'" for name, value in properties.items())


def is_placeholder(pod: Pod) -> bool:
    return (pod["metadata"].get("annotations") or {}).get(_PLACEHOLDER) == "true"


def is_executor(pod: Pod) -> bool:
    """Returns whether Spark made the pod as an executor."""
    return not is_placeholder(pod) and (pod["metadata"].get("labels") or {}).get("spark-role") == "executor"


def is_driver(pod: Pod) -> bool:
    labels = pod["metadata"].get("labels") or {}
    return not is_placeholder(pod) and labels.get("emr-containers.amazonaws.com/component") == "driver"


def run_of(pod: Pod) -> str | None:
    """The job run that a driver or an executor is of."""
    return (pod["metadata"].get("labels") or {}).get("emr-containers.amazonaws.com/job.id")


def application_id(pod: Pod) -> str:
    """The ID of a pod's application, as YuniKorn reads it.

    Source: yunikorn-k8shim, pkg/common/utils/utils.go, GetApplicationIDFromPod.
    """
    metadata: dict[str, Any] = pod["metadata"]
    said = (metadata.get("labels") or {}).get(_APPLICATION) or (metadata.get("annotations") or {})[_APPLICATION]
    return f"{said.removesuffix(_GENERATED)}-{metadata['uid']}" if said.endswith(_GENERATED) else str(said)


def driver_of(jobs: JobNamespace, run: str) -> Pod:
    """The pod of a run's first driver, as soon as there is one."""
    found = eventually(lambda: list(filter(is_driver, jobs.pods(run))), seconds=180, what=f"the driver of {run}")
    return dict(found[0])


def application_of(yunikorn: YuniKorn, jobs: JobNamespace, run: str) -> dict[str, Any]:
    """The application of a run's first driver, as soon as YuniKorn knows of it."""
    name = application_id(driver_of(jobs, run))
    return dict(eventually(lambda: yunikorn.application(name), seconds=180, what=f"the application {name}"))


def placeholders(jobs: JobNamespace) -> list[Pod]:
    """Those of the whole namespace."""
    return list(filter(is_placeholder, jobs.cluster.pods(jobs.name)))


def some_wait(jobs: JobNamespace, *, placed: int, waiting: int, seconds: float = 90) -> None:
    """Waits until so many placeholders of the namespace have a node, and so many have none."""

    def look() -> bool:
        nodes = [pod["spec"].get("nodeName") for pod in placeholders(jobs)]
        return len(list(filter(None, nodes))) == placed and nodes.count(None) == waiting

    eventually(look, seconds=seconds, what=f"{placed} placeholders with a node and {waiting} without")


def nothing_but(jobs: JobNamespace, *names: str, seconds: float = 60) -> None:
    """Waits until no pod of the namespace waits or runs but those of these names."""

    def left() -> set[str]:
        unended = [pod for pod in jobs.cluster.pods(jobs.name) if pod["status"].get("phase") in ("Pending", "Running")]
        return {pod["metadata"]["name"] for pod in unended} - set(names)

    eventually(lambda: not left(), seconds=seconds, what="the end of all other pods")
