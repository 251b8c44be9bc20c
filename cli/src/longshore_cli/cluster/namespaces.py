"""The namespaces of the local cluster."""

from typing import Any

PLATFORM, AIRFLOW, JOBS, YUNIKORN = "longshore", "airflow", "jobs", "yunikorn"
ENVIRONMENTS, OBSERVABILITY = "environments", "observability"
_READS_NODES = {OBSERVABILITY}
"""The namespaces with a pod that mounts a folder of its node: only the standard `privileged` admits it."""


def namespace_manifests(*names: str) -> list[dict[str, Any]]:
    """Returns the manifests of the charts' namespaces, under the Pod Security Standard `restricted` where possible."""
    # The label gives access to the database, S3 and the job server.
    of_airflow = {name: {"longshore.dev/airflow": "true"} for name in (AIRFLOW, ENVIRONMENTS)}
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": _pod_security(name) | of_airflow.get(name, {})},
        }
        for name in names
    ]


def _pod_security(name: str) -> dict[str, str]:
    standard = "privileged" if name in _READS_NODES else "restricted"
    return {f"pod-security.kubernetes.io/{mode}": standard for mode in ("enforce", "warn", "audit")}
