"""The object that is made is one that the controller reads."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import environments.spec as controllers
import pytest
from longshore_cli.environments.manifest import Wishes, manifest
from longshore_cli.exceptions import ClusterError

from .objects import NEW

WISHES = Wishes(
    name="mine",
    owner="ann",
    git_url="https://git.example/dags",
    branch="my-change",
    commit=None,
    ttl="72h",
    idle="2h",
    size="small",
)


def read(**changes: Any) -> controllers.Environment:
    """What the controller makes of it."""
    body = manifest(replace(WISHES, **changes))
    stored = {"namespace": "environments", "uid": "1", "generation": 1, "creationTimestamp": "2026-11-25T12:00:00Z"}
    return controllers.read({**body, "metadata": {**body["metadata"], **stored}})


def test_the_controller_reads_what_was_asked_for() -> None:
    found = read(
        size="large", connections=("a", "b", "a"), variables=("v",), image="airflow:1", keep_schema=True, git_secret="s"
    )
    assert (found.name, found.owner, found.git.branch, found.git.commit) == ("mine", "ann", "my-change", None)
    assert (found.ttl, found.idle, found.size) == (timedelta(hours=72), timedelta(hours=2), "large")
    assert (found.connections, found.variables) == (("a", "b"), ("v",))
    assert found.git.credentials_secret == "s"
    assert (found.image, found.keep_schema, found.asleep) == ("airflow:1", True, False)


def test_a_commit_wins_over_the_branch_that_gave_the_name() -> None:
    found = read(commit=NEW)
    assert (found.git.branch, found.git.commit) == (None, NEW)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"git_url": "https://ann:secret@git.example/dags"}, "has a user or password in it.*--git-secret"),
        ({"ttl": "soon"}, "'soon' is no length"),
        ({"idle": "0h"}, "'0h' is no length"),
        ({"name": "A"}, "'A' cannot be"),
    ],
)
def test_what_cannot_be_is_not_asked_for(changes: dict[str, str], reason: str) -> None:
    with pytest.raises(ClusterError, match=reason) as refused:
        manifest(replace(WISHES, **changes))
    assert "secret@" not in str(refused.value)
