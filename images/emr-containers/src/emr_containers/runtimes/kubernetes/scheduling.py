"""Who schedules a run's pods, and what a job may say of it. Pure.

Where there is YuniKorn, it schedules all pods of all runs. A job's application ID, user and queue are the server's to
say, and its task groups are reckoned from what it asks for (`gang`), whatever it says of them itself.

Source: yunikorn-k8shim 1.9, pkg/common/utils/utils.go.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emr_containers.exceptions import ValidationException
from emr_containers.job_spec import JobSpec
from emr_containers.runtimes.kubernetes.gang_policy import GangPolicy, gang_policy
from emr_containers.runtimes.kubernetes.names import (
    APPLICATION_LABEL,
    EXECUTOR_GROUP,
    GANG_POLICY_ANNOTATION,
    TASK_GROUP_ANNOTATION,
    TASK_GROUPS_ANNOTATION,
    USER_LABEL,
    YUNIKORN,
    YUNIKORN_DOMAIN,
    Run,
)
from emr_containers.runtimes.kubernetes.pods import Table
from emr_containers.runtimes.kubernetes.queues import Style
from emr_containers.runtimes.kubernetes.releases import ClusterRelease
from emr_containers.runtimes.spark_submit import effective_properties

GANG_ANNOTATIONS = {TASK_GROUP_ANNOTATION, TASK_GROUPS_ANNOTATION, GANG_POLICY_ANNOTATION}
"""What a job may say, and is said anew."""
_NO_YUNIKORN = "There is no YuniKorn in this cluster: the job runs under the default scheduler, not as a gang."
_DEFAULT_SCHEDULER = "default-scheduler"
_EXECUTOR_SCHEDULER = "spark.kubernetes.executor.scheduler.name"
_SCHEDULERS = ("spark.kubernetes.scheduler.name", "spark.kubernetes.driver.scheduler.name", _EXECUTOR_SCHEDULER)
_OLD_LABELS = {"queue", "applicationId", "placeholder"}
"""Without YuniKorn's domain; it reads them, too."""
_LABEL_VALUE = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_QUEUE_NAME_LENGTH = 64


@dataclass(frozen=True, kw_only=True)
class Scheduling:
    """That YuniKorn schedules a run's pods, and what is known of it beside the job itself."""

    user: str | None = None
    """Whose application it is, which decides its queue; see `user_of`."""
    style: Style | None = None
    timeout: int | None = None
    """Seconds. Both are the queue's, for jobs that do not say them; None: as YuniKorn does by itself."""

    @property
    def labels(self) -> dict[str, str]:
        """By which YuniKorn knows whose application a pod is of."""
        return {} if self.user is None else {USER_LABEL: self.user}


def user_of(owner: str | None) -> str | None:
    """Whose a run is in YuniKorn; None where nobody has said it, or it could be no name of a queue.

    An application whose user could be none would be rejected. Source: yunikorn-core 1.9, pkg/scheduler/placement.
    """
    valid = owner and _LABEL_VALUE.fullmatch(owner) and len(owner.replace(".", "_dot_")) <= _QUEUE_NAME_LENGTH
    return owner if valid else None


def warning(spec: JobSpec, release: ClusterRelease, scheduling: Scheduling | None) -> str | None:
    """What to tell of a job that asks for YuniKorn where there is none; None where there is nothing to tell.

    Raises:
        ValidationException: its properties cannot be read.
    """
    if scheduling is not None or release.release.kind != "spark":
        return None
    conf = effective_properties(spec, release.release)
    return _NO_YUNIKORN if _names_yunikorn(conf) or gang_policy(conf) != GangPolicy() else None


def scheduled(pod: Table, release: ClusterRelease, run: Run, scheduling: Scheduling) -> Table:
    """A driver's pod as YuniKorn schedules it: the first of an application.

    Raises:
        ValidationException: the release's template is for another scheduler.
    """
    _check_template("driver", pod["spec"], release)
    metadata = pod["metadata"]
    labels = {**metadata["labels"], APPLICATION_LABEL: run.application(), **scheduling.labels}
    return {"metadata": {**metadata, "labels": labels}, "spec": {**pod["spec"], "schedulerName": YUNIKORN}}


def executor_scheduling(
    conf: Mapping[str, str], release: ClusterRelease, run: Run, scheduling: Scheduling | None
) -> dict[str, str]:
    """Spark's properties that put the executors under the driver's scheduler.

    Args:
        conf: the properties that job and release have without these.

    Raises:
        ValidationException: the job says of its scheduling what is not its to say, or a template does.
    """
    template = release.executor.get("spec") or {}
    if scheduling is None:
        # Under YuniKorn's name nobody would ever give them a node.
        named = template.get("schedulerName", _DEFAULT_SCHEDULER)
        return {_EXECUTOR_SCHEDULER: named} if _names_yunikorn(conf) else {}
    _check_template("executor", template, release)
    _check(conf)
    return {
        _EXECUTOR_SCHEDULER: YUNIKORN,
        f"spark.kubernetes.executor.label.{APPLICATION_LABEL}": run.application("$(POD_UID)"),
        # Also where the job starts with none, and has no such group: then each is scheduled by itself.
        f"spark.kubernetes.executor.annotation.{TASK_GROUP_ANNOTATION}": EXECUTOR_GROUP,
    }


def _names_yunikorn(conf: Mapping[str, str]) -> bool:
    return any(conf.get(name) == YUNIKORN for name in _SCHEDULERS)


def _check(conf: Mapping[str, str]) -> None:
    for name in _SCHEDULERS:
        if conf.get(name, YUNIKORN) != YUNIKORN:
            raise ValidationException(
                f"{name} is {conf[name][:80]!r}: here YuniKorn schedules all pods of all jobs; leave it out."
            )
    for name in conf:
        if any(_is_the_servers(name, role) for role in ("driver", "executor")):
            raise ValidationException(
                f"{name} cannot be used here: a job's application ID, user and queue in YuniKorn are the server's to "
                "say, from the DAG's owner and the namespace; leave it out."
            )


def _check_template(role: str, spec: Mapping[str, Any], release: ClusterRelease) -> None:
    named = spec.get("schedulerName", YUNIKORN)
    if named != YUNIKORN:
        raise ValidationException(
            f"The {role} pod template of release {release.release.label!r} names the scheduler {named!r}, and here "
            "YuniKorn schedules all pods of all jobs: take schedulerName out of it, in the server's release table."
        )


def _is_the_servers(name: str, role: str) -> bool:
    label, annotation = (f"spark.kubernetes.{role}.{kind}." for kind in ("label", "annotation"))
    if name.startswith(label):
        key = name.removeprefix(label)
        return key in _OLD_LABELS or YUNIKORN_DOMAIN in key
    key = name.removeprefix(annotation)
    return name.startswith(annotation) and YUNIKORN_DOMAIN in key and key not in GANG_ANNOTATIONS
