"""Network policies of an environment, in addition to those of helm/airflow's components."""

from typing import Any

from environments.build.objects import Manifest, manifest
from environments.resource.spec import Environment
from environments.settings import Settings

_JOB_PODS = {"matchExpressions": [{"key": "emr-containers.amazonaws.com/job.id", "operator": "Exists"}]}
"""The label that all pods of job runs have, as with EMR on EKS itself."""
_METADATA = "169.254.169.254/32"
"""The address at which clouds give a pod its node's credentials."""
_DNS = {
    "to": [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }
    ],
    "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
}


def network(environment: Environment, settings: Settings) -> tuple[Manifest, ...]:
    """Returns the policies: no ingress, not even from other environments, and no access to the node's credentials.

    If the settings name the destinations of jobs, pods of jobs reach nothing else.
    """

    def policy(name: str, spec: dict[str, Any]) -> Manifest:
        return manifest(environment, "NetworkPolicy", name, api="networking.k8s.io/v1", spec=spec)

    anywhere: list[dict[str, Any]] = [
        {"to": [{"namespaceSelector": {}}]},
        {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": [_METADATA]}}]},
        {"to": [{"ipBlock": {"cidr": "::/0"}}]},
    ]
    to_jobs = {"to": [{"podSelector": _JOB_PODS}]}
    job_egress = [to_jobs, _DNS, *settings.job_egress] if settings.job_egress else [to_jobs, *anywhere]
    not_jobs = {"matchExpressions": [{"key": "emr-containers.amazonaws.com/job.id", "operator": "DoesNotExist"}]}
    return (
        policy("default-deny", {"podSelector": {}, "policyTypes": ["Ingress"]}),
        policy("egress", {"podSelector": not_jobs, "policyTypes": ["Egress"], "egress": anywhere}),
        policy(
            "job-runs",
            {
                "podSelector": _JOB_PODS,
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [{"from": [{"podSelector": _JOB_PODS}]}],
                "egress": job_egress,
            },
        ),
    )


def api_server_from(settings: Settings) -> list[dict[str, Any]]:
    """Returns the peers of the API server beside Airflow itself: gateway and controller. Empty: no limit."""
    if not settings.gateway_namespace:
        return []
    namespaces = sorted({settings.gateway_namespace, settings.namespace})
    name = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": namespaces}
    return [{"namespaceSelector": {"matchExpressions": [name]}}]
