"""One waits as long as there is something to wait for."""

import pytest
from longshore_cli.environments import waiting
from longshore_cli.environments.api import connect
from longshore_cli.environments.waiting import until_gone, until_parsed
from longshore_cli.exceptions import ClusterError, DeployFailed
from longshore_cli.progress import Progress
from rich.console import Console

from .conftest import Cluster
from .objects import NEW, OLD, body, status


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch, checkout: object, tmp_path: object) -> None:
    """In the checkout; looks follow each other at once."""
    monkeypatch.chdir(str(checkout))
    for name in ("_LOOK_SECONDS", "_PATIENCE_SECONDS", "_EMPTY_SECONDS"):
        monkeypatch.setattr(waiting, name, 0.0)


def waited(*, head: str | None = NEW, newest: str | None = None, settle: float = 0.0) -> str | None:
    api = connect(kubeconfig=None, context=None, namespace="environments")
    with Progress(Console(quiet=True)) as progress:
        found = until_parsed(api, "mine", head=head, newest=lambda: newest, settle=settle, progress=progress)
    return found.commit


def test_what_is_not_parsed_in_time_is_told_with_what_is_known(cluster: Cluster) -> None:
    cluster.has(body(status("Ready", commit=OLD)))
    with pytest.raises(
        DeployFailed, match=r"not come so far within 0 s: Airflow is up, and parses bbbbbbb\. It goes on"
    ):
        waited()


def test_a_branch_without_dags_is_not_waited_for_for_long(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_PATIENCE_SECONDS", 60.0)
    cluster.has(body(status("Ready")))
    with pytest.raises(DeployFailed, match=r"Airflow shows no DAG of my-change; are there any in its folder dags/\?"):
        waited()


def test_a_file_that_the_commit_has_mended_does_not_count(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_PATIENCE_SECONDS", 60.0)
    cluster.has(body())
    cluster.shows(status("Ready", commit=NEW, broken=("a.py",)), status("Ready", commit=NEW))
    assert waited(settle=20) == NEW


def test_what_somebody_deletes_meanwhile_is_gone(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_PATIENCE_SECONDS", 60.0)
    with pytest.raises(ClusterError, match="is gone: somebody has deleted it"):
        waited()


def test_another_of_the_same_name_is_not_waited_for(cluster: Cluster) -> None:
    cluster.has(body())
    api = connect(kubeconfig=None, context=None, namespace="environments")
    with Progress(Console(quiet=True)) as progress:
        until_gone(api, "mine", uid="another", progress=progress)
    assert cluster.object() is not None


def test_what_does_not_go_is_told(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_PATIENCE_SECONDS", -1.0)
    cluster.has(body())
    api = connect(kubeconfig=None, context=None, namespace="environments")
    with Progress(Console(quiet=True)) as progress, pytest.raises(DeployFailed, match="still being removed"):
        until_gone(api, "mine", uid="1", progress=progress)


def test_a_cluster_that_is_away_for_a_while_is_asked_again(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.has(body(status("Ready", commit=NEW)))
    cluster.refuses("get", "The connection to the server 127.0.0.1:6443 was refused", once=True)
    assert waited() == NEW
    cluster.refuses("get", "The connection to the server 127.0.0.1:6443 was refused")
    monkeypatch.setattr(waiting, "_AWAY_SECONDS", -1.0)
    with pytest.raises(ClusterError, match="The cluster does not answer"):
        waited()


def test_a_branch_that_moves_on_meanwhile_is_followed(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_PATIENCE_SECONDS", 60.0)
    monkeypatch.setattr(waiting, "_ASK_SECONDS", 0.0)
    cluster.has(body(status("Ready", commit=NEW)))
    assert waited(head=OLD, newest=NEW) == NEW
