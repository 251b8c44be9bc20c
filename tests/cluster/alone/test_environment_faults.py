"""The controller dies while it works, and environments end while they come up: each ends as its owner wanted it."""

from collections.abc import Callable
from typing import Any

import pytest
from cluster.environments.live import LiveEnvironment, live_environment
from cluster.environments.traces import traces_of
from cluster.parts import Cluster, eventually
from longshore_cli.cluster import namespaces

pytestmark = pytest.mark.timeout(600)
_CONTROLLER = "app.kubernetes.io/component=controller"
_RELEASES = "owner=helm,name=airflow"
_SOON = 0.1
"""Seconds between looks: the moments are short."""


def kill_controller(cluster: Cluster) -> None:
    """At once, in whatever it does; the next one is waited for."""
    old = {pod["metadata"]["name"] for pod in cluster.pods(namespaces.ENVIRONMENTS, _CONTROLLER)}
    for name in old:
        cluster.delete_pod(namespaces.ENVIRONMENTS, name)

    def another() -> bool:
        pods = [pod for pod in cluster.pods(namespaces.ENVIRONMENTS, _CONTROLLER) if pod["metadata"]["name"] not in old]
        return any(each.get("ready") for pod in pods for each in pod["status"].get("containerStatuses", []))

    eventually(another, seconds=120, what="another controller")


def moments_of_creation(environment: LiveEnvironment) -> dict[str, Callable[[], Any]]:
    """Returns checks that each show the controller to be in the middle of a step, by what already exists."""
    kubectl, where = environment.cluster.kubectl, environment.namespace
    return {
        "the namespace": lambda: kubectl.get("namespace", where),
        "the database's password, and perhaps the database": lambda: kubectl.get(
            "secret", "airflow-database", namespace=where
        ),
        "Helm's record of the release": lambda: kubectl.list("secrets", namespace=where, selector=_RELEASES),
        "the pods": lambda: environment.cluster.pods(where),
    }


def moments_of_deletion(environment: LiveEnvironment) -> dict[str, Callable[[], Any]]:
    """Returns checks for each step by what is already deleted. The last step may be over before a check sees it."""
    kubectl, where = environment.cluster.kubectl, environment.namespace

    def leaving() -> bool:
        namespace = kubectl.get("namespace", where)
        return namespace is None or "deletionTimestamp" in namespace["metadata"]

    return {
        "the wish": lambda: environment.found() is None or environment.status().get("phase") == "Deleting",
        "the release": lambda: not kubectl.list("secrets", namespace=where, selector=_RELEASES),
        "the namespace": leaving,
    }


def test_a_controller_that_is_killed_at_each_step_brings_it_up_and_takes_it_away(cluster: Cluster) -> None:
    with live_environment(cluster) as environment:
        for what, is_there in moments_of_creation(environment).items():
            eventually(is_there, seconds=240, what=what, every=_SOON)
            kill_controller(cluster)
        environment.wait_for("Ready")
        assert environment.open()[0] == 200
        assert environment.condition("Degraded")["status"] == "False"
        environment.delete()
        for what, is_gone in moments_of_deletion(environment).items():
            eventually(is_gone, seconds=240, what=f"the end of {what}", every=_SOON)
            kill_controller(cluster)
        environment.wait_for_end()
    assert traces_of(cluster, environment.name) == set()


def test_one_that_is_deleted_while_it_comes_up_leaves_nothing(cluster: Cluster) -> None:
    with live_environment(cluster) as environment:
        what, is_there = list(moments_of_creation(environment).items())[2]
        eventually(is_there, seconds=240, what=what, every=_SOON)
    assert traces_of(cluster, environment.name) == set()
