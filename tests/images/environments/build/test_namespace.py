"""The namespace is restricted, open to the platform, and says what its queue may have."""

import json
from dataclasses import replace
from typing import Any

import pytest
from environments.build.namespace import namespace
from images.environments.world import SETTINGS, environment

QUEUED = replace(SETTINGS, yunikorn_account="yunikorn/yunikorn")
QUEUE = {"max": {"cpu": 4, "memory": "8Gi"}, "guaranteed": {"cpu": "500m"}}


def test_pods_in_it_are_restricted() -> None:
    labels = namespace(environment(), SETTINGS)["metadata"]["labels"]
    assert {labels[f"pod-security.kubernetes.io/{mode}"] for mode in ("enforce", "warn", "audit")} == {"restricted"}


def test_the_platform_knows_it_as_airflows_and_as_jobs() -> None:
    labels = namespace(environment(), SETTINGS)["metadata"]["labels"]
    assert labels["longshore.dev/airflow"] == labels["longshore.dev/jobs"] == "true"


def test_it_says_which_object_it_was_made_for() -> None:
    assert namespace(environment(uid="u-2"), SETTINGS)["metadata"]["labels"]["longshore.dev/environment-uid"] == "u-2"


def test_its_queue_is_in_its_annotations_as_texts() -> None:
    annotations = namespace(environment(queue=QUEUE), QUEUED)["metadata"]["annotations"]
    assert json.loads(annotations["yunikorn.apache.org/namespace.quota"]) == {"cpu": "4", "memory": "8Gi"}
    assert json.loads(annotations["yunikorn.apache.org/namespace.guaranteed"]) == {"cpu": "500m"}


def test_its_queue_is_among_those_of_environments_whatever_it_may_have() -> None:
    one = environment()
    annotations = namespace(one, QUEUED)["metadata"]["annotations"]
    # YuniKorn calls the queue after the namespace.
    assert one.names.queue == f"{annotations['yunikorn.apache.org/parentqueue']}.{one.names.namespace}"


@pytest.mark.parametrize(
    ("spec", "most"),
    [
        ({"size": "medium"}, {"cpu": "4", "memory": "16Gi"}),
        ({"resources": {"cpu": 3, "memory": "9Gi"}}, {"cpu": "3", "memory": "9Gi"}),
        ({"size": "medium", "queue": {"max": {"memory": "8Gi"}}}, {"cpu": "4", "memory": "8Gi"}),
    ],
)
def test_its_queue_has_what_its_size_says_unless_it_says_otherwise(spec: dict[str, Any], most: dict[str, str]) -> None:
    annotations = namespace(environment(**spec), QUEUED)["metadata"]["annotations"]
    assert json.loads(annotations["yunikorn.apache.org/namespace.quota"]) == most


def test_without_yunikorn_it_says_nothing() -> None:
    assert namespace(environment(queue=QUEUE), SETTINGS)["metadata"]["annotations"] == {}
