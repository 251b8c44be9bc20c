"""Faults of a `queues.yaml`: those that YuniKorn's validator refuses, and those that YuniKorn silently ignores. Pure.

Sources: core, pkg/common/configs/configvalidator.go (what is refused), pkg/scheduler/objects/queue.go (properties that
are ignored), pkg/common/security/acl.go (names that are), pkg/scheduler/placement (where applications are put at all).
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from helm.yunikorn.limit_rules import limits_of_users
from helm.yunikorn.quantities import Amounts, amounts, exceeding, lowest, total

Queue = dict[str, Any]
_KEYS = {
    "name", "parent", "resources", "maxapplications", "properties", "adminacl", "submitacl", "queues", "limits",
    "childtemplate",
}  # fmt: skip
_NAME = re.compile(r"[a-zA-Z0-9_:#/@-]{1,64}")
_USER_OF_ACL = re.compile(r"[_a-zA-Z][a-zA-Z0-9_.@-]*[$]?")
_GROUP_OF_ACL = re.compile(r"[_a-zA-Z][a-zA-Z0-9_-]*")
_HANDED_DOWN = ("application.sort.", "preemption.delay", "longshore.gang.")
"""Prefixes of the properties that queues inherit from their parents, unless YuniKorn makes the queue."""
_DEEPEST = 3
"""root.<namespace>.<user>: no placement rule goes on from there."""


def problems(config: dict[str, Any]) -> list[str]:
    """A sentence for everything that is wrong; empty where nothing is.

    Args:
        config: the content of `queues.yaml`, as helm/yunikorn writes it: one partition with one queue `root`.
    """
    (partition,) = config["partitions"]
    (root,) = partition["queues"]
    if root["name"] != "root" or "resources" in root:
        return ["the top queue is to be called root, and to have no resources"]
    try:
        found = [*_shape(root, ("root",)), *_access(root, ("root",), open_to_all=None)]
        found += [] if found else [*_resources(root, ("root",), {})[1], *limits_of_users(root, ("root",), {})]
    except ValueError as error:
        found = [str(error)]
    found += [*_applications(root, ("root",)), *_properties(root, ("root",), {})]
    return [*found, *_partition(partition), *_rules(partition, root)]


def _at(path: tuple[str, ...]) -> str:
    return f"queue {'.'.join(path)}"


def _shape(queue: Queue, path: tuple[str, ...]) -> Iterator[str]:
    if unknown := queue.keys() - _KEYS:
        yield f"{_at(path)}: YuniKorn knows no {', '.join(sorted(unknown))}"
    seen = set()
    for child in queue.get("queues", []):
        name, own = child["name"], (*path, child["name"])
        if not _NAME.fullmatch(name):
            yield f"{_at(own)}: no name of a queue"
        if name.lower() in seen:
            yield f"{_at(own)}: there twice"
        seen.add(name.lower())
        if child.get("queues") and not child.get("parent"):
            yield f"{_at(own)}: it has queues below it and does not say so (parent)"
        if child.get("parent") and len(own) >= _DEEPEST:
            yield f"{_at(own)}: nothing is ever put into queues below it"
        if child.get("childtemplate") and not child.get("parent"):
            yield f"{_at(own)}: it has a childtemplate, and nothing is made below it (parent)"
        yield from _shape(child, own)


def _access(queue: Queue, path: tuple[str, ...], *, open_to_all: str | None) -> Iterator[str]:
    lists = {key: queue[key] for key in ("submitacl", "adminacl") if queue.get(key)}
    if "submitacl" in lists and open_to_all:
        yield f"{_at(path)}: submitacl changes nothing, everyone may submit to {open_to_all}"
    for key, text in lists.items():
        fields = text.split(" ")
        if text.strip() == "*":
            open_to_all = _at(path)
        elif len(fields) > 2:
            yield f"{_at(path)}: {key} has more than users and groups"
        else:
            users, groups = (field.split(",") if field else [] for field in [*fields, ""][:2])
            wrong = [name for name in users if not _USER_OF_ACL.fullmatch(name)]
            wrong += [name for name in groups if not _GROUP_OF_ACL.fullmatch(name)]
            if wrong:
                yield f"{_at(path)}: {key}: YuniKorn leaves out {', '.join(wrong)}"
    for child in queue.get("queues", []):
        yield from _access(child, (*path, child["name"]), open_to_all=open_to_all)


def _resources(queue: Queue, path: tuple[str, ...], above: Amounts) -> tuple[Amounts, list[str]]:
    """Returns the amounts guaranteed to the queue, or else to its children, and the faults that were found."""
    given = queue.get("resources", {})
    own, most = amounts(given.get("guaranteed")), amounts(given.get("max"))
    limit = lowest(most, above)
    below = [_resources(child, (*path, child["name"]), limit) for child in queue.get("queues", [])]
    together = total(guaranteed for guaranteed, _ in below)
    comparisons = [
        ("guaranteed is more than max", own, most),
        ("max is more than that above it", most, above),
        ("that of its childtemplate is more than its own max", _made_with(queue), limit),
        ("the sum of its children's guaranteed is more than its own", together, own),
        ("the sum of its children's guaranteed is more than max", together, limit),
    ]
    found = [
        f"{_at(path)}: {what}: {', '.join(names)}"
        for what, small, large in comparisons
        if (names := exceeding(small, large))
    ]
    return (own if any(own.values()) else together), found + [text for _, texts in below for text in texts]


def _made_with(queue: Queue) -> Amounts:
    return amounts(queue.get("childtemplate", {}).get("resources", {}).get("max"))


def _applications(queue: Queue, path: tuple[str, ...]) -> Iterator[str]:
    most = queue.get("maxapplications", 0)
    if most < 0:
        yield f"{_at(path)}: maxapplications {most} is no number of applications"
    for child in queue.get("queues", []):
        own = child.get("maxapplications", 0)
        if most and (own > most or not own):
            yield f"{_at((*path, child['name']))}: maxapplications {own or '(none)'} is more than the {most} above it"
        yield from _applications(child, (*path, child["name"]))


def _properties(queue: Queue, path: tuple[str, ...], above: dict[str, str]) -> Iterator[str]:
    own = queue.get("properties", {})
    for key, value in own.items():
        if key not in _PROPERTIES:
            yield f"{_at(path)}: YuniKorn knows no property {key}"
        elif not _PROPERTIES[key](value):
            yield f"{_at(path)}: YuniKorn takes no notice of {key} {value!r}"
    properties = above | own
    sort = properties.get("application.sort.policy", "fifo")
    if not queue.get("queues") and sort != "fifo" and any(key.startswith("longshore.gang.") for key in properties):
        yield f"{_at(path)}: YuniKorn rejects gangs in a queue that is sorted {sort}"
    if queue.get("parent") and not queue.get("queues"):
        handed_down = {key for key in properties if key.startswith(_HANDED_DOWN)}
        if lost := handed_down - queue.get("childtemplate", {}).get("properties", {}).keys():
            yield f"{_at(path)}: queues that are made below it have no {', '.join(sorted(lost))}"
    for child in queue.get("queues", []):
        yield from _properties(child, (*path, child["name"]), properties)


def _partition(partition: dict[str, Any]) -> Iterator[str]:
    policy = partition.get("nodesortpolicy", {})
    if policy.get("type", "fair") not in ("fair", "binpacking"):
        yield f"nodesortpolicy {policy['type']!r} is none of fair and binpacking"
    if negative := [name for name, weight in policy.get("resourceweights", {}).items() if weight < 0]:
        yield f"nodesortpolicy: the weight of {', '.join(negative)} is below 0"


def _rules(partition: dict[str, Any], root: Queue) -> Iterator[str]:
    """Fixed rules with a full name: the queue must be there under that very name, and hold applications."""
    names = {child["name"]: child for child in root.get("queues", [])}
    for rule in partition.get("placementrules", []):
        value = rule.get("value", "")
        if rule["name"] == "fixed" and value.startswith("root."):
            queue = names.get(value.removeprefix("root."))
            if queue is None:
                yield f"placement rule fixed: there is no queue {value}"
            elif queue.get("parent"):
                yield f"placement rule fixed: queue {value} cannot take applications with queues below it"


def _one_of(*values: str) -> Callable[[str], bool]:
    return lambda value: value in values


def _seconds(value: str) -> bool:
    return bool(re.fullmatch(r"[1-9][0-9]*s", value, re.ASCII))


def _number(value: str) -> bool:
    return bool(re.fullmatch(r"-?[0-9]{1,10}", value, re.ASCII)) and -(2**31) <= int(value) < 2**31


_PROPERTIES: dict[str, Callable[[str], bool]] = {
    "application.sort.policy": _one_of("fifo", "fair"),
    "preemption.policy": _one_of("default", "fence", "disabled"),
    "preemption.delay": _seconds,
    "priority.policy": _one_of("default", "fence"),
    "priority.offset": _number,
    "longshore.gang.style": _one_of("Soft", "Hard"),
    "longshore.gang.timeout": lambda value: value.isdecimal() and int(value) > 0,
}
"""By name, what a value must be for YuniKorn, or for the job server, to heed it."""
