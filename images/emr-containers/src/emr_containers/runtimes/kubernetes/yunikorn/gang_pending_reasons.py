"""The reasons why YuniKorn has no place for a run, in the words of its `stateDetails`. Pure.

The API shows the first 256 characters, so the texts begin with what waits and how much it needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from emr_containers.runtimes.kubernetes.manifest.gang import Gang
from emr_containers.runtimes.kubernetes.manifest.resources import add_amounts, describe_amounts, fits_on_any
from emr_containers.runtimes.kubernetes.names import DRIVER_GROUP, EXECUTOR_GROUP
from emr_containers.runtimes.kubernetes.yunikorn.applications import Application
from emr_containers.runtimes.kubernetes.yunikorn.queue_tree import Amounts, Queue, full_queue, shortage

_DEFAULT_SECONDS = 900
"""YuniKorn's own timeout of a gang. Source: YuniKorn core 1.9, objects/application.go."""
_USER_LIMIT = "Not enough user quota"
"""YuniKorn's message for a user's limit. Source: the same file, NotEnoughUserQuota."""
_WORDS = {DRIVER_GROUP: "driver", EXECUTOR_GROUP: "executor"}


@dataclass(frozen=True, kw_only=True)
class WaitingRun:
    """A run whose driver has no node yet."""

    gang: Gang | None
    """The run's gang. None: it has only a driver."""
    application: Application

    @property
    def alone(self) -> bool:
        """True if YuniKorn looks for a node for the driver's own pod, not for placeholders."""
        return bool(self.application.asks) and not any(ask.placeholder for ask in self.application.asks)

    @property
    def needed(self) -> Amounts:
        """The requests of all pods and placeholders without a node."""
        together: dict[str, Decimal] = {}
        for ask in self.application.asks:
            together = add_amounts(together, ask.resources)
        return together


def gang_needs(gang: Gang) -> dict[str, Decimal]:
    """Returns a gang's requests as a queue counts them, with the number of its pods."""
    return {**gang.total, "pods": Decimal(gang.pods)}


def subject(gang: Gang | None) -> str:
    """Returns the name of what waits: `The gang of 1 driver and 8 executors`."""
    if gang is None:
        return "The driver"
    counted = [f"{group.members} {_WORDS[group.name]}{'s' if group.members > 1 else ''}" for group in gang.groups]
    return f"The gang of {' and '.join(counted)}"


def queue_reason(waiting: WaitingRun, path: Sequence[Queue]) -> str | None:
    """Returns the limit of its queue, or of a parent, that a run waits for; None if no limit holds it up.

    Args:
        path: the queues from the root to the run's own.
    """
    busy = None if waiting.application.placed else full_queue(path)
    if busy is not None:
        return f"{_which(busy, path)} runs {busy.running} applications, as many as its maxapplications allows"
    short = shortage(path, waiting.needed)
    if short is not None:
        limits = describe_amounts(short.most)
        return f"{_needs(waiting)}; {_which(short.queue, path)} has {_left(short.free)} free of its {limits}"
    if any(ask.last == _USER_LIMIT for ask in waiting.application.asks):
        return f"{_needs(waiting)}; its user {waiting.application.user!r} has no more in that queue"
    return None


def node_reason(waiting: WaitingRun, nodes: Sequence[Mapping[str, Decimal]]) -> str:
    """Returns why the nodes have no room for a run that its queue would admit.

    Args:
        nodes: the free resources of each node.
    """
    needed, asks = waiting.needed, waiting.application.asks
    if not asks:
        if waiting.gang is not None and waiting.application.placed:
            return f"all {waiting.gang.pods} placeholders have a node; the driver replaces its own"
        return "its placeholders are being created" if waiting.gang is not None else "YuniKorn has just received it"
    if not nodes:
        return f"{_needs(waiting)}; no node accepts pods"
    free = {name: sum((node.get(name, Decimal(0)) for node in nodes), Decimal(0)) for name in needed}
    if short := {name: free[name] for name, amount in needed.items() if amount > free[name]}:
        return f"{_needs(waiting)}; the nodes have {_left(short)} free"
    if too_large := next((ask for ask in asks if not fits_on_any(ask.resources, nodes)), None):
        return f"{_needs(waiting)}; no node has {_size(too_large.resources)} free for one pod"
    reason = next((ask.last for ask in asks if ask.last), None)
    return f"{_needs(waiting)}; YuniKorn says: {reason}" if reason else _needs(waiting)


def waiting_details(waiting: WaitingRun, why: str) -> str:
    """Returns a sentence that says why a run waits."""
    where = f"waits in queue {waiting.application.queue}"
    if waiting.gang is None or not waiting.alone or waiting.application.placed:
        return f"{subject(waiting.gang)} {where}: {why}."
    lost = "not complete in time (Soft)" if waiting.application.timed_out else "refused its placeholders"
    return f"The driver {where}, without its gang, which was {lost}: {why}."


def unknown_details(gang: Gang | None, *, rejection: str | None) -> str:
    """Returns why a run waits for which YuniKorn has no application.

    Args:
        rejection: the reason of its rejection; None if it was not rejected.
    """
    if rejection is not None:
        return f"{subject(gang)} is rejected by YuniKorn: {rejection}"
    return f"{subject(gang)} waits for YuniKorn to take it up."


def no_answer_details(gang: Gang | None, *, url: str, reason: str) -> str:
    """Returns why a run waits while YuniKorn does not answer."""
    return f"{subject(gang)} waits; YuniKorn does not answer at {url}: {reason}."


def timed_out_details(gang: Gang | None, *, seconds: int | None, why: str | None) -> str:
    """Returns why a run ended whose Hard gang was not complete in time.

    Args:
        seconds: the timeout that the job or its queue sets; None: neither does.
        why: the last known reason why it was not complete; None: unknown.
    """
    cause = why or ("YuniKorn had no place for all of it" if gang is None else f"it needs {_size(gang.total)}")
    return f"{subject(gang)} could not be placed within {seconds or _DEFAULT_SECONDS} s (Hard): {cause}."


def rejected_details(gang: Gang | None, *, message: str) -> str:
    """Returns why a run ended whose application YuniKorn rejected."""
    return f"{subject(gang)} was rejected by YuniKorn: {message}"


def _needs(waiting: WaitingRun) -> str:
    size = _size(waiting.needed)
    if waiting.gang is None or not waiting.application.placed:
        return f"it needs {size}"
    if waiting.alone:
        return f"the driver needs {size}"
    return f"{waiting.application.placed} of {waiting.gang.pods} placeholders have a node; the others need {size}"


def _which(queue: Queue, path: Sequence[Queue]) -> str:
    return "the queue" if queue is path[-1] else f"its parent {queue.name}"


def _size(amounts: Amounts) -> str:
    return describe_amounts({name: amount for name, amount in amounts.items() if name != "pods"})


def _left(free: Amounts) -> str:
    return " and ".join(describe_amounts({name: free[name]}) if free[name] else f"no {name}" for name in sorted(free))
