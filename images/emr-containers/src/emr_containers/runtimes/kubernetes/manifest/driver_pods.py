"""The pod of a run's driver, and the template of its executors' pods. Pure."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.environments import JOB_RUN, environment_variables
from emr_containers.runtimes.kubernetes.manifest.executors import executor_count, executor_spec
from emr_containers.runtimes.kubernetes.manifest.gang import spark_gang
from emr_containers.runtimes.kubernetes.manifest.gang_policy import gang_policy
from emr_containers.runtimes.kubernetes.manifest.pod_files import (
    FILES,
    annotated,
    check_size,
    file_annotations,
    file_mounts,
    file_volumes,
)
from emr_containers.runtimes.kubernetes.manifest.pods import JsonObject, by_name, literal, pod, variables
from emr_containers.runtimes.kubernetes.manifest.releases import ClusterRelease
from emr_containers.runtimes.kubernetes.manifest.resources import container_resources, driver_resources, pod_requests
from emr_containers.runtimes.kubernetes.manifest.scheduling import GANG_ANNOTATIONS, Scheduling, with_yunikorn
from emr_containers.runtimes.kubernetes.manifest.spark_conf import (
    EXECUTOR_TEMPLATE,
    LOCAL_DIRECTORY,
    cluster_properties,
    effective_conf,
    prefixed,
)
from emr_containers.runtimes.kubernetes.names import (
    DRIVER_CONTAINER,
    EXECUTOR_CONTAINER,
    LOG_POLICY,
    TEMPLATE_ANNOTATION,
    RunIdentity,
)
from emr_containers.runtimes.spark.configuration import Configuration, read_configuration
from emr_containers.runtimes.spark.submit import command_parts, is_sql, machine_properties

TERMINATION_LOG = "/dev/termination-log"
_TEMPLATE_VOLUME = "executor-pod-template"
_POD_FIELDS = {
    "POD_IP": "status.podIP",
    "POD_NAME": "metadata.name",
    "POD_NAMESPACE": "metadata.namespace",
    "POD_UID": "metadata.uid",
}
SCRATCH = {"tmp": "/tmp"}  # noqa: S108  in the container
"""The volumes that every pod may write to, with their paths."""


def spark_driver(spec: JobSpec, release: ClusterRelease, run: RunIdentity, scheduling: Scheduling | None) -> JsonObject:
    """Returns the pod of a Spark job's driver: metadata and spec. With YuniKorn it is the first pod of a gang.

    Raises:
        ValidationException: the job cannot run here.
    """
    conf = effective_conf(spec, release, run, scheduling)
    configuration = read_configuration(spec, spark=True)
    options, application = command_parts(spec, release.release)
    machine = machine_properties(cluster_properties(spec, release, run, scheduling))
    executor = executor_pod(release, run, configuration)
    driver = {
        **_container_basis(release, run, configuration, [*map(literal, options), *machine, *map(literal, application)]),
        "resources": driver_resources(conf).over(_own_container(release).get("resources")),
        "volumeMounts": [
            {"name": _TEMPLATE_VOLUME, "mountPath": EXECUTOR_TEMPLATE.rpartition("/")[0], "readOnly": True},
            *file_mounts(configuration.files),
        ],
    }
    if is_sql(spec):
        driver["terminationMessagePolicy"] = LOG_POLICY
    driver["env"] = by_name(
        [
            {"name": "SPARK_LOCAL_DIRS", "value": LOCAL_DIRECTORY},
            *variables(prefixed(conf, "spark.kubernetes.driverEnv.")),
        ],
        driver["env"],
    )
    made = pod(
        release.driver,
        container=driver,
        labels=prefixed(conf, "spark.kubernetes.driver.label.") | run.labels("driver"),
        annotations=prefixed(conf, "spark.kubernetes.driver.annotation.")
        | file_annotations(configuration.files)
        | {TEMPLATE_ANNOTATION: json.dumps(executor)},
        scratch=SCRATCH | {"spark-local-dir": LOCAL_DIRECTORY},
        api_access=True,
    )
    template = annotated(_TEMPLATE_VOLUME, {EXECUTOR_TEMPLATE.rpartition("/")[2]: TEMPLATE_ANNOTATION})
    made["spec"]["volumes"] = by_name(made["spec"]["volumes"], [template, *file_volumes(configuration.files)])
    selector = prefixed(conf, "spark.kubernetes.node.selector.", "spark.kubernetes.driver.node.selector.")
    if selector:
        made["spec"]["nodeSelector"] = {**(made["spec"].get("nodeSelector") or {}), **selector}
    # Built without YuniKorn, too, so that a job which Spark would refuse later is refused now.
    gang = spark_gang(
        driver=made["spec"],
        executor=executor_spec(conf, executor),
        executors=executor_count(conf),
        policy=gang_policy(conf),
        scheduling=scheduling or Scheduling(),
    )
    if scheduling is not None:
        made = with_yunikorn(made, release, run, scheduling)
        made["metadata"]["annotations"] = _without_gang(made["metadata"]["annotations"]) | gang.annotations
    check_size(made["metadata"]["annotations"])
    return made


def container_driver(
    spec: JobSpec, release: ClusterRelease, run: RunIdentity, scheduling: Scheduling | None
) -> JsonObject:
    """Returns the pod of a job that is one container: metadata and spec.

    Raises:
        ValidationException: as for `spark_driver`.
    """
    options, application = command_parts(spec, release.release)
    configuration = read_configuration(spec, spark=False)
    container = _container_basis(release, run, configuration, [literal(word) for word in options + application])
    if configuration.properties:
        own = _own_container(release).get("resources")
        container["resources"] = container_resources(configuration.properties, own)
    made = pod(
        release.driver,
        container=container,
        labels=run.labels("driver"),
        annotations={},
        scratch=SCRATCH,
        api_access=False,
    )
    return made if scheduling is None else with_yunikorn(made, release, run, scheduling)


def executor_pod(release: ClusterRelease, run: RunIdentity, configuration: Configuration) -> JsonObject:
    """Returns the executors' pod template, to which Spark adds the image, resources and its own variables."""
    made = pod(
        release.executor,
        container={
            "name": EXECUTOR_CONTAINER,
            "env": _environment(release, run, configuration),
            "volumeMounts": file_mounts(configuration.files),
        },
        labels=run.labels("executor"),
        annotations=file_annotations(configuration.files),
        scratch=SCRATCH,
        api_access=False,
    )
    made["spec"]["volumes"] = by_name(made["spec"]["volumes"], file_volumes(configuration.files))
    return {"apiVersion": "v1", "kind": "Pod", **made}


