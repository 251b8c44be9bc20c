"""The scheduler of a run's pods, and the settings that a job may make for it. Pure.

If there is a YuniKorn, it schedules all pods of all runs. The server sets a job's application ID, user and queue, and
computes its task groups from its requests (`gang`), no matter what the job itself sets.

Source: yunikorn-k8shim 1.9, pkg/common/utils/utils.go.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emr_containers.exceptions import ValidationException
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.kubernetes.manifest.gang_policy import GangPolicy, Style, gang_policy
from emr_containers.runtimes.kubernetes.manifest.pods import JsonObject
from emr_containers.runtimes.kubernetes.manifest.releases import ClusterRelease
from emr_containers.runtimes.kubernetes.names import (
    APPLICATION_LABEL,
    EXECUTOR_GROUP,
    GANG_POLICY_ANNOTATION,
    TASK_GROUP_ANNOTATION,
    TASK_GROUPS_ANNOTATION,
    USER_LABEL,
    YUNIKORN,
    YUNIKORN_DOMAIN,
    RunIdentity,
)
from emr_containers.runtimes.spark.submit import effective_properties

GANG_ANNOTATIONS = {TASK_GROUP_ANNOTATION, TASK_GROUPS_ANNOTATION, GANG_POLICY_ANNOTATION}
"""The annotations that a job may set; the server replaces them."""
_NO_YUNIKORN = "There is no YuniKorn in this cluster: the job runs under the default scheduler, not as a gang."
_DEFAULT_SCHEDULER = "default-scheduler"
_EXECUTOR_SCHEDULER = "spark.kubernetes.executor.scheduler.name"
_SCHEDULERS = ("spark.kubernetes.scheduler.name", "spark.kubernetes.driver.scheduler.name", _EXECUTOR_SCHEDULER)
_OLD_LABELS = {"queue", "applicationId", "placeholder"}
"""Labels without YuniKorn's domain, which it also reads."""
_LABEL_VALUE = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_QUEUE_NAME_LENGTH = 64


@dataclass(frozen=True, kw_only=True)
class Scheduling:
    """The scheduling of a run's pods by YuniKorn, as far as it does not follow from the job itself."""

    user: str | None = None
    """The user of the application, which decides its queue; see `user_of`."""
    style: Style | None = None
    timeout: int | None = None
    """The timeout in seconds. Style and timeout are the queue's, for jobs that set none. None: YuniKorn's own."""

    @property
    def labels(self) -> dict[str, str]:
        """The labels that tell YuniKorn the user of the application."""
        return {} if self.user is None else {USER_LABEL: self.user}


def user_of(owner: str | None) -> str | None:
    """Returns the user of a run in YuniKorn; None if it has no owner, or the owner is not a valid name of a queue.

    YuniKorn would reject an application with such a user. Source: yunikorn-core 1.9, pkg/scheduler/placement.
    """
    valid = owner and _LABEL_VALUE.fullmatch(owner) and len(owner.replace(".", "_dot_")) <= _QUEUE_NAME_LENGTH
    return owner if valid else None


def warning(spec: JobSpec, release: ClusterRelease, scheduling: Scheduling | None) -> str | None:
    """Returns the warning for a job that asks for YuniKorn in a cluster without it; None if there is none.

    Raises:
        ValidationException: its properties cannot be read.
    """
    if scheduling is not None or release.release.kind != "spark":
        return None
    conf = effective_properties(spec, release.release)
    return _NO_YUNIKORN if _names_yunikorn(conf) or gang_policy(conf) != GangPolicy() else None


def with_yunikorn(pod: JsonObject, release: ClusterRelease, run: RunIdentity, scheduling: Scheduling) -> JsonObject:
    """Returns a driver's pod as the first one of a YuniKorn application.

    Raises:
        ValidationException: the release's template is for another scheduler.
    """
    _check_template("driver", pod["spec"], release)
    metadata = pod["metadata"]
    labels = {**metadata["labels"], APPLICATION_LABEL: run.application(), **scheduling.labels}
    return {"metadata": {**metadata, "labels": labels}, "spec": {**pod["spec"], "schedulerName": YUNIKORN}}


def executor_scheduling(
    conf: Mapping[str, str], release: ClusterRelease, run: RunIdentity, scheduling: Scheduling | None
) -> dict[str, str]:
    """Returns the Spark properties that put the executors under the driver's scheduler.

    Args:
        conf: the other properties of the job and the release.

    Raises:
        ValidationException: the job or a template sets something that only the server may set.
    """
    template = release.executor.get("spec") or {}
    if scheduling is None:
        # No scheduler of the cluster would ever give a node to pods with YuniKorn's name.
        named = template.get("schedulerName", _DEFAULT_SCHEDULER)
        return {_EXECUTOR_SCHEDULER: named} if _names_yunikorn(conf) else {}
    _check_template("executor", template, release)
    _check(conf)
    return {
        _EXECUTOR_SCHEDULER: YUNIKORN,
        f"spark.kubernetes.executor.label.{APPLICATION_LABEL}": run.application("$(POD_UID)"),
        # Set also if the job starts without executors and has no such group: each is then scheduled by itself.
        f"spark.kubernetes.executor.annotation.{TASK_GROUP_ANNOTATION}": EXECUTOR_GROUP,
    }


def _names_yunikorn(conf: Mapping[str, str]) -> bool:
    return any(conf.get(name) == YUNIKORN for name in _SCHEDULERS)


def _check(conf: Mapping[str, str]) -> None:
    for name in _SCHEDULERS:
        if conf.get(name, YUNIKORN) != YUNIKORN:
            raise ValidationException(
                f"{name} is {conf[name][:80]!r}, but YuniKorn schedules all pods of all jobs here; leave it out."
            )
    for name in conf:
        if any(_is_the_servers(name, role) for role in ("driver", "executor")):
            raise ValidationException(
                f"{name} cannot be used here: the server sets a job's application ID, user and queue in YuniKorn, "
                "from the DAG's owner and the namespace; leave it out."
            )


def _check_template(role: str, spec: Mapping[str, Any], release: ClusterRelease) -> None:
    named = spec.get("schedulerName", YUNIKORN)
    if named != YUNIKORN:
        raise ValidationException(
            f"The {role} pod template of release {release.release.label!r} names the scheduler {named!r}, but "
            "YuniKorn schedules all pods of all jobs here: remove schedulerName from it, in the server's release table."
        )


def _is_the_servers(name: str, role: str) -> bool:
    label, annotation = (f"spark.kubernetes.{role}.{kind}." for kind in ("label", "annotation"))
    if name.startswith(label):
        key = name.removeprefix(label)
        return key in _OLD_LABELS or YUNIKORN_DOMAIN in key
    key = name.removeprefix(annotation)
    return name.startswith(annotation) and YUNIKORN_DOMAIN in key and key not in GANG_ANNOTATIONS
