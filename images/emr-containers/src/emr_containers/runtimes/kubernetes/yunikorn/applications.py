"""YuniKorn's applications, from the answers of its REST API. Pure.

Source: YuniKorn core 1.9, pkg/webservice/handlers.go, dao/application_info.go and dao/allocation_ask_info.go. An
answer of another form raises KeyError, TypeError, ValueError or AttributeError.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emr_containers.runtimes.kubernetes.yunikorn.queue_tree import Amounts, amounts


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A pod, or a placeholder for one, that has no node yet."""

    placeholder: bool
    resources: Amounts
    last: str | None
    """The reason why YuniKorn found no place for it the last time it looked."""


@dataclass(frozen=True, kw_only=True)
class Application:
    """An application that YuniKorn has not rejected."""

    queue: str
    user: str
    state: str
    """The state, such as New, Accepted (waiting), Resuming (its gang was not complete in time), Running, Failing."""
    placed: int
    """The number of placeholders with a node, and of pods that have replaced one."""
    timed_out: bool
    """True if placeholders got no node in time and were given up."""
    asks: tuple[Ask, ...]


def read_applications(answer: list[Mapping[str, Any]]) -> dict[str, Application]:
    """Returns the applications of a list, by ID."""
    return {application["applicationID"]: read_application(application) for application in answer}


def read_rejections(answer: list[Mapping[str, Any]]) -> dict[str, str]:
    """Returns the reasons of rejections in a list of applications, by ID."""
    return {application["applicationID"]: application.get("rejectedMessage") or "" for application in answer}


def read_application(answer: Mapping[str, Any]) -> Application:
    """Returns one application."""
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
    log = answer.get("allocationLog") or ()
    return Ask(
        placeholder=answer.get("placeholder", False),
        resources=amounts(answer.get("resource")),
        last=log[-1].get("message") if log else None,
    )
