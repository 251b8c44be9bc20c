"""A saved cluster for tests."""

from longshore_cli.clients.saved_cluster import SavedCluster

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


def saved_cluster(**changes: str) -> SavedCluster:
    """Returns one with these values; no server listens at its addresses."""
    return SavedCluster(**_VALUES | changes)
