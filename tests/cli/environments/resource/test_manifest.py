"""The object that is made is one that the controller reads."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import environments.resource.spec as controllers
import pytest
from cli.environments.objects import NEW
from longshore_cli.environments.resource.fields import Value
from longshore_cli.environments.resource.manifest import EnvironmentRequest, manifest
from longshore_cli.exceptions import ClusterError

WISHES = EnvironmentRequest(
    name="mine",
    owner="ann",
    git_url="https://git.example/dags",
    branch="my-change",
    commit=None,
    fields={"ttl": "72h", "idle": "2h", "size": "small"},
)


def requested(*, fields: Mapping[str, Value] | None = None, **changes: Any) -> EnvironmentRequest:
    return replace(WISHES, fields={**WISHES.fields, **(fields or {})}, **changes)


def read(**changes: Any) -> controllers.Environment:
    """Reads the manifest as the controller does."""
    body = manifest(requested(**changes))
    stored = {"namespace": "environments", "uid": "1", "generation": 1, "creationTimestamp": "2026-11-25T12:00:00Z"}
    return controllers.read({**body, "metadata": {**body["metadata"], **stored}})


def test_the_controller_reads_what_was_requested() -> None:
    found = read(
        fields={
            "size": "large",
            "connections": ("a", "b", "a"),
            "variables": ("v",),
            "image": "airflow:1",
            "keepSchema": True,
        },
        git_secret="s",
    )
    assert (found.name, found.owner, found.git.branch, found.git.commit) == ("mine", "ann", "my-change", None)
    assert (found.ttl, found.idle, found.size) == (timedelta(hours=72), timedelta(hours=2), "large")
    assert (found.connections, found.variables) == (("a", "b"), ("v",))
    assert found.git.credentials_secret == "s"
    assert (found.image, found.keep_schema, found.asleep) == ("airflow:1", True, False)


def test_a_commit_takes_precedence_over_the_branch_that_gave_the_name() -> None:
    found = read(commit=NEW)
    assert (found.git.branch, found.git.commit) == (None, NEW)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"git_url": "https://ann:secret@git.example/dags"}, "contains a user or password.*--git-secret"),
        ({"fields": {"ttl": "soon"}}, "'soon' is not a duration"),
        ({"fields": {"idle": "0h"}}, "'0h' is not a duration"),
        ({"name": "A"}, "'A' is not a valid name"),
    ],
)
def test_an_invalid_request_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ClusterError, match=reason) as refused:
        manifest(requested(**changes))
    assert "secret@" not in str(refused.value)
