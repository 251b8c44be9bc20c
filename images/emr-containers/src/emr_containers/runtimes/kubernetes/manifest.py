"""From a job's specification to the Job that runs it. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from emr_containers.job_spec import JobSpec
from emr_containers.runtimes.configuration import Configuration, read_configuration
from emr_containers.runtimes.kubernetes.names import (
    DRIVER_CONTAINER,
    EXECUTOR_CONTAINER,
    NEVER_ANNOTATION,
    TEMPLATE_ANNOTATION,
    Run,
)
from emr_containers.runtimes.kubernetes.objects import LOG_POLICY
from emr_containers.runtimes.kubernetes.pod_files import (
    FILES,
    annotated,
    check_size,
    file_annotations,
    file_mounts,
    file_volumes,
)
from emr_containers.runtimes.kubernetes.pods import Table, by_name, literal, pod, variables
from emr_containers.runtimes.kubernetes.releases import ClusterRelease
from emr_containers.runtimes.kubernetes.resources import driver_resources
from emr_containers.runtimes.kubernetes.spark_conf import (
    EXECUTOR_TEMPLATE,
    LOCAL_DIRECTORY,
    cluster_properties,
    effective_conf,
    prefixed,
)
from emr_containers.runtimes.spark_submit import command_parts, is_sql, machine_properties

TERMINATION_LOG = "/dev/termination-log"
UNREAD_SECONDS = 7 * 24 * 3600
"""How long a Job that has ended is kept for a server that has not read its end yet; then `job_ttl` counts."""
_NEVER_SECONDS = 600
"""Longer than any request to the API may take (60 s by default), so that none can come after it."""
_TEMPLATE_VOLUME = "executor-pod-template"
_POD_FIELDS = {"POD_IP": "status.podIP", "POD_NAME": "metadata.name", "POD_NAMESPACE": "metadata.namespace"}
_SCRATCH = {"tmp": "/tmp"}  # noqa: S108  in the container


def build_job(spec: JobSpec, release: ClusterRelease, run: Run) -> Table:
    """The Job of a run: its pod is the driver, its back-off the run's retry policy.

    Raises:
        ValidationException: the job is not one that can be run here.
    """
    template = _spark_driver(spec, release, run) if release.release.kind == "spark" else _container(spec, release, run)
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
        {}, container=container, labels=run.labels("driver"), annotations={}, scratch=_SCRATCH, api_access=False
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


def _spark_driver(spec: JobSpec, release: ClusterRelease, run: Run) -> Table:
    conf = effective_conf(spec, release, run)
    configuration = read_configuration(spec, spark=True)
    options, application = command_parts(spec, release.release)
    machine = machine_properties(cluster_properties(spec, release, run))
    own = _own_container(release)
    resources = driver_resources(conf)
    given = own.get("resources") or {}
    driver = {
        **_container_basis(release, configuration, [*map(literal, options), *machine, *map(literal, application)]),
        "resources": {
            **given,
            "requests": {**(given.get("requests") or {}), **resources.requests},
            "limits": {**(given.get("limits") or {}), **resources.limits},
        },
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
        | {TEMPLATE_ANNOTATION: json.dumps(executor_pod(release, run, configuration))},
        scratch=_SCRATCH | {"spark-local-dir": LOCAL_DIRECTORY},
        api_access=True,
    )
    check_size(made["metadata"]["annotations"])
    template = annotated(_TEMPLATE_VOLUME, {EXECUTOR_TEMPLATE.rpartition("/")[2]: TEMPLATE_ANNOTATION})
    made["spec"]["volumes"] = by_name(made["spec"]["volumes"], [template, *file_volumes(configuration.files)])
    selector = prefixed(conf, "spark.kubernetes.node.selector.", "spark.kubernetes.driver.node.selector.")
    if selector:
        made["spec"]["nodeSelector"] = {**(made["spec"].get("nodeSelector") or {}), **selector}
    return made


def _container(spec: JobSpec, release: ClusterRelease, run: Run) -> Table:
    options, application = command_parts(spec, release.release)
    configuration = read_configuration(spec, spark=False)
    return pod(
        release.driver,
        container=_container_basis(release, configuration, [literal(word) for word in options + application]),
        labels=run.labels("driver"),
        annotations={},
        scratch=_SCRATCH,
        api_access=False,
    )


def executor_pod(release: ClusterRelease, run: Run, configuration: Configuration) -> Table:
    """The executors' pod template, to which Spark adds image, resources and its own variables."""
    made = pod(
        release.executor,
        container={
            "name": EXECUTOR_CONTAINER,
            "env": _environment(release, configuration),
            "volumeMounts": file_mounts(configuration.files),
        },
        labels=run.labels("executor"),
        annotations=file_annotations(configuration.files),
        scratch=_SCRATCH,
        api_access=False,
    )
    made["spec"]["volumes"] = by_name(made["spec"]["volumes"], file_volumes(configuration.files))
    return {"apiVersion": "v1", "kind": "Pod", **made}


def _container_basis(release: ClusterRelease, configuration: Configuration, words: list[str]) -> Table:
    return {
        "name": DRIVER_CONTAINER,
        "image": release.image,
        "command": words[:1],
        "args": words[1:],
        "env": by_name(_environment(release, configuration), map(_pod_field, _POD_FIELDS)),
        "terminationMessagePath": TERMINATION_LOG,
        "terminationMessagePolicy": "File",  # lines of a log may hold rows of a table
    }


def _environment(release: ClusterRelease, configuration: Configuration) -> list[Table]:
    own = {"HOME": "/tmp"} | configuration.environment(FILES)  # noqa: S108  in the container
    return variables(own | release.release.environment | {"LONGSHORE_TERMINATION_LOG": TERMINATION_LOG})


def _pod_field(name: str) -> Table:
    return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": _POD_FIELDS[name]}}}


def _own_container(release: ClusterRelease) -> Mapping[str, Any]:
    own, *_ = (release.driver.get("spec") or {}).get("containers") or [{}]
    return dict(own)
