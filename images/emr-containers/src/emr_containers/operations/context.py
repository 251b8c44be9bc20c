"""The context that every operation receives, and helpers that several of them share."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from emr_containers.access.rights import Policy
from emr_containers.exceptions import ValidationException
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.settings import Settings
from emr_containers.store.database import Database
from emr_containers.store.tables import Resource


@dataclass(frozen=True, kw_only=True)
class Context:
    """The context of one request."""

    settings: Settings
    database: Database
    caller: str
    """The caller's ARN, for `createdBy`."""
    wake: Callable[[], None]
    """Tells the dispatcher that a job run was added or is to be cancelled."""
    check: Callable[[JobSpec], None]
    """The runtime's `check`: raises ValidationException for a job that cannot be run here."""
    policy: Policy | None = None
    """The caller's; None: every key may do everything."""
    in_turn: bool = False
    """True while no other large request is at work."""
    now: Callable[[], float] = field(default=time.time)
    """Returns the time in seconds since the epoch."""


def digest(values: dict[str, Any]) -> str:
    """Returns a digest of a request's members without its client token. A repeated request has the same digest."""
    content = {key: value for key, value in values.items() if key != "clientToken"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def check_repetition(found: Resource, values: dict[str, Any]) -> None:
    """Checks that a request which repeats a client token asks for the same as the first one.

    Raises:
        ValidationException: it asks for something else.
    """
    if found.request_digest != digest(values):
        raise ValidationException(
            f"The client token {values['clientToken']!r} was already used with a different request "
            f"(it created {found.id!r}); use another token for another request."
        )


def moment(seconds: float) -> datetime:
    """Returns a row's time as a datetime, as answers need it."""
    return datetime.fromtimestamp(seconds, UTC)
