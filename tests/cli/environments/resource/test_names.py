"""Names: any branch has one, and they are the controller's."""

import ast
import re
from pathlib import Path

import environments.resource.names as controllers
import pytest
from environments.exceptions import SpecError
from images.environments.resource.specs import BAD, GOOD, Case
from longshore_cli.environments.resource import names
from longshore_cli.environments.resource.names import checked_branch, checked_name, name_from
from longshore_cli.exceptions import ClusterError

ROOT = Path(__file__).parents[4]
HOSTILE = (
    "; rm -rf /",
    "../up",
    "x" * 300,
    "функция/変更",
    "-",
    "--help",
    "new",
    "é" * 90,
    "a\x00b",
    "\udcff",
    "A_B.c",
    "",
)


@pytest.mark.parametrize("branch", HOSTILE)
def test_any_branch_gives_a_name_that_the_controller_accepts(branch: str) -> None:
    name = name_from(branch)
    assert controllers.Names(name).namespace == names.namespace_of(name)
    assert checked_name(name) == name


@pytest.mark.parametrize(
    ("branch", "name"),
    [("feature/x", "feature-x"), ("Fix_It", "fix-it"), ("1.2", "1-2"), ("b" * 40, "b" * 40), ("new", "new-11507a")],
)
def test_a_name_is_as_close_to_the_branchs_as_possible(branch: str, name: str) -> None:
    assert name_from(branch) == name


def test_shortened_names_of_different_branches_differ() -> None:
    pairs = [("b" * 60, "b" * 61), ("мой", "твой"), ("x-мой", "x-твой")]
    assert all(name_from(one) != name_from(other) for one, other in pairs)
    assert name_from("мой") == name_from("мой")


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a.b", "a_b", "x" * 41, "a/b", "--all", "é", "a\n"])
def test_command_line_and_controller_refuse_invalid_names(name: str) -> None:
    with pytest.raises(ClusterError, match=r"is not a valid name of an environment\. Use at most 40"):
        checked_name(name)
    with pytest.raises(SpecError):
        controllers.Names(name)


def test_a_reserved_name_is_refused() -> None:
    with pytest.raises(ClusterError, match="'static' is reserved for the platform"):
        checked_name("static")


@pytest.mark.parametrize("branch", ["main", "feature/x", "функция/変更", "a;rm|-rf&(b)", "b" * 200, "a.b", "a@b"])
def test_a_branch_that_git_accepts_is_accepted(branch: str) -> None:
    assert checked_branch(branch) == branch


@pytest.mark.parametrize(
    "branch", ["", "-b", "--help", "a..b", "a//b", "/a", "a/", "a.", "a.lock", ".a", "a/.b", "a@{b", "a b", "a:b"]
)
def test_a_branch_that_git_refuses_is_refused(branch: str) -> None:
    with pytest.raises(ClusterError, match="is not a valid branch name here"):
        checked_branch(branch)


def test_names_match_the_controllers() -> None:
    assert f"{controllers.PLURAL}.{controllers.GROUP}" == names.RESOURCE
    assert names.ACTIVITY_ANNOTATION == controllers.ACTIVITY_ANNOTATION
    assert names.FORGET_ANNOTATION == controllers.FORGET_ANNOTATION
    assert names.USERS_SECRET == controllers.USERS_SECRET
    assert names.MAX_LENGTH == controllers.MAX_NAME_LENGTH


def test_the_reserved_names_are_those_of_the_crd() -> None:
    rule = re.search(r"metadata.name in (\[.*?\])", (ROOT / "helm/environments/templates/crd.yaml").read_text())
    assert rule is not None
    for name in ast.literal_eval(rule[1]):
        with pytest.raises(ClusterError, match="is reserved for the platform"):
            checked_name(name)
        assert checked_name(name_from(name)) != name


@pytest.mark.parametrize("case", [each for each in (*GOOD, *BAD) if isinstance(each.changes.get("git.branch"), str)])
def test_a_branch_is_judged_as_by_the_crd(case: Case) -> None:
    branch = case.changes["git.branch"]
    if case in GOOD:
        assert checked_branch(branch) == branch
    else:
        with pytest.raises(ClusterError):
            checked_branch(branch)
