"""The namespaces of the local cluster."""

from typing import Any

PLATFORM, AIRFLOW, JOBS, YUNIKORN = "longshore", "airflow", "jobs", "yunikorn"
ENVIRONMENTS = "environments"


def namespace_manifests(*names: str) -> list[dict[str, Any]]:
    """Returns the manifests of the charts' namespaces, under the Pod Security Standard `restricted`."""
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}
    # The label gives access to the database, S3 and the job server.
    of_airflow = {name: {"longshore.dev/airflow": "true"} for name in (AIRFLOW, ENVIRONMENTS)}
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": labels | of_airflow.get(name, {})},
        }
        for name in names
    ]
