"""An environment is made, or the reason is one sentence."""

import signal
import subprocess
import time
from pathlib import Path

from cli.dags.repositories import git

from .conftest import LONGSHORE, OWN, Cluster, Longshore, pushed
from .objects import body, status


def test_a_branch_that_the_cluster_lacks_is_brought_there_from_the_checkout(
    longshore: Longshore, cluster: Cluster, checkout: Path, bare: Path
) -> None:
    git(checkout, "branch", "new-one")
    done = longshore("create", "--branch", "new-one", "--no-wait")
    assert done.returncode == 0, done.stderr
    assert "to the new branch new-one of the cluster's repository" in done.stdout
    assert "it comes up; look: longshore env status new-one" in done.stdout
    assert git(bare, "rev-parse", "new-one") == git(checkout, "rev-parse", "HEAD")


def test_the_shared_airflows_branch_is_not_made_for_an_environment(
    longshore: Longshore, cluster: Cluster, bare: Path
) -> None:
    done = longshore("create", "--branch", "main")
    assert done.returncode == 2
    assert "shared Airflow follows the branch 'main', which is not changed for an environment" in done.stderr
    assert "`longshore dags deploy`" in done.stderr
    assert git(bare, "for-each-ref") == ""
    assert cluster.object("main") is None


def test_a_private_repository_need_not_be_readable_here(longshore: Longshore, cluster: Cluster) -> None:
    url = "http://127.0.0.1:9/dags.git"
    words = ("create", "--branch", "b", "--git", url, "--no-wait")
    done = longshore(*words, "--git-secret", "dags-git")
    assert done.returncode == 0, done.stderr
    assert "which commit b is at is not known here" in done.stdout
    assert (found := cluster.object("b")) is not None
    assert found["spec"]["git"] == {"url": url, "branch": "b", "credentialsSecret": "dags-git"}
    refused = longshore("create", "--branch", "b", "--git-secret", "dags-git")
    assert (refused.returncode, "name that, too" in refused.stderr) == (2, True)


def test_a_branch_that_is_nowhere_makes_no_environment(longshore: Longshore, cluster: Cluster) -> None:
    done = longshore("create", "--branch", "nowhere")
    assert done.returncode == 2
    assert done.stderr == f"longshore: {OWN} has no branch 'nowhere'; push it there first, or name another.\n"
    assert cluster.object("nowhere") is None


def test_import_errors_are_shown_and_end_with_status_1(
    longshore: Longshore, cluster: Cluster, checkout: Path, bare: Path
) -> None:
    sha = pushed(checkout, bare)
    cluster.shows(status("Ready", commit=sha, broken=("bad.py",)), name="my-change")
    done = longshore("create", "--branch", "my-change")
    assert done.returncode == 1
    assert "bad.py cannot be imported:\nTraceback:\nImportError: no [bold] module" in done.stdout
    assert done.stderr == "longshore: The environment 'my-change' is up, but bad.py cannot be imported.\n"


def test_a_refusal_of_the_admission_policy_is_one_sentence(
    longshore: Longshore, cluster: Cluster, checkout: Path, bare: Path
) -> None:
    pushed(checkout, bare)
    cluster.refuses(
        "create",
        'Error from server (Forbidden): error when creating "STDIN": airflowenvironments.longshore.dev "my-change" is '
        "forbidden: ValidatingAdmissionPolicy 'longshore-environments-owners' with binding "
        "'longshore-environments-owners' denied request: You are ann: set spec.owner to that.",
    )
    done = longshore("create", "--branch", "my-change", "--owner", "bob")
    assert (done.returncode, done.stderr) == (2, "longshore: You are ann: set spec.owner to that.\n")


def test_what_the_controller_refuses_is_one_sentence_too(
    longshore: Longshore, cluster: Cluster, checkout: Path, bare: Path
) -> None:
    pushed(checkout, bare)
    cluster.shows(status("Degraded", degraded=("True", "QuotaExceeded"), message="ann has 3."), name="my-change")
    done = longshore("create", "--branch", "my-change")
    assert (done.returncode, done.stderr) == (2, "longshore: The environment 'my-change' cannot be had: ann has 3.\n")


def test_a_name_that_is_taken_is_told(longshore: Longshore, cluster: Cluster, checkout: Path, bare: Path) -> None:
    pushed(checkout, bare)
    cluster.has(body())
    done = longshore("create", "mine", "--branch", "my-change")
    assert done.returncode == 2
    assert "There is an environment 'mine' already; choose another name" in done.stderr


def test_ctrl_c_leaves_it_coming_up(cluster: Cluster, checkout: Path, bare: Path) -> None:
    pushed(checkout, bare)
    with subprocess.Popen(
        [LONGSHORE, "env", "create", "--branch", "my-change"],
        cwd=checkout,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # where the tests run in the background
    ) as process:
        assert process.stdout is not None
        assert "is made, for ann" in process.stdout.readline()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert "look: longshore env status my-change" in process.stdout.read()
    assert process.returncode == 130
    assert cluster.object("my-change") is not None


def test_an_account_that_cannot_be_an_owner_is_asked_whose_it_is(
    longshore: Longshore, cluster: Cluster, checkout: Path, bare: Path
) -> None:
    pushed(checkout, bare)
    (cluster.folder / "user").write_text("system:serviceaccount:ci:bot")
    done = longshore("create", "--branch", "my-change", "--no-wait")
    assert done.returncode == 2
    assert "The cluster knows you as 'system:serviceaccount:ci:bot', which no owner can be called" in done.stderr
    assert longshore("create", "--branch", "my-change", "--owner", "ci", "--no-wait").returncode == 0
