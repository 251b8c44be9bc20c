"""YuniKorn's tree of queues, from the answers of its REST API. Pure.

Sources: YuniKorn core 1.9, pkg/webservice/dao/queue_info.go (the answer), pkg/scheduler/objects/queue.go (head room),
pkg/scheduler/placement (the rules). A queue's `max` limits only the resources that it names, and the limits of its
parents hold, too. The root's is not a configured limit: YuniKorn sets it to the sum of the nodes.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from emr_containers.runtimes.environments import is_environment
from emr_containers.runtimes.kubernetes.manifest.gang_policy import STYLES, Style

Amounts = Mapping[str, Decimal]
"""Cores, bytes or pieces by Kubernetes' name of the resource."""
STYLE_PROPERTY, TIMEOUT_PROPERTY = "longshore.gang.style", "longshore.gang.timeout"
"""Properties of a queue that children inherit and the REST API shows; YuniKorn itself does not use them."""
DEFAULT_USER = "nobody"
"""The user of an application whose pod names none. Source: k8shim, pkg/common/constants, DefaultUser."""
_ROOT = "root"
_ENVIRONMENTS = "root.environments"
"""The parent of the queues of the environments' namespaces, which an annotation names (images/environments)."""
_NAME = re.compile(r"[a-zA-Z0-9_:#/@-]{1,64}")
_MILLI = Decimal(1000)


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A queue and its children."""

    name: str
    """The full name, with the parents: `root.jobs.team-a`."""
    leaf: bool
    """True if it can hold applications."""
    max: Amounts
    """The limit of all its applications together. A resource that is missing here has no limit."""
    guaranteed: Amounts
    allocated: Amounts
    pending: Amounts
    running: int
    """The number of applications that have all or some of the pods that they need to begin."""
    max_running: int | None
    draining: bool
    """True if it no longer accepts applications."""
    properties: Mapping[str, str]
    """The properties, with those inherited from its parents."""
    children: tuple["Queue", ...]


@dataclass(frozen=True, kw_only=True)
class Shortage:
    """A queue that does not have enough free resources, and those resources."""

    queue: Queue
    free: Amounts
    most: Amounts
    """The queue's limits of the resources in `free`."""


@dataclass(frozen=True, kw_only=True)
class GangDefaults:
    """The queue's policy for gangs that set none themselves. None: YuniKorn's own."""

    style: Style | None = None
    timeout: int | None = None
    """The timeout in seconds."""


def amounts(resources: Mapping[str, int] | None) -> dict[str, Decimal]:
    """Reads resources of YuniKorn's REST API: `vcore` in thousandths of a core, all else in bytes or pieces."""
    return {
        "cpu" if name == "vcore" else name: Decimal(amount) / (_MILLI if name == "vcore" else 1)
        for name, amount in (resources or {}).items()
    }


def read_queues(answer: Mapping[str, Any]) -> Queue:
    """Reads the tree of queues from the answer to `/ws/v1/partition/default/queues`.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: the answer has another form.
    """
    return Queue(
        name=answer["queuename"],
        leaf=answer["isLeaf"],
        max=amounts(answer.get("maxResource")),
        guaranteed=amounts(answer.get("guaranteedResource")),
        allocated=amounts(answer.get("allocatedResource")),
        pending=amounts(answer.get("pendingResource")),
        running=answer.get("runningApps", 0) + len(answer.get("allocatingAcceptedApps") or ()),
        max_running=answer.get("maxRunningApps") or None,
        draining=answer.get("status") == "Draining",
        properties=dict(answer.get("properties") or {}),
        children=tuple(read_queues(child) for child in answer.get("children") or ()),
    )


def path_to(tree: Queue, name: str) -> tuple[Queue, ...]:
    """Returns the queues from the root to the one with this full name; empty if there is none."""
    first, *rest = name.lower().split(".")
    if first != tree.name:
        return ()
    path = [tree]
    for part in rest:
        below = next((child for child in path[-1].children if child.name == f"{path[-1].name}.{part}"), None)
        if below is None:
            return ()
        path.append(below)
    return tuple(path)


def placement_path(tree: Queue, *, namespace: str, user: str | None) -> tuple[Queue, ...]:
    """Returns the queues from the root to the one in which the placement rules of helm/yunikorn put an application.

    The rules, in their order: an environment's own queue in `root.environments`, which is created if it is missing; the
    namespace's queue, if it holds applications itself; in it, the user's; in it, `default`; `root.default`. The REST
    API does not show who may submit to a queue, so YuniKorn may still put the application elsewhere, or reject it.

    Args:
        user: the value of the user label; None if there is none.

    Returns:
        The queues. For an environment they end above its own queue, whose limits come from its last application and
        may change with the next one. Empty if YuniKorn rejects the application: no rule fits, or one fails.
    """
    within, own = _part(namespace), _part(user or DEFAULT_USER)
    if within is None:
        return ()
    environments = path_to(tree, _ENVIRONMENTS) if is_environment(namespace) else ()
    if environments and not environments[-1].leaf:
        # A queue that is being removed accepts no child any more, and the search ends there.
        return () if environments[-1].draining else environments
    parent = path_to(tree, f"{_ROOT}.{within}")
    if parent and parent[-1].leaf:
        # If it no longer accepts applications, the search for a queue in it fails, which ends the placement.
        return () if parent[-1].draining else parent
    if own is None:
        return ()
    names = [f"{_ROOT}.{within}.{own}", f"{_ROOT}.{within}.default", f"{_ROOT}.default"]
    paths = (path_to(tree, name) for name in names)
    return next((path for path in paths if path and path[-1].leaf and not path[-1].draining), ())


def shortage(path: Sequence[Queue], needed: Amounts) -> Shortage | None:
    """Returns the queue without enough free resources, the application's own first; None if all have enough.

    Args:
        path: the queues from the root to the application's own.
    """
    for queue in reversed(path[1:]):
        free = {name: limit - queue.allocated.get(name, Decimal(0)) for name, limit in queue.max.items()}
        if short := [name for name, amount in needed.items() if name in free and amount > free[name]]:
            return Shortage(
                queue=queue,
                free={name: max(free[name], Decimal(0)) for name in short},
                most={name: queue.max[name] for name in short},
            )
    return None


def never_fits(path: Sequence[Queue], needed: Amounts) -> Shortage | None:
    """Returns the queue whose limit is smaller than the application, even if it were alone; None if there is none."""
    for queue in reversed(path[1:]):
        if short := [name for name, amount in needed.items() if amount > queue.max.get(name, amount)]:
            most = {name: queue.max[name] for name in short}
            return Shortage(queue=queue, free=most, most=most)
    return None


def full_queue(path: Sequence[Queue]) -> Queue | None:
    """Returns the queue that already runs as many applications as it may; None if there is none."""
    return next((one for one in reversed(path) if one.max_running and one.running >= one.max_running), None)


def gang_defaults(queue: Queue) -> GangDefaults:
    """Returns the queue's policy for gangs. A property that cannot be read counts as missing."""
    timeout = queue.properties.get(TIMEOUT_PROPERTY, "")
    return GangDefaults(
        style=STYLES.get(queue.properties.get(STYLE_PROPERTY, "")),
        timeout=int(timeout) if re.fullmatch(r"[1-9][0-9]{0,8}", timeout, re.ASCII) else None,
    )


def _part(name: str) -> str | None:
    part = name.replace(".", "_dot_")
    return part if _NAME.fullmatch(part) else None
