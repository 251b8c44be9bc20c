"""A cluster's environment for tests."""

from longshore_cli.cluster_environment import ClusterEnvironment

_VALUES = {
    "endpoint_url": "http://127.0.0.1:9",
    "region": "us-east-1",
    "access_key": "KEY",
    "secret_key": "secret",
    "virtual_cluster_id": "vc",
    "airflow_url": "http://127.0.0.1:9",
    "airflow_user": "admin",
    "airflow_password": "password",
    "kubeconfig": "kubeconfig",
    "context": "kind-longshore",
    "git_namespace": "longshore",
    "git_pod_selector": "deployment/git",
    "git_repository": "/srv/git/dags.git",
}


def environment(**changes: str) -> ClusterEnvironment:
    """One with these values and others that nothing answers to."""
    return ClusterEnvironment(**_VALUES | changes)
