"""Every object has its own path in the Kubernetes API, whatever its name is."""

import pytest
from environments.build.credentials import credentials
from environments.build.desired import Found, build
from environments.requests.api_paths import environments_path, path, path_of
from images.environments.world import SETTINGS, environment


def test_every_kind_that_is_built_has_its_place() -> None:
    found = Found(credentials=credentials({}, owner="ann"), connections={}, variables={})
    for manifest in build(environment(), found, SETTINGS, asleep=False).manifests:
        assert path_of(manifest).startswith(("/api/v1/", "/apis/"))


@pytest.mark.parametrize("hostile", ["../x", "a/b", "a?b=c", "a#b", "ä"])
def test_a_name_stays_one_part_of_the_path(hostile: str) -> None:
    assert path("v1", "secrets", namespace="n", name=hostile).count("/") == 6
    assert "?" not in path("v1", "secrets", namespace=hostile, name="a")


def test_groups_have_their_own_place() -> None:
    assert path("v1", "pods", namespace="n") == "/api/v1/namespaces/n/pods"
    assert environments_path("n", "a") == "/apis/longshore.dev/v1alpha1/namespaces/n/airflowenvironments/a"
