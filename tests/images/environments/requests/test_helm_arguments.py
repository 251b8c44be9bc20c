"""Helm is called with the right arguments, and its printed status is read."""

from environments.requests.helm_arguments import list_arguments, uninstall_arguments, upgrade_arguments
from images.environments.world import SETTINGS


def test_an_upgrade_waits_and_goes_back_where_it_fails() -> None:
    words = upgrade_arguments(SETTINGS, namespace="env-mine", wait=True)
    assert {"--install", "--namespace=env-mine", "--rollback-on-failure", "--wait=watcher"} <= set(words)
    assert "--timeout=300s" in words


def test_the_first_installation_stays_to_be_looked_at() -> None:
    words = upgrade_arguments(SETTINGS, namespace="env-mine", wait=False)
    assert "--rollback-on-failure" not in words
    assert "--wait=hookOnly" in words


def test_a_namespace_cannot_become_an_option_of_its_own() -> None:
    hostile = "--post-renderer=/bin/sh"
    for words in (
        upgrade_arguments(SETTINGS, namespace=hostile, wait=False),
        list_arguments(namespace=hostile),
        uninstall_arguments(namespace=hostile),
    ):
        assert hostile not in words
        assert f"--namespace={hostile}" in words
