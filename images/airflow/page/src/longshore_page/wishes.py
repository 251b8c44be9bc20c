"""What somebody asks for on the page, and the object and the changes that come of it. Pure.

By the rules of the controller (images/environments, `lifecycle.py`), as `longshore env` has them: an environment ends
its `ttl` after the last activity, and the moment in the activity annotation is one.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from longshore_page.exceptions import WishError
from longshore_page.names import ACTIVITY_ANNOTATION, GROUP, VERSION, name_from
from longshore_page.settings import Settings

IDLE = "2h"
"""After how long without activity an environment of the page's goes to sleep."""
ASLEEP: dict[str, Any] = {"spec": {"asleep": True}}
KEEP_SCHEMA: dict[str, Any] = {"spec": {"keepSchema": True}}
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}
_Text = Annotated[str, Field(max_length=500)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Wish(_Asked):
    """An environment. Whose it is, is not asked: the signed-in user's. What is no name or time, the API server says."""

    repository: _Text
    branch: _Text
    name: _Text = ""
    """Empty: made of the branch's."""
    ttl: _Text
    size: Literal["small", "medium", "large"]
    connections: Annotated[list[_Text], Field(max_length=50)] = []


class Longer(_Asked):
    """More time."""

    hours: Annotated[int, Field(ge=1, le=720)]


class Goodbye(_Asked):
    """A deletion."""

    keep_schema: bool = False
    """The tables that its jobs wrote stay in the lake."""


def manifest(wish: Wish, *, owner: str, settings: Settings) -> dict[str, Any]:
    """The AirflowEnvironment.

    Raises:
        WishError: the wish names what the page does not offer.
    """
    if wish.repository not in settings.repositories:
        raise WishError(
            f"The repository {wish.repository!r} is not among those of this page; choose one of them, or have it added "
            "to environments.page.repositories of the chart airflow."
        )
    for name in wish.connections:
        if name not in settings.connections:
            raise WishError(
                f"The connection {name!r} is not among those that environments may have here; leave it out, or have it "
                "added to environments.page.connections of the chart airflow."
            )
    spec: dict[str, Any] = {
        "owner": owner,
        "git": {"url": wish.repository, "branch": wish.branch},
        "ttl": wish.ttl,
        "idle": IDLE,
        "size": wish.size,
    }
    if wish.connections:
        spec["connections"] = list(dict.fromkeys(wish.connections))
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "AirflowEnvironment",
        "metadata": {"name": wish.name or name_from(wish.branch)},
        "spec": spec,
    }


def awake(body: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """The change by which the environment is awake, whyever it is asleep."""
    return _touched(now) | ({"spec": {"asleep": False}} if body["spec"].get("asleep") else {})


def extended(body: Mapping[str, Any], *, by: timedelta, now: datetime) -> dict[str, Any]:
    """The change by which the environment ends no sooner than `by` after its end so far.

    Args:
        now: aware.

    Raises:
        WishError: it never ends.
    """
    ttl_text, expires = body["spec"].get("ttl"), (body.get("status") or {}).get("expiresAt")
    if ttl_text is None:
        raise WishError(f"The environment {body['metadata']['name']!r} never ends; there is nothing to extend.")
    ttl = sum((int(amount) * _UNITS[unit] for amount, unit in re.findall(r"(\d+)([dhms])", ttl_text)), timedelta())
    end = max(now + ttl if expires is None else datetime.fromisoformat(expires), now) + by
    longer = f"{math.ceil((end - now) / timedelta(hours=1))}h"
    return _touched(now) | ({} if now + ttl >= end else {"spec": {"ttl": longer}})


def _touched(now: datetime) -> dict[str, Any]:
    moment = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"metadata": {"annotations": {ACTIVITY_ANNOTATION: moment}}}
