"""`longshore dags deploy` as a user calls it: real git, and a stand-in for Airflow and for `kubectl exec`."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from airflow_double import AirflowDouble, airflow_double
from longshore_cli.base.progress import Progress
from longshore_cli.clients.airflow_api import AirflowApi
from longshore_cli.dags.checkout import Commit
from longshore_cli.dags.deploy import wait_until_parsed
from longshore_cli.exceptions import DeployFailedError
from rich.console import Console
from saved_clusters import saved_cluster

from .repositories import DAG, commit, git, repository, server
from .test_parsing import NEW, OLD, dag, failure

LONGSHORE = str(Path(sys.executable).parent / "longshore")
_KUBECTL = '#!/bin/sh\necho "$@" >> "{folder}/calls"\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n'


@pytest.fixture
def airflow() -> Iterator[AirflowDouble]:
    with airflow_double() as double:
        yield double


def shows(airflow: AirflowDouble, *answers: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> None:
    """Gives DAGs and import errors, one pair after another; the last stays."""
    pairs = list(answers)

    def next_dags(_query: dict[str, str]) -> list[dict[str, Any]]:
        # A second page is of the same answer.
        if _query["offset"] == "0" and len(pairs) > 1 and airflow.answers.pop("shown", None):
            pairs.pop(0)
        airflow.answers["shown"] = True
        return pairs[0][0]

    airflow.answers["GET dags"] = next_dags
    airflow.answers["GET importErrors"] = lambda _query: pairs[0][1]


def writes(airflow: AirflowDouble, dag_id: str, *shas: str) -> None:
    """Gives the newest version of the DAG as written from these commits, one after another; the last stays."""
    left = list(shas)
    airflow.answers[f"GET dags/{dag_id}/dagVersions"] = lambda _query: {
        "dag_versions": [{"bundle_version": left.pop(0) if len(left) > 1 else left[0]}]
    }


@dataclass(frozen=True)
class Waited:
    parsing: Any
    lines: list[str]


def waited(
    airflow: AirflowDouble,
    *,
    timeout: float = 30,
    quiet: float = 0.0,
    files: str = "one.py two.py",
    failed_before: str = "",
) -> Waited:
    lines: list[str] = []

    class Lines(Progress):
        def say(self, line: str) -> None:
            lines.append(line)

    chosen = Commit(sha=NEW, subject="", files=tuple(files.split()))
    with Lines(Console(force_terminal=False)) as progress:
        api = AirflowApi(airflow.url, "token")
        return Waited(
            wait_until_parsed(
                api, chosen, failed_before=failed_before.split(), timeout=timeout, progress=progress, quiet=quiet
            ),
            lines,
        )


def test_each_file_is_waited_for(airflow: AirflowDouble) -> None:
    shows(
        airflow,
        ([dag("one", OLD)], []),
        ([dag("one", NEW)], []),
        ([dag("one", NEW), dag("two", NEW)], []),
    )
    for dag_id in ("one", "two"):
        writes(airflow, dag_id, NEW)
    found = waited(airflow, quiet=60)
    assert found.parsing.dags == ("one", "two")
    assert found.lines == ["waiting for Airflow to fetch the commit", "Airflow has read 1 of 2 files"]


def test_a_dag_counts_only_once_it_is_serialized_for_the_scheduler(airflow: AirflowDouble) -> None:
    shows(airflow, ([dag("one", NEW)], []))
    writes(airflow, "one", OLD, OLD, NEW)
    found = waited(airflow, files="one.py")
    assert found.lines == ["Airflow has read 1 of 1 files; it still has to store 1 of 1 DAGs"]
    asked = [query for path, query in airflow.requests if path == "GET dags/one/dagVersions"]
    assert asked == [{"order_by": "-version_number", "limit": "1"}] * 3


def test_a_dag_that_was_removed_is_waited_for(airflow: AirflowDouble) -> None:
    shows(airflow, ([dag("one", NEW), dag("gone", OLD)], []), ([dag("one", NEW)], []))
    writes(airflow, "one", NEW)
    found = waited(airflow, files="one.py")
    assert found.parsing.outdated == ()
    assert found.lines == ["Airflow has read 1 of 1 files; still active from another commit: gone"]
    assert all(query["exclude_stale"] == "true" for path, query in airflow.requests if path == "GET dags")


def test_waiting_for_a_file_without_a_dag_ends_when_nothing_changes(airflow: AirflowDouble) -> None:
    shows(airflow, ([dag("one", NEW)], []))
    writes(airflow, "one", NEW)
    assert waited(airflow).parsing.silent == ("two.py",)


def test_an_uncertain_failure_counts_when_nothing_changes(airflow: AirflowDouble) -> None:
    shows(airflow, ([dag("one", NEW)], [failure("two.py", None, at="11:00:00")]))
    writes(airflow, "one", NEW)
    found = waited(airflow, failed_before="two.py").parsing
    assert ([each.file for each in found.failures], found.silent) == (["two.py"], ())


def test_waiting_for_a_commit_that_airflow_never_sees_ends(airflow: AirflowDouble) -> None:
    shows(airflow, ([dag("one", OLD)], []))
    with pytest.raises(
        DeployFailedError, match=r"has not parsed the commit aaaaaaa within 0 s: it has shown no sign of it"
    ):
        waited(airflow, timeout=0)


def test_a_timeout_reports_what_is_known(airflow: AirflowDouble) -> None:
    shows(airflow, ([dag("one", NEW), dag("gone", OLD)], [failure("three.py", NEW)]))
    writes(airflow, "one", NEW)
    with pytest.raises(DeployFailedError) as error:
        waited(airflow, timeout=0, files="one.py two.py three.py")
    assert (
        "1 DAGs are parsed; dags/three.py cannot be imported; it has not reported dags/two.py; still active from "
        "another commit: gone. It continues" in str(error.value)
    )


Deploy = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def checkout(tmp_path: Path, airflow: AirflowDouble) -> Path:
    """A checkout with a cluster, whose git server is a folder."""
    folder = repository(tmp_path / "checkout")
    (folder / ".git" / "info" / "exclude").write_text(".longshore\n")
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(_KUBECTL.format(folder=tmp_path))
    kubectl.chmod(0o755)
    bare = server(tmp_path / "dags.git")
    saved_cluster(airflow_url=airflow.url, kubectl=str(kubectl), git_repository=str(bare)).save(folder)
    return folder


@pytest.fixture
def deploy(checkout: Path) -> Deploy:
    def call(*options: str, folder: Path = checkout) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [LONGSHORE, "dags", "deploy", *options],
            env=os.environ,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return call


def test_a_commit_is_pushed_and_parsed(checkout: Path, deploy: Deploy, airflow: AirflowDouble, tmp_path: Path) -> None:
    first = git(checkout, "rev-parse", "HEAD")
    sha = commit(checkout, "two [of two]", {"dags/two.py": DAG.format(name="two")})
    shows(airflow, ([dag("one", first)], []), ([dag("one", sha), dag("two", sha)], []))
    for dag_id in ("one", "two"):
        writes(airflow, dag_id, sha)
    done = deploy(folder=checkout / "dags")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"commit {sha[:7]}: two [of two]",
        f"logging in to Airflow at {airflow.url}",
        "pushing the commit",
        f"pushed to the branch main of {tmp_path / 'dags.git'}",
        "waiting for Airflow to fetch the commit",
        f"deployed {sha[:7]}: 2 DAGs parsed",
    ]
    assert git(tmp_path / "dags.git", "rev-parse", "main") == sha
    assert (
        "--kubeconfig kubeconfig --context kind-longshore --namespace longshore exec --quiet -i deployment/git --"
        in (tmp_path / "calls").read_text()
    )


def test_an_older_commit_can_be_deployed_again(
    checkout: Path, deploy: Deploy, airflow: AirflowDouble, tmp_path: Path
) -> None:
    first = git(checkout, "rev-parse", "HEAD")
    commit(checkout, "two", {"dags/two.py": DAG.format(name="two")})
    (checkout / "dags" / "one.py").write_text("not committed")
    shows(airflow, ([dag("one", first)], []))
    writes(airflow, "one", first)
    done = deploy("--commit", "HEAD~1", "--branch", "other")
    assert f"deployed {first[:7]}: 1 DAG parsed\n" in done.stdout, done.stderr
    assert git(tmp_path / "dags.git", "rev-parse", "other") == first


def test_import_errors_are_shown_in_full(checkout: Path, deploy: Deploy, airflow: AirflowDouble) -> None:
    sha = commit(checkout, "broken", {"dags/broken.py": "import airflow, dag\n"})
    shows(airflow, ([dag("one", sha)], [failure("broken.py", sha)]))
    writes(airflow, "one", sha)
    done = deploy()
    assert done.returncode == 1
    assert "dags/broken.py cannot be imported:\nTraceback (most recent call last):" in done.stdout
    assert done.stderr == (f"longshore: Deployed {sha[:7]}, but dags/broken.py cannot be imported; 1 DAG parsed.\n")


def test_uncommitted_changes_are_not_deployed(checkout: Path, deploy: Deploy, tmp_path: Path) -> None:
    (checkout / "dags" / "new.py").touch()
    done = deploy()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("longshore: Not committed: dags/new.py. ")
    assert git(tmp_path / "dags.git", "for-each-ref") == ""


def test_without_a_cluster_nothing_is_deployed(tmp_path: Path, deploy: Deploy) -> None:
    done = deploy(folder=repository(tmp_path / "other"))
    assert done.returncode == 2
    assert "has no cluster. Make one with `longshore cluster up`." in done.stderr


def test_an_airflow_that_refuses_the_password_is_noticed_before_the_push(
    checkout: Path, deploy: Deploy, airflow: AirflowDouble, tmp_path: Path
) -> None:
    saved_cluster(airflow_url=airflow.url, airflow_password="wrong").save(checkout)
    done = deploy()
    assert done.returncode == 2
    assert "401" in done.stderr
    assert git(tmp_path / "dags.git", "for-each-ref") == ""
