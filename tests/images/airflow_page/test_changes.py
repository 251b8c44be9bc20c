"""The page creates and changes the same objects as `longshore env`."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from longshore_cli.environments.resource import manifest as of_cli
from longshore_cli.environments.resource import patches
from longshore_cli.environments.resource.durations import parse_duration
from longshore_cli.environments.resource.state import read
from longshore_page.changes import ASLEEP, KEEP_SCHEMA, NewEnvironment, awake, extended, manifest
from longshore_page.exceptions import InvalidRequestError
from longshore_page.settings import Settings

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SETTINGS = Settings(namespace="environments", repositories=("git://a/b",), connections=("flights_db",))


def new(**given: Any) -> NewEnvironment:
    return NewEnvironment(**{"repository": "git://a/b", "branch": "feature/x", "ttl": "72h", "size": "small", **given})


def body(*, ttl: str | None = "8h", left: timedelta | None = None, asleep: bool = False) -> dict[str, Any]:
    spec = {"owner": "ada", "git": {"url": "git://a/b", "branch": "main"}, "asleep": asleep}
    status = {} if left is None else {"expiresAt": (NOW + left).isoformat()}
    return {"metadata": {"name": "x"}, "spec": spec | ({"ttl": ttl} if ttl else {}), "status": status}


@pytest.mark.parametrize("connections", [[], ["flights_db", "flights_db"]])
def test_the_object_is_that_of_the_command_line(connections: list[str]) -> None:
    its = of_cli.EnvironmentRequest(
        name="feature-x", owner="ada", git_url="git://a/b", branch="feature/x", commit=None,
        fields={"ttl": "72h", "idle": "2h", "size": "small", "connections": connections},
    )  # fmt: skip
    assert manifest(new(connections=connections), owner="ada", settings=SETTINGS) == of_cli.manifest(its)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"repository": "git://c/d"}, "is not among those of this page"),
        ({"connections": ["flights_db", "production_db"]}, "'production_db' is not among"),
    ],
)
def test_what_the_page_does_not_offer_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequestError, match=said):
        manifest(new(**given), owner="ada", settings=SETTINGS)


@pytest.mark.parametrize("left", [None, timedelta(hours=-1), timedelta(hours=1), timedelta(hours=8), timedelta(days=9)])
@pytest.mark.parametrize("by", [timedelta(hours=1), timedelta(days=3)])
@pytest.mark.parametrize("ttl", ["8h", "1d12h30m5s"])
def test_more_time_is_what_the_command_line_gives(left: timedelta | None, by: timedelta, ttl: str) -> None:
    it = body(ttl=ttl, left=left)
    found = patches.extended(read(it), by=by, now=NOW)
    assert found is not None
    ours, its = extended(it, by=by, now=NOW), found[0]
    assert ours["metadata"] == its["metadata"]
    assert ("spec" in ours) == ("spec" in its)
    if "spec" in ours:  # in full hours, the command line's in minutes
        assert (
            timedelta() <= parse_duration(ours["spec"]["ttl"]) - parse_duration(its["spec"]["ttl"]) < timedelta(hours=1)
        )


def test_what_never_ends_cannot_be_extended() -> None:
    with pytest.raises(InvalidRequestError, match="never ends"):
        extended(body(ttl=None), by=timedelta(days=1), now=NOW)


@pytest.mark.parametrize("asleep", [True, False])
def test_sleep_and_wake_are_those_of_the_command_line(asleep: bool) -> None:
    it = body(asleep=asleep)
    assert awake(it, now=NOW) == patches.awake(read(it), now=NOW)
    assert (ASLEEP, KEEP_SCHEMA) == (patches.ASLEEP, patches.KEEP_SCHEMA)
