"""The namespaces of the local cluster."""

from longshore_cli.cluster.namespaces import AIRFLOW, ENVIRONMENTS, PLATFORM, YUNIKORN, namespace_manifests


def test_every_namespace_enforces_restricted_pods() -> None:
    for each in namespace_manifests(PLATFORM, AIRFLOW, YUNIKORN, ENVIRONMENTS):
        assert each["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_database_s3_and_the_job_server_let_the_controller_of_environments_in() -> None:
    (namespace,) = namespace_manifests(ENVIRONMENTS)
    assert namespace["metadata"]["labels"]["longshore.dev/airflow"] == "true"
