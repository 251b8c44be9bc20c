"""What every operation is given, and what several of them need."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from emr_containers.database import Database, Resource
from emr_containers.exceptions import ValidationException
from emr_containers.job_spec import JobSpec
from emr_containers.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Context:
    """One request's surroundings."""

    settings: Settings
    database: Database
    caller: str
    """The ARN for `createdBy`."""
    wake: Callable[[], None]
    """Tells the dispatcher that a job run was added or is to be cancelled."""
    check: Callable[[JobSpec], None]
    """The runtime's `check`: raises ValidationException for a job that cannot be run here."""
    now: Callable[[], float] = field(default=time.time)
    """Seconds since the epoch."""


def digest(values: dict[str, Any]) -> str:
    """A digest of a request's members without its client token, to tell a repetition from another request."""
    content = {key: value for key, value in values.items() if key != "clientToken"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def check_repetition(found: Resource, values: dict[str, Any]) -> None:
    """Checks that a request which repeats a client token asks for the same thing as the first one did.

    Raises:
        ValidationException: it asks for something else.
    """
    if found.request_digest != digest(values):
        raise ValidationException(
            f"The client token {values['clientToken']!r} was already used with a different request "
            f"(it made {found.id!r}); use another token for another request."
        )


def moment(seconds: float) -> datetime:
    """A row's time as the wire wants it."""
    return datetime.fromtimestamp(seconds, UTC)
