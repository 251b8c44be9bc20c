"""A Spark job's driver and executors as one gang: all of them get room, or none. Pure.

YuniKorn keeps the room with placeholder pods, one for each member of each task group, and gives each real pod the place
of one. So a group's `minResource` is what its pods will ask for, to the byte: a larger pod loses the place, a smaller
one wastes some of it.

Of what decides on a pod's node, a group has what looks at nodes. What looks at other pods it has not: it would keep the
real pod away from its own placeholder, which is still there when their places change, or would wait for pods that
cannot be there before the gang is.

Source: yunikorn-k8shim 1.9, pkg/cache (amprotocol.go, placeholder.go, utils.go); yunikorn-core 1.9,
pkg/scheduler/objects/application.go, tryPlaceholderAllocate.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from emr_containers.runtimes.kubernetes.gang_policy import GangPolicy, read_policy
from emr_containers.runtimes.kubernetes.names import (
    DRIVER_GROUP,
    EXECUTOR_GROUP,
    GANG_POLICY_ANNOTATION,
    TASK_GROUP_ANNOTATION,
    TASK_GROUPS_ANNOTATION,
)
from emr_containers.runtimes.kubernetes.queues import Style
from emr_containers.runtimes.kubernetes.resources import plus, pod_requests
from emr_containers.runtimes.kubernetes.scheduling import Scheduling
from emr_containers.runtimes.kubernetes.sizes import quantity, written


@dataclass(frozen=True, kw_only=True)
class TaskGroup:
    """Pods of a gang that are alike to a scheduler."""

    name: str
    members: int
    """From 1."""
    requests: Mapping[str, Decimal]
    """Of one of them: cores, bytes or pieces by Kubernetes' name of the resource."""
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Mapping[str, Any]] = ()
    node_affinity: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    """Of its placeholders."""


@dataclass(frozen=True, kw_only=True)
class Gang:
    """All the pods that an attempt starts with."""

    groups: tuple[TaskGroup, ...]
    policy: GangPolicy = field(default_factory=GangPolicy)

    @property
    def pods(self) -> int:
        """How many there are."""
        return sum(group.members for group in self.groups)

    @property
    def total(self) -> dict[str, Decimal]:
        """What they ask for together, as a group's `requests`."""
        total: dict[str, Decimal] = {}
        for group in self.groups:
            total = plus(total, {name: group.members * amount for name, amount in group.requests.items()})
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
        """Those of the driver's pod, which is the application's first."""
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
    """The gang of a Spark job.

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
        policy=policy.over(style=scheduling.style, timeout=scheduling.timeout),
    )


def gang_of(pod: Mapping[str, Any]) -> Gang | None:
    """The gang that a driver's pod, or the pod template of a run's Job, begins; None where it begins none."""
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
