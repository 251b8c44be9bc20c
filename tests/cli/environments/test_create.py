"""An environment is made, or the reason is one sentence."""

import signal
import subprocess
import time
from pathlib import Path

from cli.dags.repositories import git

from .conftest import LONGSHORE, OWN, Cluster, Longshore, pushed
from .objects import body, status


def test_a_branch_that_the_cluster_lacks_is_pushed_from_the_checkout(
    longshore: Longshore, cluster: Cluster, checkout: Path, bare: Path
) -> None:
    git(checkout, "branch", "new-one")
    done = longshore("create", "--branch", "new-one", "--no-wait")
    assert done.returncode == 0, done.stderr
    assert "to the new branch new-one of the cluster's repository" in done.stdout
    assert "It is starting. See: longshore env status new-one" in done.stdout
    assert git(bare, "rev-parse", "new-one") == git(checkout, "rev-parse", "HEAD")


def test_the_shared_airflows_branch_is_not_created_for_an_environment(
    longshore: Longshore, cluster: Cluster, bare: Path
) -> None:
    done = longshore("create", "--branch", "main")
    assert done.returncode == 2
    assert "shared Airflow follows the branch 'main', which environments must not change" in done.stderr
    assert "`longshore dags deploy`" in done.stderr
    assert git(bare, "for-each-ref") == ""
    assert cluster.object("main") is None


def test_a_private_repository_need_not_be_readable_here(longshore: Longshore, cluster: Cluster) -> None:
    url = "http://127.0.0.1:9/dags.git"
    words = ("create", "--branch", "b", "--git", url, "--no-wait")
    done = longshore(*words, "--git-secret", "dags-git")
    assert done.returncode == 0, done.stderr
    assert "the newest commit of b cannot be read here" in done.stdout
    assert (found := cluster.object("b")) is not None
    assert found["spec"]["git"] == {"url": url, "branch": "b", "credentialsSecret": "dags-git"}
    refused = longshore("create", "--branch", "b", "--git-secret", "dags-git")
    assert (refused.returncode, "--git-secret needs --git" in refused.stderr) == (2, True)


def test_an_unknown_branch_creates_no_environment(longshore: Longshore, cluster: Cluster) -> None:
    done = longshore("create", "--branch", "nowhere")
    assert done.returncode == 2
    assert done.stderr == f"longshore: {OWN} has no branch 'nowhere'. Push it there first, or name another branch.\n"
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


def test_a_refusal_of_the_controller_is_one_sentence(
    longshore: Longshore, cluster: Cluster, checkout: Path, bare: Path
) -> None:
    pushed(checkout, bare)
    cluster.shows(status("Degraded", degraded=("True", "QuotaExceeded"), message="ann has 3."), name="my-change")
    done = longshore("create", "--branch", "my-change")
    assert (done.returncode, done.stderr) == (2, "longshore: The environment 'my-change' was refused: ann has 3.\n")


def test_a_taken_name_is_reported(longshore: Longshore, cluster: Cluster, checkout: Path, bare: Path) -> None:
    pushed(checkout, bare)
    cluster.has(body())
    done = longshore("create", "mine", "--branch", "my-change")
    assert done.returncode == 2
    assert "The environment 'mine' already exists. Choose another name" in done.stderr


def test_ctrl_c_lets_it_continue_to_start(cluster: Cluster, checkout: Path, bare: Path) -> None:
    pushed(checkout, bare)
    with subprocess.Popen(
        [LONGSHORE, "env", "create", "--branch", "my-change"],
        cwd=checkout,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # where the tests run in the background
    ) as process:
        assert process.stdout is not None
        assert "was created for ann" in process.stdout.readline()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert "See: longshore env status my-change" in process.stdout.read()
    assert process.returncode == 130
    assert cluster.object("my-change") is not None


def test_an_account_that_cannot_be_an_owner_must_name_one(
    longshore: Longshore, cluster: Cluster, checkout: Path, bare: Path
) -> None:
    pushed(checkout, bare)
    (cluster.folder / "user").write_text("system:serviceaccount:ci:bot")
    done = longshore("create", "--branch", "my-change", "--no-wait")
    assert done.returncode == 2
    assert "The cluster knows you as 'system:serviceaccount:ci:bot', which is not a valid owner" in done.stderr
    assert longshore("create", "--branch", "my-change", "--owner", "ci", "--no-wait").returncode == 0
