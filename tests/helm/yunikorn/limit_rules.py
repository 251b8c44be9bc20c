"""Faults in the limits of users and groups in a `queues.yaml`. Pure.

Source: core, pkg/common/configs/configvalidator.go: checkLimit, checkLimitResource, checkLimitMaxApplications.
"""

import re
from collections.abc import Iterator
from typing import Any

from helm.yunikorn.quantities import Amounts, amounts, exceeding, lowest

Allowed = tuple[Amounts, int]
"""At most so much, and at most so many applications (0: any number)."""
Holding = dict[tuple[str, str], Allowed]
"""Limits that users and groups inherit from the queues above, by ("users", name)."""
EVERYONE = "*"
_PATTERNS = {
    "users": re.compile(r"[_a-zA-Z][a-zA-Z0-9:#/_.@-]*[$]?"),
    "groups": re.compile(r"[_a-zA-Z][a-zA-Z0-9:_.-]*"),
}


def limits_of_users(queue: dict[str, Any], path: tuple[str, ...], above: Holding) -> Iterator[str]:
    """A sentence for everything that is wrong in the queue and below it.

    Raises:
        ValueError: a quantity is none.
    """
    at, within = f"queue {'.'.join(path)}", dict(above)
    seen: dict[str, list[str]] = {"users": [], "groups": []}
    for limit in queue.get("limits", []):
        yield from (f"{at}: limit: {text}" for text in _names(limit, seen))
        allowed = amounts(limit.get("maxresources")), limit.get("maxapplications", 0)
        yield from (f"{at}: limit: {text}" for text in _amounts(allowed, queue))
        for who in [(kind, name) for kind in seen for name in limit.get(kind, [])]:
            yield from (f"{at}: limit of {who[1]}: {text}" for text in _exceeds(allowed, who, above))
            known = above.get(who)
            within[who] = (lowest(allowed[0], known[0]), allowed[1]) if known else allowed
    for child in queue.get("queues", []):
        yield from limits_of_users(child, (*path, child["name"]), within)


def _names(limit: dict[str, Any], seen: dict[str, list[str]]) -> Iterator[str]:
    if not limit.get("users") and not limit.get("groups"):
        yield "names no user and no group"
    for kind, pattern in _PATTERNS.items():
        for name in limit.get(kind, []):
            if name != EVERYONE and not pattern.fullmatch(name):
                yield f"{name!r} is no name among {kind}"
            if name in seen[kind]:
                yield f"{name} is there twice"
            elif EVERYONE in seen[kind]:
                yield f"{name} comes after *"
            seen[kind].append(name)
    if seen["groups"] == [EVERYONE]:
        yield "* is the only group"


def _amounts(allowed: Allowed, queue: dict[str, Any]) -> Iterator[str]:
    most, applications = allowed
    if most and not any(most.values()):
        yield "a max of nothing at all"
    if not most and not applications:
        yield "limits nothing"
    if 0 < queue.get("maxapplications", 0) < applications:
        yield f"maxapplications {applications} is more than the queue's"
    if names := exceeding(most, amounts(queue.get("resources", {}).get("max"))):
        yield f"more than the queue's max: {', '.join(names)}"


def _exceeds(allowed: Allowed, who: tuple[str, str], above: Holding) -> Iterator[str]:
    outer = above.get(who) or above.get((who[0], EVERYONE))
    if outer is None:
        return
    if names := exceeding(allowed[0], outer[0]):
        yield f"more than above it: {', '.join(names)}"
    if outer[1] and not 0 < allowed[1] <= outer[1]:
        yield f"maxapplications {allowed[1] or '(none)'} is more than the {outer[1]} above it"
