"""Why YuniKorn has no place for a run yet, or had none in time, in the words of its `stateDetails`. Pure.

The API shows the first 256 characters, so what waits and for how much of what comes first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from emr_containers.runtimes.kubernetes.applications import Application
from emr_containers.runtimes.kubernetes.gang import Gang
from emr_containers.runtimes.kubernetes.names import DRIVER_GROUP, EXECUTOR_GROUP
from emr_containers.runtimes.kubernetes.queues import Amounts, Queue, full, shortage
from emr_containers.runtimes.kubernetes.resources import fits, plus, shown

_DEFAULT_SECONDS = 900
"""How long room for a gang is waited for where nobody says it. Source: YuniKorn core 1.9, objects/application.go."""
_USER_LIMIT = "Not enough user quota"
"""Source: the same file, NotEnoughUserQuota."""
_WORDS = {DRIVER_GROUP: "driver", EXECUTOR_GROUP: "executor"}


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A run whose driver has no node yet."""

    gang: Gang | None
    """None: its driver is all that it has."""
    application: Application

    @property
    def alone(self) -> bool:
        """Whether it is the driver's own pod that YuniKorn looks for a node for, and no placeholder."""
        return bool(self.application.asks) and not any(ask.placeholder for ask in self.application.asks)

    @property
    def needed(self) -> Amounts:
        """What all that has no node yet asks for."""
        together: dict[str, Decimal] = {}
        for ask in self.application.asks:
            together = plus(together, ask.resources)
        return together


def gang_needs(gang: Gang) -> dict[str, Decimal]:
    """What a gang counts for in a queue, where its pods are counted, too."""
    return {**gang.total, "pods": Decimal(gang.pods)}


def subject(gang: Gang | None) -> str:
    """What waits: `The gang of 1 driver and 8 executors`."""
    if gang is None:
        return "The driver"
    counted = [f"{group.members} {_WORDS[group.name]}{'s' if group.members > 1 else ''}" for group in gang.groups]
    return f"The gang of {' and '.join(counted)}"


def in_queue(waiting: Waiting, path: Sequence[Queue]) -> str | None:
    """What of its queue, or of one above it, keeps a run from having what it needs; None: nothing does.

    Args:
        path: to its queue, from the root.
    """
    busy = None if waiting.application.placed else full(path)
    if busy is not None:
        return f"{_which(busy, path)} runs {busy.running} applications, as many as its maxapplications allow"
    short = shortage(path, waiting.needed)
    if short is not None:
        return f"{_needs(waiting)}; {_which(short.queue, path)} has {_left(short.free)} free of its {shown(short.most)}"
    if any(ask.last == _USER_LIMIT for ask in waiting.application.asks):
        return f"{_needs(waiting)}; its user {waiting.application.user!r} has no more in that queue"
    return None


def on_nodes(waiting: Waiting, nodes: Sequence[Mapping[str, Decimal]]) -> str:
    """What of the nodes keeps a run from having what its queue would let it have.

    Args:
        nodes: what is free on each.
    """
    needed, asks = waiting.needed, waiting.application.asks
    if not asks:
        if waiting.gang is not None and waiting.application.placed:
            return f"all {waiting.gang.pods} placeholders have a node; the driver takes the place of its own"
        return "its placeholders are being made" if waiting.gang is not None else "YuniKorn has just got it"
    if not nodes:
        return f"{_needs(waiting)}; there is no node that takes pods"
    free = {name: sum((node.get(name, Decimal(0)) for node in nodes), Decimal(0)) for name in needed}
    if short := {name: free[name] for name, amount in needed.items() if amount > free[name]}:
        return f"{_needs(waiting)}; the nodes have {_left(short)} free"
    if too_large := next((ask for ask in asks if not fits(ask.resources, nodes)), None):
        return f"{_needs(waiting)}; no node has {_size(too_large.resources)} free for one pod"
    said = next((ask.last for ask in asks if ask.last), None)
    return f"{_needs(waiting)}; YuniKorn says: {said}" if said else _needs(waiting)


def waits(waiting: Waiting, why: str) -> str:
    """Why a run waits, as a sentence."""
    where = f"waits in queue {waiting.application.queue}"
    if waiting.gang is None or not waiting.alone or waiting.application.placed:
        return f"{subject(waiting.gang)} {where}: {why}."
    lost = "not complete in time (Soft)" if waiting.application.timed_out else "refused its placeholders"
    return f"The driver {where}, without its gang, which was {lost}: {why}."


def unknown(gang: Gang | None, *, rejection: str | None) -> str:
    """Why a run waits of which YuniKorn has no application.

    Args:
        rejection: its reason; None where it has not rejected it.
    """
    if rejection is not None:
        return f"{subject(gang)} is rejected by YuniKorn: {rejection}"
    return f"{subject(gang)} waits for YuniKorn to take it up."


def silent(gang: Gang | None, *, url: str, reason: str) -> str:
    """Why a run waits where YuniKorn itself cannot be asked."""
    return f"{subject(gang)} waits; YuniKorn does not answer at {url}: {reason}."


def timed_out(gang: Gang | None, *, seconds: int | None, why: str | None) -> str:
    """Why a run ended whose Hard gang was not complete in time.

    Args:
        seconds: as it, or its queue, says; None: neither does.
        why: the last that was known of what kept it from being complete.
    """
    cause = why or ("YuniKorn had no place for all of it" if gang is None else f"it needs {_size(gang.total)}")
    return f"{subject(gang)} could not be placed within {seconds or _DEFAULT_SECONDS} s (Hard): {cause}."


def rejected(gang: Gang | None, *, message: str) -> str:
    """Why a run ended whose application YuniKorn did not take."""
    return f"{subject(gang)} was rejected by YuniKorn: {message}"


def _needs(waiting: Waiting) -> str:
    size = _size(waiting.needed)
    if waiting.gang is None or not waiting.application.placed:
        return f"it needs {size}"
    if waiting.alone:
        return f"the driver needs {size}"
    return f"{waiting.application.placed} of {waiting.gang.pods} placeholders have a node; the others need {size}"


def _which(queue: Queue, path: Sequence[Queue]) -> str:
    return "the queue" if queue is path[-1] else f"its parent {queue.name}"


def _size(amounts: Amounts) -> str:
    return shown({name: amount for name, amount in amounts.items() if name != "pods"})


def _left(free: Amounts) -> str:
    return " and ".join(shown({name: free[name]}) if free[name] else f"no {name}" for name in sorted(free))
