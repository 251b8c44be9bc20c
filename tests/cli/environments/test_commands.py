"""The commands as a user calls them."""

import json
from pathlib import Path

import pytest

from .conftest import OWN, Cluster, Longshore, pushed
from .objects import URL, body, status


def test_an_environment_is_created_followed_listed_shown_and_deleted(
    longshore: Longshore, cluster: Cluster, checkout: Path, bare: Path
) -> None:
    sha = pushed(checkout, bare, "feature/x")
    cluster.shows({}, status("Ready"), status("Ready", commit=sha), name="feature-x")
    made = longshore("create", "--branch", "feature/x", "--connection", "flights_db")
    assert made.returncode == 0, made.stderr
    assert made.stdout.splitlines()[:3] == [
        "the environment feature-x of feature/x was created for ann",
        "Pending",
        f"Airflow is up, and parses {sha[:7]}",
    ]
    assert f"s: {URL}\ncommit:    {sha}\nuser:      ann\npassword:  " in made.stdout
    assert (found := cluster.object("feature-x")) is not None
    assert found["spec"] == {
        "owner": "ann",
        "git": {"url": OWN, "branch": "feature/x"},
        "ttl": "72h",
        "idle": "2h",
        "size": "small",
        "connections": ["flights_db"],
    }
    assert longshore("list").stdout.splitlines()[1].split()[:5] == ["feature-x", "ann", "feature/x", "Ready", sha[:7]]
    assert f"{'Ready:':18}True (Ready)" in longshore("status", "feature-x").stdout
    gone = longshore("delete", "feature-x", "--yes")
    assert "feature-x was deleted after " in gone.stdout, gone.stderr
    assert cluster.object("feature-x") is None
    deleting = next(call for call in cluster.calls if "delete" in call)
    assert deleting[:7] == [
        *("--kubeconfig", "kubeconfig", "--context", "kind-longshore", "-n", "environments", "delete")
    ]


@pytest.mark.parametrize("name", ["--help", "a b", "x" * 201, "../up"])
def test_a_hostile_branch_is_refused_in_one_sentence(longshore: Longshore, cluster: Cluster, name: str) -> None:
    done = longshore("create", "--branch", name)
    assert done.returncode == 2
    assert "is not a valid branch name here" in done.stderr
    assert "Traceback" not in done.stderr
    assert list((cluster.folder / "objects").iterdir()) == []


def test_only_the_users_own_environments_are_listed(longshore: Longshore, cluster: Cluster) -> None:
    cluster.has(body(status("Ready")))
    cluster.has(body(status("Asleep"), name="theirs", owner="bob"))
    assert [line.split()[0] for line in longshore("list").stdout.splitlines()] == ["name", "mine"]
    assert len(longshore("list", "--all-owners").stdout.splitlines()) == 3


def test_a_new_environment_ends_with_its_address_its_user_and_the_command_that_prints_the_password(
    longshore: Longshore, cluster: Cluster, checkout: Path, bare: Path
) -> None:
    sha = pushed(checkout, bare)
    cluster.shows(status("Ready", commit=sha), name="my-change")
    made = longshore("create", "--branch", "my-change")
    address, _, user, told = made.stdout.splitlines()[-4:]
    assert address.endswith(URL), made.stderr
    assert user == "user:      ann"
    cluster.has_passwords(ann="a-password", watcher="another")
    command = told.removeprefix("password:  longshore env ")
    assert longshore(*command.split()).stdout == "a-password\n"


def test_the_printed_command_reaches_the_same_cluster_again(
    longshore: Longshore, cluster: Cluster, checkout: Path, bare: Path
) -> None:
    cluster.shows(status("Ready", commit="c" * 40), name="my-change")
    where = ("--context", "other", "--namespace", "elsewhere")
    made = longshore("create", "--branch", "my-change", "--git", f"file://{bare}", *where)
    told = next(line for line in made.stdout.splitlines() if line.startswith("password:"))
    assert told == f"password:  longshore env password my-change {' '.join(where)}"


def test_a_password_that_is_not_there_is_missed_in_one_sentence(longshore: Longshore, cluster: Cluster) -> None:
    assert "There is no environment 'mine'" in longshore("password", "mine").stderr
    cluster.has(body(status("Ready")))
    done = longshore("password", "mine")
    assert (done.returncode, done.stdout) == (2, "")
    assert "The environment 'mine' has no password of 'ann' yet. See `longshore env status mine`." in done.stderr


def test_programs_read_the_list_as_json(longshore: Longshore, cluster: Cluster) -> None:
    assert json.loads(longshore("list", "--json").stdout) == []
    cluster.has(body(status("Ready", commit="c" * 40)))
    cluster.has(body(status("Asleep"), name="theirs", owner="bob"))
    (mine,) = json.loads(longshore("list", "--json").stdout)
    assert (mine["name"], mine["phase"], mine["commit"], mine["url"]) == ("mine", "Ready", "c" * 40, URL)
    assert len(json.loads(longshore("list", "--json", "--all-owners").stdout)) == 2


def test_opening_wakes_it_and_shows_the_page(longshore: Longshore, cluster: Cluster, tmp_path: Path) -> None:
    cluster.has(body(status("Ready")))
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > "{tmp_path}/shown"\n')
    browser.chmod(0o755)
    done = longshore("open", "mine", BROWSER=str(browser))
    assert URL in done.stdout
    assert (tmp_path / "shown").read_text() == f"{URL}\n"
    (tmp_path / "shown").unlink()
    assert URL in longshore("open", "mine", BROWSER="", DISPLAY="", WAYLAND_DISPLAY="").stdout
    assert not (tmp_path / "shown").exists()


def test_nothing_is_deleted_without_confirmation(longshore: Longshore, cluster: Cluster) -> None:
    cluster.has(body(status("Ready")))
    done = longshore("delete", "mine")
    assert done.returncode == 2
    assert done.stderr == "longshore: Deleting 'mine' needs confirmation. Run it in a terminal, or pass --yes.\n"
    assert cluster.object() is not None


def test_options_that_a_local_environment_does_not_support_are_refused(longshore: Longshore) -> None:
    assert "--local needs a branch. Name it with --branch." in longshore("create", "--local").stderr
    done = longshore("create", "--local", "--branch", "main", "--git", "https://git.example/dags", "--size", "small")
    assert (done.returncode, done.stderr) == (
        2,
        "longshore: --local takes NAME and --branch only; leave out --git, --size.\n",
    )
    assert "nor its origin has a branch 'none'" in longshore("create", "--local", "--branch", "none").stderr
