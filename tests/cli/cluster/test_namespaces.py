"""The namespaces of the local cluster."""

from longshore_cli.cluster.namespaces import (
    AIRFLOW,
    ENVIRONMENTS,
    OBSERVABILITY,
    PLATFORM,
    YUNIKORN,
    namespace_manifests,
)


def test_every_namespace_enforces_restricted_pods_but_that_of_the_collector() -> None:
    enforced = {
        each["metadata"]["name"]: each["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for each in namespace_manifests(PLATFORM, AIRFLOW, YUNIKORN, ENVIRONMENTS, OBSERVABILITY)
    }
    assert enforced.pop(OBSERVABILITY) == "privileged"
    assert set(enforced.values()) == {"restricted"}


def test_the_database_s3_and_the_job_server_let_the_controller_of_environments_in() -> None:
    (namespace,) = namespace_manifests(ENVIRONMENTS)
    assert namespace["metadata"]["labels"]["longshore.dev/airflow"] == "true"
