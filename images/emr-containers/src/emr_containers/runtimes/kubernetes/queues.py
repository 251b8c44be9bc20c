"""YuniKorn's queues, as its REST API tells them. Pure.

Facts: YuniKorn core 1.9, pkg/webservice/dao/queue_info.go (the answer), pkg/scheduler/objects/queue.go (head room),
pkg/scheduler/placement (the rules). A queue's `max` limits only the resources that it names, and those of the queues
above it hold, too. That of the root is no limit of anybody's: YuniKorn sets it to what the nodes have.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from emr_containers.runtimes.environments import is_environment

Amounts = Mapping[str, Decimal]
"""Cores, bytes or pieces by Kubernetes' name of the resource."""
Style = Literal["Soft", "Hard"]
STYLES: Mapping[str, Style] = {"Soft": "Soft", "Hard": "Hard"}
STYLE_PROPERTY, TIMEOUT_PROPERTY = "longshore.gang.style", "longshore.gang.timeout"
"""Properties of a queue that YuniKorn itself hands down and shows, and makes nothing of."""
NOBODY = "nobody"
"""Whose application it is where its pod does not say. Source: k8shim, pkg/common/constants, DefaultUser."""
_ROOT = "root"
_ENVIRONMENTS = "root.environments"
"""In which each environment's namespace has its own queue, as it says by an annotation (images/environments)."""
_NAME = re.compile(r"[a-zA-Z0-9_:#/@-]{1,64}")
_MILLI = Decimal(1000)


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A queue and those below it."""

    name: str
    """With those above it: `root.jobs.team-a`."""
    leaf: bool
    """Whether applications may be in it."""
    max: Amounts
    """What all its applications together may have; of a resource that is not here, whatever there is."""
    guaranteed: Amounts
    allocated: Amounts
    pending: Amounts
    running: int
    """Applications that have all that they need to begin, or a part of it."""
    max_running: int | None
    draining: bool
    """Whether it takes no application any more."""
    properties: Mapping[str, str]
    """With those that it has from the queues above it."""
    children: tuple["Queue", ...]


@dataclass(frozen=True, kw_only=True)
class Shortage:
    """A queue that has not enough left, and of what."""

    queue: Queue
    free: Amounts
    most: Amounts
    """The queue's limit, of the resources in `free`."""


@dataclass(frozen=True, kw_only=True)
class GangDefaults:
    """How gangs of a queue are scheduled that do not say it themselves; None: as YuniKorn does by itself."""

    style: Style | None = None
    timeout: int | None = None
    """Seconds."""


def amounts(resources: Mapping[str, int] | None) -> dict[str, Decimal]:
    """Resources as YuniKorn's REST API has them: `vcore` in thousandths of a core, all else in bytes or pieces."""
    return {
        "cpu" if name == "vcore" else name: Decimal(amount) / (_MILLI if name == "vcore" else 1)
        for name, amount in (resources or {}).items()
    }


def read_queues(answer: Mapping[str, Any]) -> Queue:
    """The tree of queues from the answer to `/ws/v1/partition/default/queues`.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is not of that form.
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
    """The queue of this full name, behind all those above it; empty where there is none."""
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


def placed(tree: Queue, *, namespace: str, user: str | None) -> tuple[Queue, ...]:
    """Where the placement rules that helm/yunikorn sets put an application: its queue, behind all those above it.

    They are, in this order: an environment's own queue in `root.environments`, which is made where it is not there;
    the namespace's queue, where it holds applications itself; in it, the user's; in it, `default`; `root.default`. Who
    may submit to a queue is not in the REST API: YuniKorn may still put the application elsewhere, or reject it.

    Args:
        user: the label's value; None where there is none.

    Returns:
        For an environment, the path ends above its own queue: what that one may have it has from the application that
        came last, and the next one may change it. An empty path where YuniKorn rejects the application: no rule fits,
        or one finds an error.
    """
    within, own = _part(namespace), _part(user or NOBODY)
    if within is None:
        return ()
    environments = path_to(tree, _ENVIRONMENTS) if is_environment(namespace) else ()
    if environments and not environments[-1].leaf:
        # One that is being removed takes no queue any more, and the search ends there.
        return () if environments[-1].draining else environments
    parent = path_to(tree, f"{_ROOT}.{within}")
    if parent and parent[-1].leaf:
        # Where it takes none any more, looking for a queue in it is an error, which ends the search.
        return () if parent[-1].draining else parent
    if own is None:
        return ()
    names = [f"{_ROOT}.{within}.{own}", f"{_ROOT}.{within}.default", f"{_ROOT}.default"]
    paths = (path_to(tree, name) for name in names)
    return next((path for path in paths if path and path[-1].leaf and not path[-1].draining), ())


def shortage(path: Sequence[Queue], needed: Amounts) -> Shortage | None:
    """The queue that keeps an application from having this now, its own before those above it; None: none does.

    Args:
        path: from the root.
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
    """The queue in which an application of this size can never be, even if it were alone; None: there is none."""
    for queue in reversed(path[1:]):
        if short := [name for name, amount in needed.items() if amount > queue.max.get(name, amount)]:
            most = {name: queue.max[name] for name in short}
            return Shortage(queue=queue, free=most, most=most)
    return None


def full(path: Sequence[Queue]) -> Queue | None:
    """The queue in which as many applications run as may; None: there is none."""
    return next((one for one in reversed(path) if one.max_running and one.running >= one.max_running), None)


def gang_defaults(queue: Queue) -> GangDefaults:
    """How gangs of this queue are scheduled; a property that cannot be read counts as none."""
    timeout = queue.properties.get(TIMEOUT_PROPERTY, "")
    return GangDefaults(
        style=STYLES.get(queue.properties.get(STYLE_PROPERTY, "")),
        timeout=int(timeout) if re.fullmatch(r"[1-9][0-9]{0,8}", timeout, re.ASCII) else None,
    )


def _part(name: str) -> str | None:
    part = name.replace(".", "_dot_")
    return part if _NAME.fullmatch(part) else None
