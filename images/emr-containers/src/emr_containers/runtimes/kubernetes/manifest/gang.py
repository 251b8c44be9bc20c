"""A Spark job's driver and executors as one gang: all of them get room, or none. Pure.

YuniKorn reserves the room with placeholder pods, one for each member of each task group, and each real pod replaces a
placeholder. A group's `minResource` therefore equals its pods' requests, to the byte: a larger pod loses the place, and
a smaller one wastes a part of it.

A group has the constraints of its pods that are about nodes, but not those about other pods. The latter would keep the
real pod away from its own placeholder, which still exists when they change places, or would wait for pods that cannot
exist before the gang does.

Source: yunikorn-k8shim 1.9, pkg/cache (amprotocol.go, placeholder.go, utils.go); yunikorn-core 1.9,
pkg/scheduler/objects/application.go, tryPlaceholderAllocate.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from emr_containers.runtimes.kubernetes.manifest.gang_policy import GangPolicy, Style, read_policy
from emr_containers.runtimes.kubernetes.manifest.resources import add_amounts, pod_requests
from emr_containers.runtimes.kubernetes.manifest.scheduling import Scheduling
from emr_containers.runtimes.kubernetes.names import (
    DRIVER_GROUP,
    EXECUTOR_GROUP,
    GANG_POLICY_ANNOTATION,
    TASK_GROUP_ANNOTATION,
    TASK_GROUPS_ANNOTATION,
)
from emr_containers.runtimes.kubernetes.quantities import quantity, written


@dataclass(frozen=True, kw_only=True)
class TaskGroup:
    """The pods of a gang that are the same to a scheduler."""

    name: str
    members: int
    """The number of pods, from 1."""
    requests: Mapping[str, Decimal]
    """The requests of one pod: cores, bytes or pieces by Kubernetes' name of the resource."""
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Mapping[str, Any]] = ()
    node_affinity: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    """The labels of its placeholders."""


@dataclass(frozen=True, kw_only=True)
class Gang:
    """The pods with which an attempt starts."""

    groups: tuple[TaskGroup, ...]
    policy: GangPolicy = field(default_factory=GangPolicy)

    @property
    def pods(self) -> int:
        """The number of pods."""
        return sum(group.members for group in self.groups)

    @property
    def total(self) -> dict[str, Decimal]:
        """The requests of all pods together; see `TaskGroup.requests`."""
        total: dict[str, Decimal] = {}
        for group in self.groups:
            total = add_amounts(total, {name: group.members * amount for name, amount in group.requests.items()})
        return total

    @property
    def style(self) -> Style | None:
        """See `GangPolicy.style`."""
        return self.policy.style

    @property
    def timeout(self) -> int | None:
        """See `GangPolicy.timeout`."""
        return self.policy.timeout

    @property
    def annotations(self) -> dict[str, str]:
        """The annotations of the driver's pod, which is the application's first."""
        groups = json.dumps([_table(group) for group in self.groups], separators=(",", ":"))
        return {TASK_GROUP_ANNOTATION: DRIVER_GROUP, TASK_GROUPS_ANNOTATION: groups, **self.policy.annotation}


def spark_gang(
    *,
    driver: Mapping[str, Any],
    executor: Mapping[str, Any],
    executors: int,
    policy: GangPolicy,
    scheduling: Scheduling,
) -> Gang:
    """Returns the gang of a Spark job.

    Args:
        driver, executor: PodSpecs.
        executors: how many the job starts with. YuniKorn takes no group of none.
        policy: what the job says.
        scheduling: the rest. Placeholders, too, say whose they are, for a scheduler that was restarted.

    Raises:
        ValidationException: a resource's amount cannot be read.
    """
    parts = ((DRIVER_GROUP, 1, driver), (EXECUTOR_GROUP, executors, executor))
    return Gang(
        groups=tuple(_group(name, members, spec, scheduling.labels) for name, members, spec in parts if members),
        policy=policy.with_defaults(style=scheduling.style, timeout=scheduling.timeout),
    )


def gang_of(pod: Mapping[str, Any]) -> Gang | None:
    """Returns the gang of a driver's pod, or of the pod template of a run's Job; None if it has none."""
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    if TASK_GROUPS_ANNOTATION not in annotations:
        return None
    groups = tuple(_read(group) for group in json.loads(annotations[TASK_GROUPS_ANNOTATION]))
    return Gang(groups=groups, policy=read_policy(annotations.get(GANG_POLICY_ANNOTATION, "")))


def _group(name: str, members: int, spec: Mapping[str, Any], labels: Mapping[str, str]) -> TaskGroup:
    return TaskGroup(
        name=name,
        members=members,
        requests=pod_requests(spec),
        node_selector=spec.get("nodeSelector") or {},
        tolerations=tuple(spec.get("tolerations") or ()),
        node_affinity=(spec.get("affinity") or {}).get("nodeAffinity") or {},
        labels=labels,
    )


def _table(group: TaskGroup) -> dict[str, Any]:
    optional = {
        "labels": dict(group.labels),
        "nodeSelector": dict(group.node_selector),
        "tolerations": list(group.tolerations),
        "affinity": {"nodeAffinity": group.node_affinity} if group.node_affinity else None,
    }
    return {
        "name": group.name,
        "minMember": group.members,
        "minResource": {name: written(name, amount) for name, amount in group.requests.items()},
        **{name: value for name, value in optional.items() if value},
    }


def _read(table: Mapping[str, Any]) -> TaskGroup:
    return TaskGroup(
        name=table["name"],
        members=table["minMember"],
        requests={name: quantity(text, name=name) for name, text in table["minResource"].items()},
        node_selector=table.get("nodeSelector", {}),
        tolerations=tuple(table.get("tolerations", ())),
        node_affinity=table.get("affinity", {}).get("nodeAffinity", {}),
        labels=table.get("labels", {}),
    )