def executor_requests(spec: JobSpec, release: ClusterRelease, run: RunIdentity) -> dict[str, Decimal]:
    """Returns the requests of each executor of a Spark job: cores, bytes or pieces by resource.

    Raises:
        ValidationException: as for `spark_driver`.
    """
    template = executor_pod(release, run, read_configuration(spec, spark=True))
    return pod_requests(executor_spec(effective_conf(spec, release, run), template))


def _container_basis(
    release: ClusterRelease, run: RunIdentity, configuration: Configuration, words: list[str]
) -> JsonObject:
    return {
        "name": DRIVER_CONTAINER,
        "image": release.image,
        "command": words[:1],
        "args": words[1:],
        "env": by_name(_environment(release, run, configuration), map(_pod_field, _POD_FIELDS)),
        "terminationMessagePath": TERMINATION_LOG,
        "terminationMessagePolicy": "File",  # lines of a log may contain rows of a table
    }


def _environment(release: ClusterRelease, run: RunIdentity, configuration: Configuration) -> list[JsonObject]:
    own = {"HOME": "/tmp"} | configuration.environment(FILES)  # noqa: S108  in the container
    ours = environment_variables(run.namespace) | {JOB_RUN: run.id, "LONGSHORE_TERMINATION_LOG": TERMINATION_LOG}
    return variables(own | release.release.environment | ours)


def _pod_field(name: str) -> JsonObject:
    return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": _POD_FIELDS[name]}}}


def _own_container(release: ClusterRelease) -> Mapping[str, Any]:
    own, *_ = (release.driver.get("spec") or {}).get("containers") or [{}]
    return dict(own)


def _without_gang(annotations: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in annotations.items() if name not in GANG_ANNOTATIONS}
