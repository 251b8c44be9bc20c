"""YuniKorn's applications, as its REST API tells them. Pure.

Facts: YuniKorn core 1.9, pkg/webservice/handlers.go, dao/application_info.go and dao/allocation_ask_info.go. What is
not of the form that is expected raises KeyError, TypeError, ValueError or AttributeError.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emr_containers.runtimes.kubernetes.queues import Amounts, amounts


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A pod, or a placeholder for one, that has no node yet."""

    placeholder: bool
    resources: Amounts
    last: str | None
    """Why YuniKorn found no place for it, the last time that it looked."""


@dataclass(frozen=True, kw_only=True)
class Application:
    """An application that was not rejected."""

    queue: str
    user: str
    state: str
    """Such as New, Accepted (it waits), Resuming (its gang was not complete in time), Running, Failing."""
    placed: int
    """Placeholders that have a node, and pods that have taken the place of one."""
    timed_out: bool
    """Whether placeholders had none in time, and were given up."""
    asks: tuple[Ask, ...]


def read_applications(answer: list[Mapping[str, Any]]) -> dict[str, Application]:
    """Those of a list, by ID."""
    return {application["applicationID"]: read_application(application) for application in answer}


def read_rejections(answer: list[Mapping[str, Any]]) -> dict[str, str]:
    """Why the applications of a list were rejected, by ID."""
    return {application["applicationID"]: application.get("rejectedMessage") or "" for application in answer}


def read_application(answer: Mapping[str, Any]) -> Application:
    """One of them."""
    return Application(
        queue=answer["queueName"],
        user=answer.get("user", ""),
        state=answer["applicationState"],
        placed=len(answer.get("allocations") or ()),
        timed_out=any(group.get("timedout") for group in answer.get("placeholderData") or ()),
        asks=tuple(map(_read_ask, answer.get("requests") or ())),
    )


def _read_ask(answer: Mapping[str, Any]) -> Ask:
    # The handler sorts them by time.
    said = answer.get("allocationLog") or ()
    return Ask(
        placeholder=answer.get("placeholder", False),
        resources=amounts(answer.get("resource")),
        last=said[-1].get("message") if said else None,
    )
