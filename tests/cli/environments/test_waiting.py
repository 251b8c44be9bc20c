"""One waits as long as there is something to wait for."""

from dataclasses import replace

import pytest
from longshore_cli.base.progress import Progress
from longshore_cli.environments.kubernetes.api import connect
from longshore_cli.environments.waiting import Timing, wait_until_gone, wait_until_parsed
from longshore_cli.exceptions import ClusterError, DeployFailedError
from rich.console import Console

from .conftest import Cluster
from .objects import NEW, OLD, body, status

IMPATIENT = Timing(poll_interval=0.0, timeout=0.0, no_dags_timeout=0.0)
PATIENT = replace(IMPATIENT, timeout=60.0)
"""Looks follow each other at once."""


@pytest.fixture(autouse=True)
def in_the_checkout(monkeypatch: pytest.MonkeyPatch, checkout: object) -> None:
    monkeypatch.chdir(str(checkout))


def waited(
    *, head: str | None = NEW, newest: str | None = None, settle: float = 0.0, timing: Timing = IMPATIENT
) -> str | None:
    api = connect(kubeconfig=None, context=None, namespace="environments")
    with Progress(Console(quiet=True)) as progress:
        found = wait_until_parsed(
            api, "mine", head=head, newest=lambda: newest, settle=settle, progress=progress, timing=timing
        )
    return found.commit


def test_a_timeout_says_how_far_the_commit_is_parsed(cluster: Cluster) -> None:
    cluster.has(body(status("Ready", commit=OLD)))
    with pytest.raises(
        DeployFailedError, match=r"is not ready after 0 s: Airflow is up, and parses bbbbbbb\. It continues"
    ):
        waited()


def test_a_branch_without_dags_is_not_waited_for_long(cluster: Cluster) -> None:
    cluster.has(body(status("Ready")))
    with pytest.raises(
        DeployFailedError, match=r"Airflow shows no DAG of my-change\. Check that its folder dags/ has any\."
    ):
        waited(timing=PATIENT)


def test_a_file_that_the_commit_has_repaired_does_not_count(cluster: Cluster) -> None:
    cluster.has(body())
    cluster.shows(status("Ready", commit=NEW, broken=("a.py",)), status("Ready", commit=NEW))
    assert waited(settle=20, timing=PATIENT) == NEW


def test_an_environment_that_is_deleted_meanwhile_ends_the_wait(cluster: Cluster) -> None:
    with pytest.raises(ClusterError, match="no longer exists: a user deleted it"):
        waited(timing=PATIENT)


def test_another_of_the_same_name_is_not_waited_for(cluster: Cluster) -> None:
    cluster.has(body())
    api = connect(kubeconfig=None, context=None, namespace="environments")
    with Progress(Console(quiet=True)) as progress:
        wait_until_gone(api, "mine", uid="another", progress=progress, timing=IMPATIENT)
    assert cluster.object() is not None


def test_a_removal_that_takes_too_long_is_reported(cluster: Cluster) -> None:
    cluster.has(body())
    api = connect(kubeconfig=None, context=None, namespace="environments")
    with Progress(Console(quiet=True)) as progress, pytest.raises(DeployFailedError, match="still being removed"):
        wait_until_gone(api, "mine", uid="1", progress=progress, timing=replace(IMPATIENT, timeout=-1.0))


def test_a_cluster_that_is_unavailable_for_a_while_is_retried(cluster: Cluster) -> None:
    cluster.has(body(status("Ready", commit=NEW)))
    cluster.refuses("get", "The connection to the server 127.0.0.1:6443 was refused", once=True)
    assert waited() == NEW
    cluster.refuses("get", "The connection to the server 127.0.0.1:6443 was refused")
    with pytest.raises(ClusterError, match="The cluster does not answer"):
        waited(timing=replace(IMPATIENT, unavailable_timeout=-1.0))


def test_a_branch_that_moves_on_meanwhile_is_followed(cluster: Cluster) -> None:
    cluster.has(body(status("Ready", commit=NEW)))
    assert waited(head=OLD, newest=NEW, timing=replace(PATIENT, branch_poll_interval=0.0)) == NEW
