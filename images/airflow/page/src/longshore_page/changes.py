"""The requests that users make on the page, and the object or the changes that follow from them. Pure.

The rules are those of the controller (images/environments, `plan/lifecycle.py`) and of `longshore env`: an environment
ends its `ttl` after the last activity, and the time in the activity annotation counts as one.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from longshore_libs.durations import parse_duration
from pydantic import BaseModel, ConfigDict, Field

from longshore_page.exceptions import InvalidRequestError
from longshore_page.fields import FIELDS, SpecField
from longshore_page.fields import spec as described
from longshore_page.names import ACTIVITY_ANNOTATION, GROUP, VERSION, name_from
from longshore_page.settings import Settings

ASLEEP: dict[str, Any] = {"spec": {"asleep": True}}
KEEP_SCHEMA: dict[str, Any] = {"spec": {"keepSchema": True}}
_Text = Annotated[str, Field(max_length=500)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class NewEnvironment(_Asked):
    """A new environment of the signed-in user. The API server checks the form of names and times.

    Its extra members are described fields (see `fields`), which `manifest` checks.
    """

    model_config = ConfigDict(extra="allow", strict=True)

    repository: _Text
    branch: _Text
    name: _Text = ""
    """Empty: a name made from the branch."""
    connections: Annotated[list[_Text], Field(max_length=50)] = []


class Extension(_Asked):
    """An extension of an environment's life."""

    hours: Annotated[int, Field(ge=1, le=720)]


class Deletion(_Asked):
    """A deletion of an environment."""

    keep_schema: bool = False
    """True if the tables that its jobs wrote stay in the lake."""


def manifest(
    new: NewEnvironment, *, owner: str, settings: Settings, fields: Sequence[SpecField] = FIELDS
) -> dict[str, Any]:
    """Returns the AirflowEnvironment.

    Args:
        fields: the fields that the page sets besides those of `NewEnvironment`.

    Raises:
        InvalidRequestError: the request names something that the page does not offer, or a field's value is invalid.
    """
    if new.repository not in settings.repositories:
        raise InvalidRequestError(
            f"The repository {new.repository!r} is not among those of this page; choose one of them, or ask the "
            "platform operator to add it to environments.page.repositories of the chart airflow."
        )
    for name in new.connections:
        if name not in settings.connections:
            raise InvalidRequestError(
                f"The connection {name!r} is not among those that environments may have here; remove it, or ask the "
                "platform operator to add it to environments.page.connections of the chart airflow."
            )
    spec: dict[str, Any] = {
        "owner": owner,
        "git": {"url": new.repository, "branch": new.branch},
        **described(fields, new.model_extra or {}),
    }
    if new.connections:
        spec["connections"] = list(dict.fromkeys(new.connections))
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "AirflowEnvironment",
        "metadata": {"name": new.name or name_from(new.branch)},
        "spec": spec,
    }


def awake(body: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Returns the change that wakes the environment, whatever the reason of its sleep."""
    return _touched(now) | ({"spec": {"asleep": False}} if body["spec"].get("asleep") else {})


def extended(body: Mapping[str, Any], *, by: timedelta, now: datetime) -> dict[str, Any]:
    """Returns the change that moves the environment's end by at least `by`.

    Args:
        now: aware.

    Raises:
        InvalidRequestError: the environment never ends.
    """
    ttl_text, expires = body["spec"].get("ttl"), (body.get("status") or {}).get("expiresAt")
    if ttl_text is None:
        raise InvalidRequestError(
            f"The environment {body['metadata']['name']!r} never ends; there is nothing to extend."
        )
    ttl = parse_duration(ttl_text)
    end = max(now + ttl if expires is None else datetime.fromisoformat(expires), now) + by
    longer = f"{math.ceil((end - now) / timedelta(hours=1))}h"
    return _touched(now) | ({} if now + ttl >= end else {"spec": {"ttl": longer}})


def _touched(now: datetime) -> dict[str, Any]:
    moment = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"metadata": {"annotations": {ACTIVITY_ANNOTATION: moment}}}
