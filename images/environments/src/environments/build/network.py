"""Who reaches an environment's pods, beside what helm/airflow says of its own components."""

from typing import Any

from environments.build.objects import Manifest, manifest
from environments.settings import Settings
from environments.spec import Environment

_JOB_PODS = {"matchExpressions": [{"key": "emr-containers.amazonaws.com/job.id", "operator": "Exists"}]}
"""What all pods of job runs have, as of EMR on EKS itself."""
_METADATA = "169.254.169.254/32"
"""Where a cloud gives a pod the rights of its node, unless it is kept from asking."""
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
    """The policies: nobody comes in, least of all from another environment; nobody asks the node for its rights.

    Where the settings say what jobs may reach, theirs reach nothing else.
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
    """Who comes to the API server beside Airflow itself: the gateway and the controller. Empty: everybody."""
    if not settings.gateway_namespace:
        return []
    namespaces = sorted({settings.gateway_namespace, settings.namespace})
    name = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": namespaces}
    return [{"namespaceSelector": {"matchExpressions": [name]}}]
